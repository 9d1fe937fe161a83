-- A person who asked to be forgotten. The row stays without anything about them, so that the other side's history still adds up.
alter table account add column erased_at timestamptz;
create index account_erased on account (erased_at) where erased_at is not null;
