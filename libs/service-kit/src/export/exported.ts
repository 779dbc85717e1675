import { rights, type Action, type Right } from '@voronka/contracts';
import type { ListDescription } from '../list/list.js';
import type { CrmRecord } from '../record.js';
import { tableOf } from '../store/table.js';

/** A list that can be taken as a whole. */
export interface Exported {
  readonly right: Right;
  readonly list: ListDescription<CrmRecord<object>>;
  /** A record as the API shows it, and the file too. */
  show(record: CrmRecord<object>): object;
}

/** Lets a list be taken as a whole, by who may `export` its entity. */
export function exported<T extends CrmRecord<object>>(list: ListDescription<T>, show: (record: T) => object): Exported {
  const { entity } = tableOf(list.type);
  const actions: readonly Action[] = entity ? rights[entity] : [];
  if (!entity || !actions.includes('export')) throw new Error(`Nobody can be let export a ${list.type.name}`);
  return { right: { entity, action: 'export' }, list, show: show as Exported['show'] };
}
