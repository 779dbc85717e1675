/** The tables of messaging in a service's own database. Each statement may run again. */
export const messagingUp: readonly string[] = [
  `create table if not exists outbox (
    id bigint generated always as identity primary key,
    topic text not null,
    key text not null,
    headers json not null,
    value text,
    written_at timestamptz not null default now()
  ) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)`,
  `create table if not exists outbox_hold (
    topic text primary key,
    until timestamptz not null,
    seen_at timestamptz
  )`,
  `create table if not exists inbox (
    event_id uuid primary key,
    received_at timestamptz not null default now()
  )`,
  `create table if not exists record_progress (
    record text collate "C" primary key,
    version bigint not null,
    seen bigint not null
  ) with (fillfactor = 80)`,
  `create table if not exists parked_event (
    id bigint generated always as identity primary key,
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    key text,
    record text not null,
    headers json not null,
    value bytea,
    event_id uuid,
    type text,
    status text not null check (status in ('failed', 'retrying', 'waiting', 'replayed', 'discarded')),
    code text,
    error text,
    attempts int not null,
    next_attempt_at timestamptz,
    parked_at timestamptz not null default now(),
    settled_at timestamptz,
    reason text,
    unique (topic, partition, "offset")
  )`,
  `create index if not exists inbox_age on inbox using brin (received_at) with (autosummarize = on)`,
  `create index if not exists parked_event_event on parked_event (event_id)`,
  `create index if not exists parked_event_open on parked_event (record, id) where settled_at is null`,
];
