import { z } from 'zod';
import { beyond, Grant, inCommon, scopeOf, widest, type Action, type Entity, type Scope } from './rights.js';
import { Id } from './values.js';

/**
 * Fields that a role can keep from who has it. `shown` is where the API shows them, or what tells them: where they are
 * hidden, null or an empty list stands there. `kept` is where the state of a record holds them, and `searched` says that a
 * list's search looks into them.
 */
export const guardedFields = {
  ...contactable('lead', 'Lead'),
  ...contactable('company', 'Company'),
  ...contactable('contact', 'Contact'),
  'lead.amount': guarded('lead', 'amount', { shown: ['Lead.amount'], kept: ['amount', 'currency'] }),
  'deal.amount': guarded('deal', 'amount', {
    shown: [
      ...['Deal.amount', 'Deal.lines', 'BoardStage.sums', 'FunnelStage.value', 'Funnel.wonValue'],
      ...[
        'SalesRow.wonValue',
        'SalesRow.openValue',
        'SalesTotal.wonValue',
        'SalesTotal.openValue',
        'OwnedRecords.value',
      ],
    ],
    kept: ['amount', 'currency', 'lines'],
  }),
  'deal.expectedCloseOn': guarded('deal', 'expectedCloseOn', { shown: ['Deal.expectedCloseOn'] }),
} as const satisfies Record<string, Guarded>;

interface Guarded {
  readonly entity: Entity;
  /** Its name in inputs, filters and orders. */
  readonly name: string;
  readonly shown: readonly string[];
  readonly kept: readonly string[];
  readonly searched: boolean;
}
export type GuardedField = keyof typeof guardedFields;
export const guardedFieldNames = Object.keys(guardedFields) as GuardedField[];

function guarded(
  entity: Entity,
  name: string,
  {
    shown,
    kept = [name],
    searched = false,
  }: { shown: readonly string[]; kept?: readonly string[]; searched?: boolean },
): Guarded {
  return { entity, name, shown, kept, searched };
}
function contactable<E extends 'lead' | 'company' | 'contact'>(entity: E, type: string) {
  const one = (name: string, searched: boolean) => guarded(entity, name, { shown: [`${type}.${name}`], searched });
  return {
    [`${entity}.phones`]: one('phones', true),
    [`${entity}.emails`]: one('emails', true),
    [`${entity}.address`]: one('address', false),
    [`${entity}.note`]: one('note', false),
  } as Record<`${E}.${'phones' | 'emails' | 'address' | 'note'}`, Guarded>;
}

/** What may be done with a field, from narrow to wide. A role says it of those that are not open. */
export const fieldAccesses = ['HIDDEN', 'READ_ONLY', 'OPEN'] as const;
export type FieldAccess = (typeof fieldAccesses)[number];
const wider = (one: FieldAccess, other: FieldAccess) => fieldAccesses.indexOf(one) > fieldAccesses.indexOf(other);

export const FieldLimit = z
  .object({ field: z.enum(guardedFieldNames), access: z.enum(['HIDDEN', 'READ_ONLY']) })
  .meta({ id: 'FieldLimit', description: 'A field that a role hides, or lets one read and not change.' });
export type FieldLimit = z.infer<typeof FieldLimit>;

export const PipelineLimit = z
  .object({
    pipelineId: Id,
    stageIds: z.array(Id).nullable().describe('The stages a deal may be brought into; null for all of them.'),
  })
  .meta({ id: 'PipelineLimit', description: 'A pipeline in which a role counts.' });
export type PipelineLimit = z.infer<typeof PipelineLimit>;

/** Entities that lie in a pipeline, so that a role may count in some pipelines alone. */
export const inPipelines: readonly Entity[] = ['pipeline', 'deal', 'report'];

/** What one role lets somebody do: what it grants, in which pipelines, and with which fields. */
export interface Power {
  readonly grants: readonly Grant[];
  /** Where its grants count; null for every pipeline. */
  readonly pipelines: readonly PipelineLimit[] | null;
  /** What is not open; of a field named twice, the narrower counts. */
  readonly fields: readonly FieldLimit[];
}

export const RoleState = z.object({
  id: Id,
  name: z.string().max(200),
  description: z.string().max(2_000).nullable(),
  grants: z.array(Grant),
  pipelines: z
    .array(PipelineLimit)
    .nullable()
    .optional()
    .describe('The pipelines in which what it grants on deals, reports and pipelines counts; null for all of them.'),
  fields: z.array(FieldLimit).optional().describe('The fields that it hides or lets nobody change.'),
  /** Whether who has it must sign in with a second factor. */
  secondFactor: z.boolean().optional(),
  /** How many records whoever has it may be shown within an hour; null or absent: any number. */
  rowsPerHour: z.number().int().positive().nullable().optional(),
  /** Whether his sessions end once they were more. */
  endSessionOnBulkRead: z.boolean().optional(),
});
export type RoleState = z.infer<typeof RoleState>;

/** What one may by both: by a key, what its owner's role and its own grant. */
export const powerInCommon = (one: Power, other: Power): Power => ({
  grants: inCommon(one.grants, other.grants),
  pipelines: pipelinesInCommon(one.pipelines, other.pipelines),
  fields: [...one.fields, ...other.fields],
});

