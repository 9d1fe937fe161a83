-- Booking in two round trips: one that reads everything the rules look at, one that writes it all or nothing.
-- The functions hold no rule about hours: those are decided by the caller, on the clock it was given. What they refuse,
-- they refuse by SQLSTATE PN001 with the reason as the message, so that the whole statement is rolled back.

-- Lapsed holds are looked for before every insert; there are few of them, so this index stays small.
create index commitment_lapsing on commitment (holder_id, expires_at) where released_at is null and expires_at is not null;
create index zoom_host_pool on zoom_host (id) where account_id is null and retired_at is null;
create index hold_of_mentee on hold (mentee_id) where released_at is null and booking_id is null;

-- One key for each holder. Bookers share it, so a rush on one mentor is never queued behind a commit; whoever gives up one
-- commitment and takes another, or counts (caps, budgets), has it alone. Without it a mover and a booker can wait for each other.
-- Holders in ascending order, always.
create function commitment_lock(p_holders uuid[], p_alone uuid[]) returns void language plpgsql as $$
declare v_holder uuid;
begin
  if cardinality(p_alone) = 0 and cardinality(p_holders) = 2 then
    perform pg_advisory_xact_lock_shared(hashtextextended(least(p_holders[1], p_holders[2])::text, 7)),
      pg_advisory_xact_lock_shared(hashtextextended(greatest(p_holders[1], p_holders[2])::text, 7));
    return;
  end if;
  for v_holder in select distinct h from unnest(p_holders || p_alone) h order by 1 loop
    if v_holder = any (p_alone) then
      perform pg_advisory_xact_lock(hashtextextended(v_holder::text, 7));
    else
      perform pg_advisory_xact_lock_shared(hashtextextended(v_holder::text, 7));
    end if;
  end loop;
end $$;

-- Accounts first, then hosts, each in ascending order: nobody who has a host waits for a person any more.
-- A plain insert would deadlock under a rush; ON CONFLICT DO NOTHING waits and then says no.
create function commitment_take(
  p_holders uuid[], p_kinds text[], p_during tstzrange[], p_ids uuid[], p_session uuid, p_hold uuid, p_expires_at timestamptz, p_now timestamptz
) returns void language plpgsql as $$
declare v_wish record;
begin
  for v_wish in
    select * from unnest(p_ids, p_holders, p_kinds, p_during) w (id, holder, kind, during) order by w.kind, w.holder, w.during
  loop
    update commitment set released_at = p_now where holder_id = v_wish.holder and released_at is null and expires_at <= p_now;
    insert into commitment (id, holder_id, holder_kind, during, session_id, hold_id, expires_at, created_at)
    values (v_wish.id, v_wish.holder, v_wish.kind, v_wish.during, p_session, p_hold, p_expires_at, p_now)
    on conflict do nothing;
    if not found then
      raise exception 'slot_taken' using errcode = 'PN001', detail = v_wish.holder;
    end if;
  end loop;
end $$;

-- The mentor's own Zoom user, else one of the pool that is free, else null. `p_turn` spreads the pool, so that bookings at one
-- time do not queue for the same host. Releasing and taking hosts in one transaction needs commitment_lock_pool first.
create function commitment_take_host(
  p_id uuid, p_mentor uuid, p_during tstzrange, p_session uuid, p_hold uuid, p_expires_at timestamptz, p_now timestamptz, p_turn bigint,
  p_prefer uuid default null
) returns uuid language plpgsql as $$
declare
  v_host uuid;
  v_apart interval;
