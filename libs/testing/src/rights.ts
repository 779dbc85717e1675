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
  /** False where there is nothing like `shareLead`. */
  readonly shareable?: boolean;
}

/** Whose record it is, as seen by the one who asks. */
const owners = ['OWN', 'TEAM', 'BRANCH', 'STRANGER'] as const;
/** What a stranger has shared with him, for what. */
const shares = ['READ', 'WORK'] as const;
type Whose = (typeof owners)[number] | (typeof shares)[number];
const every = [...owners, ...shares];

const led: readonly Whose[] = ['OWN', 'TEAM', 'BRANCH'];

/**
 * Who may see, change and take out whose records: said again in a few lines, apart from how the services know it. `null`:
 * the door refuses whoever it is about.
 */
const model: Record<
  ShippedRole,
  { sees: readonly Whose[]; changes: readonly Whose[] | null; takes: readonly Whose[] | null }
> = {
  ADMINISTRATOR: { sees: every, changes: every, takes: every },
  HEAD_OF_SALES: { sees: every, changes: every, takes: every },
  HEAD: { sees: [...led, ...shares], changes: [...led, 'WORK'], takes: led },
  SALESPERSON: { sees: ['OWN', ...shares], changes: ['OWN', 'WORK'], takes: null },
  ANALYST: { sees: every, changes: null, takes: every },
  INTEGRATION: { sees: every, changes: every, takes: null },
  AUDITOR: { sees: every, changes: null, takes: null },
};

/**
 * Tries every shipped role with records of the asker, of somebody in his team, below it, and elsewhere: by id, in the
 * list, its count, as a reference of another service, taking the list out, changing it, and making one. Teams: top ─ west ─ below, top ─ east;
 * who asks is in west.
 */
