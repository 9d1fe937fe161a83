-- What is on record stays on record. Every table here may be written to and read; what was written may change only in the
-- columns named, which tell what became of it. A slip of ours is refused by the database, not by good intentions.

-- Retention and the erasure of a person say in their own transaction that they forget: set local punctual.forgets = 'on'.
create function refuse_change() returns trigger language plpgsql as $$
begin
  if current_setting('punctual.forgets', true) = 'on' then
    return case when tg_op = 'DELETE' then old else new end;
  end if;
  if tg_op = 'UPDATE' and to_jsonb(new) - tg_argv = to_jsonb(old) - tg_argv then
    return new;
  end if;
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

create function refuse_truncate() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

-- Sealed in the order in which they became visible: a row of a slow transaction joins the next seal, and no lock is needed.
alter table audit_log add column seal bigint;
create index audit_log_unsealed on audit_log (id) where seal is null;
create index audit_log_seal on audit_log (seal) where seal is not null;

-- hash = sha256(hash of the seal before || content); content = sha256 over the rows. When the rows are forgotten after their
-- two years the chain still holds.
alter table audit_seal add column content bytea not null;
alter table audit_seal add column forgotten_at timestamptz;

create function refuse_other_seal() returns trigger language plpgsql as $$
begin
  if old.seal is not null and new.seal is distinct from old.seal then
    raise exception 'a sealed row keeps its seal' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create trigger kept before update or delete on audit_log for each row execute function refuse_change('seal');
create trigger kept_seal before update of seal on audit_log for each row execute function refuse_other_seal();
create trigger kept_whole before truncate on audit_log for each statement execute function refuse_truncate();
create trigger kept before update or delete on audit_seal for each row execute function refuse_change('forgotten_at');
create trigger kept_whole before truncate on audit_seal for each statement execute function refuse_truncate();

-- What was decided is decided; two accounts of one person hand over who it was for.
create trigger kept before update or delete on notification_trigger_log for each row execute function refuse_change('recipient_id');
-- What was tried: its outcome comes after the call, and may become known much later.
create trigger kept before update or delete on attempt for each row execute function refuse_change('state', 'vendor_id', 'code', 'detail', 'ended_at');
-- What we were told, and what became of it. The body is forgotten before the fact that it came.
create trigger kept before update or delete on webhook_event for each row execute function refuse_change('outcome', 'body');
create trigger kept before update or delete on meeting_event for each row execute function refuse_change('session_id', 'participant', 'object');
create trigger kept before update or delete on reply for each row execute function refuse_change('text');
create trigger kept before update or delete on attendance_verdict for each row execute function refuse_change('evidence');
create trigger kept before update or delete on session_revision for each row execute function refuse_change();
create trigger kept before update or delete on session_merge_log for each row execute function refuse_change('undone_at', 'undone_by');
create trigger kept before update or delete on playbook for each row execute function refuse_change();
create trigger kept before update or delete on consent for each row execute function refuse_change('account_id', 'withdrawn_at', 'withdrawn_by');
