/**
 * Whoever takes a batch writes to the inbox first and to the progress of records last, and whoever tries a parked event
 * again locks its row before any handler runs. Under this none of them is at work, and what they hold nobody waits for;
 * reading goes on.
 */
export const barIntake = `lock table public.inbox, public.parked_event, public.record_progress in exclusive mode`;

/** Records of some topics of which the copies have not seen what the service has. */
export const behind = `
  select l.record, l.seen from public.record_progress l
  left join rebuild.record_progress s on s.record = l.record
  where coalesce(s.seen, 0) < l.seen
    and (split_part(l.record, '/', 1) = any($1::text[]) or split_part(l.record, '#', 1) = any($1::text[]))
  limit $2`;

/** Which of those are still behind, and do not wait either. */
export const stillBehind = `
  select b.record, b.seen, exists (select from rebuild.waiting w where w.record = b.record) as waiting
  from unnest($1::text[], $2::bigint[]) as b(record, seen)
  left join rebuild.record_progress s on s.record = b.record
  where coalesce(s.seen, 0) < b.seen`;

/**
 * Transactions with a snapshot: one that reads on in it would not see rows that were committed later. Not those that wait
 * for this session, or behind one that does: they are about to write, and look anew.
 */
export const snapshots = `
  with recursive waiting as (
    select pg_backend_pid() as pid
    union
    select a.pid from waiting w join pg_stat_activity a on a.wait_event_type = 'Lock' and w.pid = any(pg_blocking_pids(a.pid))
  )
  select pid, application_name as name, concat_ws(' ', pid, backend_xmin, xact_start) as id
  from pg_stat_activity
  where datname = current_database() and backend_type = 'client backend' and backend_xmin is not null
    and pid not in (select pid from waiting)`;

export const holders = `
  select distinct a.pid, a.application_name as name
  from pg_locks l join pg_stat_activity a using (pid)
  where l.locktype = 'relation' and l.granted and l.pid <> pg_backend_pid()
    and l.database = (select oid from pg_database where datname = current_database())
    and l.relation = any($1::text[]::regclass[])`;

/** A type that the service came to keep after the event had passed: it has been handled now, and must not be again. */
export const catchUpHandled = `
  update public.record_progress l set version = s.version
  from rebuild.record_progress s where s.record = l.record and s.version > l.version`;

export const markSwitched = `update rebuild.run set switched_at = clock_timestamp()`;