begin
  select id into v_host from zoom_host where account_id = p_mentor and retired_at is null;
  if found then
    update commitment set released_at = p_now where holder_id = v_host and released_at is null and expires_at <= p_now;
    insert into commitment (id, holder_id, holder_kind, during, session_id, hold_id, expires_at, created_at)
    values (p_id, v_host, 'host', p_during, p_session, p_hold, p_expires_at, p_now)
    on conflict do nothing;
    if found then return v_host; end if;
    return null;
  end if;

  -- People stay a little longer than planned, and Zoom opens no second room of a host meanwhile: first a host that has ten minutes
  -- before and after, and only when there is none one that is merely free.
  foreach v_apart in array array[interval '10 minutes', interval '0'] loop
    for v_host in
      select h.id from zoom_host h
      where h.account_id is null and h.retired_at is null
        and not exists (
          select from commitment c
          where c.holder_id = h.id and c.released_at is null and (c.expires_at is null or c.expires_at > p_now)
            and c.during && case when h.id = p_prefer then p_during else tstzrange(lower(p_during) - v_apart, upper(p_during) + v_apart) end)
      order by h.id is not distinct from p_prefer desc, hashint8extended(hashtextextended(h.id::text, 0), p_turn)
    loop
      update commitment set released_at = p_now where holder_id = v_host and released_at is null and expires_at <= p_now;
      insert into commitment (id, holder_id, holder_kind, during, session_id, hold_id, expires_at, created_at)
      values (p_id, v_host, 'host', p_during, p_session, p_hold, p_expires_at, p_now)
      on conflict do nothing;
      if found then return v_host; end if;
    end loop;
  end loop;
  return null;
end $$;

create function commitment_lock_pool() returns void language sql as $$
  select pg_advisory_xact_lock(hashtextextended('zoom host pool', 7))
$$;

-- Holds given up for something better, in the transaction that takes it. The caller has their holders alone.
create function hold_give_up(p_holds uuid[], p_now timestamptz) returns void language sql as $$
  update commitment set released_at = p_now where hold_id = any (p_holds) and released_at is null;
  update hold set released_at = p_now where id = any (p_holds) and released_at is null;
$$;

-- Counted under commitment_lock(mentor alone): without the lock two bookings would each see room for one.
create function booking_cap_reached(p_mentor uuid, p_within tstzrange, p_most int, p_now timestamptz, p_but_session uuid, p_but_holds uuid[])
returns boolean language plpgsql as $$
begin
  return p_most is not null and p_most <= (
    select count(*) from commitment c
    where c.holder_id = p_mentor and c.during && p_within and lower(c.during) <@ p_within and c.released_at is null
      and (c.expires_at is null or c.expires_at > p_now)
      and (p_but_session is null or c.session_id is distinct from p_but_session)
      and (c.hold_id is null or not c.hold_id = any (p_but_holds)));
end $$;

-- Everything of a first booking, or nothing: locks, budget, caps, session, commitments of mentor, mentee and host, booking,
-- participants, the first revision and the remembered answer. Answers the allotted host (null in a room without one).
create function book(
  p_now timestamptz, p_by text, p_alone uuid[], p_session uuid, p_booking uuid, p_programme uuid, p_mentorship uuid, p_new_mentorship uuid,
  p_budget int, p_mentor uuid, p_mentee uuid, p_starts_at timestamptz, p_ends_at timestamptz, p_mentor_until timestamptz, p_room text,
  p_hold uuid, p_give_up uuid[], p_day tstzrange, p_day_cap int, p_week tstzrange, p_week_cap int, p_unchecked_at timestamptz, p_ids uuid[],
  p_turn bigint, p_key text[], p_answer jsonb
) returns uuid language plpgsql as $$
declare
  v_host uuid;
  v_taken boolean;
  v_lapsed boolean;
  v_people int;
  v_hosts int;
  v_mentorship uuid := p_mentorship;
  v_budget int := p_budget;
begin
  perform commitment_lock(array[p_mentor, p_mentee], p_alone);

  -- Most of a rush comes after its winner: they are told so before they have written anything that must be undone.
  select exists (
      select from commitment
      where holder_id = p_mentor and during && tstzrange(p_starts_at, p_mentor_until) and released_at is null
        and (expires_at is null or expires_at > p_now) and (hold_id is null or not hold_id = any (p_give_up || p_hold))),
    exists (select from commitment where holder_id = p_mentor and released_at is null and expires_at <= p_now)
      or exists (select from commitment where holder_id = p_mentee and released_at is null and expires_at <= p_now)
  into v_taken, v_lapsed;
  if v_taken then
    raise exception 'slot_taken' using errcode = 'PN001', detail = p_mentor;
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
  -- Whoever ends a pair has both people alone: here it is over, or not begun to be.
  if v_mentorship is not null and exists (select from mentorship where id = v_mentorship and ended_at <= p_starts_at) then
    raise exception 'not_paired' using errcode = 'PN001';
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
    select host_id into v_host from hold where id = p_hold;
  elsif p_room = 'zoom' then
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
    on conflict do nothing
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
  elsif p_room = 'zoom' and v_hosts = 0 then
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

