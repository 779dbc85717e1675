import type { Outcome } from './history.js';
import type { RunReport } from './report.js';

/** What is kept of a run in `docs/proof/runs.json`. */
export interface Summary {
  date: string;
  commit: string;
  /** Whether the checkout held changes that are in no commit. */
  changed: boolean;
  seed: number;
  rounds: number;
  seconds: number;
  /** How often each kind of fault was done. */
  faults: Record<string, number>;
  notDone: number;
  notPossible: string[];
  writes: Record<Outcome, number>;
  events: number;
  repeats: number;
  /** The rules that were broken, each once. */
  findings: string[];
  breakage?: string;
  /** Of a run of conversions: how they ended. */
  conversions?: Record<string, number>;
}

export function summaryOf(report: RunReport): Summary {
  const { commit, changed, seed, seconds, rounds, writes, breakage, endings } = report;
  const faults = Object.entries(report.faults);
  const last = rounds.at(-1);
  return {
    date: report.startedAt.slice(0, 10),
    ...{ commit, changed, seed, rounds: rounds.length, seconds, writes },
    faults: Object.fromEntries(faults.filter(([, { done }]) => done > 0).map(([kind, { done }]) => [kind, done])),
    notDone: faults.reduce((n, [, tally]) => n + tally.notDone, 0),
    notPossible: faults.filter(([, { notPossible }]) => notPossible > 0).map(([kind]) => kind),
    ...{ events: last?.events ?? 0, repeats: last?.repeats ?? 0 },
    findings: [...new Set(rounds.flatMap(({ findings }) => findings.map((line) => line.replace(/: \d.*$/s, ''))))],
    ...(breakage ? { breakage } : {}),
    ...(endings ? { conversions: endings } : {}),
  };
}

const number = (n: number): string => n.toLocaleString('en-US');
const minutes = (seconds: number): string => `${(seconds / 60).toFixed(1)}`;
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const code = ({ commit, changed }: Summary): string => `\`${commit}\`${changed ? ' and changes' : ''}`;
const found = ({ findings }: Summary): string => (findings.length === 0 ? 'none' : findings.join('; '));
const wrote = (runs: readonly Summary[]): string =>
  (['acknowledged', 'refused', 'unknown'] as const)
    .map((outcome) => number(sum(runs.map(({ writes }) => writes[outcome]))))
    .join(', ');
const struck = (runs: readonly Summary[]): number => sum(runs.flatMap(({ faults }) => Object.values(faults)));

/** The tables of `docs/proof.md`. */
export function tables(all: readonly Summary[]): string {
  const rounds = all.filter(({ breakage, conversions }) => !breakage && !conversions);
  const mass = all.filter(({ conversions }) => conversions);
  const broken = all.filter(({ breakage }) => breakage);
  return [roundsTable(rounds), kindsTable(rounds), massTable(mass), breakagesTable(broken)]
    .filter((table) => table !== '')
    .join('\n\n');
}

function roundsTable(runs: readonly Summary[]): string {
  if (runs.length === 0) return '';
  return [
    row('date', 'code', 'seed', 'rounds', 'minutes', 'faults', 'writes: acknowledged, refused, unknown', 'findings'),
    row(...Array.from({ length: 8 }, () => '---')),
    ...runs.map((run) =>
      row(run.date, code(run), run.seed, run.rounds, minutes(run.seconds), struck([run]), wrote([run]), found(run)),
    ),
    row(
      '**all**',
      '',
      '',
      number(sum(runs.map((run) => run.rounds))),
      minutes(sum(runs.map(({ seconds }) => seconds))),
      number(struck(runs)),
      wrote(runs),
      `in ${runs.filter(({ findings }) => findings.length > 0).length} runs`,
    ),
  ].join('\n');
}

function kindsTable(runs: readonly Summary[]): string {
  if (runs.length === 0) return '';
  const kinds = new Map<string, number>();
  for (const { faults } of runs)
    for (const [kind, done] of Object.entries(faults)) kinds.set(kind, (kinds.get(kind) ?? 0) + done);
  const words = [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, done]) => `${kind} ${number(done)}`);
  const notDone = sum(runs.map((run) => run.notDone));
  return `Faults done, by kind: ${words.join(', ')}. Drawn and not done: ${notDone}.`;
}

function massTable(runs: readonly Summary[]): string {
  if (runs.length === 0) return '';
  return [
    row('date', 'code', 'seed', 'conversions', 'minutes', 'faults', 'ended', 'findings'),
    row(...Array.from({ length: 8 }, () => '---')),
    ...runs.map((run) => {
      const ended = Object.entries(run.conversions ?? {});
      return row(
        ...[run.date, code(run), run.seed, number(sum(ended.map(([, n]) => n))), minutes(run.seconds), struck([run])],
        ended.map(([status, n]) => `${status} ${number(n)}`).join(', '),
        found(run),
      );
    }),
  ].join('\n');
}

function breakagesTable(runs: readonly Summary[]): string {
  if (runs.length === 0) return '';
  return [
    row('broken', 'code', 'seed', 'caught in round', 'by'),
    row(...Array.from({ length: 5 }, () => '---')),
    ...runs.map((run) =>
      row(
        `\`${run.breakage}\``,
        code(run),
        run.seed,
        run.findings.length > 0 ? run.rounds : `not in ${run.rounds}`,
        found(run),
      ),
    ),
  ].join('\n');
}

const BEGIN = '<!-- what follows is made by `node tools/torture/dist/table.js` out of docs/proof/runs.json -->';
const END = '<!-- end of what is made -->';

/** The document with its tables made anew. */
export function withTables(document: string, all: readonly Summary[]): string {
  const [before, rest] = document.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined) throw new Error(`The document lacks the lines ${BEGIN} and ${END}`);
  return `${before}${BEGIN}\n\n${tables(all)}\n\n${END}${after}`;
}
