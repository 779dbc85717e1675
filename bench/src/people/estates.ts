import type { Client } from 'pg';

export type Services = Readonly<Record<'leads' | 'accounts' | 'deals' | 'tasks', { pid: number; url: string }>>;

const born = `uuidv7(), 1, now() - n * interval '1 minute', $1::uuid, now()`;
const common = 'id, version, created_at, created_by, updated_at, owner_id';

/** Gives somebody so many records, a fifth of each noun: contacts of his companies, and activities about his deals. */
export async function estates(databases: ReadonlyMap<string, Client>, owner: string, records: number): Promise<void> {
  const each = records / 5;
  const fill = (service: keyof Services, text: string, more: unknown[] = []) =>
    databases.get(service)!.query(text, [owner, each, ...more]);
  await fill(
    'leads',
    `insert into lead (${common}, status, person_name, company_name, phones, emails, product_ids, source, amount, currency)
     select ${born}, $1, (array['NEW', 'WORKING', 'QUALIFIED', 'CONVERTED'])[1 + n % 4], 'Person ' || n, 'Firm ' || n,
       jsonb_build_array(jsonb_build_object('typed', '+44 20 7946 ' || n, 'normalised', null)), '[]', '[]', 'trade fair', n * 100, 'EUR'
     from generate_series(1, $2::int) n`,
  );
  await fill(
    'accounts',
    `with c as (insert into company (${common}, name, phones, emails, industry)
       select ${born}, $1, 'Firm ' || n, '[]', '[]', 'Machines' from generate_series(1, $2::int) n returning id)
     insert into contact (${common}, name, phones, emails, companies)
     select uuidv7(), 1, now(), $1::uuid, now(), $1, 'Person', '[]', '[]',
       jsonb_build_array(jsonb_build_object('companyId', c.id, 'role', null, 'primary', true)) from c`,
  );
  const { rows } = await fill(
    'deals',
    `with p as (select id, (stages -> 0 ->> 'id')::uuid as stage_id from pipeline limit 1)
     insert into deal (${common}, title, status, pipeline_id, stage_id, stage_position, amount, currency, lines, source,
       closed_at, counted_at)
     select ${born}, $1, 'Forty units', case n % 2 when 0 then 'WON' else 'OPEN' end, p.id, p.stage_id, 0, n * 100, 'EUR', '[]', 'call',
       case n % 2 when 0 then now() end, now() from generate_series(1, $2::int) n, p returning id`,
  );
  await fill(
    'tasks',
    `insert into activity (${common}, kind, status, subject, due_at, about_kind, about_id, completed_at)
     select ${born}, $1, 'CALL', case n % 2 when 0 then 'COMPLETED' else 'PLANNED' end, 'Ring them', now() + interval '30 days',
       'deal', ($3::uuid[])[n], case n % 2 when 0 then now() end from generate_series(1, $2::int) n`,
    [rows.map(({ id }: { id: string }) => id)],
  );
}
