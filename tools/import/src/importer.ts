import { rowsOf, type NumberedRow } from './csv.js';
import { Refused, type Client } from './client.js';
import { nouns, type Mapping, type Noun, type Step } from './mapping.js';
import { Names } from './names.js';
import { RefusedRows } from './refused.js';
import { evaluate, fill, holds, RowRefused, type Row } from './template.js';

/** Rows a call takes at most, and calls under way at once. */
const BATCH = 500;
const IN_FLIGHT = 3;

export interface Tally {
  created: number;
  unchanged: number;
  updated: number;
  refused: number;
}
export type Progress = (step: string, done: number, total: number) => void;

interface Prepared {
  readonly source: NumberedRow;
  readonly input: Record<string, unknown>;
}
interface RowAnswer {
  index: number;
  outcome: 'CREATED' | 'UNCHANGED' | 'REFUSED';
  error: { code: string; message: string; field: string | null } | null;
}

/**
 * Imports files through the gateway's bulk mutations, step by step. A row that is refused, here or there, goes to the file
 * of refused rows; the rest goes on. Running it again creates nothing twice.
 */
export async function importAll(
  client: Client,
  mapping: Mapping,
  folder: string,
  progress: Progress,
): Promise<{ tally: Tally; refusedFiles: string[] }> {
  const tally: Tally = { created: 0, unchanged: 0, updated: 0, refused: 0 };
  const names = new Names(client);
  await names.setUp(mapping);
  const refused = new Map<string, RefusedRows>();
  for (const step of mapping.steps) {
    let file = refused.get(step.file);
    if (!file) {
      file = new RefusedRows(step.file);
      await file.clear();
      refused.set(step.file, file);
    }
    await new StepRun(client, mapping, step, folder, names, file, tally, progress).run();
    names.forget(step.noun);
  }
  for (const file of refused.values()) await file.close();
  return { tally, refusedFiles: [...refused.values()].filter((f) => f.count > 0).map((f) => f.path) };
}

class StepRun {
  private done = 0;

  constructor(
    private readonly client: Client,
    private readonly mapping: Mapping,
    private readonly step: Step,
    private readonly folder: string,
    private readonly names: Names,
    private readonly refused: RefusedRows,
    private readonly tally: Tally,
    private readonly progress: Progress,
  ) {}

  async run(): Promise<void> {
    for (const noun of matched(this.step)) await this.names.load(noun);
    const rows = await this.read();
    this.progress(this.step.noun, 0, rows.length);
    const prepared = rows.flatMap((source) => this.prepare(source) ?? []);
    const batches: Prepared[][] = [];
    for (let i = 0; i < prepared.length; i += BATCH) batches.push(prepared.slice(i, i + BATCH));
    const next = async (): Promise<void> => {
      for (let batch = batches.shift(); batch; batch = batches.shift()) {
        if (this.step.update === undefined) await this.send(batch);
        else await this.update(batch);
        this.done += batch.length;
        this.progress(this.step.noun, this.done, rows.length);
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, next));
  }

  private async read(): Promise<NumberedRow[]> {
    const { file, join, translate, where, each } = this.step;
    const translated = (row: Row): Row =>
      Object.fromEntries(Object.entries(row).map(([column, value]) => [column, translate[column]?.[value] ?? value]));
    const joined = new Map<string, { by: Map<string, Row>; columns: string[]; column: string }>();
    for (const [name, { file: other, column, equals }] of Object.entries(join)) {
      const by = new Map<string, Row>();
      let columns: string[] = [];
      for await (const { row } of rowsOf(this.folder, other, this.mapping.csv)) {
        columns = Object.keys(row);
        by.set(row[equals] ?? '', row);
      }
      joined.set(name, { by, columns, column });
    }
    const seen = new Set<string>();
    const rows: NumberedRow[] = [];
    for await (const { line, row: raw } of rowsOf(this.folder, file, this.mapping.csv)) {
      const row: Record<string, string> = { ...translated(raw) };
      for (const [name, { by, columns, column }] of joined) {
        const found = by.get(row[column] ?? '');
        for (const c of columns) row[`${name}.${c}`] = found?.[c] ?? '';
      }
      if (!holds(where, row)) continue;
      if (each !== undefined) {
        const key = fill(each, row);
        if (seen.has(key)) continue;
        seen.add(key);
      }
      rows.push({ line, row });
    }
    return rows;
  }

  private prepare(source: NumberedRow): Prepared | null {
    const { externalId, fields } = this.step;
    try {
      const input = evaluate(fields, source.row, this.names.match) as Record<string, unknown>;
      return {
        source,
        input: externalId === undefined ? input : { externalId: fill(externalId, source.row), ...input },
      };
    } catch (error) {
      if (!(error instanceof RowRefused)) throw error;
      this.refuse(source, error.code, error.message, error.field);
      this.done += 1;
      return null;
    }
  }

  private async send(batch: readonly Prepared[]): Promise<void> {
    const { bulk, input } = nouns[this.step.noun];
    const { answers } = await this.client.askPatiently<{ answers: RowAnswer[] }>(
      `mutation ($rows: [${input}!]!) { answers: ${bulk}(rows: $rows) { index outcome error { code message field } } }`,
      { rows: batch.map((p) => p.input) },
    );
    for (const { index, outcome, error } of answers) {
      if (outcome === 'CREATED') this.tally.created += 1;
      else if (outcome === 'UNCHANGED') this.tally.unchanged += 1;
      else if (batch[index])
        this.refuse(batch[index].source, error?.code ?? '', error?.message ?? '', error?.field ?? '');
    }
  }

  private async update(batch: readonly Prepared[]): Promise<void> {
    const { update, updateInput } = nouns[this.step.noun];
    for (const { source, input } of batch) {
      try {
        const id = this.names.match(this.step.noun, fill(this.step.update ?? '', source.row));
        await this.client.ask(
          `mutation ($id: ID!, $input: ${updateInput}!) { ${update}(id: $id, input: $input) { id } }`,
          { id, input },
        );
        this.tally.updated += 1;
      } catch (error) {
        if (!(error instanceof Refused || error instanceof RowRefused)) throw error;
        this.refuse(source, error.code, error.message, error.field);
      }
    }
  }

  private refuse(source: NumberedRow, code: string, reason: string, field: string): void {
    this.tally.refused += 1;
    this.refused.add(source, code, reason, field);
  }
}

/** The nouns whose names a step needs. */
function matched(step: Step): Noun[] {
  const found = new Set<Noun>(step.update === undefined ? [] : [step.noun]);
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const noun = (value as { $match?: string }).$match;
    if (noun && noun in nouns) found.add(noun as Noun);
    Object.values(value).forEach(walk);
  };
  walk(step.fields);
  return [...found];
}