export function describeRights(
  definition: ServiceDefinition,
  { type, plural, create, change, shareable = true }: OwnedNoun,
): void {
  describe(`who may do what to ${plural}`, () => {
    const field = type.charAt(0).toLowerCase() + type.slice(1);
    const roles = Object.keys(shippedRoles) as ShippedRole[];
    const teams = { top: newId(), west: newId(), below: newId(), east: newId() };
    let system: ServiceUnderTest;
    const askers = new Map<ShippedRole, Asker>();
    let colleagues: Record<Exclude<(typeof owners)[number], 'OWN'>, Asker>;
    /** By its owner. */
    const records = new Map<Asker, string>();
    /** Of a stranger, shared with those who ask. */
    const shared = new Map<ShippedRole, Record<(typeof shares)[number], string>>();
    /** Of a stranger too, made by those who may. */
    const more: string[] = [];
    const kinds = shareable ? every : owners;

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
      const sharedWith = async (asker: Asker, access: string): Promise<string> => {
        const { data } = await createdBy(askers.get('ADMINISTRATOR')!, colleagues.STRANGER.id);
        const { id } = data![create.field]!;
        const share = `mutation ($id: ID!, $input: ShareInput!) { share${type}(id: $id, input: $input) { id } }`;
        await askers.get('ADMINISTRATOR')!.get(share, { id, input: { userId: asker.id, access } });
        return id;
      };
      if (shareable)
        for (const [role, asker] of askers)
          shared.set(role, { READ: await sharedWith(asker, 'READ'), WORK: await sharedWith(asker, 'WORK') });
    }, 60_000);
    afterAll(() => system.stop());

    describe.each(roles)(`a ${field} and the role %s`, (role) => {
      const { sees, changes, takes } = model[role];
      const whoseIs = (owner: Asker): Whose => {
        if (owner === askers.get(role)) return 'OWN';
        return owners.find((whose) => whose !== 'OWN' && colleagues[whose] === owner) ?? 'TEAM';
      };
      const recordOf = (whose: Whose) => {
        if (whose === 'READ' || whose === 'WORK') return shared.get(role)![whose];
        return records.get(whose === 'OWN' ? askers.get(role)! : colleagues[whose])!;
      };
      const strangers = () => [...more, ...[...shared.values()].flatMap(({ READ, WORK }) => [READ, WORK])];
      const sharedHere = (of: readonly Whose[]) => (of.includes('READ') ? Object.values(shared.get(role) ?? {}) : []);
      const those = (of: readonly Whose[]) =>
        [...records]
          .flatMap(([owner, id]) => (of.includes(whoseIs(owner)) ? id : []))
          .concat(of.includes('STRANGER') ? strangers() : sharedHere(of))
          .sort();
      const ask = <D = Record<string, never>>(text: string, variables?: object) =>
        askers.get(role)!.ask<D>(text, variables);

      it('sees in the list what it may, whatever is asked for, and counts that', async () => {
        const all = await ask<Record<string, { totalCount: number; nodes: { id: string }[] }>>(
          `query ($ids: [ID!]) { ${plural}(first: 50, filter: { or: [{ id: { in: $ids } }, { not: { id: { in: $ids } } }] })
          { totalCount nodes { id } } }`,
          { ids: [...records.values(), ...strangers()] },
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

      it.each(kinds)('finds one of %s by its id, or as a reference, where it may', async (whose) => {
        const id = recordOf(whose);
        const seen = sees.includes(whose) ? { id } : null;
        const text = `query ($id: ID!, $of: [_Any!]!) {
        ${field}(id: $id) { id } _entities(representations: $of) { ... on ${type} { id } } }`;
        const of = [{ __typename: type, id }];
        expect((await ask(text, { id, of })).data).toEqual({ [field]: seen, _entities: [seen] });
      });

      it.each(kinds)(
        'changes one of %s where it may; what it may not even see is as if it were not there',
        async (whose) => {
          const text = `mutation ($id: ID!, $input: ${change.input}!) { update${type}(id: $id, input: $input) { id } }`;
          const id = recordOf(whose);
          const outcomeOf = async (of: string) => {
            const { data, errors } = await ask<Record<string, { id: string }>>(text, { id: of, input: change.content });
            // The id apart, the answer is that to an id of nothing.
            return (
              data?.[`update${type}`]?.id ?? `${errors![0]!.extensions.code} ${errors![0]!.message.replace(of, '…')}`
            );
          };
          const outcome = await outcomeOf(id);
          const nothing = await outcomeOf(newId());
          const seenOnly = 'FORBIDDEN You may see this and not do that to it. Ask its owner or an administrator.';
          const refused = changes !== null && sees.includes(whose) ? seenOnly : nothing;
          expect(outcome).toBe(changes?.includes(whose) ? id : refused);
          expect(nothing).toMatch(changes === null ? /^FORBIDDEN / : /^NOT_FOUND /);
        },
      );

      it.each<ShippedRole>(['SALESPERSON', 'HEAD', 'ANALYST'])(
        'sees and changes by a key of %s what both may',
        async (keyRole) => {
          const of = model[keyRole];
          const program = system.program(askers.get(role)!.id, { id: newId(), roleId: shippedRoles[keyRole].id });
          const list = await program.get<Record<string, { nodes: { id: string }[] }>>(
            `{ ${plural}(first: 50) { nodes { id } } }`,
          );
          const both = sees.filter((whose) => of.sees.includes(whose));
          expect(list[plural]!.nodes.map(({ id }) => id).sort()).toEqual(those(both));
          const text = `mutation ($id: ID!, $input: ${change.input}!) { update${type}(id: $id, input: $input) { id } }`;
          for (const whose of owners) {
            const { errors } = await program.ask(text, { id: recordOf(whose), input: change.content });
            const may = changes?.includes(whose) && of.changes?.includes(whose);
            const refused = changes && of.changes ? 'NOT_FOUND' : 'FORBIDDEN';
            expect(errors?.[0]?.extensions.code ?? 'changed').toBe(may ? 'changed' : refused);
          }
        },
      );

      it('makes one for another where it may change his', async () => {
        const { data, errors } = await createdBy(askers.get(role)!, colleagues.STRANGER.id);
        const made = data?.[create.field]?.id;
        if (made) more.push(made);
        const outcome = made ? 'made' : errors![0]!.extensions.code;
        expect(outcome).toBe(changes?.includes('STRANGER') ? 'made' : 'FORBIDDEN');
      });
    });

    it(`answers each field of a ${field} as beside all others, however it is come by`, async () => {
      const asker = askers.get('ADMINISTRATOR')!;
      const id = shared.get('ADMINISTRATOR')?.WORK ?? records.get(asker)!;
      const { __type: shown } = await asker.get<{ __type: { fields: { name: string; type: OfType }[] } }>(
        `{ __type(name: "${type}") { fields { name type { kind ofType { kind ofType { kind ofType { kind } } } } } } }`,
      );
      const fields = shown.fields.map(({ name, type }) => ({
        name,
        text: isLeaf(type) ? name : `${name} { __typename }`,
      }));
      const answered = async (text: string) => {
        const answer = await asker.get<Record<string, unknown>>(
          `query ($id: ID!, $of: [_Any!]!) { one: ${field}(id: $id) { ${text} }
          some: _entities(representations: $of) { ... on ${type} { ${text} } }
          all: ${plural}(first: 1, filter: { id: { eq: "${id}" } }) { nodes { ...Shown } } }
        fragment Shown on ${type} { ${text} }`,
          { id, of: [{ __typename: type, id }] },
        );
        return answer as { one: object; some: object[]; all: { nodes: object[] } };
      };
      const whole = await answered(fields.map(({ text }) => text).join(' '));
      const alone = await Promise.all(fields.map(({ text }) => answered(text)));
      const together = (pick: (answer: typeof whole) => object | undefined) =>
        Object.assign({}, ...alone.map(pick)) as object;
      expect(together(({ one }) => one)).toEqual(whole.one);
      expect(together(({ some }) => some[0])).toEqual(whole.one);
      expect(together(({ all }) => all.nodes[0])).toEqual(whole.one);
    });
  });
}

interface OfType {
  readonly kind: string;
  readonly ofType?: OfType | null;
}
const isLeaf = ({ kind, ofType }: OfType): boolean => (ofType ? isLeaf(ofType) : kind === 'SCALAR' || kind === 'ENUM');
