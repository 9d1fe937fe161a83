-- Everything Punctual knows. Names follow the article's nouns in snake_case, singular.
-- No column defaults to now(): time is an argument, so a simulated day stays simulated. Ids are uuidv7 made by the app.
create extension if not exists btree_gist;

-- One row: which kind of installation this is. A database that was sandbox is never opened live, nor the reverse.
create table installation (
  id           boolean     primary key default true check (id),
  mode         text        not null check (mode in ('sandbox', 'live')),
  stamped_at   timestamptz not null,
  sandbox_now  timestamptz,
  secrets      jsonb       not null default '{}'
);

-- ---------------------------------------------------------------- people

create table account (
  id               uuid        primary key,
  email            text        not null check (email = lower(email) and length(email) between 3 and 254),
  name             text        not null check (length(name) between 1 and 200),
  phone_e164       text        check (phone_e164 ~ '^\+[1-9][0-9]{6,14}$'),  -- not unique: families share phones
  whatsapp_user_id text,
  time_zone        text        not null,
  locale           text        not null default 'en',
  roles            text[]      not null default '{}' check (roles <@ array['ops', 'admin', 'mentor', 'mentee']),
  channels         text[]      not null default '{whatsapp,email}' check (channels <@ array['whatsapp', 'email']),
  quiet_from       time        not null default '21:00',
  quiet_to         time        not null default '08:00',
  created_at       timestamptz not null,
  invited_at       timestamptz,
  accepted_at      timestamptz,
  deactivated_at   timestamptz,
  joined_into      uuid        references account,
  wake_at          timestamptz,
  settle_failures  int         not null default 0,
  settle_error     text
);
create unique index account_email on account (email);
create index account_phone on account (phone_e164);
create index account_wake on account (wake_at) where wake_at is not null;
comment on column account.roles is 'ops and admin are rights; mentor and mentee only say why somebody was invited: who mentors whom is in mentorship and session_participant.';

-- Another address of one person, and how we learned it.
create table account_alias (
  email      text        primary key check (email = lower(email)),
  account_id uuid        not null references account,
  learned    text        not null check (learned in ('import', 'ops', 'zoom', 'google', 'joined')),
  learned_at timestamptz not null
);

create table consent (
  id           uuid        primary key,
  account_id   uuid        not null references account,
  channel      text        not null check (channel in ('whatsapp', 'email')),
  granted_at   timestamptz not null,
  source       text        not null,
  withdrawn_at timestamptz,
  withdrawn_by text
);
create index consent_account on consent (account_id, channel);

create table programme (
  id            uuid        primary key,
  name          text        not null unique check (length(name) between 1 and 200),
  booking       text        not null default 'open' check (booking in ('assigned', 'open')),
  room          text        not null default 'zoom' check (room in ('zoom', 'meet')),
  default_budget int        not null default 8 check (default_budget between 1 and 1000),
  time_zone     text        not null default 'UTC',
  slack_channel text,
  created_at    timestamptz not null,
  wake_at       timestamptz
);

create table closed_day (
  programme_id uuid not null references programme,
  on_date      date not null,
  reason       text,
  primary key (programme_id, on_date)
);

-- Append-only: what the programme's policy was, and from when.
create table playbook (
  programme_id uuid        not null references programme,
  version      int         not null,
  settings     jsonb       not null,
  saved_at     timestamptz not null,
  saved_by     text        not null,
  primary key (programme_id, version)
);

create table mentorship (
  id           uuid        primary key,
  programme_id uuid        not null references programme,
  mentor_id    uuid        not null references account,
  mentee_id    uuid        not null references account,
  sessions     int         check (sessions between 0 and 1000),  -- the budget; null = no limit
  starts_on    date        not null,
  ends_on      date,
  created_at   timestamptz not null,
  ended_at     timestamptz,
  ended_reason text,
  ended_by     text,
  succeeds     uuid        references mentorship,
  check (mentor_id <> mentee_id),
  check (ends_on is null or ends_on >= starts_on)
);
create index mentorship_mentor on mentorship (mentor_id);
create index mentorship_mentee on mentorship (mentee_id);

