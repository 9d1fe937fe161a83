-- What the simulated vendors remember. Kept apart from the product, in the same server, so that it outlives a kill -9.
-- Every timestamp is the movable clock's, except google_token.expires_at: access tokens live on the machine's clock.
create schema if not exists sandbox;

create table if not exists sandbox.setting (name text primary key, value text not null);

create table if not exists sandbox.fault (
  vendor    text not null,
  kind      text not null,
  rate      double precision,
  count     int,
  until_at  timestamptz,
  parameter double precision,      -- milliseconds of latency, minutes of lateness
  asked     int  not null default 0,
  fired     int  not null default 0,
  primary key (vendor, kind)
);

-- Webhooks on their way to the product. Signed when sent, so that the body is the same at every try.
create table if not exists sandbox.outgoing (
  seq         bigint generated always as identity primary key,
  vendor      text        not null,
  url         text        not null,
  headers     jsonb       not null,
  body        text        not null,
  due_at      timestamptz not null,
  attempt     int         not null default 0,
  forged      boolean     not null default false,
  created_at  timestamptz not null,
  done_at     timestamptz,
  last_status int,
  last_error  text
);
create index if not exists outgoing_due on sandbox.outgoing (due_at, seq) where done_at is null;

-- Whatever the product sent to a person or a channel, over any vendor.
create table if not exists sandbox.message (
  seq         bigint generated always as identity primary key,
  id          uuid        not null unique,
  at          timestamptz not null,
  channel     text        not null,
  address     text        not null,
  vendor_id   text        not null,
  delivery_id text,
  template    text,
  subject     text,
  body        text        not null,
  buttons     jsonb       not null default '[]',
  raw         jsonb       not null,
  state       text        not null default 'accepted',
  unique (channel, vendor_id, address)
);
create index if not exists message_address on sandbox.message (address, seq);

create table if not exists sandbox.google_account (
  email text primary key, sub text not null unique, name text not null,
  sync_floor bigint not null default 0   -- sync tokens from before this change have expired
);
create table if not exists sandbox.google_code (
  code text primary key, email text not null, scopes text[] not null, redirect_uri text not null,
  challenge text, offline boolean not null, used boolean not null default false
);
create table if not exists sandbox.google_grant (
  refresh_token text primary key, email text not null, scopes text[] not null, revoked boolean not null default false
);
create table if not exists sandbox.google_token (
  access_token text primary key, email text not null, scopes text[] not null, refresh_token text, expires_at timestamptz not null,
  revoked boolean not null default false
);
create sequence if not exists sandbox.google_change;
create table if not exists sandbox.google_event (
  calendar text not null, id text not null, resource jsonb not null, change bigint not null,
  primary key (calendar, id)
);
create table if not exists sandbox.google_channel (
  id text primary key, calendar text not null, resource_id text not null, address text not null, token text,
  expires_at timestamptz not null, number int not null default 0, stopped_at timestamptz
);

create table if not exists sandbox.zoom_token (access_token text primary key, expires_at timestamptz not null, revoked boolean not null default false);
create table if not exists sandbox.zoom_user (
  id text primary key, email text not null unique, type int not null default 2, first_name text not null, last_name text not null default ''
);
create table if not exists sandbox.zoom_meeting (
  id bigint primary key, uuid text not null, host_id text not null references sandbox.zoom_user, topic text not null, agenda text not null default '',
  start_time timestamptz not null, duration int not null, settings jsonb not null, password text not null, created_at timestamptz not null,
  deleted_at timestamptz
);
create table if not exists sandbox.zoom_registrant (
  id text primary key, meeting_id bigint not null references sandbox.zoom_meeting, email text not null, first_name text not null, last_name text not null,
  token text not null unique, status text not null, created_at timestamptz not null
);
create index if not exists zoom_registrant_meeting on sandbox.zoom_registrant (meeting_id);
create table if not exists sandbox.zoom_quota (day date not null, holder text not null, used int not null, primary key (day, holder));
create table if not exists sandbox.zoom_run (
  uuid text primary key, meeting_id bigint not null references sandbox.zoom_meeting, started_at timestamptz not null, ended_at timestamptz
);
create table if not exists sandbox.zoom_presence (
  seq bigint generated always as identity primary key,
  uuid text, meeting_id bigint not null references sandbox.zoom_meeting, person text not null, place text not null,  -- room | waiting_room | before_host
  participant jsonb not null, is_host boolean not null, came_at timestamptz not null, left_at timestamptz
);
create index if not exists zoom_presence_meeting on sandbox.zoom_presence (meeting_id);

create table if not exists sandbox.whatsapp_template (
  id bigint generated always as identity (start with 590000001) primary key,
  name text not null, language text not null, category text not null, status text not null, components jsonb not null, unique (name, language)
);
create table if not exists sandbox.whatsapp_contact (
  phone text primary key, name text, fails_with int, phone_off boolean not null default false, last_inbound_at timestamptz
);

create table if not exists sandbox.slack_response (token text primary key, channel text not null, ts text not null, uses int not null default 0, expires_at timestamptz not null);
create sequence if not exists sandbox.slack_ts;

create table if not exists sandbox.mailbox (email text primary key, refuses boolean not null default false);
