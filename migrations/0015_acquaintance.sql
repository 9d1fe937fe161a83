-- Which programmes know a person is asked for every row of a list, and must not depend on how many sessions somebody had. A booking
-- always names a mentorship of its programme, so mentorships answer for it; only whoever is in a session without one (a group) is
-- looked for among the sessions.
create index session_participant_unbooked on session_participant (account_id) where booking_id is null;

create or replace function programmes_of(p_account uuid) returns uuid[] language sql stable as $$
  select coalesce(array_agg(distinct known.programme_id), '{}') from (
    select programme_id from mentorship where mentor_id = p_account
    union all select programme_id from mentorship where mentee_id = p_account
    union all select s.programme_id from session_participant p join session s on s.id = p.session_id
      where p.account_id = p_account and p.booking_id is null
    union all select programme_id from programme_ops where account_id = p_account) known
$$;
