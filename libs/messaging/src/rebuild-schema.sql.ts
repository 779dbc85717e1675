/** The tables of a list as they stand in public. */
const kept = `
  kept as (
    select c.oid, c.relname, c.reltype, c.relowner, c.relacl, c.reloptions, c.reltoastrelid
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relname = any($1::text[])
  )`;

/** Names that are no ordinary, permanent table of public. */
export const strangers = `
  select t.name from unnest($1::text[]) as t(name)
  where not exists (
    select from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relname = t.name and c.relkind = 'r' and c.relpersistence = 'p'
      and not c.relispartition
  )
  order by t.name`;

/** What is no part of a table and would be lost, or refuse, when it is dropped: views, foreign keys, triggers, publications … */
export const dependents = `
  with ${kept}
  select k.relname as "table", pg_describe_object(d.classid, d.objid, d.objsubid) as what
  from kept k
  join pg_depend d on d.deptype <> 'i'
    and ((d.refclassid = 'pg_class'::regclass and d.refobjid = k.oid) or (d.refclassid = 'pg_type'::regclass and d.refobjid = k.reltype))
  where not exists (select from pg_index i where d.classid = 'pg_class'::regclass and i.indexrelid = d.objid and i.indrelid = k.oid)
    and not exists (
      select from pg_constraint c
      where d.classid = 'pg_constraint'::regclass and c.oid = d.objid and c.conrelid = k.oid and c.contype <> 'f'
    )
    and not exists (select from pg_trigger t where d.classid = 'pg_trigger'::regclass and t.oid = d.objid and t.tgisinternal)
    and d.classid not in ('pg_attrdef'::regclass, 'pg_statistic_ext'::regclass)
  group by 1, 2 order by 1, 2`;

/** All that makes a table, apart from its rows: equal for two tables that cannot be told apart by name. */
export const shapes = `
  with ${kept}
  select k.relname as "table", jsonb_build_object(
    'columns', (
      select jsonb_agg(jsonb_build_array(a.attname, format_type(a.atttypid, a.atttypmod), a.attcollation::regcollation, a.attnotnull,
        a.attidentity, a.attgenerated, a.attstorage, a.attcompression, a.attacl, pg_get_expr(d.adbin, d.adrelid)) order by a.attnum)
      from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = k.oid and a.attnum > 0 and not a.attisdropped
    ),
    'constraints', (
      select jsonb_agg(jsonb_build_array(c.conname, pg_get_constraintdef(c.oid)) order by c.conname)
      from pg_constraint c where c.conrelid = k.oid
    ),
    'indexes', (
      select jsonb_agg(jsonb_build_array(c.relname, pg_get_indexdef(c.oid), c.reloptions) order by c.relname)
      from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = k.oid
    ),
    'options', k.reloptions,
    'toast options', (select t.reloptions from pg_class t where t.oid = k.reltoastrelid),
    'rights', k.relacl
  ) as shape
  from kept k order by 1`;

/**
 * The statements that make an empty copy of each table in the schema rebuild, with everything under the name it has in
 * public: names are unique within a schema, so they come along when the copy moves there.
 */
export const copies = `
  with ${kept}, rights as (
    select k.relname, k.relowner, a.privilege_type, '' as columns, a.grantee, a.is_grantable
    from kept k, aclexplode(k.relacl) a
    union all
    select k.relname, k.relowner, a.privilege_type, format('(%I)', c.attname), a.grantee, a.is_grantable
    from kept k join pg_attribute c on c.attrelid = k.oid, aclexplode(c.attacl) a
  )
  select statement from (
    select 1 as step, relname, format('create table rebuild.%1$I (like public.%1$I including all excluding indexes)', relname)
    from kept
    union all
    select 2, relname, format('alter table rebuild.%I set (%s)', relname, array_to_string(reloptions, ', '))
    from kept where reloptions is not null
    union all
    select 2, k.relname, format('alter table rebuild.%I set (%s)', k.relname, (select string_agg('toast.' || o, ', ') from unnest(t.reloptions) o))
    from kept k join pg_class t on t.oid = k.reltoastrelid where t.reloptions is not null
    union all
    select 3, k.relname, format('alter table rebuild.%I add constraint %I %s', k.relname, c.conname, pg_get_constraintdef(c.oid))
    from kept k join pg_constraint c on c.conrelid = k.oid and c.contype in ('p', 'u', 'x')
    union all
    select 4, k.relname, format('alter index rebuild.%I set (%s)', i.relname, array_to_string(i.reloptions, ', '))
    from kept k join pg_constraint c on c.conrelid = k.oid and c.contype in ('p', 'u', 'x')
    join pg_class i on i.oid = c.conindid and i.reloptions is not null
    union all
    select 5, k.relname, replace(pg_get_indexdef(i.indexrelid), format(' ON public.%I USING ', k.relname), format(' ON rebuild.%I USING ', k.relname))
    from kept k join pg_index i on i.indrelid = k.oid
    where not exists (select from pg_constraint c where c.conrelid = k.oid and c.conindid = i.indexrelid and c.contype in ('p', 'u', 'x'))
    union all
    select 6, relname, format('grant %s%s on rebuild.%I to %s%s', privilege_type, columns, relname,
      case grantee when 0 then 'public' else grantee::regrole::text end, case when is_grantable then ' with grant option' else '' end)
    from rights where grantee <> relowner
  ) as steps(step, relname, statement)
  order by step, relname, statement`;

/**
 * Beside the copies. Nothing is kept of what handlers write to the outbox: it was published when the events were handled
 * first. `waiting` holds, in order, messages of which it is not yet known whether the service applies them.
 */
export const companions = `
  create table rebuild.record_progress (like public.record_progress including all);
  create table rebuild.outbox (like public.outbox including all);
  create rule published_long_ago as on insert to rebuild.outbox do instead nothing;
  create table rebuild.waiting (
    id bigint generated always as identity,
    record text collate "C" not null,
    version bigint not null,
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    key text not null,
    headers json not null,
    value bytea,
    event_id uuid not null,
    primary key (record, version, id)
  );
  create table rebuild.run (
    id uuid primary key,
    groups text[] not null,
    taken bigint not null default 0,
    known bigint not null default 0,
    began_at timestamptz not null default clock_timestamp(),
    told_at timestamptz not null default clock_timestamp(),
    switched_at timestamptz
  )`;