-- API tokens: the secret is never stored, only its SHA-256.
create table api_token (
  id           uuid        primary key,
  name         text        not null,
  token_hash   bytea       not null unique,
  prefix       text        not null,
  scopes       text[]      not null check (scopes <@ array['ops', 'admin']),
  created_at   timestamptz not null,
  expires_at   timestamptz,
  last_used_at timestamptz,
  revoked_at   timestamptz
);

-- Browser sessions live on the machine's clock: they are about a device, not about the day being rehearsed.
create table signed_in (
  token_hash bytea       primary key,
  account_id uuid        not null references account,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index signed_in_account on signed_in (account_id);

-- ---------------------------------------------------------------- hours

-- The weekly hours of a mentor, wall-clock times in an IANA zone. `config` is the public document (UserCalendarConfig).
create table user_calendar_config (
  account_id uuid        primary key references account,
  config     jsonb       not null,
  version    int         not null check (version > 0),
  updated_at timestamptz not null,
  updated_by text        not null
);

-- ---------------------------------------------------------------- sessions and bookings

create table zoom_host (
  id           uuid    primary key,
  zoom_user    text    not null unique,           -- the address or id that Zoom knows
  zoom_user_id text,                              -- Zoom's own id, learned at the first call
  account_id   uuid    unique references account, -- a mentor's own licensed user; null = one of the pool
  parallel     int     not null default 1 check (parallel = 1),
  retired_at   timestamptz
);

create table session (
  id              uuid        primary key,
  programme_id    uuid        not null references programme,
  kind            text        not null default 'mentorship' check (kind in ('mentorship', 'group')),
  title           text        check (length(title) <= 200),
  starts_at       timestamptz not null,
  ends_at         timestamptz not null,
  room            text        not null check (room in ('zoom', 'meet')),
  host_id         uuid        references zoom_host,
  revision        int         not null default 1 check (revision > 0),  -- counts changes of time or room, nothing else
  scheduled_at    timestamptz not null,                                 -- when the current revision was made
  created_at      timestamptz not null,
  created_by      text        not null,
  published_at    timestamptz,
  cancelled_at    timestamptz,
  cancelled_by    text,
  cancel_reason   text,
  merged_into     uuid        references session,
  calendar_unchecked_at timestamptz,   -- booked while the mentor's calendar could not be read
  wake_at         timestamptz,         -- when the plan next has something to decide; null = never again unless a fact comes
  settle_failures int         not null default 0,
  settle_error    text,
  check (ends_at > starts_at),
  check (ends_at - starts_at between interval '5 minutes' and interval '8 hours'),
  check (isfinite(starts_at) and isfinite(ends_at))
);
-- Only the open ones are ever looked for by time; BRIN is no use here because people book in any order.
create index session_wake on session (wake_at) where wake_at is not null;
create index session_starts on session (starts_at);
create index session_merged_into on session (merged_into) where merged_into is not null;

create table user_calendar_booking (
  id            uuid        primary key,
  session_id    uuid        not null references session,
  mentor_id     uuid        not null references account,
  mentee_id     uuid        not null references account,
  mentorship_id uuid        references mentorship,
  revision      int         not null default 1 check (revision > 0),
  created_at    timestamptz not null,
  created_by    text        not null,
  cancelled_at  timestamptz,
  cancelled_by  text,
  cancel_reason text,
  late_cancel   boolean     not null default false
);
create index user_calendar_booking_session on user_calendar_booking (session_id);
create index user_calendar_booking_mentor on user_calendar_booking (mentor_id);
create index user_calendar_booking_mentee on user_calendar_booking (mentee_id);
create index user_calendar_booking_mentorship on user_calendar_booking (mentorship_id);

-- Who is expected. All rules are per participant; a 1:1 has two, a group or merged session more.
create table session_participant (
  id         uuid        primary key,
  session_id uuid        not null references session,
  account_id uuid        not null references account,
  role       text        not null check (role in ('mentor', 'mentee')),
  booking_id uuid        references user_calendar_booking,
  joined_at  timestamptz not null,     -- joined the plan, not the room
  left_at    timestamptz,              -- left the plan (merged away, successor took over)
  came_from  uuid        references session  -- the session it was merged from
);
create unique index session_participant_once on session_participant (session_id, account_id) where left_at is null;
create index session_participant_account on session_participant (account_id);

create table hold (
  id            uuid        primary key,
  mentor_id     uuid        not null references account,
  mentee_id     uuid        not null references account,
  mentorship_id uuid        references mentorship,
  starts_at     timestamptz not null,
  ends_at       timestamptz not null,
  created_at    timestamptz not null,
  created_by    text        not null,
  expires_at    timestamptz not null,
  released_at   timestamptz,
  booking_id    uuid        references user_calendar_booking,
  host_id       uuid        references zoom_host
);
create index hold_open on hold (expires_at) where released_at is null and booking_id is null;

-- PROMISE 1: no person and no Zoom host is ever double-booked. Not by races, imports, merges, admin edits or group
-- sessions: whatever writes here, the database refuses the overlap. Born in the first migration, because adding the
-- constraint to a large table later locks it for minutes.
-- holder_id is an account or a zoom_host. A mentor's range carries the gap that was configured at booking.
create table commitment (
  id          uuid        primary key,
  holder_id   uuid        not null,
  holder_kind text        not null check (holder_kind in ('account', 'host')),
  during      tstzrange   not null,
  session_id  uuid        references session,
  hold_id     uuid        references hold,
  expires_at  timestamptz,
  created_at  timestamptz not null,
  released_at timestamptz,
  merge_id    uuid,       -- released by this merge: its undo takes it back
  constraint commitment_finite check (
    not isempty(during) and lower_inc(during) and not upper_inc(during)
    and lower(during) is not null and upper(during) is not null
    and isfinite(lower(during)) and isfinite(upper(during))),
  constraint commitment_source check (num_nonnulls(session_id, hold_id) = 1),
  constraint commitment_no_overlap exclude using gist (holder_id with =, during with &&) where (released_at is null)
);
create index commitment_session on commitment (session_id) where session_id is not null;
create index commitment_hold on commitment (hold_id) where hold_id is not null;

create table idempotency_key (
  actor        text        not null,
  route        text        not null,
  key          text        not null check (length(key) between 1 and 255),
  request_hash bytea       not null,
  status       int,                    -- null while the first request is under way
  answer       jsonb,
  created_at   timestamptz not null,
  lease_until  timestamptz not null,   -- machine time: a crashed first request frees its key
  primary key (actor, route, key)
);
create index idempotency_key_age on idempotency_key (created_at);

create table refused_attempt (
  id         uuid        primary key,
  at         timestamptz not null,
  actor      text        not null,
  mentor_id  uuid        not null,
  mentee_id  uuid,
  starts_at  timestamptz not null,
  ends_at    timestamptz not null,
  code       text        not null,
  details    jsonb       not null
);
create index refused_attempt_at on refused_attempt (at);

-- ---------------------------------------------------------------- decided once, delivered, attempted

-- Whoever inserts the key first owns the effect; everyone after finds it taken (NotificationTriggerLog.findOneOrInsert).
create table notification_trigger_log (
  subject_id   uuid        not null,
  effect_key   text        not null,   -- meaning:participantId@session.revision
  subject_kind text        not null check (subject_kind in ('session', 'account', 'connection', 'programme')),
  decision     text        not null check (decision in ('send', 'skipped', 'expired')),
  reason       text,
  meaning      text        not null,
  recipient_id uuid,                   -- the account; null for the ops channel
  due_at       timestamptz not null,
  expires_at   timestamptz not null,
  decided_at   timestamptz not null,
  detail       jsonb       not null default '{}',
  primary key (subject_id, effect_key)
);

-- How much one person already got today, over all sessions.
create index notification_trigger_log_recipient on notification_trigger_log (recipient_id, decided_at) where decision = 'send';

-- The article's SessionReminder on the same write-once mechanism.
create view session_reminder as
  select subject_id as session_id, split_part(meaning, ' ', 2) as reminder_type, recipient_id, effect_key, decision, reason, due_at, decided_at
  from notification_trigger_log where subject_kind = 'session' and meaning like 'reminder %';

create table delivery (
  id              uuid        primary key,
  subject_id      uuid        not null,
  subject_kind    text        not null,
  effect_key      text        not null,
  channel         text        not null check (channel in ('whatsapp', 'email', 'slack')),
  recipient_id    uuid,
  meaning         text        not null,
  template        text        not null,
  detail          jsonb       not null default '{}',
  state           text        not null check (state in ('pending', 'claimed', 'accepted', 'delivered', 'read', 'failed', 'unknown',
                                                        'expired', 'suppressed', 'withdrawn', 'quarantined')),
  reason          text,
  due_at          timestamptz not null,
  expires_at      timestamptz not null,
  next_attempt_at timestamptz,          -- virtual time; null once there is nothing left to try
  tries           int         not null default 0,
  lease_token     uuid,
  lease_until     timestamptz,          -- machine time
  vendor_id       text,                 -- wamid, Message-ID, Slack ts
  accepted_at     timestamptz,
  delivered_at    timestamptz,
  read_at         timestamptz,
  failed_at       timestamptz,
  created_at      timestamptz not null,
  said            jsonb,                -- what was said: address, subject, text, buttons, links shown as placeholders
  unique (subject_id, effect_key, channel),
  foreign key (subject_id, effect_key) references notification_trigger_log
);
-- Also `unknown` ones that still wait for the vendor's echo. A claimed one has no next attempt, only a lease.
create index delivery_due on delivery (next_attempt_at) where next_attempt_at is not null;
create index delivery_lease on delivery (lease_until) where state = 'claimed';
-- One attempt at a time for each person of a subject: a correction always arrives after what it corrects.
create unique index delivery_in_flight on delivery (subject_id, recipient_id) nulls not distinct where state = 'claimed';
create index delivery_subject on delivery (subject_id, recipient_id);
create index delivery_vendor on delivery (vendor_id) where vendor_id is not null;
create index delivery_created on delivery (created_at);

-- An address that a vendor called wrong for good. A changed phone or mailbox is another address and starts clean.
create table dead_address (
  channel text        not null check (channel in ('whatsapp', 'email')),
  address text        not null,
  why     text        not null,
  since   timestamptz not null,
  primary key (channel, address)
);

create table attempt (
  id          uuid        primary key,
  delivery_id uuid        not null references delivery,
  number      int         not null,
  state       text        not null check (state in ('in_flight', 'accepted', 'rejected', 'unknown')),
  address     text        not null,
  vendor_id   text,
  code        text,
  detail      text,
  started_at  timestamptz not null,
  ended_at    timestamptz,
  unique (delivery_id, number)
);

create table whatsapp_message (
  wamid             text        primary key,
  parent_message_id text,                 -- the message this one answers (context.id)
  direction         text        not null check (direction in ('out', 'in')),
  account_id        uuid        references account,
  phone_e164        text        not null,
  delivery_id       uuid        references delivery,
  session_id        uuid        references session,
  kind              text        not null,
  body              text,
  payload           text,
  said_at           timestamptz not null, -- the vendor's time
  received_at       timestamptz not null
);
create index whatsapp_message_parent on whatsapp_message (parent_message_id);
create index whatsapp_message_phone on whatsapp_message (phone_e164, said_at);

-- What a person said: a button, a link in the mail, a typed message. Append-only; the latest on the current revision counts.
create table reply (
  id             uuid        primary key,
  session_id     uuid        not null references session,
  participant_id uuid        not null references session_participant,
  revision       int         not null,    -- of the session, as the question named it
  meaning        text        not null check (meaning in ('coming', 'cant_come', 'wants_to_move', 'late_5', 'late_10', 'wait', 'shorten', 'leave',
                                                         'was_there', 'took_place', 'did_not_take_place', 'message')),
  channel        text        not null check (channel in ('whatsapp', 'email', 'page', 'ops')),
  matched_by     text        not null check (matched_by in ('payload', 'parent', 'only_ask', 'link', 'sender')),
  text           text,
  said_at        timestamptz not null,
  received_at    timestamptz not null,
  source         text        unique       -- wamid or link nonce: the same answer twice is one reply
);
create index reply_session on reply (session_id);
create index reply_declined on reply (received_at) where meaning = 'cant_come';

create table join_click (
  id             uuid        primary key,
  participant_id uuid        not null references session_participant,
  session_id     uuid        not null references session,
  at             timestamptz not null
);
create index join_click_session on join_click (session_id);

-- ---------------------------------------------------------------- webhooks in, rooms

create table webhook_event (
  id          uuid        primary key,
  vendor      text        not null check (vendor in ('zoom', 'whatsapp', 'slack', 'google')),
  body_hash   bytea       not null,
  event       text        not null,
  outcome     text        not null,  -- accepted | duplicate | foreign | ancient | unknown | unmatched
  received_at timestamptz not null,
  body        jsonb,
  unique (vendor, body_hash)
);
create index webhook_event_received on webhook_event (vendor, received_at);

-- The article's MeetingEvent: raw, append-only, unique per body, in the order of arrival; it is folded by occurred_at.
create table meeting_event (
  id               uuid        primary key,
  webhook_event_id uuid        references webhook_event,
  body_hash        bytea       not null unique,
  event            text        not null,
  zoom_meeting_id  text        not null,
  zoom_uuid        text,
  session_id       uuid        references session,
  occurred_at      timestamptz not null,
  received_at      timestamptz not null,
  participant      jsonb,
  object           jsonb       not null
);
create index meeting_event_session on meeting_event (session_id);
create index meeting_event_meeting on meeting_event (zoom_meeting_id);

-- Zoom's own report after the meeting; one row per answer, append-only.
create table meeting_report (
  id          uuid        primary key,
  session_id  uuid        not null references session,
  zoom_uuid   text        not null,
  fetched_at  timestamptz not null,
  rows        jsonb       not null,
  unique (session_id, zoom_uuid, fetched_at)
);

-- Times in which a vendor's evidence could not reach us: nobody is called absent over a hole.
create table evidence_gap (
  id       uuid        primary key,
  vendor   text        not null,
  from_at  timestamptz not null,
  to_at    timestamptz,
  why      text        not null
);

create table attendance_verdict (
  id             uuid        primary key,
  session_id     uuid        not null references session,
  participant_id uuid        not null references session_participant,
  version        int         not null,
  verdict        text        not null check (verdict in ('present', 'late', 'left_early', 'absent', 'cannot_tell')),
  stage          text        not null check (stage in ('provisional', 'firm', 'corrected')),
  evidence       jsonb       not null,
  decided_at     timestamptz not null,
  decided_by     text        not null default 'plan',  -- or the person of ops
  reason         text,
  unique (participant_id, version)
);
create index attendance_verdict_session on attendance_verdict (session_id);

-- ---------------------------------------------------------------- mirrors: what a vendor should hold

-- A mirror says what should exist at a vendor (`wanted`, null = gone) and what we believe exists (`applied`).
-- One worker at a time; the latest wanted state wins; it never expires. Kinds: meeting, registrant, calendar_event, slack_card.
create table mirror (
  id              uuid        primary key,
  kind            text        not null check (kind in ('meeting', 'registrant', 'calendar_event', 'slack_card')),
  key             text        not null,
  session_id      uuid        references session,
  owner_id        uuid,                  -- participant, connection or case
  credential_id   uuid,                  -- the connection or host that made it; no other is ever used on it
  wanted          jsonb,
  wanted_at       timestamptz not null,
  applied         jsonb,
  applied_at      timestamptz,
  remote_id       text,
  remote          jsonb       not null default '{}',  -- links, uuid, etag: what the vendor told us
  generation      int         not null default 1,
  intent          jsonb,                 -- written before a create: a lost answer is looked for by it
  next_attempt_at timestamptz,           -- virtual time; null = nothing to do
  failures        int         not null default 0,
  last_error      text,
  lease_token     uuid,
  lease_until     timestamptz,           -- machine time
  keep_until      timestamptz,           -- a merged-away meeting stays until its end + 1 day
  unique (kind, key)
);
create index mirror_due on mirror (next_attempt_at) where next_attempt_at is not null;
create index mirror_session on mirror (session_id);
create index mirror_remote on mirror (kind, remote_id) where remote_id is not null;

create view meeting as
  select id, session_id, remote_id as zoom_meeting_id, remote ->> 'uuid' as zoom_uuid, credential_id as host_id, wanted is not null as wanted, applied_at, keep_until
  from mirror where kind = 'meeting';

-- ---------------------------------------------------------------- calendars

create table calendar_connection (
  id               uuid        primary key,
  account_id       uuid        not null references account,
  google_email     text        not null,
  calendar_id      text        not null default 'primary',
  scopes           text[]      not null default '{}',
  tokens           bytea,                -- AES-256-GCM, bound to this row
  version          int         not null default 1,   -- one refresher at a time: the version it read
  connected_at     timestamptz not null,
  disconnected_at  timestamptz,
  broken_at        timestamptz,
  broken_why       text,
  sync_token       text,
  synced_at        timestamptz,
  synced_to        timestamptz,         -- how far ahead the busy times were read; a sync token never looks further
  channel_id       text,
  channel_token    text,
  channel_resource text,
  channel_expires  timestamptz,
  wake_at          timestamptz
);
create unique index calendar_connection_open on calendar_connection (account_id) where disconnected_at is null;
create index calendar_connection_channel on calendar_connection (channel_id);

create table calendar_busy (
  connection_id   uuid      not null references calendar_connection,
  google_event_id text      not null,
  account_id      uuid      not null references account,
  during          tstzrange not null check (not isempty(during)),
  title           text,
  seen_at         timestamptz not null,
  primary key (connection_id, google_event_id)
);
create index calendar_busy_account on calendar_busy using gist (account_id, during);

create table calendar_difference (
  id            uuid        primary key,
  connection_id uuid        not null references calendar_connection,
  session_id    uuid        not null references session,
  kind          text        not null check (kind in ('moved', 'deleted', 'declined')),
  seen          jsonb       not null,
  found_at      timestamptz not null,
  settled_at    timestamptz,
  settled_how   text
);

-- ---------------------------------------------------------------- merge, audit, cases, chores

create table session_merge_log (
  id            uuid        primary key,
  merge_id      uuid        not null,
  session_id    uuid        not null references session,   -- the one that was folded in
  survivor_id   uuid        not null references session,
  moved         jsonb       not null,    -- participants, bookings, commitments: what an undo takes back
  merged_at     timestamptz not null,
  merged_by     text        not null,
  reason        text        not null,
  undone_at     timestamptz,
  undone_by     text,
  unique (merge_id, session_id)
);
create index session_merge_log_survivor on session_merge_log (survivor_id);

create table audit_log (
  id        uuid        primary key,
  at        timestamptz not null,
  actor     text        not null,
  action    text        not null,
  object_kind text      not null,
  object_id uuid,
  reason    text,
  detail    jsonb       not null default '{}'
);
create index audit_log_object on audit_log (object_id);
create index audit_log_at on audit_log (at);

create table audit_seal (
  number    bigint      primary key,
  last_id   uuid        not null,
  rows      int         not null,
  hash      bytea       not null,
  sealed_at timestamptz not null
);

-- Whatever a person must look at. Shown first on Today, one Slack card, settled by a fact or by somebody with a reason.
create table ops_case (
  id             uuid        primary key,
  kind           text        not null,   -- unconfirmed, missing, unknown_delivery, failed_delivery, calendar, poison, difference, no_host, cap, invariant
  key            text        not null unique,
  programme_id   uuid        references programme,
  session_id     uuid        references session,
  account_id     uuid        references account,
  title          text        not null,
  detail         jsonb       not null default '{}',
  opened_at      timestamptz not null,
  expires_at     timestamptz,            -- the card is not posted after this; the case stays open
  settled_at     timestamptz,
  settled_by     text,
  settled_reason text
);
create index ops_case_open on ops_case (opened_at) where settled_at is null;
create index ops_case_session on ops_case (session_id);

-- All periodic work on one page: a row with its next time. Virtual time for `next_at`, machine time for the lease.
create table chore (
  name        text        primary key,
  next_at     timestamptz not null,
  lease_until timestamptz,
  lease_token uuid,
  last_at     timestamptz,
  last_error  text,
  failures    int         not null default 0
);

create table rate_count (
  bucket  text        not null,
  window_start timestamptz not null,
  count   int         not null,
  primary key (bucket, window_start)
);

-- Every time and room a session ever had. Revision 1 is the first; what people were told stays explainable.
create table session_revision (
  session_id uuid        not null references session,
  revision   int         not null,
  starts_at  timestamptz not null,
  ends_at    timestamptz not null,
  room       text        not null,
  made_at    timestamptz not null,
  made_by    text        not null,
  cause      text        not null check (cause in ('booked', 'published', 'rescheduled', 'room', 'merged', 'unmerged')),
  primary key (session_id, revision)
);
