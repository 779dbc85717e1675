/**
 * What is known of the records of which there are many in a batch, as JSON: read much faster so than row by row. No join,
 * for which a plan that was made while the table was empty would read all of it for good. One snapshot: a record whose
 * last parked event has just been released is seen with its new version, or not released.
 */
const known = (records: string) => `
    (select json_agg(json_build_array(record, version, seen)) from record_progress where record = any(${records})) as progress,
    (select json_agg(distinct record) from parked_event where record = any(${records}) and settled_at is null) as blocked`;

export const standing = `select ${known('$1')}`;

/** Event ids into the inbox, which of them were there, and what is known of the records. */
export const take = `
  with admitted as (
    insert into inbox (event_id) select unnest($1::uuid[]) on conflict (event_id) do nothing returning event_id)
  select
    (select json_agg(id) from unnest($1::uuid[]) as e(id) where id not in (select event_id from admitted)) as repeated,
    ${known('$2')}`;

/** In one order, so that two writers cannot wait for each other. `greatest` for a reader that was frozen meanwhile. */
export const save = `
  insert into record_progress as p (record, version, seen)
  select record, version, seen from unnest($1::text[], $2::bigint[], $3::bigint[]) as s(record, version, seen)
  order by record
  on conflict (record) do update
  set version = greatest(p.version, excluded.version), seen = greatest(p.seen, excluded.seen)`;

export const lockRecords = `
  select pg_advisory_xact_lock(hashtextextended('parked ' || record, 0))
  from (select record from unnest($1::text[]) as r(record) order by record) r`;

export const tryLockRecord = `select pg_try_advisory_xact_lock(hashtextextended('parked ' || $1, 0)) as held`;
