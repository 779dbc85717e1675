import { createHash } from 'node:crypto';
import { DomainError, isId, type Actor, type Entity, type Id } from '@voronka/contracts';
import type { Database } from '@voronka/messaging';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { v7 } from 'uuid';
import { MAX_PAGE, type ListArgs } from '../list/args.js';
import { Values } from '../list/conditions.js';
import type { ListDescription } from '../list/list.js';
import { pageOf, type Page } from '../list/page.js';
import { check, id as anId } from '../inputs.js';
import type { CrmRecord, DomainEvent } from '../record.js';
import { importRows, type ImportOutcome, type ImportRow } from './import.js';
import { sharedReads, type SharedLoader } from './shared-loader.js';
import { requireOpen } from '../access/fields.js';
import { Sight, wholeOf } from '../access/sight.js';
import type { Audit } from '../audit/audit.js';
import { Organisation } from '../access/organisation.js';
import type { Budgets } from '../access/budget.js';
import { asCondition, type Reach, type Within } from '../access/reach.js';
import type { Directory } from '../directory/directory.js';
import { selectionOf, type Row, type Selection, type WantedProperties } from './selection.js';
import { maybe, type LoadedOf, type Slots } from './slots.js';
import { hydrate, tableOf, type RecordType } from './table.js';
import { copyOf, type Writer } from './writer.js';

type Of<T> = RecordType<T & CrmRecord<object>>;

/** A record that a creation answered, and whether it was this call that made it. */
export interface Created<T> {
  readonly record: T;
  readonly created: boolean;
}

/** Rows of all imports that are under way at once: what people ask waits behind no more. */
const IMPORTED_AT_ONCE = 16;
/** So many first rows of a parent are read before somebody's rights are looked at. */
const CANDIDATES = 4;
type OfParent = object & { __parent: Id };

/** A new id: a UUID of version 7 (RFC 9562), so that ids grow with time. */
export const newId = (): Id => v7();

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * The records of one service: the one way to change them and the ways to read them. `by` is who asks; it goes into the
 * events of a change and, with rights, into the condition of a read.
 */
export class Store {
  private readonly loaders = new Map<Selection<CrmRecord<object>>, SharedLoader<CrmRecord<object> | null>>();
  private readonly firsts = new Map<string, SharedLoader<object[]>>();
  private readonly importing = pLimit(IMPORTED_AT_ONCE);

  constructor(
    private readonly database: Database,
    private readonly writer: Writer,
    private readonly directory: Directory,
    private readonly audit: Audit,
    private readonly budgets: Budgets,
    private readonly constraints: Readonly<Record<string, () => DomainError>> = {},
  ) {}

  /**
   * Changes the records named in `slots` by one rule, in one transaction with the events it returns. The rule is
   * synchronous and pure; it refuses by throwing a `DomainError`, and then nothing is changed.
   */
  async write<S extends Slots>(
    by: Actor,
    slots: S,
    rule: (records: LoadedOf<S>, now: Date) => DomainEvent[],
  ): Promise<LoadedOf<S>> {
    const sight = await this.sightOf(by);
    const { records, events } = await this.writer
      .write(by, sight, slots, rule)
      .catch((error: unknown) => this.refuse(error));
    for (const event of events) sight.changed(event);
    return records;
  }

  /**
   * Creates a record by one rule, whose first event is the record's first. `content` is what it is created from: the same
   * id with the same content again answers the record that is there, with other content it is refused with `CONFLICT`.
   */
  async create<T extends CrmRecord<object>, S extends Slots>(
    by: Actor,
    type: RecordType<T>,
    from: { id?: Id | null; externalId?: string | null; content: object; uses?: S; idField?: string },
    rule: (used: LoadedOf<S>, id: Id, now: Date) => DomainEvent[],
  ): Promise<Created<T>> {
    if (from.id && !UUID_V7.test(from.id))
      throw new DomainError(
        'INVALID_ID',
        'An id chosen by the caller is a lower-case UUID of version 7.',
        from.idField ?? 'input.id',
      );
    const id = from.id ?? newId();
    const fingerprint = digestOf(from.content);
    const unseen = () => {
      throw conflict(id, from.idField ?? 'input.id');
    };
    const slots = {
      ...(from.uses ?? {}),
      existing: { ...maybe(type as Of<T>, from.id), lock: 'share' as const, unseen },
    };
    const sight = await this.sightOf(by);
    const { externalId = null } = from;
    const make = (records: LoadedOf<Slots>, now: Date) => {
      const { existing, ...used } = records as { existing: T | null };
      if (existing?.fingerprint === fingerprint) return [];
      if (existing) throw conflict(id, from.idField ?? 'input.id');
      const events = rule(used as LoadedOf<S>, id, now);
      const record = events[0]?.record;
      if (record) Object.assign(record, { fingerprint, externalId });
      return events;
    };
    // What comes from another system comes in crowds.
    const attempt = () => this.writer.write<Slots>(by, sight, slots, make, { unhurried: externalId !== null });
    // Two creations of one id at the same moment, in two instances: the second finds the first's record when it asks again.
    const { records, events } = await attempt().catch((error: unknown) =>
      from.id && isTaken(error, `${tableOf(type).name}_pkey`)
        ? attempt().catch((e: unknown) => this.refuse(e))
        : this.refuse(error),
    );
    const existing = (records as { existing: T | null }).existing;
    for (const event of events) sight.changed(event);
    return existing
      ? { record: existing, created: false }
      : { record: copyOf(events[0]?.record as CrmRecord<object> & T), created: true };
  }

