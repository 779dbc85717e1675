import { isUtf8 } from 'node:buffer';
import { setTimeout as delay } from 'node:timers/promises';
import { DomainError } from '@voronka/contracts';
import { ParkedDesk, type ParkedEvent, type ParkedFilter } from '@voronka/messaging';
import { OpsFailure } from './failure.js';
import { services, type Service, type System } from './system.js';
import { span, table } from './table.js';

export interface ParkedAt extends Omit<ParkedEvent, 'value'> {
  readonly service: Service;
  /** The message as text; bytes that are none are shown as base64, after `base64:`. */
  readonly value: string | null;
}
/** What became of one event that an operator decided on. */
export interface Outcome {
  readonly service: Service;
  readonly id: number;
  /** `pending`: no instance of the service has taken it up so far; it is tried when one runs. */
  readonly outcome: 'replayed' | 'discarded' | 'failed again' | 'pending' | 'refused';
  readonly why: string | null;
}

export async function listParked(
  system: System,
  filter: ParkedFilter = {},
  of: readonly Service[] = services,
): Promise<ParkedAt[]> {
  const found: ParkedAt[] = [];
  for (const service of of) {
    const events = await system.ask(service, (database) => new ParkedDesk(database).list(filter));
    found.push(...events.map((event) => shown(service, event)));
  }
  return found;
}

/** Throws OpsFailure where the service has no such event. */
export async function showParked(system: System, service: Service, id: number): Promise<ParkedAt> {
  return shown(service, await system.ask(service, (database) => refusing(new ParkedDesk(database).get(id))));
}

/**
 * Has the service try events again, and waits for what comes of them, while it goes on, at most so many milliseconds. Those
 * behind them of the same record follow by themselves.
 */
export async function replayParked(
  system: System,
  service: Service,
  ids: readonly number[],
  { patience = 15_000 }: { patience?: number } = {},
): Promise<Outcome[]> {
  return system.ask(service, async (database) => {
    const desk = new ParkedDesk(database);
    const before = new Map((await desk.some(ids)).map((event) => [event.id, event]));
    const outcomes = new Map<number, Became>();
    for (const wave of inTurn(ids, before)) {
      const asked = new Map<number, ParkedEvent>();
      for (const id of wave) {
        const [now] = await desk.some([id]);
        if (now?.status === 'replayed' && before.get(id)?.settledAt === null) outcomes.set(id, DONE);
        else {
          const answer = await desk.requestReplay(id).catch(refusal);
          if (typeof answer === 'string') outcomes.set(id, { outcome: 'refused', why: answer });
          else asked.set(id, answer);
        }
      }
      // Where nobody took up what was asked before, nobody need be waited for again.
      const idle = [...outcomes.values()].some(({ outcome }) => outcome === 'pending');
      for (const now of await tried(desk, asked, idle ? 0 : patience))
        outcomes.set(now.id, became(now, asked.get(now.id)));
    }
    return ids.map((id) => ({ service, id, ...(outcomes.get(id) ?? PENDING) }));
  });
}

/** The first events of all records at once, then the second ones: an event cannot be asked for before those in front of it. */
function inTurn(ids: readonly number[], events: ReadonlyMap<number, ParkedEvent>): number[][] {
  const waves: number[][] = [];
  const before = new Map<string, number>();
  for (const id of [...new Set(ids)].sort((a, b) => a - b)) {
    const record = events.get(id)?.record ?? String(id);
    const turn = before.get(record) ?? 0;
    before.set(record, turn + 1);
    (waves[turn] ??= []).push(id);
  }
  return waves;
}

/** Gives events up and keeps the reason; the service then goes on with those behind them. */
export async function discardParked(
  system: System,
  service: Service,
  ids: readonly number[],
  reason: string,
): Promise<Outcome[]> {
  return system.ask(service, async (database) => {
    const desk = new ParkedDesk(database);
    const outcomes: Outcome[] = [];
    for (const id of ids) {
      const asked = await desk.discard(id, reason).catch(refusal);
      const refused = typeof asked === 'string';
      outcomes.push({ service, id, outcome: refused ? 'refused' : 'discarded', why: refused ? asked : reason.trim() });
    }
    return outcomes;
  });
}

