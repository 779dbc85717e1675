import { Random } from '../load/random.js';
import type { Read } from './questions.js';

const FOUND = 20;
const searches = {
  company: `query ($search: String!) { companies(first: ${FOUND}, filter: { search: $search }) { nodes { id name } } }`,
  contact: `query ($search: String!) { contacts(first: ${FOUND}, filter: { search: $search }) { nodes { id name } } }`,
};

/** Companies and contacts by a part of their name, mail or phone. */
export const search: Read = {
  query: searches.company,
  ask: async ({ organisation, databases, people }, many) => {
    const random = new Random(82);
    const each = Math.ceil(many / people.length);
    const found = await Promise.all(
      people.map(async (person) => {
        const { rows } = await databases.accounts.query<{
          table: string;
          name: string;
          mail: string | null;
          phone: string | null;
        }>(
          `select * from (
             (select 'company' as table, name, emails -> 0 ->> 'typed' as mail, phones -> 0 ->> 'typed' as phone from company where owner_id = any($1::uuid[]) order by md5(id::text) limit $2)
             union all
             (select 'contact', name, emails -> 0 ->> 'typed', phones -> 0 ->> 'typed' from contact where owner_id = any($1::uuid[]) order by md5(id::text) limit $2)) r`,
          [organisation.seen(person), Math.ceil(each / 2)],
        );
        return rows.map(({ table, name, mail, phone }) => {
          // What came of a lead may have neither.
          const parts = [name.slice(1, 12), mail?.slice(2, 14), phone?.slice(7)].filter((part) => part !== undefined);
          const part = random.one(parts);
          return { person, query: searches[table as keyof typeof searches], variables: { search: part } };
        });
      }),
    );
    return found.flat();
  },
  bare: async ({ organisation, databases }, { person, query, variables }) => {
    const table = query === searches.contact ? 'contact' : 'company';
    const { rows } = await databases.accounts.query<{ id: string; name: string }>({
      name: `search ${table}`,
      text: `select id, name from ${table} where search_text like $1 and owner_id = any($2::uuid[]) order by created_at desc, id desc limit ${FOUND}`,
      values: [`%${String(variables['search']).trim().toLowerCase()}%`, organisation.seen(person)],
    });
    return { [table === 'company' ? 'companies' : 'contacts']: { nodes: rows } };
  },
};
