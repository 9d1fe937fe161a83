-- Whether a person is known to one of these programmes, and whether to none at all: `programmes_of` for a yes or no. These end at the
-- first session that answers; somebody with a hundred thousand must not be read whole for every row of a list.
create function is_in_programme(p_account uuid, p_programmes uuid[]) returns boolean language sql stable as $$
  select exists (select from mentorship where mentor_id = p_account and programme_id = any (p_programmes))
    or exists (select from mentorship where mentee_id = p_account and programme_id = any (p_programmes))
    or exists (select from programme_ops where account_id = p_account and programme_id = any (p_programmes))
    or exists (
      select from session_participant p join session s on s.id = p.session_id
      where p.account_id = p_account and s.programme_id = any (p_programmes))
$$;

create function is_in_no_programme(p_account uuid) returns boolean language sql stable as $$
  select not exists (select from mentorship where mentor_id = p_account)
    and not exists (select from mentorship where mentee_id = p_account)
    and not exists (select from programme_ops where account_id = p_account)
    and not exists (select from session_participant where account_id = p_account)
$$;

-- A plan made when the tables were empty would read them from end to end ever after.
alter function is_in_programme set enable_seqscan = off;
alter function is_in_no_programme set enable_seqscan = off;
