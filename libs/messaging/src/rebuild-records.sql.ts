export const isMine = `select from rebuild.run where id = $1 and switched_at is null`;

/** How far the copies have come with some records, and how far the service; `queued` where messages of the record wait already. */
export const standing = `
  select r.record, coalesce(s.version, 0) as handled, coalesce(s.seen, 0) as seen, coalesce(l.seen, 0) as live,
    exists (select from rebuild.waiting w where w.record = r.record) as queued
  from unnest($1::text[]) as r(record)
  left join rebuild.record_progress s on s.record = r.record
  left join public.record_progress l on l.record = r.record`;

/** What became of events that the service has parked at some time. */
export const parked = `
  select event_id as id, bool_or(settled_at is null) as open, bool_or(status = 'replayed') as replayed
  from public.parked_event where event_id = any($1::uuid[]) group by event_id`;

export const wait = `
  insert into rebuild.waiting (record, version, topic, partition, "offset", key, headers, value, event_id)
  select w.record, w.version, w.topic, w.partition, w."offset", w.key, w.headers::json, w.value, w.event_id
  from unnest($1::text[], $2::bigint[], $3::text[], $4::int[], $5::bigint[], $6::text[], $7::text[], $8::bytea[], $9::uuid[])
    with ordinality as w(record, version, topic, partition, "offset", key, headers, value, event_id, place)
  order by w.place`;

export const lastWaiting = `select max(id) as id from rebuild.waiting`;

/**
 * Messages of records whose first waiting one may be applied now: the service has come to it, nothing before it is
 * missing (or nothing can come any more, for those up to $1), and it is not parked.
 */
export const ready = `
  with head as (select distinct on (record) record, version, id, event_id from rebuild.waiting order by record, version, id)
  select w.id, w.topic, w.partition, w."offset", w.key, w.headers, w.value
  from head h
  join public.record_progress l on l.record = h.record and l.seen >= h.version
  left join rebuild.record_progress s on s.record = h.record
  join rebuild.waiting w on w.record = h.record
  where (h.id <= $1 or h.version <= coalesce(s.seen, 0) + 1)
    and not exists (select from public.parked_event p where p.event_id = h.event_id and p.settled_at is null)
  order by w.record, w.version, w.id
  limit 1000`;

export const leave = `delete from rebuild.waiting where id = any($1::bigint[])`;

/** Why messages wait: the parked events that keep back others or themselves, how many the service has not come to, and the rest. */
export const whyWaiting = `
  with head as (select distinct on (record) record, version, event_id from rebuild.waiting order by record, version, id),
  told as (
    select h.record, h.version > coalesce(l.seen, 0) as ahead,
      (select min(p.id) from public.parked_event p where p.record = h.record and p.settled_at is null) as parked
    from head h left join public.record_progress l on l.record = h.record
  )
  select count(*) filter (where ahead) as ahead, count(*) filter (where parked is null and not ahead) as apart,
    coalesce((array_agg(parked order by parked) filter (where parked is not null and not ahead))[1:20], '{}')::bigint[] as parked,
    count(parked) filter (where not ahead) as "parkedRecords"
  from told`;

/** Tables outside of the schema that the present transaction has written to. */
export const strayWrites = `
  select relname as name from pg_stat_xact_user_tables
  where schemaname <> 'rebuild' and n_tup_ins + n_tup_upd + n_tup_del > 0 order by relname limit 1`;