function pipelinesInCommon(one: Power['pipelines'], other: Power['pipelines']): Power['pipelines'] {
  if (!one || !other) return one ?? other;
  return one.flatMap(({ pipelineId, stageIds }) => {
    const match = other.find((limit) => limit.pipelineId === pipelineId);
    if (!match) return [];
    const both = stageIds && match.stageIds ? stageIds.filter((id) => match.stageIds?.includes(id)) : null;
    return [{ pipelineId, stageIds: both ?? stageIds ?? match.stageIds }];
  });
}

/** The pipelines that some of the powers names. */
export const pipelinesNamed = (powers: readonly Power[]): ReadonlySet<Id> =>
  new Set(powers.flatMap(({ pipelines }) => pipelines?.map(({ pipelineId }) => pipelineId) ?? []));

/** How far the widest of the grants goes that count in a pipeline; `null` stands for every pipeline that none names. */
export function scopeWithin(
  powers: readonly Power[],
  action: Action,
  entity: Entity,
  pipelineId: Id | null,
): Scope | null {
  const counting = powers.filter(
    ({ pipelines }) => pipelines === null || pipelines.some((limit) => limit.pipelineId === pipelineId),
  );
  return widest(counting.map(({ grants }) => scopeOf(grants, action, entity)));
}

/** Whether a power lets one bring a deal into a stage. */
export const enters = ({ pipelines }: Power, pipelineId: Id, stageId: Id): boolean =>
  pipelines === null ||
  pipelines.some((limit) => limit.pipelineId === pipelineId && (limit.stageIds?.includes(stageId) ?? true));

/** What may be done with a field by those of the powers that grant an action on its record; open where none does. */
export function accessTo(powers: readonly Power[], field: GuardedField, action: Action = 'read'): FieldAccess {
  const granting = powers.filter(({ grants }) => scopeOf(grants, action, guardedFields[field].entity) !== null);
  if (granting.length === 0) return 'OPEN';
  return granting.map((power) => limitOf(power, field)).reduce((one, other) => (wider(one, other) ? one : other));
}

/** Whether those of the powers that grant an action let one do that with a field; what nobody grants is no matter of fields. */
export function opens(powers: readonly Power[], field: GuardedField, action: Action): boolean {
  const access = accessTo(powers, field, action);
  return access === 'OPEN' || (action === 'read' && access === 'READ_ONLY');
}

const limitOf = ({ fields }: Power, field: GuardedField): FieldAccess =>
  fields
    .filter((limit) => limit.field === field)
    .reduce<FieldAccess>((narrowest, { access }) => (wider(narrowest, access) ? access : narrowest), 'OPEN');

/** What goes further than its giver may: in words that follow “you may not”, and where it stands in the power. */
export interface Excess {
  readonly what: string;
  readonly at: string;
}

/** The first thing by which a power goes further than these do together, so that their holder cannot give it; null where none. */
export function excess(held: readonly Power[], wanted: Power): Excess | null {
  const grant = beyond(
    held.flatMap(({ grants }) => grants),
    wanted.grants,
  );
  if (grant)
    return { what: `${grant.action} a ${grant.entity} so widely`, at: `grants.${wanted.grants.indexOf(grant)}` };
  const places = [...pipelinesNamed([...held, wanted]), ...(wanted.pipelines ? [] : [null])];
  for (const place of places) {
    const wide = wanted.grants.find(({ entity, action }) => {
      const scope = inPipelines.includes(entity) ? scopeWithin([wanted], action, entity, place) : null;
      if (scope === null) return false;
      const own = scopeWithin(held, action, entity, place);
      return own === null || (entity !== 'pipeline' && widest([own, scope]) !== own);
    });
    const where = place === null ? 'in all pipelines' : `in the pipeline ${place}`;
    if (wide) return { what: `${wide.action} a ${wide.entity} ${where}`, at: 'pipelines' };
    if (place !== null && !entersAsMuch(held, wanted, place))
      return { what: `bring deals into all those stages ${where}`, at: 'pipelines' };
  }
  const field = guardedFieldNames.find((name) =>
    (['read', 'update'] as const).some(
      (action) =>
        scopeOf(wanted.grants, action, guardedFields[name].entity) !== null &&
        opens([wanted], name, action) &&
        !opens(held, name, action),
    ),
  );
  return field === undefined ? null : { what: `do that with ${field}`, at: 'fields' };
}

function entersAsMuch(held: readonly Power[], wanted: Power, pipelineId: Id): boolean {
  const stages = (power: Power) =>
    power.pipelines === null ? null : power.pipelines.find((limit) => limit.pipelineId === pipelineId)?.stageIds;
  const asked = stages(wanted);
  if (asked === undefined || scopeOf(wanted.grants, 'update', 'deal') === null) return true;
  const own = held.filter(({ grants }) => scopeOf(grants, 'update', 'deal') !== null).map(stages);
  return own.includes(null) || (asked !== null && asked.every((id) => own.some((some) => some?.includes(id))));
}
