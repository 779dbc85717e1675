import { appendFileSync, writeFileSync } from 'node:fs';

/** What a client was told: done, refused by a rule, or nothing it could rely on. */
export type Outcome = 'acknowledged' | 'refused' | 'unknown';

/** One write as its client saw it; a line of the history, which the checker reads. */
export interface Entry {
  round: number;
  client: number;
  verb: string;
  /** The noun and the id the write was about; of a create, the id its client chose. */
  noun: string;
  id: string;
  /** Of an import's row, which goes by the name it has elsewhere. */
  externalId?: string;
  correlation: string;
  askedAt: string;
  answeredAt: string;
  outcome: Outcome;
  /** Why it was refused, or what came instead of an answer. */
  code?: string;
  /** The record's version as it was answered. */
  version?: number;
}

/** Keeps what the clients asked and were told, a JSON line for each. */
export class History {
  readonly counts: Record<Outcome, number> = { acknowledged: 0, refused: 0, unknown: 0 };
  readonly codes = new Map<string, number>();

  constructor(readonly file: string) {
    writeFileSync(file, '');
  }

  add(entry: Entry): void {
    this.counts[entry.outcome] += 1;
    if (entry.code) this.codes.set(entry.code, (this.codes.get(entry.code) ?? 0) + 1);
    appendFileSync(this.file, `${JSON.stringify(entry)}\n`);
  }
}
