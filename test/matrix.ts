import { guardedFields, type ShippedRole } from '@voronka/contracts';
import { asked } from '@voronka/testing';
import {
  getNamedType,
  getNullableType,
  isLeafType,
  isListType,
  isObjectType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

/** Whose a record is, as seen by the one who asks; `READ` and `WORK` are a stranger's, shared with him for that. */
export const whoses = ['OWN', 'TEAM', 'BRANCH', 'STRANGER', 'READ', 'WORK'] as const;
export type Whose = (typeof whoses)[number];
const led: readonly Whose[] = ['OWN', 'TEAM', 'BRANCH'];

/** The nouns whose records have an owner, and the plural each is listed under. */
export const nouns = {
  Lead: 'leads',
  Company: 'companies',
  Contact: 'contacts',
  Deal: 'deals',
  Activity: 'activities',
} as const;
export type Noun = keyof typeof nouns;
export const nounNames = Object.keys(nouns) as Noun[];
export const fieldOf = (noun: Noun): string => noun.toLowerCase();

/** Who may know of a record that has an id; what has none is a part of the record that shows it. */
type Known = 'by whose it is' | 'with its record' | 'everybody' | 'his own' | 'who administers' | 'who audits';
const known: Record<string, Known> = {
  ...{ Lead: 'by whose it is', Company: 'by whose it is', Contact: 'by whose it is' },
  ...{ Deal: 'by whose it is', Activity: 'by whose it is' },
  ...{ Conversion: 'with its record', FunnelStage: 'with its record', Stage: 'with its record' },
  ...{ ImportResult: 'with its record' },
  ...{ User: 'everybody', Team: 'everybody', Role: 'everybody', Cover: 'everybody' },
  ...{ Pipeline: 'everybody', Product: 'everybody' },
  ...{ ApiKey: 'his own', UserSession: 'his own', Session: 'his own' },
  ...{ Holdings: 'who administers', Offboarding: 'who administers', AuditEntry: 'who audits' },
};

/** The types of a schema that have an id, each with who may know; throws where nobody has said that. */
export function declared(schema: GraphQLSchema): Record<string, Known> {
  const withId = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && 'id' in type.getFields());
  return Object.fromEntries(
    withId.map(({ name }) => {
      const said = known[name];
      if (!said) throw new Error(`Nobody has said who may know of a ${name}`);
      return [name, said];
    }),
  );
}

/** What each shipped role may do with whose records: said again in a few lines, apart from how the services know it. */
interface May {
  sees: readonly Whose[];
  /** Null: the door refuses whoever it is about. */
  changes: readonly Whose[] | null;
  gives: readonly Whose[] | null;
  sells: readonly Whose[] | null;
  /** Whose deals and leads count in reports, where a share adds nothing. */
  reports: readonly Whose[] | null;
}
const everywhere: May = { sees: whoses, changes: whoses, gives: whoses, sells: whoses, reports: whoses };
const looking: May = { sees: whoses, changes: null, gives: null, sells: null, reports: whoses };
export const model: Record<ShippedRole, May> = {
  ADMINISTRATOR: everywhere,
  HEAD_OF_SALES: everywhere,
  HEAD: {
    ...{ sees: [...led, 'READ', 'WORK'], changes: [...led, 'WORK'], gives: led, sells: [...led, 'WORK'], reports: led },
  },
  SALESPERSON: {
    sees: ['OWN', 'READ', 'WORK'],
    ...{ changes: ['OWN', 'WORK'], gives: ['OWN'], sells: ['OWN', 'WORK'], reports: ['OWN'] },
  },
  ANALYST: looking,
  INTEGRATION: { sees: whoses, changes: whoses, gives: null, sells: null, reports: null },
  AUDITOR: looking,
};