  /** A record by its id, which is taken down; null where it is absent or not for `by` to see. */
  async find<T extends CrmRecord<object>>(
    by: Actor,
    type: RecordType<T>,
    id: Id,
    wanted: WantedProperties = null,
  ): Promise<T | null> {
    const sight = await this.sightOf(by);
    const [record = null] = await this.seen(sight, type, [id], { wanted, missed: (unseen) => sight.missed(unseen) });
    if (record) sight.read(record);
    return record;
  }

  /** A record by its id; refuses with `NOT_FOUND`. */
  async get<T extends CrmRecord<object>>(by: Actor, type: RecordType<T>, id: Id, field = 'id'): Promise<T> {
    const record = await this.find(by, type, id);
    if (!record)
      throw new DomainError(
        'NOT_FOUND',
        `There is nothing with the id ${id}, or it is not yours to see. Check the id.`,
        field,
      );
    return record;
  }

  /**
   * Records in the order of their ids, null for those that are absent. What is asked at the same moment shares a statement.
   * Refuses what is not an id with `INVALID_ID`.
   */
  async byIds<T extends CrmRecord<object>>(
    by: Actor,
    type: RecordType<T>,
    ids: readonly Id[],
    wanted: WantedProperties = null,
  ): Promise<(T | null)[]> {
    return this.seen(await this.sightOf(by), type, ids, { wanted });
  }

  private async seen<T extends CrmRecord<object>>(
    sight: Sight,
    type: RecordType<T>,
    ids: readonly Id[],
    { wanted, missed = () => {} }: { wanted: WantedProperties; missed?: (record: T) => void },
  ): Promise<(T | null)[]> {
    const wrong = ids.find((id) => !isId(id));
    if (wrong !== undefined) check(anId, wrong, 'id');
    const { entity, sightBy } = tableOf(type);
    sight.requireBudget(entity);
    const found = await this.load(selectionOf(type, wanted && [...wanted, ...sightBy]), ids);
    const wholes = await this.wholesOf(type, found);
    // People who ask at the same moment share a statement, so their rights cannot stand in it; and what is not for somebody
    // takes him as long to be refused as what is not there.
    const seen = found.map((record) => {
      if (!record || sight.sees(record, (_, id) => wholes.get(id))) return record;
      missed(record);
      return null;
    });
    sight.shown(entity, seen.filter((record) => record !== null).length);
    return seen;
  }

  /** The records that these are a part of, by id; none where they stand for themselves. */
  private async wholesOf(
    type: RecordType,
    parts: readonly (CrmRecord<object> | null)[],
  ): Promise<Map<Id, CrmRecord<object>>> {
    const { partOf } = tableOf(type);
    if (!partOf) return new Map();
    const ids = new Set(parts.flatMap((part) => (part ? wholeOf(part, partOf) : [])));
    const wholes = await this.load(selectionOf(partOf.type(), null), [...ids]);
    return new Map(wholes.flatMap((whole) => (whole ? [[whole.id, whole] as const] : [])));
  }

  /** Whoever may see them. */
  private load<T extends CrmRecord<object>>(selection: Selection<T>, ids: readonly Id[]): Promise<(T | null)[]> {
    let loader = this.loaders.get(selection);
    if (!loader)
      this.loaders.set(selection, (loader = sharedReads(this.database, (some) => this.read(selection, some))));
    return loader(ids) as Promise<(T | null)[]>;
  }

  private async sightOf(by: Actor): Promise<Sight> {
    const organisation = by.may === 'anything' ? new Organisation() : await this.directory.now();
    return new Sight(by, organisation, this.audit, this.database.inTransaction ? null : this.budgets);
  }

  /** Whose records of an entity `by` may see. */
  async reach(by: Actor, entity: Entity | null): Promise<Reach> {
    return (await this.sightOf(by)).reach(entity);
  }

