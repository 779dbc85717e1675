import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allTopics } from '@voronka/contracts';
import { breaksIn } from './compatibility.mjs';
import { allMessages, schemaOf } from './contracts.mjs';

/**
 * What others may rely on: topics by name with how they are kept, and events (a noun's states among them) by `type v1`
 * with the topic and the schema.
 * @typedef {{ partitions: number, cleanup: string, retention: number }} Topic `retention` in milliseconds, -1 for ever
 * @typedef {{ topics: Record<string, Topic>, events: Record<string, { topic: string, schema: object }> }} Contracts
 */

const nameOf = ({ type, version }) => `${type} v${version}`;
const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));

/** @returns {Contracts} the present declarations */
export function declaredContracts(topics = allTopics(), events = allMessages()) {
  return {
    topics: Object.fromEntries(
      topics.map(({ name, partitions, cleanup, retention }) => [name, { partitions, cleanup, retention }]),
    ),
    events: Object.fromEntries(events.map((event) => [nameOf(event), { topic: event.topic, schema: schemaOf(event) }])),
  };
}

/** What belongs into the folder of the release: text by file name. */
export function filesOf({ topics, events }) {
  const of = (topic) => Object.keys(events).filter((name) => events[name].topic === topic);
  const index = sorted(
    Object.fromEntries(Object.entries(topics).map(([name, t]) => [name, { ...t, events: of(name).sort() }])),
  );
  const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
  return new Map([
    ['topics.json', json(index)],
    ...Object.entries(events).map(([name, { schema }]) => [
      `schemas/${name.replace(' ', '.')}.schema.json`,
      json(schema),
    ]),
  ]);
}

/** @returns {Contracts} what `filesOf` wrote into that folder; throws where a file is missing or nobody's */
export function readContracts(folder) {
  if (!existsSync(join(folder, 'topics.json'))) throw new Error(`${folder} holds no released contracts.`);
  const read = (path) => JSON.parse(readFileSync(join(folder, path), 'utf8'));
  const index = Object.entries(read('topics.json'));
  const fileOf = (name) => `${name.replace(' ', '.')}.schema.json`;
  const events = index.flatMap(([topic, { events }]) =>
    events.map((name) => [name, { topic, schema: read(`schemas/${fileOf(name)}`) }]),
  );
  const named = new Set(events.map(([name]) => fileOf(name)));
  const stray = readdirSync(join(folder, 'schemas')).filter((file) => !named.has(file));
  if (stray.length > 0) throw new Error(`topics.json names no event of ${stray.join(', ')}.`);
  return {
    topics: Object.fromEntries(
      index.map(([name, { partitions, cleanup, retention }]) => [name, { partitions, cleanup, retention }]),
    ),
    events: Object.fromEntries(events),
  };
}

/**
 * What of the release no longer holds.
 * @param {Contracts} released
 * @param {Contracts} present
 * @returns {(import('./compatibility.mjs').Finding & { of: string })[]} `of` is the event or topic
 */
export function breaksOf(released, present) {
  const types = new Set(Object.keys(present.events).map((name) => name.split(' ')[0]));
  return [
    ...Object.entries(released.topics).flatMap(([of, was]) =>
      topicBreaks(was, present.topics[of]).map((found) => ({ of, path: '.', ...found })),
    ),
    ...Object.entries(released.events).flatMap(([of, { topic, schema }]) => {
      const now = present.events[of];
      if (!now) {
        const rule = types.has(of.split(' ')[0]) ? 'version-removed' : 'event-removed';
        return [{ of, rule, path: '.', says: `is no longer declared, but ${topic} holds what was written` }];
      }
      const moved = { of, rule: 'topic-changed', path: '.', says: `was on ${topic} and is on ${now.topic}` };
      return [
        ...(now.topic === topic ? [] : [moved]),
        ...breaksIn(schema, now.schema).map((found) => ({ of, ...found })),
      ];
    }),
  ];
}

const forEver = (retention) => (retention === -1 ? Infinity : retention);

function topicBreaks(was, is) {
  if (!is) return [{ rule: 'topic-removed', says: 'is no longer declared, but is there' }];
  return [
    is.partitions < was.partitions && {
      rule: 'partitions-lowered',
      says: `had ${was.partitions} and has ${is.partitions}`,
    },
    is.cleanup !== was.cleanup && {
      rule: 'cleanup-changed',
      says: `was cleaned by ${was.cleanup} and is by ${is.cleanup}`,
    },
    forEver(is.retention) < forEver(was.retention) && {
      rule: 'retention-lowered',
      says: `kept messages ${was.retention} ms (-1: for ever) and keeps them ${is.retention} ms`,
    },
  ].filter(Boolean);
}
