-- A rush is told no before anything else is looked at or locked: that is all most of its callers get, and it costs two thirds of what it
-- did. Other people's holds count again: an array with a null in it is "unequal" to nothing. And whoever was joined into another account
-- after the caller looked is not booked under the old one. Otherwise `book` is as in 0013.

-- Everything of a first booking, or nothing: see 0002 and 0007. One statement looks, one writes; whatever few bookings need (budgets,
-- caps, a new pair, a hold, the pool of hosts) comes between them only when it is needed. Answers false, with nothing written, when the
-- mentor is seen to be taken: most of a rush ends there, and an error costs the server ten times an answer. Whatever is found out
-- later, by the constraint and with something already written, is raised as before (PN001).
create or replace function book(
  p_now timestamptz, p_by text, p_alone uuid[], p_session uuid, p_booking uuid, p_programme uuid, p_mentorship uuid, p_new_mentorship uuid,
  p_budget int, p_mentor uuid, p_mentee uuid, p_starts_at timestamptz, p_ends_at timestamptz, p_mentor_until timestamptz, p_room text,
  p_hold uuid, p_give_up uuid[], p_day tstzrange, p_day_cap int, p_week tstzrange, p_week_cap int, p_unchecked_at timestamptz, p_ids uuid[],
  p_turn bigint, p_key text[], p_answer jsonb
) returns boolean language plpgsql as $$
declare
  v_host uuid;
  v_known boolean;
  v_paused boolean;
  v_paired boolean;
  v_taken boolean;
  v_lapsed boolean;
  v_people int;
  v_hosts int;
  v_mentorship uuid := p_mentorship;
  v_budget int := p_budget;
  v_own_holds uuid[] := array_remove(p_give_up || p_hold, null);
begin
  -- Whoever has somebody alone has waited for others, who may have taken the time.
  if cardinality(p_alone) > 0 then
    perform commitment_lock(array[p_mentor, p_mentee], p_alone);
  end if;
  -- Everybody else asks without a lock: who is not seen here yet is found by the constraint.
  select exists (
    select from commitment
    where holder_id = p_mentor and during && tstzrange(p_starts_at, p_mentor_until) and released_at is null
      and (expires_at is null or expires_at > p_now) and (hold_id is null or hold_id <> all (v_own_holds)))
  into v_taken;
  if v_taken then
    return false;
  end if;
  -- Expressions without a query of their own cost a tenth of one.
  if cardinality(p_alone) = 0 and (pg_advisory_xact_lock_shared(hashtextextended(least(p_mentor, p_mentee)::text, 7)) is null
    or pg_advisory_xact_lock_shared(hashtextextended(greatest(p_mentor, p_mentee)::text, 7)) is null) then
    raise exception 'a lock is never null';
  end if;

  select
    exists (select from programme where id = p_programme)
      and (select count(*) = 2 from account where id = any (array[p_mentor, p_mentee]) and joined_into is null),
    exists (
      select from booking_pause
      where account_id = any (array[p_mentor, p_mentee]) and programme_id = p_programme and lifted_at is null),
    -- Whoever ends a pair has both people alone: here it is over, or not begun to be.
    (select ended_at is null or ended_at > p_starts_at from mentorship
      where id = p_mentorship and mentor_id = p_mentor and mentee_id = p_mentee),
    exists (select from commitment where holder_id = any (array[p_mentor, p_mentee]) and released_at is null and expires_at <= p_now),
    (select id from zoom_host where account_id = p_mentor and retired_at is null)
  into v_known, v_paused, v_paired, v_lapsed, v_host;
  if v_paused then
    raise exception 'paused' using errcode = 'PN001';
  end if;
  if not v_known or (p_mentorship is not null and v_paired is null) then
    raise exception 'a booking names a programme, person or mentorship that does not exist, or another pair''s' using errcode = 'foreign_key_violation';
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
    if booking_cap_reached(p_mentor, p_day, p_day_cap, p_now, null, v_own_holds)
      or booking_cap_reached(p_mentor, p_week, p_week_cap, p_now, null, v_own_holds) then
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
  return true;
end $$;
alter function book set enable_seqscan = off;
alter function book set plan_cache_mode = force_generic_plan;
alter function book set punctual.vouched = 'book';
