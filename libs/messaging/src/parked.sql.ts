/** Statuses: `failed` waits for an operator, and has a time once one asked for a repeat; `retrying` for its time, `waiting` for the record's earlier events; the rest are settled. */
export const park = `
  insert into parked_event (topic, partition, "offset", key, record, headers, value, event_id, type, status, code, error, attempts, next_attempt_at)
  select p.topic, p.partition, p."offset", p.key, p.record, p.headers::json, p.value, p.event_id, p.type, p.status, p.code, p.error, p.attempts,
    clock_timestamp() + make_interval(secs => p.retry_after)
  from unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::uuid[], $9::text[],
    $10::text[], $11::text[], $12::text[], $13::int[], $14::float8[]) with ordinality
    as p(topic, partition, "offset", key, record, headers, value, event_id, type, status, code, error, attempts, retry_after, place)
  order by p.place
  on conflict (topic, partition, "offset") do nothing`;

const columns = `id, topic, partition, "offset", key, record, headers, value, event_id as "eventId", type, status, code, error,
  attempts, next_attempt_at as "nextAttemptAt", parked_at as "parkedAt", settled_at as "settledAt", reason`;

/** Locked, so that whoever wants nothing to be tried meanwhile can wait for it before any handler runs. */
export const head = `select ${columns}, status = 'waiting' or coalesce(next_attempt_at <= clock_timestamp(), false) as due
  from parked_event where record = $1 and settled_at is null order by id limit 1 for update`;

export const byId = `select ${columns} from parked_event where id = $1`;

export const atPlaces = `select ${columns} from parked_event
  where (topic, partition, "offset") in (select * from unnest($1::text[], $2::int[], $3::bigint[])) order by id`;

export const byIds = `select ${columns} from parked_event where id = any($1::bigint[]) order by id`;

/** What is parked here is known here: should it come again from its topic, that is a repeat. */
export const putBack = `
  with known as (insert into inbox (event_id) select $7::uuid where $7 is not null on conflict do nothing)
  insert into parked_event (topic, partition, "offset", key, record, headers, event_id, type, value, status, code, error, attempts, parked_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'failed', $10, $11, $12, $13)
  on conflict (topic, partition, "offset") do nothing`;

export const list = `select ${columns} from parked_event
  where ($1::text is null or record = $1 or key = $1) and ($2::text is null or topic = $2) and ($3::text is null or code = $3)
    and ($4 or settled_at is null)
  order by id limit $5`;

/** One that failed for good is tried for its operator and remains what it was: it has a dead letter already. */
export const makeDue = `update parked_event set next_attempt_at = clock_timestamp() where id = $1`;

export const settle = `update parked_event set status = $2, reason = $3, settled_at = clock_timestamp() where id = $1`;

export const fail = `update parked_event set status = $2, code = $3, error = $4, attempts = attempts + 1,
  next_attempt_at = clock_timestamp() + make_interval(secs => $5) where id = $1`;

/** Records whose oldest open event is due, or is waiting behind nothing since a process died while it released them. */
export const dueRecords = `
  select record from (
    select distinct on (record) record, status, next_attempt_at from parked_event where settled_at is null order by record, id
  ) heads
  where status = 'waiting' or (status in ('retrying', 'failed') and next_attempt_at <= clock_timestamp())
  limit 100`;

export const counts = `select status, count(*) as n from parked_event where settled_at is null group by status`;
