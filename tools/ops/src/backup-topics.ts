import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { createGunzip, createGzip, type Gzip } from 'node:zlib';
import { allTopics, type TopicDeclaration } from '@voronka/contracts';
import type { BrokerView, IncomingMessage, OutgoingMessage, Publisher, Stretch } from '@voronka/messaging';
import { OpsFailure } from './failure.js';

/** A topic as it lies in a backup. */
export interface SavedTopic {
  readonly name: string;
  readonly partitions: number;
  readonly messages: number;
  /** Messages without a key, or with a header twice: no service of ours writes such, and nobody needs them back. */
  readonly strangers: number;
}

/** Messages that are asked for at a time, of all partitions together. */
const AT_ONCE = 20_000;
const SEND = 500;

/** Topics of states are made anew of those of events, and letters are about events that are parked in a database. */
const kept = (): TopicDeclaration[] => allTopics().filter(({ cleanup }) => cleanup === 'delete');
const fileOf = (folder: string, name: string) => join(folder, `${name}.ndjson.gz`);

/** Copies the topics of events, facts and entries into a folder, as far as they go now. */
export async function saveTopics(view: BrokerView, folder: string): Promise<SavedTopic[]> {
  const names = kept().map(({ name }) => name);
  const topics = await view.topics(names);
  const saved: SavedTopic[] = [];
  for (const { name, partitions } of topics) {
    const stretches = (await view.extents([name])).sort((a, b) => a.partition - b.partition);
    const packed = createGzip();
    const file = packed.pipe(createWriteStream(fileOf(folder, name)));
    let [messages, strangers] = [0, 0];
    // Partition by partition: where some were added, a record's older events are in the lower one.
    for (const portion of portionsOf(stretches)) {
      const lines: string[] = [];
      await view.read([portion], (message) => {
        const line = lineOf(message);
        if (line === null) strangers += 1;
        else lines.push(line);
      });
      messages += lines.length;
      await write(packed, lines);
    }
    packed.end();
    await finished(file);
    saved.push({ name, partitions, messages, strangers });
  }
  return saved;
}

/** Makes the topics and writes to them what was saved, each record's in its order. Throws OpsFailure where one holds anything. */
export async function loadTopics(
  view: BrokerView,
  publisher: Publisher,
  folder: string,
  saved: readonly SavedTopic[],
): Promise<void> {
  const declared = kept().flatMap((topic) => {
    const found = saved.find(({ name }) => name === topic.name);
    return found ? { ...topic, partitions: found.partitions } : [];
  });
  const taken = (await view.extents(declared.map(({ name }) => name))).find(({ from, to }) => to > from);
  if (taken)
    throw new OpsFailure(`${taken.topic} is not empty: a backup is restored to a broker that has nothing yet.`);
  const there = new Set((await view.topics(declared.map(({ name }) => name))).map(({ name }) => name));
  await view.create(declared.filter(({ name }) => !there.has(name)));
  for (const { name, messages } of saved) {
    const lines = createInterface({ input: createReadStream(fileOf(folder, name)).pipe(createGunzip()) });
    let [sent, batch] = [0, [] as OutgoingMessage[]];
    for await (const line of lines) {
      batch.push({ topic: name, ...(JSON.parse(line) as Omit<OutgoingMessage, 'topic'>) });
      if (batch.length < SEND) continue;
      await publisher.send(batch);
      sent += batch.length;
      batch = [];
    }
    if (batch.length > 0) await publisher.send(batch);
    sent += batch.length;
    if (sent !== messages)
      throw new OpsFailure(
        `${fileOf(folder, name)} holds ${sent} messages, not the ${messages} that were saved: it is damaged.`,
      );
  }
}

function* portionsOf(stretches: readonly Stretch[]): Generator<Stretch> {
  for (const { from, to, ...place } of stretches)
    for (let next = from; next < to; next += AT_ONCE) yield { ...place, from: next, to: Math.min(to, next + AT_ONCE) };
}

function lineOf({ key, headers, value }: IncomingMessage): string | null {
  if (key === null || Object.values(headers).some(Array.isArray)) return null;
  return `${JSON.stringify({ key, headers, value: value === null ? null : value.toString('utf8') })}\n`;
}

async function write(packed: Gzip, lines: readonly string[]): Promise<void> {
  if (lines.length > 0 && !packed.write(lines.join(''))) await once(packed, 'drain');
}
