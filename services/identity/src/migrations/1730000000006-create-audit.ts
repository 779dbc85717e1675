import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The log of audit: rows are added and never changed; what is old goes a month at a time. The triggers hold against the
 * service itself and whoever has its password, as long as he does not take them away.
 */
export class CreateAudit1730000000006 implements MigrationInterface {
  name = 'CreateAudit1730000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table audit_entry (
      id uuid not null, at timestamptz not null, service text not null, action text not null,
      person_id uuid, session_id uuid, key_id uuid, in_place_of uuid, entity text, record_id uuid,
      rows integer, code text, detail text, address text, correlation_id text, primary key (at, id)) partition by range (at)`);
    // As the kit reads records: the same rows under the names of every list.
    await runner.query(`create view audit as select id, at as created_at, 1 as version, null::uuid as created_by,
      at as updated_at, null::text as external_id, null::text as fingerprint, service, action, person_id, session_id, key_id,
      in_place_of, entity, record_id, rows, code, detail, address, correlation_id from audit_entry`);
    await runner.query('create index audit_entry_person on audit_entry (person_id, at desc, id desc)');
    await runner.query('create index audit_entry_record on audit_entry (record_id, at desc, id desc)');
    await runner.query(`create function audit_entry_stays() returns trigger language plpgsql as $$ begin
      raise exception 'The log of audit is added to and never changed' using errcode = 'insufficient_privilege';
    end $$`);
    await runner.query(`create trigger audit_entry_stays before update or delete on audit_entry
      for each row execute function audit_entry_stays()`);
    // A partition is truncated by itself too, and has no trigger for that from its table.
    await runner.query(`create trigger audit_entry_stays_whole before truncate on audit_entry
      for each statement execute function audit_entry_stays()`);
    await runner.query(`create function audit_entry_keep(months date[]) returns boolean
      language plpgsql set timezone to 'UTC' as $$
      declare month date; part text; begun boolean := false;
      begin
        foreach month in array months loop
          part := 'audit_entry_' || to_char(month, 'YYYY_MM');
          continue when to_regclass(part) is not null;
          perform pg_advisory_xact_lock(hashtextextended('audit_entry', 0));
          continue when to_regclass(part) is not null;
          execute format('create table %I partition of audit_entry for values from (%L) to (%L)',
            part, month, (month + interval '1 month')::date);
          execute format('create trigger audit_entry_stays_whole before truncate on %I
            for each statement execute function audit_entry_stays()', part);
          begun := true;
        end loop;
        return begun;
      end $$`);
    await runner.query(`create function audit_entry_forget(before date) returns text[] language plpgsql as $$
      declare part text; gone text[] := '{}';
      begin
        for part in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
          where i.inhparent = 'audit_entry'::regclass
            and c.relname < 'audit_entry_' || to_char(before, 'YYYY_MM') order by 1
        loop
          execute format('drop table %I', part);
          gone := gone || part;
        end loop;
        return gone;
      end $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop view audit');
    await runner.query('drop table audit_entry');
    await runner.query('drop function audit_entry_stays, audit_entry_keep, audit_entry_forget');
  }
}
