import { newId } from '@voronka/service-kit';
import { shippedRoles, type ShippedRole } from '@voronka/contracts';
import type { GraphQLField, GraphQLInputType, GraphQLSchema } from 'graphql';
import { isEnumType, isInputObjectType, isLeafType, isListType, isNonNullType } from 'graphql';

const roles = Object.keys(shippedRoles) as ShippedRole[];
const selling: readonly ShippedRole[] = ['ADMINISTRATOR', 'HEAD_OF_SALES', 'HEAD', 'SALESPERSON'];
const records = '(Lead|Compan|Contact|Deal|Activit)';

/** Who may do what at all, by the name of an operation: said again in a few lines, apart from how the services know it. */
const model: readonly (readonly [RegExp, 'everybody' | readonly ShippedRole[]])[] = [
  [
    /^(signIn|(begin|finish)SignIn|(begin|confirm)SecondFactor|refreshSession|apiKeyBearer|_entities|_service)$/,
    'everybody',
  ],
  [/^secondFactor$|^(renewRecoveryCodes|removeSecondFactor)$/, roles],
  [/^(me|sessions|endSession|signOut|changePassword|apiKeys|createApiKey|revokeApiKey)$/, roles],
  [/^resetSecondFactor$|^(holdings|offboardings?|offboardUser|undoOffboarding)$/, ['ADMINISTRATOR']],
  [/^auditEntries$/, ['ADMINISTRATOR', 'AUDITOR']],
  [/^(create|update|withdraw|import)(User|Team|Role|Pipeline|Product)s?$/, ['ADMINISTRATOR']],
  [new RegExp(`^import${records}(s|ies)$`), ['ADMINISTRATOR', 'INTEGRATION']],
  [/^(assign|share|convert|win|lose)[A-Z]|^cancelConversion$|^(arrange|end)Cover$/, selling],
  [new RegExp(`^[a-z]+${records}(y)?$`), [...selling, 'INTEGRATION']],
  [/^(funnel|sales|leadFunnel)$/, roles.filter((role) => role !== 'INTEGRATION')],
];
const allowed = (name: string, kind: 'query' | 'mutation') => {
  const said = model.find(([names]) => names.test(name))?.[1];
  if (said || kind === 'query') return said ?? roles;
  throw new Error(`Nobody has said who may ${name}`);
};

/** A field asked for with the least that its arguments take; ids are of nothing. */
export interface Asked {
  readonly name: string;
  readonly text: string;
  readonly variables: Record<string, unknown>;
}
export interface Operation extends Asked {
  /** Who may do it at all. */
  readonly for: 'everybody' | readonly ShippedRole[];
}
/** What the door says to whom an operation is not for. */
export const SHUT = 'FORBIDDEN Your role does not allow this';

/** Every query and every mutation of a schema; throws where nobody has said who may do a mutation. */
export function operationsOf(schema: GraphQLSchema): Operation[] {
  const of = (kind: 'query' | 'mutation', fields: Record<string, GraphQLField<unknown, unknown>> = {}) =>
    Object.values(fields).map((field) => ({ ...asked(kind, field), for: allowed(field.name, kind) }));
  return [...of('query', schema.getQueryType()?.getFields()), ...of('mutation', schema.getMutationType()?.getFields())];
}

/** Asks for a field with the least that its arguments take. */
export function asked(kind: 'query' | 'mutation', { name, args, type }: GraphQLField<unknown, unknown>): Asked {
  const needed = args.filter((arg) => isNonNullType(arg.type) && arg.defaultValue === undefined);
  const declared = needed.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ');
  const given = needed.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const bare = String(type).replace(/[[\]!]/g, '');
  const leaf = /^(String|Boolean|Int|Float|ID|SafeInt|DateTime)$/.test(bare);
  return {
    name,
    text: `${kind} ${declared && `(${declared})`} { ${name} ${given && `(${given})`} ${leaf ? '' : '{ __typename }'} }`,
    variables: Object.fromEntries(needed.map((arg) => [arg.name, least(arg.type)])),
  };
}

const leaves: Record<string, unknown> = { ID: newId(), Int: 1, SafeInt: 1, Float: 1, Boolean: true };

function least(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return least(type.ofType);
  if (isListType(type)) return [];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type))
    return Object.fromEntries(
      Object.values(type.getFields())
        .filter((field) => isNonNullType(field.type) && field.defaultValue === undefined)
        .map((field) => [field.name, least(field.type)]),
    );
  if (isLeafType(type) && type.name === 'DateTime') return '2026-03-02T09:00:00Z';
  if (isLeafType(type) && type.name === 'Date') return '2026-03-02';
  return leaves[type.name] ?? 'x';
}
