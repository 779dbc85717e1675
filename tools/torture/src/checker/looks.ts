import { setTimeout as delay } from 'node:timers/promises';
import { judgeConversions } from './conversions.js';
import type { Databases } from './databases.js';
import { evidenceOf, Told, type Event, type Row, type State } from './evidence.js';
import { judgeIntake } from './intake.js';
import type { Ends, Log } from './log.js';
import { judgeProjections } from './projections.js';
import { judgeRecords } from './records.js';
import { Findings, type Finding, type LiveReport } from './report.js';
import { judgeStates } from './states.js';

const LOOKS = 5;
/** Services forget after seven days which events they have had: an hour is for clocks that differ. */
const REMEMBERED = (7 * 24 - 1) * 3_600_000;

export interface Live {
  log: Log;
  databases: Databases;
  /** Milliseconds between two looks at least; three seconds unless told. */
  pause?: number;
  /** Milliseconds that the services may take to come to where the topics ended. */
  patience: number;
}

/** Services that do not come to where the topics ended: what they have made of the events cannot be judged. */
export class Behind extends Error {}

/**
 * Judges a system that is written to meanwhile. What is found at one look may be under way, so it counts when it is
 * found again, word for word, at another: not before every service has read to where the topics ended at the look
 * before and the outboxes of that look are empty, and only where the records concerned stood still in between.
 */
export async function judgeLive(live: Live): Promise<LiveReport> {
  const { log, databases, pause = 3000 } = live;
  const told = new Told();
  const { messages, states } = told;
  const strangers: string[] = [];
  const read = async (from: Ends, to: Ends): Promise<Fresh> => {
    const [knownMessages, knownStates] = [messages.length, states.length];
    await log.read(from, to, (message) => {
      if (!told.take(message)) strangers.push(`${message.topic}/${message.partition}@${message.offset}`);
    });
    return { messages: messages.slice(knownMessages), states: states.slice(knownStates) };
  };

  let ends = await log.ends();
  await read(new Map(), ends);
  const found = new Map<string, Suspect>();
  let looks = 0;
  let waiting = new Map<string, string[]>();
  for (; looks < LOOKS; await delay(pause)) {
    await keptUp(live, ends, waiting);
    const rows = await databases.read();
    waiting = outboxes(rows);
    const now = await log.ends();
    const moving = touched(await read(ends, now), rows);
    ends = now;
    looks += 1;
    note(found, judge(told, rows), moving);
    // What was seen for the first time while its record changed is the traffic of the day, but for the first look.
    const passing = ({ verdict, times }: Suspect) => looks > 1 && verdict === 'moving' && times === 1;
    if ([...found.values()].every((one) => one.verdict === 'found' || passing(one))) break;
  }
  const those = (which: (suspect: Suspect) => boolean): Finding[] => {
    const findings = new Findings();
    for (const one of found.values()) if (which(one)) findings.add(one.rule, one.id);
    return findings.all();
  };
  const events = new Set(messages.map(({ id }) => id)).size;
  return {
    ...{ events, repeats: messages.length - events, looks, strangers },
    findings: those(({ verdict }) => verdict === 'found'),
    undecided: those(({ verdict, times }) => verdict === 'new' || (verdict === 'moving' && times > 1)),
  };
}

/** What came onto the topics since the last look. */
interface Fresh {
  messages: Event[];
  states: State[];
}

interface Suspect {
  rule: string;
  id: string;
  /** Looks in a row at which it was there. */
  times: number;
  verdict: 'new' | 'moving' | 'found';
}

/** What is no longer there was under way; what is there again is found, or goes on moving. */
function note(found: Map<string, Suspect>, findings: Finding[], moving: ReadonlySet<string>): void {
  const there = new Set<string>();
  for (const { rule, ids } of findings)
    for (const id of ids) {
      const name = `${rule}: ${id}`;
      there.add(name);
      const times = (found.get(name)?.times ?? 0) + 1;
      const moves = idsIn(id).some((one) => moving.has(one));
      found.set(name, { rule, id, times, verdict: moves ? 'moving' : times > 1 ? 'found' : 'new' });
    }
  for (const name of found.keys()) if (!there.has(name)) found.delete(name);
}

