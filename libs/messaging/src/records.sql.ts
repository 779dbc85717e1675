/** One snapshot: a record whose last parked event has just been released is seen with its new version, or not released. */
export const standing = `
  select r.record, coalesce(p.version, 0) as handled, coalesce(p.seen, 0) as seen,
    r.record in (select record from parked_event where record = any($1) and settled_at is null) as blocked
  from unnest($1::text[]) as r(record)
  left join record_progress p on p.record = r.record`;

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
