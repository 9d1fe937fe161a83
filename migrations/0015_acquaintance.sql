-- Which programmes know a person is asked for every row of a list, and must not depend on how many sessions somebody had. A booking
-- always names a mentorship of its programme, so mentorships answer for it; only whoever is in a session without one (a group) is
-- looked for among the sessions.
create index session_participant_unbooked on session_participant (account_id) where booking_id is null;

create or replace function programmes_of(p_account uuid) returns uuid[] language sql stable as $$
  select coalesce(array_agg(distinct known.programme_id), '{}') from (
    select programme_id from mentorship where mentor_id = p_account
    union all select programme_id from mentorship where mentee_id = p_account
    union all select (select programme_id from session where id = p.session_id) from session_participant p
      where p.account_id = p_account and p.booking_id is null
    union all select programme_id from programme_ops where account_id = p_account) known
$$;

-- The same as a yes or no, which ends at the first answer.
create function is_in_programme(p_account uuid, p_programmes uuid[]) returns boolean language sql stable as $$
  select exists (select from mentorship where mentor_id = p_account and programme_id = any (p_programmes))
    or exists (select from mentorship where mentee_id = p_account and programme_id = any (p_programmes))
    or exists (select from programme_ops where account_id = p_account and programme_id = any (p_programmes))
    or exists (
      select from session_participant p
      where p.account_id = p_account and p.booking_id is null
        and (select programme_id from session where id = p.session_id) = any (p_programmes))
$$;
create function is_in_no_programme(p_account uuid) returns boolean language sql stable as $$
  select not exists (select from mentorship where mentor_id = p_account)
    and not exists (select from mentorship where mentee_id = p_account)
    and not exists (select from programme_ops where account_id = p_account)
    and not exists (select from session_participant p where p.account_id = p_account and p.booking_id is null)
$$;

-- Always by index, and never from the sessions' side: where most rows are one person's, reading them all looks cheap for everybody, and
-- is not for those who have none. That is also why the questions are functions, and not conditions of each list.
alter function programmes_of set enable_seqscan = off;
alter function is_in_programme set enable_seqscan = off;
alter function is_in_no_programme set enable_seqscan = off;