  /**
   * Rows of a statement of a noun's own, of what `by` may see: `text` must place the condition that it is given for the
   * columns that say whose a record is. Its values come after those of the statement.
   */
  async rows<R extends object>(
    by: Actor,
    entity: Entity | null,
    { name, values, text }: { name: string; values: readonly unknown[]; text: (within: Within) => string },
  ): Promise<R[]> {
    const sight = await this.sightOf(by);
    sight.requireBudget(entity);
    const reach = sight.reach(entity);
    const all = new Values(values);
    let kept = false;
    const statement = text((columns) => {
      kept = true;
      return asCondition(reach, columns, all.once);
    });
    if (!kept) throw new Error(`${name} does not keep to what may be seen`);
    const prepared = { name: nameOf(name, statement), text: statement, values: all.all };
    const { rows } = await this.database.query<R>(prepared);
    sight.listed(entity, rows.length, null);
    sight.shown(entity, rows.length);
    return rows;
  }

  private async read<T extends CrmRecord<object>>(
    { table, name, columns, record, idOf }: Selection<T>,
    ids: readonly Id[],
  ): Promise<(T | null)[]> {
    const text = `select ${columns} from "${table.name}" t where t.id = any($1::uuid[])`;
    const { rows } = await this.database.query<Row>({
      name: name ? nameOf(`${table.name}:by-ids`, text) : `${table.name}:by-ids`,
      text,
      values: [[...new Set(ids)]],
      rowMode: 'array',
    });
    const found = new Map(rows.map((row) => [idOf(row), row]));
    // A record of its own for each who asked: none sees what another does with his.
    return ids.map((id) => {
      const row = found.get(id);
      return row ? record(row) : null;
    });
  }

  /**
   * A page of a list, by keyset: its cost does not grow with how deep the page lies. Of what `by` may see, and do that to
   * which he is here for. Refuses with `FORBIDDEN` to filter, order or search by what is hidden from him.
   */
  async list<T extends CrmRecord<object>>(
    by: Actor,
    list: ListDescription<T>,
    args: ListArgs,
    asked: { largest?: number; wanted?: WantedProperties } = {},
  ): Promise<Page<T>> {
    const { entity } = tableOf(list.type);
    const sight = await this.sightOf(by);
    requireOpen(sight.closed(), entity, args);
    sight.requireBudget(entity);
    const page = await pageOf(this.database, list, args, sight.purpose(entity), asked);
    sight.listed(entity, page.rows.length, args.filter);
    sight.shown(entity, page.rows.length);
    return page;
  }

  /**
   * The newest records that belong to each of several parents, `first` of each at most: for `Company.deals` and the like,
   * through a loader. One statement for all parents; `column` is the parent's id in the record's table and wants an index
   * `(column, created_at desc)`.
   */
  related<T extends CrmRecord<object>>(
    by: Actor,
    type: RecordType<T>,
    column: string,
    parents: readonly Id[],
    first: number,
  ): Promise<T[][]> {
    return this.newestOfEach(by, type, column, `t."${column}" = p.id`, parents, first);
  }

  /**
   * The same for records that list their parents in a jsonb column, `[{ companyId: … }, …]` with `key` 'companyId'; wants an
   * index `using gin (column jsonb_path_ops)`.
   */
  listing<T extends CrmRecord<object>>(
    by: Actor,
    type: RecordType<T>,
    { column, key }: { column: string; key: string },
    parents: readonly Id[],
    first: number,
  ): Promise<T[][]> {
    const lists = `t."${column}" @> jsonb_build_array(jsonb_build_object('${key}', p.id))`;
    return this.newestOfEach(by, type, column, lists, parents, first);
  }

  /**
   * The first record of each of several parents that `by` may see, null where there is none. `text` reads of each parent in
   * `$1` the first `$2` rows, each with `__parent`, within the condition that it is given. What is asked at the same moment
   * shares a statement that looks for nobody in particular; only where none of its first rows is for `by` he has one of his own.
   */
  async firstOfEach<T extends CrmRecord<object>>(
    by: Actor,
    type: RecordType<T>,
    { name, text }: { name: string; text: (within: Within) => string },
    parents: readonly Id[],
  ): Promise<(T | null)[]> {
    const { entity } = tableOf(type);
    const sight = await this.sightOf(by);
    sight.requireBudget(entity);
    const candidates = await this.candidates(name, text, parents);
    const seen = new Map<Id, T | null>();
    parents.forEach((id, i) => {
      const rows = candidates[i] ?? [];
      const first = firstSeen(sight, type, rows);
      if (first ?? rows.length < CANDIDATES) seen.set(id, first);
    });
    sight.shown(entity, [...seen.values()].filter((record) => record !== null).length);
    const others = parents.filter((id) => !seen.has(id));
    if (others.length > 0) {
      const rows = await this.rows<OfParent>(by, entity, { name, text, values: [others, 1] });
      for (const { __parent, ...row } of rows) seen.set(__parent, hydrate(type, row));
    }
    return parents.map((id) => seen.get(id) ?? null);
  }

