import { z } from 'zod';
import { isId, type Id } from './values.js';

/**
 * What may be done, to what, by whom: the one list, beside the nouns, because the door of every service asks the same
 * question. A role grants an action on an entity within a scope; what is not granted is refused.
 */
export const rights = {
  user: ['read', 'manage', 'offboard', 'import', 'export'],
  team: ['read', 'manage', 'import'],
  role: ['read', 'manage'],
  cover: ['read', 'create', 'update'],
  lead: ['read', 'create', 'update', 'assign', 'share', 'convert', 'import', 'export'],
  company: ['read', 'create', 'update', 'assign', 'share', 'import', 'export'],
  contact: ['read', 'create', 'update', 'assign', 'share', 'import', 'export'],
  pipeline: ['read', 'manage'],
  product: ['read', 'manage', 'import', 'export'],
  deal: ['read', 'create', 'update', 'assign', 'share', 'win', 'lose', 'import', 'export'],
  activity: ['read', 'create', 'update', 'assign', 'import', 'export'],
  report: ['read'],
  audit: ['read'],
} as const satisfies Record<string, readonly string[]>;

export type Entity = keyof typeof rights;
export type ActionOn<E extends Entity> = (typeof rights)[E][number];
export type Action = ActionOn<Entity>;
export const entities = Object.keys(rights) as Entity[];
export const actions = [...new Set(Object.values(rights).flat())] as Action[];

/** Entities whose records have an owner, so that a scope narrows what is granted. Of the others every scope means all. */
export const owned: readonly Entity[] = ['lead', 'company', 'contact', 'deal', 'activity', 'report', 'cover'];

/** What people work: what somebody else can work for one who is absent. */
export const worked: readonly Entity[] = ['lead', 'company', 'contact', 'deal', 'activity'];

/**
 * Whose records, from narrow to wide: one's own; those of the people in one's team; those of one's branch, which is the
 * team and all below it; everybody's. Who heads a team has that one for his, beside the one he is in.
 */
export const scopes = ['OWN', 'TEAM', 'BRANCH', 'ALL'] as const;
export type Scope = (typeof scopes)[number];

export interface Right {
  readonly entity: Entity;
  readonly action: Action;
}
/** Who acts: a person, or a service by itself (`system:tasks`). */
export interface Actor {
  readonly id: string;
  readonly sessionId?: string;
  /** The API key by which he acts: what it may is bounded by its role too. */
  readonly key?: { readonly id: Id; readonly roleId: Id };
  /**
   * What he is here for, which bounds what he sees and changes: the right that the door asked of him, reading where he
   * follows a link, or anything, which only the house itself may: on an event, by the clock.
   */
  readonly may: Right | 'read' | 'anything';
}

/** The person who acts; null for a service that acts by itself. */
export const personOf = (by: Actor): Id | null => (isId(by.id) ? by.id : null);

export const Grant = z
  .object({ entity: z.enum(entities), action: z.enum(actions), scope: z.enum(scopes) })
  .meta({ id: 'Grant', description: 'An action on an entity, within a scope.' });
export type Grant = z.infer<typeof Grant>;

/** The widest of these; null where there is none. */
export const widest = (some: readonly (Scope | null)[]): Scope | null =>
  scopes[Math.max(-1, ...some.map((scope) => (scope === null ? -1 : scopes.indexOf(scope))))] ?? null;

/** How far the widest of the grants goes; null where none grants it. */
export const scopeOf = (grants: readonly Grant[], action: Action, entity: Entity): Scope | null =>
  widest(grants.flatMap((grant) => (grant.entity === entity && grant.action === action ? grant.scope : [])));

/** What both grant: of each right, the narrower scope. */
export function inCommon(some: readonly Grant[], others: readonly Grant[]): Grant[] {
  return others.flatMap((grant) => {
    const scope = scopeOf(some, grant.action, grant.entity);
    return scope === null ? [] : [{ ...grant, scope: narrower(scope, grant.scope) }];
  });
}
const narrower = (one: Scope, other: Scope): Scope => (scopes.indexOf(one) < scopes.indexOf(other) ? one : other);

