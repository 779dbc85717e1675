import { DomainError, type Id } from '@voronka/contracts';
import { check, id as anId } from '../inputs.js';
import type { CrmRecord } from '../record.js';
import type { RecordType } from './table.js';

type Lock = 'update' | 'share';

/** A record, or several, that a use case names before its rule runs. What is not an id is refused with `INVALID_ID`. */
export interface Slot<Loaded> {
  readonly type: RecordType;
  readonly ids: readonly Id[];
  readonly lock: Lock;
  /** Picks what the rule is given; refuses with `NOT_FOUND` or `CONFLICT`. */
  readonly take: (found: (id: Id) => CrmRecord<object> | undefined) => Loaded;
  /** Refuses where a record is there that the one who acts may not see; it is as if absent unless told. */
  readonly unseen?: (id: Id) => never;
}
export type Slots = Record<string, Slot<unknown>>;
export type LoadedOf<S extends Slots> = { [K in keyof S]: S[K] extends Slot<infer L> ? L : never };

type Of<T> = RecordType<T & CrmRecord<object>>;

function present<T>(type: Of<T>, id: Id, record: CrmRecord<object> | undefined, field: string): T {
  if (!record) {
    const noun = type.name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
    throw new DomainError(
      'NOT_FOUND',
      `There is no ${noun} with the id ${id}, or it is not yours to see. Check the id.`,
      field,
    );
  }
  return record as CrmRecord<object> & T;
}

/**
 * The record to change. Refuses with `NOT_FOUND` where it is absent, and with `CONFLICT` where `expectedVersion` is given
 * and the record has moved on.
 */
export const one = <T>(type: Of<T>, id: Id, expectedVersion?: number | null, field = 'id'): Slot<T> => ({
  type,
  ids: [check(anId, id, field)],
  lock: 'update',
  take: (found) => {
    const record = found(id);
    const loaded = present(type, id, record, field);
    if (expectedVersion != null && record?.version !== expectedVersion)
      throw new DomainError(
        'CONFLICT',
        `This was changed by someone else: it is at version ${record?.version}, you saw ${expectedVersion}. Read it again and repeat your change.`,
        'expectedVersion',
      );
    return loaded;
  },
});

/** A record the rule looks at and that must not change meanwhile; `NOT_FOUND` where it is absent. */
export const shared = <T>(type: Of<T>, id: Id, field = 'id'): Slot<T> => ({
  type,
  ids: [check(anId, id, field)],
  lock: 'share',
  take: (found) => present(type, id, found(id), field),
});

/** A record that may be absent: null then, as for a null id. */
export const maybe = <T>(type: Of<T>, id: Id | null | undefined, field = 'id'): Slot<T | null> => ({
  type,
  ids: id ? [check(anId, id, field)] : [],
  lock: 'update',
  take: (found) => (id && (found(id) as (CrmRecord<object> & T) | undefined)) || null,
});

/** Several records of one type, in the order of their ids as given; `NOT_FOUND` for the first that is absent. */
export const many = <T>(type: Of<T>, ids: readonly Id[], field = 'ids'): Slot<T[]> => ({
  type,
  ids: ids.map((id, i) => check(anId, id, `${field}.${i}`)),
  lock: 'update',
  take: (found) => ids.map((id) => present(type, id, found(id), field)),
});

/** Those of several records that are there, in the order of their ids as given. */
export const those = <T>(type: Of<T>, ids: readonly Id[]): Slot<T[]> => ({
  type,
  ids,
  lock: 'update',
  take: (found) => ids.flatMap((id) => (found(id) as (CrmRecord<object> & T) | undefined) ?? []),
});
