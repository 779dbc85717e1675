import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { made, scenario } from '../../test/made-up.js';
import { readResults } from '../harness/results.js';
import { report } from './report.js';

const root = resolve(import.meta.dirname, '../../..');

describe('the report', () => {
  it('stands in docs as the results say: npm run bench -- report', () => {
    const files = report(readResults(resolve(root, 'bench/results')));
    for (const [path, content] of files) expect(readFileSync(resolve(root, path), 'utf8')).toBe(content);
    const plots = resolve(root, 'docs/performance');
    const drawn = existsSync(plots) ? readdirSync(plots).map((name) => `docs/performance/${name}`) : [];
    expect(drawn.filter((path) => !files.has(path))).toEqual([]);
  });

  it('says what is wanted where nothing was measured yet', () => {
    const page = report(new Map(), [scenario]).get('docs/performance.md');
    expect(page).toContain('Not measured yet.');
    expect(page).toContain('| speed | ≥ 100 events/s |');
  });

  it('shows figures, floors, CPU, conditions and a plot', () => {
    const files = report(new Map([['made-up', made([90, 110, 120], { floor: 200, other: 300 })]]), [scenario]);
    const page = files.get('docs/performance.md') ?? '';
    expect(page).toContain('| speed | ≥ 100 events/s | 90 – 110 – 120 events/s | 200 messages/s (a bare client)');
    expect(page).toContain('| relay | 0.05 |');
    expect(page).toContain('fsync on');
    expect(page).toContain('![Made up](performance/made-up.svg)');
    expect(files.get('docs/performance/made-up.svg')).toContain('another &lt;client&gt;');
  });

  it('draws durations as curves', () => {
    const { runs, ...result } = made([1]);
    const still = {
      count: 2,
      mean: 1,
      p50: 1,
      p90: 2,
      p99: 2,
      p999: 2,
      max: 2,
      curve: [
        [50, 1],
        [100, 2],
      ] as const,
    };
    const plotted = { ...result, runs: runs.map((run) => ({ ...run, distributions: { still } })) };
    expect(report(new Map([['made-up', plotted]]), [scenario]).get('docs/performance/made-up.svg')).toContain(
      '<polyline',
    );
  });
});
