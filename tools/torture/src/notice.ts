import type { Answer } from './person.js';

/** What somebody notices of an answer, next to the one that he had while all was up. */
export interface Notice {
  how: 'whole' | 'in part' | 'not at all';
  /** Where there was something before and is null now, the outermost of such places alone: `deal.nextStep`. */
  missing: string[];
  /** Code and sentence of each error, once. */
  errors: string[];
}

/** One answer to one question. */
export interface Noticed extends Notice {
  question: string;
  /** Milliseconds until it was there. */
  took: number;
}

/** What was noticed while one part of the system was down. */
export interface Outage {
  part: string;
  noticed: Noticed[];
  /** Seconds from its start until it was ready. */
  ready: number;
  /** Seconds from then until nothing moved any more; undefined where that never came. */
  caughtUp: number | undefined;
  /** What became of the clients' writes all the while. */
  writes: Record<'acknowledged' | 'refused' | 'unknown', number>;
}

/** A null that no error explains counts as missing too. */
export function notice(before: Answer<object>, now: Answer<object>): Notice {
  const there = new Set(places(now.data));
  const missing = [...new Set(places(before.data))].filter((place) => !there.has(place));
  const outermost = missing.filter((place) => !missing.some((other) => place.startsWith(`${other}.`)));
  const errors = (now.errors ?? []).map(({ message, extensions }) => `\`${extensions?.code ?? 'no code'}\` ${message}`);
  const how = there.size === 0 ? 'not at all' : outermost.length + errors.length > 0 ? 'in part' : 'whole';
  return { how, missing: how === 'in part' ? outermost : [], errors: [...new Set(errors)] };
}

/** Wherever there is something, without the numbers of a list's elements. */
function places(data: unknown, at = ''): string[] {
  if (data === null || data === undefined) return [];
  const own = at === '' ? [] : [at];
  if (typeof data !== 'object') return own;
  if (Array.isArray(data)) return [...own, ...data.flatMap((one) => places(one, at))];
  return [...own, ...Object.entries(data).flatMap(([name, one]) => places(one, at === '' ? name : `${at}.${name}`))];
}

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** The table of `docs/operations.md`. */
export function table(outages: readonly Outage[]): string {
  const head = ['down', 'answered as ever', 'answered in part', 'not answered', 'what `errors` say', 'slowest answer'];
  const end = ['ready, all caught up', 'writes of the clients: done, refused, unknown'];
  const rows = outages.map(({ part, noticed, ready, caughtUp, writes }) =>
    row(
      part,
      ...(['whole', 'in part', 'not at all'] as const).map((how) => questions(noticed, how)),
      [...new Set(noticed.flatMap(({ errors }) => errors))].join('; ') || '–',
      inSeconds(Math.max(...noticed.map(({ took }) => took)) / 1000),
      `${inSeconds(ready)}, ${caughtUp === undefined ? 'never' : inSeconds(caughtUp)}`,
      `${writes.acknowledged}, ${writes.refused}, ${writes.unknown}`,
    ),
  );
  return [row(...head, ...end), row(...[...head, ...end].map(() => '---')), ...rows].join('\n');
}

/** Those that were answered so; where one was not always, with how often. */
function questions(noticed: readonly Noticed[], how: Notice['how']): string {
  const words = [...new Set(noticed.map(({ question }) => question))].flatMap((question) => {
    const all = noticed.filter((one) => one.question === question);
    const so = all.filter((one) => one.how === how);
    if (so.length === 0) return [];
    const missing = [...new Set(so.flatMap((one) => one.missing))].map((place) => `\`${place}\``);
    const without = missing.length > 0 ? ` without ${missing.join(', ')}` : '';
    return `${question}${without}${so.length < all.length ? ` (${so.length} of ${all.length})` : ''}`;
  });
  return words.join('; ') || '–';
}

const inSeconds = (seconds: number): string => `${seconds.toFixed(1)} s`;