/** The first of `wanted` that `held` does not cover: which its holder therefore cannot give; null where it covers all. */
export function beyond(held: readonly Grant[], wanted: readonly Grant[]): Grant | null {
  const covers = ({ action, entity, scope }: Grant) => {
    const own = scopeOf(held, action, entity);
    return own !== null && (!owned.includes(entity) || scopes.indexOf(own) >= scopes.indexOf(scope));
  };
  return wanted.find((grant) => !covers(grant)) ?? null;
}

/** Whether who holds these can let others in again: managing people and roles is what an organisation must never lose. */
export const administers = (grants: readonly Grant[]): boolean =>
  scopeOf(grants, 'manage', 'user') !== null && scopeOf(grants, 'manage', 'role') !== null;

const all: readonly Grant[] = entities.flatMap((entity) =>
  rights[entity].map((action): Grant => ({ entity, action, scope: 'ALL' })),
);
/** Who looked at what only those see who look into that. */
const auditing = all.filter(({ entity }) => entity === 'audit');
const reading = all.filter((grant) => grant.action === 'read' && !auditing.includes(grant));
const exporting = all.filter(({ action }) => action === 'export');
/** Everybody knows his colleagues, who stands in for whom, the pipelines and the catalogue. */
const common = reading.filter(({ entity }) => entity === 'cover' || !owned.includes(entity));
const selling = (scope: Scope): Grant[] =>
  all
    .filter(({ action, entity }) => action !== 'import' && action !== 'export' && owned.includes(entity))
    .filter((grant) => !common.includes(grant))
    .map((grant) => ({ ...grant, scope }));
/** Whole lists are for those who lead: with who only sells, they would walk out of the door. */
const leading = (scope: Scope): Grant[] => [
  ...selling(scope),
  ...exporting.filter(({ entity }) => owned.includes(entity)).map((grant) => ({ ...grant, scope })),
];

/** Of several budgets the widest counts; null is any number, and so is none at all. */
export const widestBudget = (budgets: readonly (number | null)[]): number | null =>
  budgets.length === 0 || budgets.includes(null) ? null : Math.max(...budgets.map(Number));

const shipped = (
  n: number,
  name: string,
  description: string,
  grants: readonly Grant[],
  rowsPerHour: number | null,
) => ({
  id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
  name,
  description,
  grants,
  pipelines: null,
  fields: [],
  rowsPerHour,
});

/** The roles an organisation starts with. They have the same ids everywhere; it may change what they grant. */
export const shippedRoles = {
  ADMINISTRATOR: shipped(
    1,
    'Administrator',
    'Manages people, roles, pipelines and the catalogue; may do everything.',
    all,
    null,
  ),
  HEAD_OF_SALES: shipped(2, 'Head of sales', 'Leads all who sell.', [...common, ...leading('ALL')], 500_000),
  HEAD: shipped(3, 'Head of a team', 'Leads a branch, and sells.', [...common, ...leading('BRANCH')], 100_000),
  SALESPERSON: shipped(4, 'Salesperson', 'Works what is his own.', [...common, ...selling('OWN')], 20_000),
  ANALYST: shipped(
    5,
    'Analyst',
    'Reads everything and takes it out, changes nothing.',
    [...reading, ...exporting],
    1_000_000,
  ),
  INTEGRATION: shipped(
    6,
    'Integration',
    'Another system that brings leads and customers in, and keeps them up to date.',
    [
      ...common,
      ...all.filter(
        ({ entity, action }) => worked.includes(entity) && ['read', 'create', 'update', 'import'].includes(action),
      ),
    ],
    1_000_000,
  ),
  AUDITOR: shipped(
    7,
    'Auditor',
    'Looks into everything, and who looked at what; changes nothing.',
    [...reading, ...auditing],
    100_000,
  ),
} as const;
export type ShippedRole = keyof typeof shippedRoles;