create function commitment_release_lapsed(p_holder uuid, p_now timestamptz) returns void language plpgsql as $$
begin
  update commitment set released_at = p_now where holder_id = p_holder and released_at is null and expires_at <= p_now;
end $$;

-- A host that looks free, or null. Looking takes nothing: see commitment_take_host.
create function zoom_host_free(p_mentor uuid, p_during tstzrange, p_now timestamptz, p_turn bigint) returns uuid language plpgsql as $$
declare v_host uuid;
begin
  select id into v_host from zoom_host where account_id = p_mentor and retired_at is null;
  if not found then
    select h.id into v_host from zoom_host h
    where h.account_id is null and h.retired_at is null
      and not exists (
        select from commitment c
        where c.holder_id = h.id and c.during && p_during and c.released_at is null and (c.expires_at is null or c.expires_at > p_now))
    order by hashint8extended(hashtextextended(h.id::text, 0), p_turn) limit 1;
  end if;
  return v_host;
end $$;

-- A hold becomes a booking by changing what its rows belong to: nothing is given up, so nobody can come between.
create function hold_convert(p_hold uuid, p_session uuid, p_booking uuid, p_mentee uuid, p_now timestamptz) returns uuid language plpgsql as $$
declare v_host uuid;
begin
  select host_id into v_host from hold
  where id = p_hold and mentee_id = p_mentee and released_at is null and booking_id is null and expires_at > p_now for update;
  if not found then
    raise exception 'hold_gone' using errcode = 'PN001';
  end if;
  update commitment set session_id = p_session, hold_id = null, expires_at = null where hold_id = p_hold and released_at is null;
  return v_host;
end $$;

-- All that the rules of a booking, of free slots and of a refusal look at, in one statement and one snapshot.
-- Times as epoch milliseconds: they come by the hundred. Only what touches [p_from, p_to) and a margin; without p_to, only
-- what a session of the mentor's length (or of the mentee's hold of that time) would meet if it began at p_from.
-- The asking mentee's own holds and the session that is being moved (p_but_session) stand in nobody's way.
create function booking_facts(p_mentor uuid, p_mentee uuid, p_from timestamptz, p_to timestamptz, p_now timestamptz, p_but_session uuid)
returns jsonb language plpgsql stable as $$
declare
  v_config jsonb;
  v_version int;
  v_around tstzrange;
  v_near tstzrange;
  v_pairs jsonb;
  v_paired boolean;
  v_open jsonb;
  v_programmes uuid[];
  v_holds uuid[];
  v_mentee_holds jsonb := '[]';
  v_held_until timestamptz;
begin
  select config, version into v_config, v_version from user_calendar_config where account_id = p_mentor;

  if p_mentee is not null then
    select coalesce(jsonb_agg(jsonb_build_object(
        'id', id, 'mentorId', mentor_id, 'startsAt', epoch_ms(starts_at), 'endsAt', epoch_ms(ends_at), 'expiresAt', epoch_ms(expires_at))), '[]'),
      array_agg(id), max(ends_at) filter (where starts_at = p_from)
    into v_mentee_holds, v_holds, v_held_until
    from hold where mentee_id = p_mentee and released_at is null and booking_id is null and expires_at > p_now;

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

  return jsonb_build_object(
    'mentor', (select jsonb_build_object('name', name, 'active', deactivated_at is null and joined_into is null) from account where id = p_mentor),
    'mentee', (select jsonb_build_object('name', name, 'active', deactivated_at is null and joined_into is null) from account where id = p_mentee),
    'config', v_config,
    'version', v_version,
    'pairs', coalesce(v_pairs, '[]'),
    'open', v_open,
    'closedDays', coalesce((
      select jsonb_agg(jsonb_build_object('programmeId', programme_id, 'date', on_date)) from closed_day
      where programme_id = any (v_programmes) and on_date between p_from::date - 2 and coalesce(p_to, p_from)::date + 2), '[]'),
    'mentorTaken', booking_taken(p_mentor, v_around, p_now, p_but_session, v_holds),
    'menteeTaken', case when p_mentee is null then '[]' else booking_taken(p_mentee, v_near, p_now, p_but_session, v_holds) end,
    'menteeHolds', v_mentee_holds,
    'calendarBusy', coalesce((
      select jsonb_agg(jsonb_build_object('from', epoch_ms(lower(b.during)), 'to', epoch_ms(upper(b.during)), 'title', b.title))
      from calendar_busy b join calendar_connection k on k.id = b.connection_id and k.disconnected_at is null
      where b.account_id = p_mentor and b.during && v_near), '[]'),
    'calendar', (
      select jsonb_build_object('broken', broken_at is not null, 'syncedAt', epoch_ms(synced_at))
      from calendar_connection where account_id = p_mentor and disconnected_at is null),
    'noHost', booking_without_host(p_mentor, v_near, p_now, p_but_session, v_holds));
