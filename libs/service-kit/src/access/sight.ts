import {
  DomainError,
  guardedFields,
  owned,
  worked,
  type Action,
  type Actor,
  type Entity,
  type GuardedField,
  type Id,
  type Right,
} from '@voronka/contracts';
import type { Budgets } from './budget.js';
import type { Filter } from '../list/args.js';
import type { Audit } from '../audit/audit.js';
import type { CrmRecord, DomainEvent } from '../record.js';
import { tableOf, type PartOf, type RecordType } from '../store/table.js';
import type { Organisation } from './organisation.js';
import { asCondition, everybodys, type Bounds, type Reach, type Whose } from './reach.js';

/** What kept records look like to the one who acts: which of them he may see, and what he may do to those. */
export class Sight {
  constructor(
    private readonly by: Actor,
    private readonly organisation: Organisation,
    private readonly audit: Audit,
    /** Null where nobody is shown what is read: it is read to be changed, or by the house. */
    private readonly budgets: Budgets | null,
  ) {}

  /** Whether what he is shown of an entity counts: what people work, where it is read to be seen. */
  private counts(entity: Entity | null): boolean {
    const { may } = this.by;
    if (this.budgets === null || entity === null || !worked.includes(entity)) return false;
    return may === 'read' || (may !== 'anything' && (may.action === 'read' || may.action === 'export'));
  }

  /** Refuses with `BUDGET_SPENT` who has been shown as many records in this hour as he may. */
  requireBudget(entity: Entity | null): void {
    if (this.counts(entity)) this.budgets?.require(this.by, this.organisation);
  }

  /** Takes down that he was shown so many. */
  shown(entity: Entity | null, rows: number): void {
    if (this.counts(entity)) this.budgets?.count(this.by, rows);
  }

  /** Takes down that he asked for a record that he may not know of. Links lead where they will: what they lead to is no attempt. */
  missed(record: CrmRecord<object>): void {
    if (typeof this.by.may === 'string') return;
    this.audit.note(this.by, { action: 'REFUSED', code: 'NOT_FOUND', ...nameOf(record) });
  }

  /** Takes down that he has read a record by itself. */
  read(record: CrmRecord<object>): void {
    const { may } = this.by;
    const { entity, recordId } = nameOf(record);
    if (typeof may === 'string' || may.action !== 'read' || may.entity !== entity || recordId === this.by.id) return;
    this.audit.note(this.by, { action: 'READ', entity, recordId, ...this.inPlace(record) });
  }

  /** Takes down that he has read a page of a list. Of one that is taken as a whole more is told than its pages. */
  listed(entity: Entity | null, rows: number, filter: Filter | null | undefined): void {
    const { may } = this.by;
    if (typeof may === 'string' || may.action !== 'read' || may.entity !== entity) return;
    const asked = filter && JSON.stringify(filter);
    const action = asked?.includes('"search":') ? 'SEARCHED' : 'LISTED';
    this.audit.note(this.by, { action, entity, rows, ...(asked && { detail: asked }) });
  }

  /** Takes down a change by a key, or in the place of somebody; all others the events tell. */
  changed({ record, declaration }: Pick<DomainEvent, 'record' | 'declaration'>): void {
    const inPlace = this.inPlace(record);
    if (this.by.may === 'anything' || !(this.by.key ?? inPlace)) return;
    this.audit.note(this.by, { action: 'CHANGED', detail: declaration.type, ...nameOf(record), ...inPlace });
  }

  private inPlace(record: CrmRecord<object>): { inPlaceOf: Id } | undefined {
    const inPlaceOf = ownerOf(record);
    return this.organisation.standsInFor(this.by.id, inPlaceOf) ? { inPlaceOf } : undefined;
  }

  /** Whose records of an entity he may read, or do something else to. */
  reach(entity: Entity | null, action: Action = 'read'): Reach {
    if (this.by.may === 'anything' || entity === null) return everybodys;
    return this.organisation.reach(this.by.id, action, entity, this.by.key?.roleId);
  }

  /** Fields that he may not read, or not change where `action` is another one. */
  closed(action: Action = 'read'): ReadonlySet<GuardedField> {
    if (this.by.may === 'anything') return new Set();
    return this.organisation.closed(this.by.id, action, this.by.key?.roleId);
  }

  /** Whose records of an entity he may read, and do that to which he is here for. */
  purpose(entity: Entity | null): Bounds {
    const { may } = this.by;
    const read = this.reach(entity);
    if (typeof may === 'string' || may.entity !== entity || may.action === 'read') return read;
    const other = this.reach(entity, may.action);
    return {
      alternatives: (columns, place) =>
        read.alternatives(columns, place).map((within) => `${within} and ${asCondition(other, columns, place)}`),
    };
  }

