import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import iconv from 'iconv-lite';
import { ImportMistake, type Mapping } from './mapping.js';
import type { Row } from './template.js';

export interface NumberedRow {
  /** The line in the file, the header being line 1. */
  readonly line: number;
  readonly row: Row;
}

const MAX_RECORD_BYTES = 1024 * 1024;

/** The rows of a CSV file, one by one: quotes, BOM, CRLF, other separators and encodings are understood. */
export async function* rowsOf(
  folder: string,
  file: string,
  { delimiter, encoding }: Mapping['csv'],
): AsyncGenerator<NumberedRow> {
  const path = join(folder, file);
  await access(path).catch(() => {
    throw new ImportMistake(`There is no file ${path}. Name the folder that holds ${basename(file)} with --data.`);
  });
  if (!iconv.encodingExists(encoding))
    throw new ImportMistake(`There is no encoding ${encoding}. Use utf8, windows-1251 or another that is.`);
  const parser = parse({
    bom: true,
    columns: true,
    delimiter,
    trim: true,
    skip_empty_lines: true,
    info: true,
    max_record_size: MAX_RECORD_BYTES,
  });
  // An error of the file or its decoding reaches the parser, and so the loop below.
  pipeline(createReadStream(path), iconv.decodeStream(encoding), parser, () => {});
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: Row; info: { lines: number } }>)
      yield { line: info.lines, row: record };
  } catch (error) {
    throw new ImportMistake(
      `${path} cannot be read as CSV: ${(error as Error).message}. Mend the file, or the delimiter in the mapping.`,
    );
  }
}
