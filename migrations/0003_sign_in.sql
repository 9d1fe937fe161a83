-- Signing in by mail. Times are the machine's: a sign-in is about a device, not about the day being rehearsed.

-- One row for each time somebody asks, also for an address that nobody has: both leave the same trace and take the same time.
create table sign_in_attempt (
  id           uuid        primary key,
  account_id   uuid        references account,
  link_hash    bytea       not null unique,
  -- The browser that asked. Null only for a link that the operator made on their own terminal: any browser, and no code.
  browser_hash bytea,
  -- A keyed hash: six digits under a plain one would be read out of a dump in a second.
  code_hash    bytea,
  wrong_codes  int         not null default 0 check (wrong_codes between 0 and 5),
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  used_at      timestamptz,
  check ((browser_hash is null) = (code_hash is null))
);
create index sign_in_attempt_browser on sign_in_attempt (browser_hash);
create index sign_in_attempt_expires on sign_in_attempt (expires_at);

-- Which rights of ops and admin the person had when this cookie was given out: when they differ from today's, it is replaced.
alter table signed_in add column rights text[] not null default '{}';

-- Google's lasting name for a person. An address may pass to somebody else one day; this never does.
alter table account add column google_subject text unique;
