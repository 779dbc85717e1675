import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Reporter, type RoundReport } from './report.js';
import { type Summary, summaryOf, withTables } from './summary.js';

const round: RoundReport = {
  round: 1,
  faults: [
    { kind: 'kill-kafka', words: 'kill -9 Kafka', outcome: 'done' },
    { kind: 'full-disk', words: 'the disk of kafka is full', outcome: 'not possible', why: 'no mount' },
    { kind: 'rewind', words: 'deals reads again', outcome: 'not done', why: 'no Kafka' },
  ],
  writes: { acknowledged: 5, refused: 2, unknown: 1 },
  events: 9,
  repeats: 1,
  seconds: { hurt: 3, heal: 1, rest: 1, judge: 1 },
  findings: ['a write was done twice: 2 (updateLead a; updateLead b)'],
};

describe('what is kept of a run', () => {
  it('tells how often each fault was done, what was not, and which rules were broken', () => {
    const reporter = new Reporter({ root: '/', seed: 3, clients: 5 }, undefined);
    reporter.add(round);
    reporter.add({ ...round, round: 2, findings: [] });
    expect(summaryOf(reporter.end(new Map()))).toMatchObject({
      ...{ seed: 3, rounds: 2, notDone: 2, notPossible: ['full-disk'], events: 9, repeats: 1 },
      faults: { 'kill-kafka': 2 },
      writes: { acknowledged: 10, refused: 4, unknown: 2 },
      findings: ['a write was done twice'],
    });
  });

  it('is what the proof shows', () => {
    const docs = new URL('../../../docs/', import.meta.url);
    const document = readFileSync(new URL('proof.md', docs), 'utf8');
    const runs = JSON.parse(readFileSync(new URL('proof/runs.json', docs), 'utf8')) as Summary[];
    expect(withTables(document, runs)).toBe(document);
  });
});
