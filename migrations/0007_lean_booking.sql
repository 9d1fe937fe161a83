-- A booking costs less work than with 0001 and 0002, and promises the same. What became of each promise is said where it
-- changes; docs/decisions/0008 has the reasons and the figures.

-- ---------------------------------------------------------------- who is named exists

-- People, programmes, mentorships, Zoom hosts, sessions, bookings and holds are ended, cancelled, retired or emptied, never deleted,
-- and an id never changes. So what was seen once is there for good, and nobody has to lock it to be sure. (The check of a foreign
-- key locks its row: sixteen bookings in one programme wrote down each other's locks on it.)
create function refuse_vanishing() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or new.id is distinct from old.id then
    raise exception 'a row of % stays, and so does its id', tg_table_name using errcode = 'restrict_violation', table = tg_table_name;
  end if;
  return new;
end $$;

create trigger stays before delete or update of id on account for each row execute function refuse_vanishing();
create trigger stays before delete or update of id on programme for each row execute function refuse_vanishing();
create trigger stays before delete or update of id on mentorship for each row execute function refuse_vanishing();
create trigger stays before delete or update of id on zoom_host for each row execute function refuse_vanishing();
create trigger stays before delete or update of id on session for each row execute function refuse_vanishing();
create trigger stays before delete or update of id on user_calendar_booking for each row execute function refuse_vanishing();
create trigger stays before delete or update of id on hold for each row execute function refuse_vanishing();

-- Each argument is a column and the table it names: ('session_id', 'session', ...). Fires after the statement, like a foreign key,
-- so that one statement may write a session and its people in any order.
create function refuse_unknown() returns trigger language plpgsql as $$
declare
  v_row jsonb := to_jsonb(new);
  v_known boolean;
begin
  for i in 0 .. tg_nargs - 1 by 2 loop
    continue when v_row ->> tg_argv[i] is null;
    execute format('select exists (select from %I where id = $1)', tg_argv[i + 1]) into v_known using (v_row ->> tg_argv[i])::uuid;
    if not v_known then
      raise exception '% of % names no %', tg_argv[i], tg_table_name, tg_argv[i + 1]
        using errcode = 'foreign_key_violation', table = tg_table_name, column = tg_argv[i];
    end if;
  end loop;
  return null;
end $$;

-- `book` has looked at every row it names, or writes it itself, and says so for as long as it runs. Everybody else is checked here.
create trigger knows after insert or update of programme_id, host_id, merged_into on session
  for each row when (current_setting('punctual.vouched', true) is distinct from 'book')
  execute function refuse_unknown('programme_id', 'programme', 'host_id', 'zoom_host', 'merged_into', 'session');
create trigger knows after insert or update of session_id, mentor_id, mentee_id, mentorship_id on user_calendar_booking
  for each row when (current_setting('punctual.vouched', true) is distinct from 'book')
  execute function refuse_unknown('session_id', 'session', 'mentor_id', 'account', 'mentee_id', 'account', 'mentorship_id', 'mentorship');
create trigger knows after insert or update of session_id, account_id, booking_id, came_from on session_participant
  for each row when (current_setting('punctual.vouched', true) is distinct from 'book')
  execute function refuse_unknown('session_id', 'session', 'account_id', 'account', 'booking_id', 'user_calendar_booking', 'came_from', 'session');
create trigger knows after insert or update of session_id, hold_id on commitment
  for each row when (current_setting('punctual.vouched', true) is distinct from 'book')
  execute function refuse_unknown('session_id', 'session', 'hold_id', 'hold');
create trigger knows after insert or update of session_id on session_revision
  for each row when (current_setting('punctual.vouched', true) is distinct from 'book')
  execute function refuse_unknown('session_id', 'session');

-- The foreign keys stay written down (a truncate still asks for them, a tool still draws them), but the triggers above keep them.
do $$
declare v_key record;
begin
  for v_key in
    select conrelid::regclass as child, conname from pg_constraint
    where contype = 'f' and conrelid in (
      'session'::regclass, 'user_calendar_booking'::regclass, 'session_participant'::regclass, 'commitment'::regclass, 'session_revision'::regclass)
  loop
    execute format('alter table %s alter constraint %I not enforced', v_key.child, v_key.conname);
  end loop;
end $$;

-- ---------------------------------------------------------------- checks said once

-- A check is read anew for every statement, so a redundant one is not free. Of infinite times the difference is infinite, more than
-- eight hours or no interval at all: this one check refuses them, and an end before its start, as well.
alter table session drop constraint session_check, drop constraint session_check2;

-- An empty or unbounded range has no finite ends: null is not true.
alter table commitment drop constraint commitment_finite, add constraint commitment_finite check (
  (isfinite(lower(during)) and isfinite(upper(during)) and lower_inc(during) and not upper_inc(during)) is true);

-- ---------------------------------------------------------------- the writing

create or replace function commitment_lock(p_holders uuid[], p_alone uuid[]) returns void language plpgsql as $$
declare v_holder uuid;
begin
  for v_holder in select distinct h from unnest(p_holders || p_alone) h order by 1 loop
    if v_holder = any (p_alone) then
      perform pg_advisory_xact_lock(hashtextextended(v_holder::text, 7));
    else
      perform pg_advisory_xact_lock_shared(hashtextextended(v_holder::text, 7));
    end if;
  end loop;
end $$;

-- Everything of a first booking, or nothing: see 0002. One statement looks, one writes; whatever few bookings need (budgets, caps, a
-- new pair, a hold, the pool of hosts) comes between them only when it is needed.
create or replace function book(
  p_now timestamptz, p_by text, p_alone uuid[], p_session uuid, p_booking uuid, p_programme uuid, p_mentorship uuid, p_new_mentorship uuid,
  p_budget int, p_mentor uuid, p_mentee uuid, p_starts_at timestamptz, p_ends_at timestamptz, p_mentor_until timestamptz, p_room text,
  p_hold uuid, p_give_up uuid[], p_day tstzrange, p_day_cap int, p_week tstzrange, p_week_cap int, p_unchecked_at timestamptz, p_ids uuid[],
  p_turn bigint, p_key text[], p_answer jsonb
) returns uuid language plpgsql as $$
declare
  v_host uuid;
  v_known boolean;
  v_paired boolean;
  v_taken boolean;
  v_lapsed boolean;
  v_people int;
  v_hosts int;
  v_mentorship uuid := p_mentorship;
  v_budget int := p_budget;
begin
  -- Expressions without a query of their own cost a tenth of one.
  if cardinality(p_alone) > 0 then
    perform commitment_lock(array[p_mentor, p_mentee], p_alone);
  elsif pg_advisory_xact_lock_shared(hashtextextended(least(p_mentor, p_mentee)::text, 7)) is null
    or pg_advisory_xact_lock_shared(hashtextextended(greatest(p_mentor, p_mentee)::text, 7)) is null then
    raise exception 'a lock is never null';
  end if;

  -- Most of a rush comes after its winner: they are told so before they have written anything that must be undone.
  select
    exists (select from programme where id = p_programme)
      and exists (select from account where id = p_mentor) and exists (select from account where id = p_mentee),
    -- Whoever ends a pair has both people alone: here it is over, or not begun to be.
    (select ended_at is null or ended_at > p_starts_at from mentorship where id = p_mentorship),
    exists (
      select from commitment
      where holder_id = p_mentor and during && tstzrange(p_starts_at, p_mentor_until) and released_at is null
        and (expires_at is null or expires_at > p_now) and (hold_id is null or not hold_id = any (p_give_up || p_hold))),
    exists (select from commitment where holder_id = any (array[p_mentor, p_mentee]) and released_at is null and expires_at <= p_now),
    (select id from zoom_host where account_id = p_mentor and retired_at is null)
  into v_known, v_paired, v_taken, v_lapsed, v_host;
  if v_taken then
    raise exception 'slot_taken' using errcode = 'PN001', detail = p_mentor;
  end if;
  if not v_known or (p_mentorship is not null and v_paired is null) then
    raise exception 'a booking names a programme, person or mentorship that does not exist' using errcode = 'foreign_key_violation';
  end if;
  if not v_paired then
    raise exception 'not_paired' using errcode = 'PN001';
  end if;
  if v_lapsed then
    perform commitment_release_lapsed(least(p_mentor, p_mentee), p_now);
    perform commitment_release_lapsed(greatest(p_mentor, p_mentee), p_now);
  end if;

  -- An open programme pairs people by their first booking. The mentee is held alone, so two clicks make one mentorship.
  if p_new_mentorship is not null then
    select id, sessions into v_mentorship, v_budget from mentorship
    where mentor_id = p_mentor and mentee_id = p_mentee and programme_id = p_programme and ended_at is null limit 1;
    if not found then
      v_mentorship := p_new_mentorship;
      v_budget := p_budget;
      insert into mentorship (id, programme_id, mentor_id, mentee_id, sessions, starts_on, created_at)
      values (v_mentorship, p_programme, p_mentor, p_mentee, p_budget, (p_now at time zone 'UTC')::date, p_now);
    end if;
  end if;
  if v_budget is not null and v_budget <= (
    select count(*) from user_calendar_booking where mentorship_id = v_mentorship and cancelled_at is null) then
    raise exception 'budget_spent' using errcode = 'PN001';
  end if;
  if p_day_cap is not null or p_week_cap is not null then
    if booking_cap_reached(p_mentor, p_day, p_day_cap, p_now, null, p_give_up || p_hold)
      or booking_cap_reached(p_mentor, p_week, p_week_cap, p_now, null, p_give_up || p_hold) then
      raise exception 'cap' using errcode = 'PN001';
    end if;
  end if;
  if cardinality(p_give_up) > 0 then
    perform commitment_lock_pool();
    perform hold_give_up(p_give_up, p_now);
  end if;

  if p_hold is not null then
    v_host := null;
    select host_id into v_host from hold where id = p_hold;
  elsif p_room <> 'zoom' then
    v_host := null;
  elsif v_host is null then
    v_host := zoom_host_free(p_mentor, tstzrange(p_starts_at, p_ends_at), p_now, p_turn);
    if v_host is null then
      raise exception 'slot_taken' using errcode = 'PN001', detail = 'host';
    end if;
  end if;

  -- One statement, because each costs as much as its rows. The wishes are in the order of locks: people ascending, then the host.
  with new_session as (
    insert into session (id, programme_id, starts_at, ends_at, room, host_id, scheduled_at, created_at, created_by, published_at, calendar_unchecked_at, wake_at)
    values (p_session, p_programme, p_starts_at, p_ends_at, p_room, v_host, p_now, p_now, p_by, p_now, p_unchecked_at, p_now)
  ), taken as (
    insert into commitment (id, holder_id, holder_kind, during, session_id, created_at)
    select id, holder, kind, during, p_session, p_now
    from (values
      (p_ids[3], p_mentor, 'account', tstzrange(p_starts_at, p_mentor_until)),
      (p_ids[4], p_mentee, 'account', tstzrange(p_starts_at, p_ends_at)),
      (p_ids[5], v_host, 'host', tstzrange(p_starts_at, p_ends_at))) w (id, holder, kind, during)
    where p_hold is null and holder is not null
    order by kind, holder
    on conflict on constraint commitment_no_overlap do nothing
    returning holder_kind
  ), new_booking as (
    insert into user_calendar_booking (id, session_id, mentor_id, mentee_id, mentorship_id, created_at, created_by)
    values (p_booking, p_session, p_mentor, p_mentee, v_mentorship, p_now, p_by)
  ), expected as (
    insert into session_participant (id, session_id, account_id, role, booking_id, joined_at)
    values (p_ids[1], p_session, p_mentor, 'mentor', p_booking, p_now), (p_ids[2], p_session, p_mentee, 'mentee', p_booking, p_now)
  ), first_revision as (
    insert into session_revision (session_id, revision, starts_at, ends_at, room, made_at, made_by, cause)
    values (p_session, 1, p_starts_at, p_ends_at, p_room, p_now, p_by, 'booked')
  )
  select count(*) filter (where holder_kind = 'account'), count(*) filter (where holder_kind = 'host') into v_people, v_hosts from taken;

  if p_hold is not null then
    perform hold_convert(p_hold, p_session, p_booking, p_mentee, p_now);
    update hold set booking_id = p_booking where id = p_hold;
  elsif v_people < 2 then
    raise exception 'slot_taken' using errcode = 'PN001', detail = p_mentor;
  elsif v_host is not null and v_hosts = 0 then
    -- Somebody took that host since we looked: another one.
    v_host := commitment_take_host(p_ids[5], p_mentor, tstzrange(p_starts_at, p_ends_at), p_session, null, null, p_now, p_turn);
    if v_host is null then
      raise exception 'slot_taken' using errcode = 'PN001', detail = 'host';
    end if;
    update session set host_id = v_host where id = p_session;
  end if;

  if p_key is not null then
    update idempotency_key set status = 201, answer = p_answer where actor = p_key[1] and route = p_key[2] and key = p_key[3];
  end if;
  return v_host;
end $$;
alter function book set enable_seqscan = off;
alter function book set plan_cache_mode = force_generic_plan;
alter function book set punctual.vouched = 'book';
-- A table's check is read from text and planned anew by every statement that writes; a domain's once a connection.
create domain session_kind as text check (value in ('mentorship', 'group'));
create domain session_room as text check (value in ('zoom', 'meet'));
create domain participant_role as text check (value in ('mentor', 'mentee'));
create domain holder_kind as text check (value in ('account', 'host'));
create domain revision_cause as text check (value in ('booked', 'published', 'rescheduled', 'room', 'merged', 'unmerged'));
alter table session drop constraint session_kind_check, alter kind type session_kind, drop constraint session_room_check, alter room type session_room;
alter table session_participant drop constraint session_participant_role_check, alter role type participant_role;
alter table commitment drop constraint commitment_holder_kind_check, alter holder_kind type holder_kind;
alter table session_revision drop constraint session_revision_cause_check, alter cause type revision_cause;
-- As in 0002, but what is usually empty (holds, commitments, calendar, closed days) is first asked for, and only then read: a booking
-- looks at one half hour that is mostly free.
create or replace function booking_facts(p_mentor uuid, p_mentee uuid, p_from timestamptz, p_to timestamptz, p_now timestamptz, p_but_session uuid)
returns jsonb language plpgsql stable as $$
declare
  v_mentor jsonb;
  v_mentee jsonb;
  v_config jsonb;
  v_version int;
  v_calendar jsonb;
  v_own_host uuid;
  v_around tstzrange;
  v_near tstzrange;
  v_pairs jsonb;
  v_paired boolean;
  v_open jsonb;
  v_programmes uuid[];
  v_holding boolean;
  v_holds uuid[];
  v_mentee_holds jsonb := '[]';
  v_closed_days jsonb := '[]';
  v_calendar_busy jsonb := '[]';
  v_held_until timestamptz;
  v_mentor_has boolean;
  v_mentee_has boolean;
  v_host_has boolean;
  v_busy boolean;
  v_closed boolean;
begin
  select jsonb_build_object('name', a.name, 'active', a.deactivated_at is null and a.joined_into is null), c.config, c.version,
    case when k.id is not null then jsonb_build_object('broken', k.broken_at is not null, 'syncedAt', epoch_ms(k.synced_at)) end, h.id
  into v_mentor, v_config, v_version, v_calendar, v_own_host
  from account a
  left join user_calendar_config c on c.account_id = a.id
  left join calendar_connection k on k.account_id = a.id and k.disconnected_at is null
  left join zoom_host h on h.account_id = a.id and h.retired_at is null
  where a.id = p_mentor;

  if p_mentee is not null then
    select jsonb_build_object('name', name, 'active', deactivated_at is null and joined_into is null),
      exists (select from hold where mentee_id = p_mentee and released_at is null and booking_id is null and expires_at > p_now)
    into v_mentee, v_holding
    from account where id = p_mentee;
    if v_holding then
      select jsonb_agg(jsonb_build_object(
          'id', id, 'mentorId', mentor_id, 'startsAt', epoch_ms(starts_at), 'endsAt', epoch_ms(ends_at), 'expiresAt', epoch_ms(expires_at))),
        array_agg(id), max(ends_at) filter (where starts_at = p_from)
      into v_mentee_holds, v_holds, v_held_until
      from hold where mentee_id = p_mentee and released_at is null and booking_id is null and expires_at > p_now;
    end if;

    select jsonb_agg(jsonb_build_object(
        'id', m.id, 'programmeId', m.programme_id, 'booking', p.booking, 'room', p.room, 'budget', m.sessions, 'startsOn', m.starts_on,
        'endsOn', m.ends_on, 'endedAt', epoch_ms(m.ended_at), 'createdAt', epoch_ms(m.created_at),
        'used', case when m.sessions is null then 0 else (
          select count(*) from user_calendar_booking b where b.mentorship_id = m.id and b.cancelled_at is null) end)),
      array_agg(m.programme_id), bool_or(m.ended_at is null)
    into v_pairs, v_programmes, v_paired
    from mentorship m join programme p on p.id = m.programme_id
    where m.mentor_id = p_mentor and m.mentee_id = p_mentee;
  end if;

  v_near := case
    when p_to is null then tstzrange(p_from, greatest(v_held_until, p_from + config_minutes(v_config, 'sessionMinutes'))
      + greatest(config_minutes(v_config, 'bufferBeforeMinutes'), config_minutes(v_config, 'bufferAfterMinutes')))
    else tstzrange(p_from - interval '17 hours', p_to + interval '17 hours') end;
  -- Caps look at whole weeks of the mentor's calendar.
  v_around := case when v_config ? 'maxPerDay' or v_config ? 'maxPerWeek'
    then tstzrange(p_from - interval '9 days', coalesce(p_to, p_from) + interval '9 days')
    else v_near end;

  -- Without a pair of their own: the oldest open programme both belong to; who is paired nowhere belongs to every open one.
  if v_paired is not true then
    select jsonb_build_object('programmeId', p.id, 'room', p.room, 'budget', p.default_budget), v_programmes || p.id
    into v_open, v_programmes
    from programme p
    where p.booking = 'open'
      and (exists (select from mentorship m where m.mentor_id = p_mentor and m.programme_id = p.id)
        or not exists (select from mentorship m where m.mentor_id = p_mentor))
      and (p_mentee is null or exists (select from mentorship m where m.mentee_id = p_mentee and m.programme_id = p.id)
        or not exists (select from mentorship m where m.mentee_id = p_mentee))
    order by p.created_at, p.id limit 1;
    if p_mentee is null and v_open is null then
      select jsonb_build_object('programmeId', p.id, 'room', p.room, 'budget', p.default_budget), array[p.id]
      into v_open, v_programmes
      from mentorship m join programme p on p.id = m.programme_id where m.mentor_id = p_mentor order by p.created_at, p.id limit 1;
    end if;
  end if;

  select exists (select from commitment where holder_id = p_mentor and during && v_around and released_at is null),
    exists (select from commitment where holder_id = p_mentee and during && v_near and released_at is null),
    exists (select from commitment where holder_id = v_own_host and during && v_near and released_at is null),
    exists (select from calendar_busy where account_id = p_mentor and during && v_near),
    exists (
      select from closed_day
      where programme_id = any (v_programmes) and on_date between p_from::date - 2 and coalesce(p_to, p_from)::date + 2)
  into v_mentor_has, v_mentee_has, v_host_has, v_busy, v_closed;

  if v_closed then
    select jsonb_agg(jsonb_build_object('programmeId', programme_id, 'date', on_date)) into v_closed_days from closed_day
    where programme_id = any (v_programmes) and on_date between p_from::date - 2 and coalesce(p_to, p_from)::date + 2;
  end if;
  if v_busy then
    select coalesce(jsonb_agg(jsonb_build_object('from', epoch_ms(lower(b.during)), 'to', epoch_ms(upper(b.during)), 'title', b.title)), '[]')
    into v_calendar_busy
    from calendar_busy b join calendar_connection k on k.id = b.connection_id and k.disconnected_at is null
    where b.account_id = p_mentor and b.during && v_near;
  end if;

  return jsonb_build_object(
    'mentor', v_mentor,
    'mentee', v_mentee,
    'config', v_config,
    'version', v_version,
    'pairs', coalesce(v_pairs, '[]'),
    'open', v_open,
    'closedDays', v_closed_days,
    'mentorTaken', case when v_mentor_has then booking_taken(p_mentor, v_around, p_now, p_but_session, v_holds) else '[]' end,
    'menteeTaken', case when v_mentee_has then booking_taken(p_mentee, v_near, p_now, p_but_session, v_holds) else '[]' end,
    'menteeHolds', v_mentee_holds,
    'calendarBusy', v_calendar_busy,
    'calendar', v_calendar,
    'noHost', case when v_own_host is not null and not v_host_has then '[]'
      else booking_without_host(p_mentor, v_near, p_now, p_but_session, v_holds) end);
end $$;
alter function booking_facts set enable_seqscan = off;
alter function booking_facts set plan_cache_mode = force_generic_plan;
