import { newId } from '../../src/ids.ts'
import { cellAt, NOW } from './pairs.ts'
import type { Programme } from './programme.ts'

/**
 * What any booking of this shape must write, and nothing else: the eight rows of a booking in tables with a key each, no other
 * index, check or trigger, and the one constraint that keeps a time from being given away twice. No look before it, no locks.
 */
export async function eightRows({ pool, programmeId }: Programme) {
  await pool.query(`
    create table least_session (id uuid primary key, programme_id uuid, starts_at timestamptz, ends_at timestamptz, host_id uuid, created_at timestamptz);
    create table least_booking (id uuid primary key, session_id uuid, mentor_id uuid, mentee_id uuid, created_at timestamptz);
    create table least_participant (id uuid primary key, session_id uuid, account_id uuid, role text, booking_id uuid);
    create table least_revision (session_id uuid, revision int, starts_at timestamptz, ends_at timestamptz, primary key (session_id, revision));
    create table least_commitment (id uuid primary key, holder_id uuid, during tstzrange, session_id uuid,
      exclude using gist (holder_id with =, during with &&));
    create function least_book(p_ids uuid[], p_programme uuid, p_mentor uuid, p_mentee uuid, p_host uuid,
      p_starts_at timestamptz, p_ends_at timestamptz, p_now timestamptz) returns boolean language plpgsql as $$
    declare
      v_taken int;
    begin
      with s as (insert into least_session values (p_ids[1], p_programme, p_starts_at, p_ends_at, p_host, p_now)),
      c as (
        insert into least_commitment
        select id, holder, tstzrange(p_starts_at, p_ends_at), p_ids[1]
        from (values (p_ids[3], p_mentor), (p_ids[4], p_mentee), (p_ids[5], p_host)) w (id, holder)
        on conflict do nothing returning 1),
      b as (insert into least_booking values (p_ids[2], p_ids[1], p_mentor, p_mentee, p_now)),
      p as (insert into least_participant values (p_ids[6], p_ids[1], p_mentor, 'mentor', p_ids[2]), (p_ids[7], p_ids[1], p_mentee, 'mentee', p_ids[2])),
      r as (insert into least_revision values (p_ids[1], 1, p_starts_at, p_ends_at))
      select count(*) into v_taken from c;
      return v_taken = 3;
    end $$;
    alter function least_book set plan_cache_mode = force_generic_plan`)
  const hosts = await pool.query<{ id: string; account_id: string }>('select id, account_id from zoom_host')
  const hostOf = new Map(hosts.rows.map(({ id, account_id }) => [account_id, id]))
  return (mentor: string, mentee: string, cell: number) =>
    pool.query({
      name: 'least_book',
      text: 'select least_book($1, $2, $3, $4, $5, $6, $7, $8)',
      values: [
        Array.from({ length: 7 }, newId),
        programmeId,
        mentor,
        mentee,
        hostOf.get(mentor),
        cellAt(cell),
        cellAt(cell + 1),
        NOW.toString(),
      ],
    })
}