  /** Whether he may know of a record. `above` finds the record that it is a part of. */
  sees(record: CrmRecord<object>, above: (type: RecordType, id: Id) => CrmRecord<object> | undefined): boolean {
    if (this.by.may === 'anything') return true;
    const { entity, partOf } = tableOf(typeOf(record));
    if (!partOf) return this.reach(entity).includes(whoseIs(record));
    const whole = above(partOf.type(), wholeOf(record, partOf));
    return whole !== undefined && this.sees(whole, above);
  }

  /** Refuses with `FORBIDDEN` a change to a record that he may see and not change. */
  requireChange(record: CrmRecord<object>): void {
    const { may } = this.by;
    if (typeof may === 'string' || tableOf(typeOf(record)).entity !== may.entity) return;
    if (!this.reach(may.entity, may.action).includes(whoseIs(record))) {
      const sentence = 'You may see this and not do that to it. Ask its owner or an administrator.';
      throw Object.assign(new DomainError('FORBIDDEN', sentence, 'id'), { about: nameOf(record) });
    }
  }

  /**
   * Refuses with `FORBIDDEN` what he may not make of a record: one for an owner for whom he may make none, another owner
   * where he may not hand it over, a stage into which he may bring nothing, a field that he may not change. `before` is
   * the record as it was; undefined for a new one.
   */
  requireResult(record: CrmRecord<object>, before: CrmRecord<object> | undefined): void {
    const { may } = this.by;
    const { entity } = tableOf(typeOf(record));
    if (typeof may === 'string' || entity === null) return;
    if (owned.includes(entity)) this.requireOwner(record, before, entity, may);
    if (inStage(record) && stageOf(before) !== record.stageId) this.requireEntry(record, may);
    this.requireFields(record, before, entity, may);
  }

  private requireOwner(
    record: CrmRecord<object>,
    before: CrmRecord<object> | undefined,
    entity: Entity,
    may: Right,
  ): void {
    if (!before) {
      if (!this.reach(entity, may.action === 'import' ? 'import' : 'create').includes(alone(record)))
        throw new DomainError(
          'FORBIDDEN',
          'You may not make this for that person, or not there. Leave the owner out, or name one whose work is yours to give.',
          'input.ownerId',
        );
    } else if (ownerOf(before) !== ownerOf(record) && !this.reach(entity, 'assign').includes(alone(before)))
      throw new DomainError('FORBIDDEN', 'You may not give this to somebody else. Ask its owner.', 'input.ownerId');
  }

  private requireEntry(record: CrmRecord<object> & InStage, { entity, action }: Right): void {
    const { pipelineId, stageId } = record;
    const placed = { ...whoseIs(record), pipelineId, stageId };
    if (entity !== 'deal' || this.organisation.enters(this.by.id, action, placed, this.by.key?.roleId)) return;
    throw new DomainError('FORBIDDEN', 'Your role does not let you bring a deal into this stage.', 'stageId');
  }

  private requireFields(
    record: CrmRecord<object>,
    before: object | undefined,
    entity: Entity,
    { action }: Right,
  ): void {
    for (const field of this.closed(action)) {
      const { entity: guarded, name, kept } = guardedFields[field];
      if (guarded !== entity || kept.every((key) => same(record, before ?? {}, key))) continue;
      throw new DomainError('FORBIDDEN', `Your role does not let you set ${name}. Leave it out.`, `input.${name}`);
    }
  }
}

interface InStage {
  readonly pipelineId: Id;
  readonly stageId: Id;
}
const inStage = <T extends object>(record: T): record is T & InStage => 'stageId' in record;
const stageOf = (record: object | undefined) => (record as Partial<InStage> | undefined)?.stageId;

/** Whether a field is as it was. Of a new record, nothing said is as it was. */
function same(record: object, before: object, key: string): boolean {
  const [now, then] = [record, before].map((one) => JSON.stringify((one as Record<string, unknown>)[key] ?? null));
  return now === then || (then === 'null' && now === '[]');
}

export const typeOf = (record: CrmRecord<object>) => record.constructor as RecordType;

/** The id of the record that this one is a part of. */
export const wholeOf = (record: CrmRecord<object>, { key }: PartOf): Id =>
  (record as unknown as Record<string, Id>)[key]!;

/** Empty for records without an owner, whose reach is everybody's or nobody's. */
export const ownerOf = (record: object): Id => (record as { ownerId?: Id }).ownerId ?? '';

/** As the log of audit names it. */
const nameOf = (record: CrmRecord<object>) => ({ entity: tableOf(typeOf(record)).name, recordId: record.id });

const whoseIs = (record: CrmRecord<object>): Whose => {
  const { sharedToRead, sharedToWork } = record as Partial<Whose>;
  return { ownerId: ownerOf(record), pipelineId: pipelineOf(record), sharedToRead, sharedToWork };
};
/** The same without those it is shared with. */
const alone = (record: CrmRecord<object>): Whose => ({ ownerId: ownerOf(record), pipelineId: pipelineOf(record) });
const pipelineOf = (record: CrmRecord<object>) =>
  tableOf(typeOf(record)).entity === 'pipeline' ? record.id : (record as Partial<Whose>).pipelineId;