/** The first open event of each record among those that a filter finds: what can be decided on now. */
export async function decidable(system: System, service: Service, filter: ParkedFilter): Promise<number[]> {
  const open = await listParked(system, { ...filter, limit: 10_000 }, [service]);
  return open.filter(({ status }) => status !== 'waiting').map(({ id }) => id);
}

/** The events once all were tried, or as they stand when none of them was for as long as patience lasts. */
async function tried(
  desk: ParkedDesk,
  asked: ReadonlyMap<number, ParkedEvent>,
  patience: number,
): Promise<ParkedEvent[]> {
  let left = asked.size;
  let until = Date.now() + patience;
  for (;;) {
    const now = await desk.some([...asked.keys()]);
    const open = now.filter((event) => became(event, asked.get(event.id)) === PENDING).length;
    if (open === 0 || Date.now() > until) return now;
    if (open < left) until = Date.now() + patience;
    left = open;
    await delay(100);
  }
}

type Became = Pick<Outcome, 'outcome' | 'why'>;
const DONE: Became = { outcome: 'replayed', why: null };
const PENDING: Became = {
  outcome: 'pending',
  why: 'No instance of the service has taken it up; it is tried as soon as one runs.',
};

function became(now: ParkedEvent, before: ParkedEvent | undefined): Became {
  if (now.status === 'replayed') return DONE;
  if (now.status === 'discarded') return { outcome: 'discarded', why: now.reason };
  if (before && now.attempts > before.attempts) return { outcome: 'failed again', why: now.error };
  return PENDING;
}

/** The rules' own sentence. */
function refusal(error: unknown): string {
  if (error instanceof DomainError) return error.message;
  throw error;
}

const refusing = <T>(asked: Promise<T>): Promise<T> =>
  asked.catch((error: unknown) => {
    throw new OpsFailure(refusal(error));
  });

const shown = (service: Service, { value, ...event }: ParkedEvent): ParkedAt => ({
  service,
  ...event,
  value: textOf(value),
});

/** Bytes that are no text are shown as base64, after `base64:`. */
export const textOf = (value: Buffer | null): string | null =>
  value === null || isUtf8(value) ? (value?.toString('utf8') ?? null) : `base64:${value.toString('base64')}`;

export function showList(events: readonly ParkedAt[], now = new Date()): string {
  if (events.length === 0) return 'Nothing is parked.';
  return table(
    ['SERVICE', 'ID', 'STATUS', 'PARKED', 'TRIED', 'CODE', 'TYPE', 'RECORD'],
    events.map(({ service, id, status, parkedAt, attempts, code, type, record }) => [
      service,
      id,
      status,
      `${span((now.getTime() - parkedAt.getTime()) / 1000)} ago`,
      attempts,
      code ?? '–',
      type ?? '–',
      record,
    ]),
  );
}

export const showOne = ({ headers, value, ...event }: ParkedAt): string => showWhole(event, headers, value);

/** A message with what is known of it, a line each. */
export function showWhole(about: object, headers: object, value: string | null): string {
  const facts = Object.entries(about).filter(([, fact]) => fact !== null);
  const line = ([name, fact]: [string, unknown]) =>
    `${name.padEnd(14)} ${fact instanceof Date ? fact.toISOString() : String(fact)}`;
  const inside = Object.entries(headers).map(([name, fact]) => `  ${name}: ${String(fact)}`);
  return [...facts.map(line), 'headers', ...inside, 'value', value ?? '(null)'].join('\n');
}

export const showOutcomes = (outcomes: readonly Outcome[]): string =>
  outcomes.length === 0
    ? 'No open event fits.'
    : table(
        ['SERVICE', 'ID', 'OUTCOME', 'WHY'],
        outcomes.map(({ service, id, outcome, why }) => [service, id, outcome, why]),
      );
