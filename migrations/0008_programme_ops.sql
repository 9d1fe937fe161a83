-- Which programmes somebody of ops works for. Whoever has no row sees nothing of any programme; admins need none.
create table programme_ops (
  programme_id uuid        not null references programme,
  account_id   uuid        not null references account,
  since        timestamptz not null,
  given_by     text        not null,
  primary key (account_id, programme_id)
);
create index programme_ops_programme on programme_ops (programme_id);

-- Until now everybody of ops saw everything. Nobody loses what they work with today; from now on an admin says who works where.
insert into programme_ops (programme_id, account_id, since, given_by)
select p.id, a.id, coalesce(i.sandbox_now, now()), 'migration'
from programme p cross join account a left join installation i on true
where 'ops' = any (a.roles);

-- A program's token works for these programmes; null is for all there are and will be.
alter table api_token add column programmes uuid[] check (not ('admin' = any (scopes) and programmes is not null));

-- Who somebody is in Slack: a press on a card then has exactly this person's rights.
alter table account add column slack_user_id text unique check (length(slack_user_id) between 1 and 60);

-- The programmes that know a person: by a pair, by a session, or because they work there. Empty for somebody who is in none yet.
create function programmes_of(p_account uuid) returns uuid[] language sql stable as $$
  select coalesce(array_agg(distinct known.programme_id), '{}') from (
    select programme_id from mentorship where mentor_id = p_account
    union all select programme_id from mentorship where mentee_id = p_account
    union all select s.programme_id from session_participant p join session s on s.id = p.session_id where p.account_id = p_account
    union all select programme_id from programme_ops where account_id = p_account) known
$$;

-- Which programme an attempt was about, as far as that was known: ops see those of their own. Null for a pair that is in none.
alter table refused_attempt add column programme_id uuid references programme;
