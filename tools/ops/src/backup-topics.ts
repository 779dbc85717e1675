import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { allTopics, type TopicDeclaration } from '@voronka/contracts';
import type { BrokerView, IncomingMessage, OutgoingMessage, Place, Publisher, Stretch } from '@voronka/messaging';
import pRetry from 'p-retry';
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
  const topics = await view.topics(kept().map(({ name }) => name));
  const files = new Map(topics.map(({ name, partitions }) => [name, new TopicFile(folder, name, partitions)]));
  // Partition by partition: where some were added, a record's older events are in the lower one.
  const stretches = (await view.extents([...files.keys()])).sort(
    (a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition,
  );
  for (const portions of togetherOf(stretches)) {
    const messages = new Map(portions.map((portion) => [nameOf(portion), [] as IncomingMessage[]]));
    await view.read(portions, (message) => messages.get(nameOf(message))!.push(message));
    for (const portion of portions) await files.get(portion.topic)!.add(messages.get(nameOf(portion))!);
  }
  return Promise.all([...files.values()].map((file) => file.end()));
}

/** A topic's messages, packed, one in a line. */
class TopicFile {
  private readonly packed = createGzip();
  private readonly file;
  private messages = 0;
  private strangers = 0;

  constructor(
    folder: string,
    private readonly name: string,
    private readonly partitions: number,
  ) {
    this.file = this.packed.pipe(createWriteStream(fileOf(folder, name)));
  }

  async add(messages: readonly IncomingMessage[]): Promise<void> {
    const lines = messages.flatMap((message) => lineOf(message) ?? []);
    this.messages += lines.length;
    this.strangers += messages.length - lines.length;
    if (lines.length > 0 && !this.packed.write(lines.join(''))) await once(this.packed, 'drain');
  }

  async end(): Promise<SavedTopic> {
    this.packed.end();
    await finished(this.file);
    const { name, partitions, messages, strangers } = this;
    return { name, partitions, messages, strangers };
  }
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
      await send(publisher, batch);
      sent += batch.length;
      batch = [];
    }
    if (batch.length > 0) await send(publisher, batch);
    sent += batch.length;
    if (sent !== messages)
      throw new OpsFailure(
        `${fileOf(folder, name)} holds ${sent} messages, not the ${messages} that were saved: it is damaged.`,
      );
  }
}

/** A topic that was just made has no leader for a moment. What is sent twice by that, has its effect once. */
const send = (publisher: Publisher, messages: readonly OutgoingMessage[]) =>
  pRetry(() => publisher.send(messages), { retries: 20, minTimeout: 250, maxTimeout: 1_000 });

const nameOf = ({ topic, partition }: Place) => `${topic}/${partition}`;

/** What is read at a time: of each partition one portion, and no more together than can be held. */
function* togetherOf(stretches: readonly Stretch[]): Generator<Stretch[]> {
  let [together, size] = [[] as Stretch[], 0];
  for (const { from, to, ...place } of stretches)
    for (let next = from; next < to; next += AT_ONCE) {
      const portion = { ...place, from: next, to: Math.min(to, next + AT_ONCE) };
      const last = together.at(-1);
      if (last && (size + portion.to - next > AT_ONCE || nameOf(last) === nameOf(portion))) {
        yield together;
        [together, size] = [[], 0];
      }
      together.push(portion);
      size += portion.to - next;
    }
  if (together.length > 0) yield together;
}

function lineOf({ key, headers, value }: IncomingMessage): string | null {
  if (key === null || Object.values(headers).some(Array.isArray)) return null;
  return `${JSON.stringify({ key, headers, value: value === null ? null : value.toString('utf8') })}\n`;
}
