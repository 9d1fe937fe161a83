-- A programme is a subject of its own, like a session or a person: its day is decided once, at its own time of morning.
alter table programme add column settle_failures int not null default 0;
alter table programme add column settle_error text;
create index programme_wake on programme (wake_at) where wake_at is not null;

-- A new one is looked at once, and from then on says itself when it has something to decide.
create function programme_looked_at() returns trigger language plpgsql as $$
begin
  new.wake_at := coalesce(new.wake_at, new.created_at);
  return new;
end $$;
create trigger looked_at before insert on programme for each row execute function programme_looked_at();
update programme set wake_at = coalesce(wake_at, created_at);