function judge(told: Told, rows: Map<string, Row[]>): Finding[] {
  const quiet = new Map(rows);
  for (const [name, inbox] of rows) {
    const service = name.split('.')[0] ?? '';
    // What waits there is what moves; that it does not wait too long was seen before.
    if (name.endsWith('.outbox')) quiet.set(name, []);
    if (name.endsWith('.inbox'))
      quiet.set(name, [...inbox, ...forgotten(told.messages, rows.get(`${service}.record_progress`))]);
  }
  const evidence = evidenceOf(told, quiet);
  const findings = new Findings();
  for (const each of [judgeRecords, judgeConversions, judgeProjections, judgeIntake, judgeStates])
    each(evidence, findings);
  return findings.all();
}

/** Old events of which a service need remember no more than that it has handled the version. */
function forgotten(messages: Event[], progress: Row[] = []): Row[] {
  const since = new Date(Date.now() - REMEMBERED).toISOString();
  const old = messages.filter(({ recordedAt = '' }) => recordedAt < since);
  if (old.length === 0) return [];
  const handled = new Map(progress.map(({ record, version }) => [record, Number(version)]));
  return old
    .filter(
      ({ place, key, version }) => version <= (handled.get(`${place.slice(0, place.lastIndexOf('/'))}/${key}`) ?? 0),
    )
    .map(({ id }) => ({ event_id: id }));
}

/** The records of which something was under way: it came onto the topics since the last look, or waits in an outbox. */
function touched({ messages, states }: Fresh, rows: Map<string, Row[]>): Set<string> {
  const touched = new Set<string>();
  const touch = (noun: string, key: string, text: () => string) => {
    touched.add(key);
    // A conversion moves all that it makes.
    if (noun.endsWith('conversion')) for (const id of idsIn(text())) touched.add(id);
  };
  for (const { noun, key, data } of messages) touch(noun, key, () => JSON.stringify(data));
  for (const { key } of states) touched.add(key);
  for (const [name, outbox] of rows)
    if (name.endsWith('.outbox'))
      for (const { topic, key, value } of outbox)
        touch(String(topic).split('.')[1] ?? '', String(key), () => String(value));
  return touched;
}

const idsIn = (text: string): string[] => text.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [];

const outboxes = (rows: Map<string, Row[]>): Map<string, string[]> =>
  new Map(
    [...rows]
      .filter(([name]) => name.endsWith('.outbox'))
      .map(([name, outbox]) => [name.slice(0, name.indexOf('.')), outbox.map(({ id }) => String(id))]),
  );

/** Waits until every service has read up to those ends, and what waited in the outboxes is on its topic. */
async function keptUp({ log, databases, patience }: Live, ends: Ends, waiting: Map<string, string[]>): Promise<void> {
  for (const until = Date.now() + patience; ; await delay(500)) {
    const behind: string[] = [];
    for (const service of databases.services) {
      for (const group of [service, `${service}.state`]) {
        const places = await log.behind(group, ends);
        const unread = [...places.values()].reduce((sum, messages) => sum + messages, 0);
        const topics = new Set([...places.keys()].map((place) => place.slice(0, place.lastIndexOf('/'))));
        if (unread > 0) behind.push(`${group} has still to read ${unread} messages of ${[...topics].join(', ')}`);
      }
      const unsent = await databases.unsent(service, waiting.get(service) ?? []);
      if (unsent > 0) behind.push(`the outbox of ${service} still holds ${unsent} of the events that waited there`);
    }
    if (behind.length === 0) return;
    if (Date.now() > until) throw new Behind(behind.join('; '));
  }
}