/** A mutation of one record that has an owner. */
export interface Verb {
  readonly name: string;
  readonly noun: Noun;
  readonly needs: 'changes' | 'gives' | 'sells';
  readonly text: string;
  /** What it is asked with about this record: where it is let in, as little as can be is changed. */
  readonly with: (id: string, ownerId: string) => Record<string, unknown>;
}
const ofNoRecord =
  /^(create|plan|import|sign)|(User|Team|Role|Pipeline|Product|Password|Cover|ApiKey|SignIn|Session|Offboarding|Factor|Codes|Conversion)$/;

/** Every mutation of a record that has an owner; throws where a mutation is of none and nobody has said so. */
export function verbs(schema: GraphQLSchema, { holderId, stageId }: { holderId: string; stageId: string }): Verb[] {
  return Object.values(schema.getMutationType()?.getFields() ?? {}).flatMap((field) => {
    const { name, args } = field;
    if (ofNoRecord.test(name)) return [];
    const noun = nounNames.find((one) => name.endsWith(one));
    if (!noun) throw new Error(`Nobody has said whose record ${name} is about`);
    const needs = /^(share|assign)/.test(name) ? 'gives' : /^(convert|win|lose)/.test(name) ? 'sells' : 'changes';
    const { text, variables } = asked('mutation', field);
    const given = (ownerId: string) => ({
      ...(name.startsWith('share') && { input: { userId: holderId, access: 'READ' } }),
      ...(name.startsWith('assign') && { ownerId }),
      ...(name.startsWith('move') && { stageId }),
    });
    const idOf = args[0]!.name;
    return [{ name, noun, needs, text, with: (id, ownerId) => ({ ...variables, ...given(ownerId), [idOf]: id }) }];
  });
}

/** Selects every field of a type: of the parts of it, every field as well; of other records, which they are. */
export function everything(type: GraphQLObjectType, { lists = true } = {}): string {
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const of = getNamedType(field.type);
    if (isLeafType(of)) return field.name;
    if (!isObjectType(of)) throw new Error(`What ${type.name}.${field.name} shows is unlike all other fields`);
    const several = isListType(getNullableType(field.type));
    if ((known[of.name] ?? 'with its record') === 'with its record')
      return `${field.name} { ${everything(of, { lists })} }`;
    // By its version it is known whether there is more to be seen of it than that it is referred to.
    const version = 'version' in of.getFields() ? 'version' : '';
    return several && !lists ? [] : `${field.name} { __typename id ${version} }`;
  });
  return ['__typename', ...fields].join(' ');
}

interface Seen {
  __typename?: string;
  id?: string;
  version?: number;
}

/**
 * Of what the administrator sees, that which somebody may see: a record that is not for him is null, or is not in the
 * list, and a hidden field, such as `Deal.amount`, is null or an empty list. Everything else is as it was.
 */
export function through<T>(truth: T, sees: (id: string) => boolean, hidden: ReadonlySet<string> = new Set()): T {
  const isRecord = (value: unknown): value is Required<Seen> => {
    const { __typename: type, version } = (value ?? {}) as Seen;
    return version !== undefined && type !== undefined && type in nouns;
  };
  const unseen = (value: unknown): boolean => isRecord(value) && !sees(value.id);
  const shown = (value: unknown): unknown => {
    if (Array.isArray(value))
      return value.filter((item: { node?: unknown } | null) => !unseen(item) && !unseen(item?.node)).map(shown);
    if (value === null || typeof value !== 'object') return value;
    if (unseen(value)) return null;
    const entries = Object.entries(value).map(([key, part]) => {
      const place = `${(value as Seen).__typename}.${key}`;
      if (hidden.has(place)) return [key, Array.isArray(part) ? [] : null];
      return [key, shown(part)];
    });
    return Object.fromEntries(entries);
  };
  return shown(truth) as T;
}

/** Every place where a field that can be hidden is shown. */
export const hideable: ReadonlySet<string> = new Set(
  Object.values(guardedFields).flatMap(({ shown }) => shown as readonly string[]),
);