  private candidates(
    name: string,
    text: (within: Within) => string,
    parents: readonly Id[],
  ): Promise<readonly object[][]> {
    const read = async (ids: readonly Id[]): Promise<object[][]> => {
      const statement = { name: `${name}:all`, text: text(() => 'true'), values: [[...new Set(ids)], CANDIDATES] };
      return byParent(ids, (await this.database.query<OfParent>(statement)).rows);
    };
    let loader = this.firsts.get(name);
    if (!loader) this.firsts.set(name, (loader = sharedReads(this.database, read)));
    return loader(parents);
  }

  private async newestOfEach<T extends CrmRecord<object>>(
    by: Actor,
    type: RecordType<T>,
    name: string,
    condition: string,
    parents: readonly Id[],
    first: number,
  ): Promise<T[][]> {
    if (first < 1 || first > MAX_PAGE)
      throw new DomainError('PAGE_TOO_LARGE', `Ask for 1 to ${MAX_PAGE} rows.`, 'first');
    const table = tableOf(type);
    const rows = await this.rows<OfParent>(by, table.entity, {
      name: `${table.name}:related:${name}`,
      values: [parents, first],
      text: (within) => `select p.id as "__parent", r.* from unnest($1::uuid[]) p(id) cross join lateral (
               select ${table.selection} from "${table.name}" t where ${condition} and ${within(table.whose)}
               order by t.created_at desc, t.id desc limit $2) r`,
    });
    return byParent(parents, rows).map((own) => own.map((row) => hydrate(type, row)));
  }

  /** Creates records row by row, as `importRows` does. */
  importRows<T extends CrmRecord<object>, R extends ImportRow>(
    type: RecordType<T>,
    rows: readonly R[],
    create: (row: R, id: Id) => Promise<Created<T>>,
  ): Promise<ImportOutcome[]> {
    return importRows(this.database, type, rows, (row, id) => this.importing(() => create(row, id)));
  }

  /** A value that must be unique and is taken is a refusal, not a fault. */
  private refuse(error: unknown): never {
    const constraint = uniqueViolation(error);
    if (constraint === undefined) throw error;
    throw (
      this.constraints[constraint]?.() ??
      new DomainError(
        'ALREADY_EXISTS',
        'Something with the same identity exists already. Use that one, or choose another name.',
      )
    );
  }
}

const conflict = (id: Id, field: string) =>
  new DomainError(
    'CONFLICT',
    `Under the id ${id} something else was created. Repeat the same content, or choose a new id.`,
    field,
  );

/** The rows of each parent, in its order. */
function byParent(parents: readonly Id[], rows: readonly OfParent[]): object[][] {
  const of = new Map(parents.map((id) => [id, [] as object[]]));
  for (const { __parent, ...row } of rows) of.get(__parent)?.push(row);
  return parents.map((id) => of.get(id) ?? []);
}

function firstSeen<T extends CrmRecord<object>>(sight: Sight, type: RecordType<T>, rows: readonly object[]): T | null {
  for (const row of rows) {
    const record = hydrate(type, row);
    if (sight.sees(record, () => undefined)) return record;
  }
  return null;
}

/** The name that a statement is prepared under: what rights make of it is told apart by its text. */
function nameOf(name: string, text: string): string {
  let known = names.get(text);
  if (!known) names.set(text, (known = `${name}:${createHash('sha256').update(text).digest('base64url').slice(0, 8)}`));
  return known;
}
const names = new LRUCache<string, string>({ max: 1_000 });

/** A digest of plain content, by which a repetition is known. It does not depend on the order of keys. */
export function digestOf(content: object): string {
  return createHash('sha256')
    .update(JSON.stringify(inOrder(content)))
    .digest('base64url');
}
function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(inOrder);
  const ordered: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort()) ordered[key] = inOrder((value as Record<string, unknown>)[key]);
  return ordered;
}

/** The constraint that a PostgreSQL error of class 23505 names. */
function uniqueViolation(error: unknown): string | undefined {
  const { code, constraint } = (error ?? {}) as { code?: unknown; constraint?: unknown };
  return code === '23505' ? String(constraint) : undefined;
}
const isTaken = (error: unknown, constraint: string) => uniqueViolation(error) === constraint;
