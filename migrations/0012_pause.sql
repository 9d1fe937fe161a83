-- No new bookings of one person in one programme, from now until somebody of ops lifts it. What is booked already stays.
create table booking_pause (
  id            uuid        primary key,
  programme_id  uuid        not null references programme,
  account_id    uuid        not null references account,
  reason        text        not null check (length(reason) between 1 and 500),
  paused_at     timestamptz not null,
  paused_by     text        not null,
  lifted_at     timestamptz,
  lifted_by     text,
  lifted_reason text,
  check (num_nonnulls(lifted_at, lifted_by, lifted_reason) in (0, 3))
);
create unique index booking_pause_open on booking_pause (account_id, programme_id) where lifted_at is null;
create index booking_pause_account on booking_pause (account_id);

-- The promise is kept where bookings are written, whoever writes them. There are few pauses, so most bookings look at nothing more.
create function refuse_paused() returns trigger language plpgsql as $$
begin
  if exists (
    select from booking_pause p
    where p.account_id in (new.mentor_id, new.mentee_id) and p.lifted_at is null
      and p.programme_id = (select m.programme_id from mentorship m where m.id = new.mentorship_id)) then
    raise exception 'paused' using errcode = 'PN001';
  end if;
  return new;
end $$;
create trigger not_paused before insert on user_calendar_booking for each row execute function refuse_paused();

-- A change made in Google that the programme follows: looked at once, by whoever moves and cancels sessions.
alter table calendar_difference add column follow_at timestamptz;
create index calendar_difference_follow on calendar_difference (follow_at) where follow_at is not null;
