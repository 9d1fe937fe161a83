-- A device that nobody uses is signed out before its thirty days are over. On the machine's clock, like expires_at;
-- written every few minutes at most, so it may be that much behind.
alter table signed_in add column used_at timestamptz;
update signed_in set used_at = created_at;
alter table signed_in alter column used_at set not null;