end $$;

-- Nothing while there are no hours: a time is then refused before anything else is looked at.
create function config_minutes(p_config jsonb, p_field text) returns interval language sql immutable as $$
  select coalesce((p_config ->> p_field)::int, 0) * interval '1 minute'
$$;

create function epoch_ms(p_at timestamptz) returns bigint language sql stable strict as $$
  select (extract(epoch from p_at) * 1000)::bigint
$$;

-- What a person is committed to. `from`/`to` are the stored range (a mentor's carries its gap), `startsAt`/`endsAt` the session's own.
create function booking_taken(p_holder uuid, p_within tstzrange, p_now timestamptz, p_but_session uuid, p_but_holds uuid[]) returns jsonb language plpgsql stable as $$
begin
  return coalesce((
    select jsonb_agg(jsonb_build_object(
      'from', epoch_ms(lower(c.during)), 'to', epoch_ms(upper(c.during)),
      'startsAt', epoch_ms(coalesce(s.starts_at, h.starts_at)), 'endsAt', epoch_ms(coalesce(s.ends_at, h.ends_at)),
      'sessionId', c.session_id, 'holdId', c.hold_id, 'kind', s.kind, 'title', s.title,
      'bookingId', (select (array_agg(b.id order by b.id))[1] from user_calendar_booking b where b.session_id = c.session_id and b.cancelled_at is null)))
    from commitment c left join session s on s.id = c.session_id left join hold h on h.id = c.hold_id
    where c.holder_id = p_holder and c.during && p_within and c.released_at is null and (c.expires_at is null or c.expires_at > p_now)
      and (p_but_session is null or c.session_id is distinct from p_but_session) and (c.hold_id is null or c.hold_id = any (p_but_holds) is not true)), '[]');
end $$;

-- Times within which no Zoom host is free for this mentor: [[from, to] ...], or null when there is no host at all.
create function booking_without_host(p_mentor uuid, p_within tstzrange, p_now timestamptz, p_but_session uuid, p_but_holds uuid[]) returns jsonb language plpgsql stable as $$
declare v_taken tstzmultirange;
begin
  select range_intersect_agg(coalesce((
      select range_agg(c.during) from commitment c
      where c.holder_id = h.id and c.during && p_within and c.released_at is null and (c.expires_at is null or c.expires_at > p_now)
        and (p_but_session is null or c.session_id is distinct from p_but_session)
        and (c.hold_id is null or c.hold_id = any (p_but_holds) is not true)), '{}'))
  into v_taken
  from (
    select id from zoom_host where account_id = p_mentor and retired_at is null
    union all
    select id from zoom_host where account_id is null and retired_at is null
      and not exists (select from zoom_host own where own.account_id = p_mentor and own.retired_at is null)
  ) h;
  if v_taken is null then return null; end if;
  return coalesce((select jsonb_agg(jsonb_build_array(epoch_ms(lower(r)), epoch_ms(upper(r)))) from unnest(v_taken) r), '[]');
end $$;

-- A new installation makes its plans while the tables are empty, and reads whole tables until autovacuum says otherwise: a
-- booking then costs ten times as much after the first thousand. The checks of foreign keys are planned in here as well.
do $$
declare v_function regprocedure;
begin
  for v_function in
    select oid from pg_proc
    where pronamespace = current_schema()::regnamespace and prolang = (select oid from pg_language where lanname = 'plpgsql')
      and proname in ('book', 'booking_facts', 'commitment_take', 'commitment_take_host', 'hold_convert')
  loop
    execute format('alter function %s set enable_seqscan = off', v_function);
    -- Every statement finds its rows by key or range: planning it anew for each caller costs more than running it.
    execute format('alter function %s set plan_cache_mode = force_generic_plan', v_function);
  end loop;
end $$;
