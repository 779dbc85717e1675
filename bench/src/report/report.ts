import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capacity } from '../capacity/page.js';
import { scenarios } from '../catalogue.js';
import { readResults, type Result } from '../harness/results.js';
import type { Scenario } from '../harness/scenario.js';
import { plotOf } from './plots.js';
import { section } from './sections.js';

const PAGE = 'docs/performance.md';
const CAPACITY = 'docs/capacity.md';
const PLOTS = 'docs/performance';

const INTRODUCTION = `# Performance

Written by \`npm run bench -- report\` from \`bench/results\`; change neither by hand.

Every figure stands as least – median – greatest of its runs, beside *floors*: what a bare client that does
nothing of ours reaches on the same machine in the same run. The ratio to a floor says more than the figure, which changes with the machine; the
CPU milliseconds hold on a busy machine as well. A goal is met when every run meets it; for those that are
missed, [decision 23](decisions/0023-what-is-still-missed.md) says where the time goes and what was tried. The answers of every run are
checked: a run with a wrong answer has no figures.

\`\`\`
npm run bench -- list                      # what can be measured
npm run bench -- messaging                 # a group or a scenario, three runs, into bench/results
npm run bench -- outbox-drain --size small --runs 1 --out /tmp/a   # while working on the code
npm run bench -- system --deals 1000000    # the whole system, with an organisation of another size
npm run bench -- compare /tmp/a /tmp/b     # B beside A: better, worse, or not apart
\`\`\`

A bench starts a PostgreSQL and a Kafka of its own, as \`npm start\` does (on the disk, waiting for it), and needs what that
needs. Everything shares the machine: what is measured, what it is measured with, and both servers.

The scenarios of \`system\` share a whole system that they start beside it, with servers of its own, and an organisation that is loaded through the
bulk mutations at the gateway, once for each size: two years of business, people in regions and teams, owners, companies and stages as uneven as
in life. What is written stays, so a later scenario finds more than an earlier one, until it is a quarter more than was loaded: then comes a copy of what was.
`;

/** The report with its plots, and the page of capacity, by their path below the root. */
export function report(results: ReadonlyMap<string, Result>, of: readonly Scenario[] = scenarios): Map<string, string> {
  const files = new Map<string, string>();
  const groups = [...new Set(of.map(({ group }) => group))];
  const sections = groups.flatMap((group) => [
    `## ${group.charAt(0).toUpperCase()}${group.slice(1)}\n`,
    ...of
      .filter((scenario) => scenario.group === group)
      .map((scenario) => {
        const result = results.get(scenario.name);
        const plot = result && plotOf(scenario, result);
        if (plot) files.set(`${PLOTS}/${scenario.name}.svg`, plot);
        return section(scenario, result, plot && `performance/${scenario.name}.svg`);
      }),
  ]);
  files.set(PAGE, [INTRODUCTION, ...sections].join('\n'));
  files.set(CAPACITY, capacity(results));
  return files;
}

/** Writes them below the root, and removes plots nothing is left of; answers the files. */
export function writeReport(root: string, resultsFolder: string): string[] {
  const files = report(existsSync(resultsFolder) ? readResults(resultsFolder) : new Map());
  const plots = join(root, PLOTS);
  if (existsSync(plots))
    for (const name of readdirSync(plots)) if (!files.has(`${PLOTS}/${name}`)) rmSync(join(plots, name));
  return [...files].map(([path, content]) => {
    const file = join(root, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, content);
    return file;
  });
}
