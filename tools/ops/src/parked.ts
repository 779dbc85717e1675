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
 * Has the service try events again, and waits for what comes of each, at most so many milliseconds. Those behind them of
 * the same record follow by themselves.
 */
export async function replayParked(
  system: System,
  service: Service,
  ids: readonly number[],
  { patience = 15_000 }: { patience?: number } = {},
): Promise<Outcome[]> {
  return system.ask(service, async (database) => {
    const desk = new ParkedDesk(database);
    const outcomes: Outcome[] = [];
    for (const id of ids) {
      const asked = await desk.requestReplay(id).catch(refusal);
      if (typeof asked === 'string') {
        outcomes.push({ service, id, outcome: 'refused', why: asked });
        continue;
      }
      const now = await tried(desk, asked, patience);
      outcomes.push({ service, id, ...became(now, asked) });
    }
    return outcomes;
  });
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

/** The event once it was tried, or as it stands when patience is at its end. */
async function tried(desk: ParkedDesk, before: ParkedEvent, patience: number): Promise<ParkedEvent> {
  const until = Date.now() + patience;
  for (;;) {
    const now = await desk.get(before.id);
    if (now.settledAt !== null || now.attempts > before.attempts || Date.now() > until) return now;
    await delay(100);
  }
}

function became(now: ParkedEvent, before: ParkedEvent): Pick<Outcome, 'outcome' | 'why'> {
  if (now.status === 'replayed') return { outcome: 'replayed', why: null };
  if (now.status === 'discarded') return { outcome: 'discarded', why: now.reason };
  if (now.attempts > before.attempts) return { outcome: 'failed again', why: now.error };
  return { outcome: 'pending', why: 'No instance of the service has taken it up; it is tried as soon as one runs.' };
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

function shown(service: Service, { value, ...event }: ParkedEvent): ParkedAt {
  const text = value?.toString('utf8') ?? null;
  const isText = text === null || !text.includes('\ufffd');
  return { service, ...event, value: isText ? text : `base64:${value?.toString('base64')}` };
}

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

export function showOne({ headers, value, ...event }: ParkedAt): string {
  const facts = Object.entries(event).filter(([, fact]) => fact !== null);
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
