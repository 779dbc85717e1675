import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { driftIn, writeInto } from './generated.mjs';

const wanted = new Map([
  ['asyncapi.yaml', 'a'],
  ['schemas/one.json', 'b'],
]);
let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'voronka-generated-')), 'generated');
});
afterEach(() => {
  rmSync(join(folder, '..'), { recursive: true });
});

describe('a folder of generated files', () => {
  it('has not drifted after it was written', () => {
    expect(writeInto(folder, wanted)).toEqual(['asyncapi.yaml', 'schemas/one.json']);
    expect(driftIn(folder, wanted)).toEqual([]);
    expect(writeInto(folder, wanted)).toEqual([]);
  });

  it('has drifted when a file is missing, changed by hand or left over, and each is named', () => {
    writeInto(folder, wanted);
    rmSync(join(folder, 'schemas/one.json'));
    writeFileSync(join(folder, 'asyncapi.yaml'), 'A');
    writeFileSync(join(folder, 'schemas/old.json'), '');
    expect(driftIn(folder, wanted)).toEqual(['asyncapi.yaml', 'schemas/one.json', 'schemas/old.json']);
  });

  it('is mended by writing it again', () => {
    writeInto(folder, wanted);
    writeFileSync(join(folder, 'schemas/old.json'), '');
    writeInto(folder, wanted);
    expect(driftIn(folder, wanted)).toEqual([]);
  });
});
