-- The app connects as a role that owns nothing and may delete only what has a time and then goes (src/database/app-role.ts).
-- The audit log is forgotten here instead, by seals and after its two years: whoever holds the app's connection cannot do more.
-- In a sandbox the days are made up, and so is what is on record.
create function forget_audit(p_before timestamptz, p_now timestamptz) returns bigint
language plpgsql security definer set search_path = pg_catalog, public, pg_temp set punctual.forgets = 'on' as $$
declare
  v_numbers bigint[];
  v_count bigint;
begin
  if (select mode from installation) = 'live' and p_before > now() - interval '729 days' then
    raise exception 'the audit log is kept for two years' using errcode = 'restrict_violation';
  end if;
  with forgotten as (
    update audit_seal set forgotten_at = p_now
    where forgotten_at is null and (select max(at) from audit_log where seal = audit_seal.number) < p_before returning number)
  select coalesce(array_agg(number), '{}') into v_numbers from forgotten;
  delete from audit_log where seal = any (v_numbers);
  get diagnostics v_count = row_count;
  return v_count;
end $$;
revoke all on function forget_audit(timestamptz, timestamptz) from public;
