import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, type ServiceDefinition } from '@voronka/service-kit';
import { shippedRoles, type ShippedRole } from '@voronka/contracts';
import { serviceUnderTest, type Asker, type ServiceUnderTest } from './service.js';

/** A noun whose records have an owner, and how it is asked for in its service's schema. */
export interface OwnedNoun {
  /** `Lead`; its fields are named after it: `lead`, `leads`, `updateLead`. */
  readonly type: string;
  readonly plural: string;
  /** The mutation that makes one and answers its id; `$input` holds `ownerId` beside `content`. */
  readonly create: { readonly field: string; readonly input: string; readonly content: object };
  /** What may be changed of one, in its type of input. */
  readonly change: { readonly input: string; readonly content: object };
}

/** Whose record it is, as seen by the one who asks. */
const owners = ['OWN', 'TEAM', 'BRANCH', 'STRANGER'] as const;
type Whose = (typeof owners)[number];

const led: readonly Whose[] = ['OWN', 'TEAM', 'BRANCH'];

/**
 * Who may see, change and take out whose records: said again in a few lines, apart from how the services know it. `null`:
 * the door refuses whoever it is about.
 */
const model: Record<
  ShippedRole,
  { sees: readonly Whose[]; changes: readonly Whose[] | null; takes: readonly Whose[] | null }
> = {
  ADMINISTRATOR: { sees: owners, changes: owners, takes: owners },
  HEAD_OF_SALES: { sees: owners, changes: owners, takes: owners },
  HEAD: { sees: led, changes: led, takes: led },
  SALESPERSON: { sees: ['OWN'], changes: ['OWN'], takes: null },
  ANALYST: { sees: owners, changes: null, takes: owners },
  INTEGRATION: { sees: owners, changes: owners, takes: null },
  AUDITOR: { sees: owners, changes: null, takes: null },
};

/**
 * Tries every shipped role with records of the asker, of somebody in his team, below it, and elsewhere: by id, in the
 * list, its count, as a reference of another service, taking the list out, changing it, and making one. Teams: top ─ west ─ below, top ─ east;
 * who asks is in west.
 */
export function describeRights(definition: ServiceDefinition, { type, plural, create, change }: OwnedNoun): void {
  const field = type.charAt(0).toLowerCase() + type.slice(1);
  const roles = Object.keys(shippedRoles) as ShippedRole[];
  const teams = { top: newId(), west: newId(), below: newId(), east: newId() };
  let system: ServiceUnderTest;
  const askers = new Map<ShippedRole, Asker>();
  let colleagues: Record<Exclude<Whose, 'OWN'>, Asker>;
  /** By its owner. */
  const records = new Map<Asker, string>();
  /** Of a stranger too, made by those who may. */
  const more: string[] = [];

  const createdBy = (asker: Asker, ownerId: string) =>
    asker.ask<Record<string, { id: string }>>(
      `mutation ($input: ${create.input}!) { ${create.field}(input: $input) { id } }`,
      { input: { ...create.content, ownerId } },
    );

  beforeAll(async () => {
    system = await serviceUnderTest(definition);
    const above = { top: null, west: teams.top, below: teams.west, east: teams.top };
    for (const [name, parentId] of Object.entries(above))
      await system.service.database.query({
        text: 'insert into directory_team (id, name, parent_id, version) values ($1, $2, $3, 1)',
        values: [teams[name as keyof typeof teams], name, parentId],
      });
    for (const role of roles) askers.set(role, await system.person({ role, teamId: teams.west }));
    colleagues = {
      TEAM: await system.person({ teamId: teams.west }),
      BRANCH: await system.person({ teamId: teams.below }),
      STRANGER: await system.person({ teamId: teams.east }),
    };
    for (const owner of [...askers.values(), ...Object.values(colleagues)]) {
      const { data } = await createdBy(askers.get('ADMINISTRATOR')!, owner.id);
      records.set(owner, data![create.field]!.id);
    }
  }, 60_000);
  afterAll(() => system.stop());

  describe.each(roles)(`a ${field} and the role %s`, (role) => {
    const { sees, changes, takes } = model[role];
    const whoseIs = (owner: Asker): Whose => {
      if (owner === askers.get(role)) return 'OWN';
      return owners.find((whose) => whose !== 'OWN' && colleagues[whose] === owner) ?? 'TEAM';
    };
    const recordOf = (whose: Whose) => records.get(whose === 'OWN' ? askers.get(role)! : colleagues[whose])!;
    const those = (of: readonly Whose[]) =>
      [...records]
        .flatMap(([owner, id]) => (of.includes(whoseIs(owner)) ? id : []))
        .concat(of.includes('STRANGER') ? more : [])
        .sort();
    const ask = <D = Record<string, never>>(text: string, variables?: object) =>
      askers.get(role)!.ask<D>(text, variables);

    it('sees in the list what it may, whatever is asked for, and counts that', async () => {
      const all = await ask<Record<string, { totalCount: number; nodes: { id: string }[] }>>(
        `query ($ids: [ID!]) { ${plural}(first: 50, filter: { or: [{ id: { in: $ids } }, { not: { id: { in: $ids } } }] })
          { totalCount nodes { id } } }`,
        { ids: [...records.values(), ...more] },
      );
      expect(all.data![plural]!.nodes.map(({ id }) => id).sort()).toEqual(those(sees));
      expect(all.data![plural]!.totalCount).toBe(those(sees).length);
    });

    it('takes out of the list what it may, or is refused', async () => {
      const answer = await askers.get(role)!.take(plural);
      const ids = (await answer.text())
        .split('\r\n')
        .slice(1, -1)
        .map((line) => line.slice(0, 36));
      expect([answer.status, ids.sort()]).toEqual(takes ? [200, those(takes)] : [403, []]);
    });

    it.each(owners)('finds one of %s by its id, or as a reference, where it may', async (whose) => {
      const id = recordOf(whose);
      const seen = sees.includes(whose) ? { id } : null;
      const text = `query ($id: ID!, $of: [_Any!]!) {
        ${field}(id: $id) { id } _entities(representations: $of) { ... on ${type} { id } } }`;
      const of = [{ __typename: type, id }];
      expect((await ask(text, { id, of })).data).toEqual({ [field]: seen, _entities: [seen] });
    });

    it.each(owners)('changes one of %s where it may; what it may not see is as if it were not there', async (whose) => {
      const text = `mutation ($id: ID!, $input: ${change.input}!) { update${type}(id: $id, input: $input) { id } }`;
      const id = recordOf(whose);
      const outcomeOf = async (of: string) => {
        const { data, errors } = await ask<Record<string, { id: string }>>(text, { id: of, input: change.content });
        // The id apart, the answer is that to an id of nothing.
        return data?.[`update${type}`]?.id ?? `${errors![0]!.extensions.code} ${errors![0]!.message.replace(of, '…')}`;
      };
      const outcome = await outcomeOf(id);
      const nothing = await outcomeOf(newId());
      expect(outcome).toBe(changes?.includes(whose) ? id : nothing);
      expect(nothing).toMatch(changes === null ? /^FORBIDDEN / : /^NOT_FOUND /);
    });

    it('makes one for another where it may change his', async () => {
      const { data, errors } = await createdBy(askers.get(role)!, colleagues.STRANGER.id);
      const made = data?.[create.field]?.id;
      if (made) more.push(made);
      const outcome = made ? 'made' : errors![0]!.extensions.code;
      expect(outcome).toBe(changes?.includes('STRANGER') ? 'made' : 'FORBIDDEN');
    });
  });
}
