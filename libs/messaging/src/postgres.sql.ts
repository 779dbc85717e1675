import type { TopicDeclaration } from '@voronka/contracts';

/**
 * The log's own tables. Offsets begin at 0 and are given out without a gap; `next_offset` is the offset the next message
 * will get. Only partitions in `bus_compact` lose messages: those below `upto` that a newer one of their key replaced.
 */
export const tables = `
  create table if not exists bus_partition (
    topic text not null,
    partition int not null,
    next_offset bigint not null default 0,
    primary key (topic, partition)
  );
  create table if not exists bus_message (
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    key text not null,
    headers json not null,
    value text,
    appended_at timestamptz not null default now(),
    primary key (topic, partition, "offset")
  );
  create table if not exists bus_offset (
    reader text not null,
    topic text not null,
    partition int not null,
    next_offset bigint not null,
    primary key (reader, topic, partition)
  );
  create table if not exists bus_owner (
    reader text primary key,
    owner text not null
  );
  create table if not exists bus_compact (
    topic text not null,
    partition int not null,
    upto bigint not null default 0,
    kept bigint not null default 0,
    compacted_at timestamptz not null default now(),
    primary key (topic, partition)
  )`;

/**
 * Appends under a lock on each partition's row, held to the end of the transaction: offsets are given out in commit
 * order, so no reader can see an offset before the ones below it. Locks are taken in one order, so appends cannot deadlock.
 */
export const append = `
  with arriving as (
    select m.*, p.partition, row_number() over (partition by m.topic, p.partition order by m.place) as nth
    from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as m(topic, key, headers, value, place)
    join (select topic, count(*) as partitions from bus_partition where topic = any($1::text[]) group by topic) t using (topic)
    cross join lateral (select (('x' || substr(md5(m.key), 1, 8))::bit(32)::bigint % t.partitions)::int as partition) p
  ), wanted as (
    select topic, partition, count(*) as messages from arriving group by topic, partition
  ), locked as materialized (
    select p.topic, p.partition from bus_partition p join wanted using (topic, partition)
    order by p.topic, p.partition for update of p
  ), taken as (
    update bus_partition p set next_offset = p.next_offset + w.messages
    from wanted w join locked l using (topic, partition)
    where p.topic = w.topic and p.partition = w.partition
    returning p.topic, p.partition, p.next_offset - w.messages as first
  )
  insert into bus_message (topic, partition, "offset", key, headers, value)
  select a.topic, a.partition, t.first + a.nth - 1, a.key, a.headers::json, a.value
  from arriving a join taken t using (topic, partition)`;

const makeTopic = `
  with wanted as (
    select t.topic, p.partition, t.compact
    from unnest($1::text[], $2::int[], $3::boolean[]) as t(topic, partitions, compact)
    cross join lateral generate_series(0, t.partitions - 1) as p(partition)
    where not exists (select from bus_partition b where b.topic = t.topic)
  ), compacted as (
    insert into bus_compact (topic, partition) select topic, partition from wanted where compact on conflict do nothing
  )
  insert into bus_partition (topic, partition) select topic, partition from wanted on conflict do nothing`;

/** Makes the topics that are missing. */
export const makingTopics = (prefix: string, topics: readonly TopicDeclaration[]) => ({
  text: makeTopic,
  values: [
    topics.map(({ name }) => prefix + name),
    topics.map(({ partitions }) => partitions),
    topics.map(({ cleanup }) => cleanup === 'compact'),
  ],
});

/** Bounded by rows and by about 4 MB, at least one message. */
export const read = `
  select "offset", key, headers, value, appended_at as "appendedAt"
  from (
    select "offset", key, headers, value, appended_at,
      sum(coalesce(octet_length(value), 0)) over (order by "offset" rows unbounded preceding) as bytes,
      row_number() over (order by "offset") as place
    from bus_message where topic = $1 and partition = $2 and "offset" >= $3 order by "offset" limit 500
  ) page
  where place = 1 or bytes <= 4000000
  order by "offset"`;

export const ends = `
  select p.topic, p.partition, p.next_offset as "end", coalesce(o.next_offset, 0) as committed
  from bus_partition p
  left join bus_offset o on o.reader = $1 and o.topic = p.topic and o.partition = p.partition
  where p.topic = any($2::text[])
  order by p.topic, p.partition`;

/** Takes groups that are nobody's for a database. */
export const own = `insert into bus_owner (reader, owner) select unnest($1::text[]), $2 on conflict do nothing`;
/** Those of them that are another's. */
export const others = `select reader from bus_owner where reader = any($1::text[]) and owner <> $2 order by reader`;

export const commit = `
  insert into bus_offset as o (reader, topic, partition, next_offset) values ($1, $2, $3, $4)
  on conflict (reader, topic, partition) do update set next_offset = greatest(o.next_offset, excluded.next_offset)`;
