import { createWriteStream, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { stringify, type Stringifier } from 'csv-stringify';
import type { NumberedRow } from './csv.js';

/** The rows that were refused, with the reasons, as a CSV named after the input in the working folder; no rows, no file. */
export class RefusedRows {
  readonly path: string;
  count = 0;
  private csv: Stringifier | undefined;
  private file: WriteStream | undefined;

  constructor(input: string) {
    this.path = resolve(`${basename(input, '.csv')}.refused.csv`);
  }

  async clear(): Promise<void> {
    await rm(this.path, { force: true });
  }

  add({ line, row }: NumberedRow, code: string, reason: string, field: string): void {
    this.count += 1;
    if (!this.csv) {
      this.file = createWriteStream(this.path);
      // A cell that a spreadsheet would take for a formula is defused.
      this.csv = stringify({ header: true, escape_formulas: true });
      this.csv.pipe(this.file);
    }
    this.csv.write({ line, ...row, refused_code: code, refused_reason: reason, refused_field: field });
  }

  async close(): Promise<void> {
    this.csv?.end();
    if (this.file) await finished(this.file);
  }
}
