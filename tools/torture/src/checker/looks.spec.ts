import { describe, expect, it } from '@jest/globals';
import { tables } from './databases.js';
import type { Row } from './evidence.js';
import type { Raw } from './log.js';
import { Behind, judgeLive } from './looks.js';

const LEAD = '00000000-0000-7000-8000-00000000000a';
const OTHER = '00000000-0000-7000-8000-00000000000b';
const TOPIC = 'crm.lead.events';
const STATES = 'crm.lead.state';

/** A system with leads, which a test changes while it is looked at. */
class System {
  readonly messages: Raw[] = [];
  readonly rows = new Map(
    Object.entries(tables).flatMap(([service, names]) => names.map((name) => [`${service}.${name}`, [] as Row[]])),
  );
  unread = 0;
  looks = 0;
  /** Called before each look. */
  meanwhile: (look: number) => void = () => {};

  table(name: string): Row[] {
    return this.rows.get(name) ?? [];
  }

  /** The lead is now at a version, and everybody has heard of it. */
  write(id: string, version: number, recordedAt = new Date().toISOString()): void {
    this.save(id, version);
    this.publish(id, version, recordedAt);
    this.hear(id, version);
  }
  save(id: string, version: number): void {
    const row = this.table('leads.lead').find((lead) => lead['id'] === id);
    if (row) Object.assign(row, { version });
    else this.table('leads.lead').push({ id, version, status: 'NEW', lead_id: null });
  }
  publish(id: string, version: number, recordedAt?: string): void {
    this.tell(TOPIC, id, version, recordedAt);
    this.tell(STATES, id, version, recordedAt);
  }
  /** Both topics are one partition here, so that a look finds all that was told before it. */
  tell(topic: string, id: string, version: number, recordedAt = new Date().toISOString()): void {
    const lead = { id, status: 'NEW', ownerId: null, source: null };
    const told =
      topic === TOPIC
        ? { value: JSON.stringify({ lead }), type: 'crm.lead.updated', source: '/voronka/leads' }
        : { value: JSON.stringify(lead), type: STATES, source: '/voronka/leads/state' };
    const headers = {
      ...{ ce_id: `${id}#${version}`, ce_type: told.type, ce_source: told.source },
      ...{ ce_aggregateversion: String(version), ce_time: '2026-05-04T10:00:00.000Z', ce_recordedat: recordedAt },
    };
    this.messages.push({ topic, partition: 0, offset: this.messages.length, key: id, value: told.value, headers });
  }
  hear(id: string, version: number): void {
    const about = { owner_id: null, source: null, furthest: 0, converted_at: null };
    this.rows.set(
      'analytics.lead',
      this.table('analytics.lead').filter((lead) => lead['id'] !== id),
    );
    this.table('analytics.lead').push({
      ...{ id, version, status: 'NEW', ...about, captured_at: '2026-05-04T10:00:00.000Z' },
    });
    this.table('analytics.inbox').push({ event_id: `${id}#${version}` });
    if (version > 1) return;
    for (const service of ['deals', 'tasks']) this.table(`${service}.reference`).push({ kind: 'lead', id });
  }

  judge() {
    const { messages } = this;
    return judgeLive({
      log: {
        ends: () => Promise.resolve(new Map([[`${TOPIC}/0`, messages.length]])),
        read: (from, to, each) => {
          messages.slice(from.get(`${TOPIC}/0`) ?? 0, to.get(`${TOPIC}/0`)).forEach(each);
          return Promise.resolve();
        },
        behind: (group) => Promise.resolve(new Map(group === 'analytics' ? [[`${TOPIC}/0`, this.unread]] : [])),
        close: () => Promise.resolve(),
      },
      databases: {
        services: Object.keys(tables),
        read: () => {
          this.meanwhile((this.looks += 1));
          return Promise.resolve(
            new Map([...this.rows].map(([name, rows]) => [name, rows.map((row) => ({ ...row }))])),
          );
        },
        unsent: (service, ids) =>
          Promise.resolve(this.table(`${service}.outbox`).filter(({ id }) => ids.includes(String(id))).length),
      },
      ...{ pause: 0, patience: 0 },
    });
  }
}

describe('looking at a system at work', () => {
  const whole = (): System => {
    const system = new System();
    system.write(LEAD, 1);
    system.write(LEAD, 2);
    return system;
  };
  const rules = async (system: System) => {
    const { findings, undecided, looks } = await system.judge();
    return { found: findings.map(({ rule }) => rule), undecided: undecided.map(({ rule }) => rule), looks };
  };

  it('finds nothing where all is whole, and needs one look for it', async () => {
    expect(await rules(whole())).toEqual({ found: [], undecided: [], looks: 1 });
  });

  it('finds what is there at two looks', async () => {
    const system = whole();
    system.table('analytics.lead').pop();
    expect(await rules(system)).toEqual({ found: ['analytics.lead lacks a row'], undecided: [], looks: 2 });
  });

  it('does not count what was under way: saved but not yet published, published but not yet heard of', async () => {
    const system = whole();
    const settle = () => {
      system.rows.set('leads.outbox', []);
      system.publish(OTHER, 1);
      system.hear(OTHER, 1);
      system.save(LEAD, 3);
      system.hear(LEAD, 3);
    };
    system.meanwhile = (look) => {
      if (look > 1) return;
      system.save(OTHER, 1);
      system.table('leads.outbox').push({ id: 7, topic: TOPIC, key: OTHER, value: '{}' });
      system.publish(LEAD, 3);
      // Once the first look has read the databases, and before the second.
      setImmediate(settle);
    };
    expect(await rules(system)).toEqual({ found: [], undecided: [], looks: 2 });
  });

  it('does not count a state of which the event has still to be read, at one look after another', async () => {
    const system = whole();
    const idOf = (look: number) => OTHER.replace(/b$/, String(look));
    system.meanwhile = (look) => {
      system.tell(STATES, idOf(look), 1);
      if (look === 1) return;
      system.tell(TOPIC, idOf(look - 1), 1);
      system.save(idOf(look - 1), 1);
      system.hear(idOf(look - 1), 1);
    };
    expect(await rules(system)).toEqual({ found: [], undecided: [], looks: 2 });
  });

  it('does not decide on a record that changes at every look, and says so', async () => {
    const system = whole();
    system.table('analytics.lead')[0]!['furthest'] = 2;
    system.meanwhile = (look) => {
      system.save(LEAD, look + 2);
      system.publish(LEAD, look + 2);
      system.table('analytics.lead')[0]!['version'] = look + 2;
      system.table('analytics.inbox').push({ event_id: `${LEAD}#${look + 2}` });
    };
    expect(await rules(system)).toEqual({ found: [], undecided: ['analytics.lead.furthest differs'], looks: 5 });
    system.meanwhile = () => {};
    expect((await rules(system)).found).toEqual(['analytics.lead.furthest differs']);
  });

  it('tells messages that are not ours apart, and judges the others', async () => {
    const system = whole();
    const { headers } = system.messages[0]!;
    for (const bent of [{ value: 'no JSON' }, { headers: { ...headers, ce_source: '/sloppy' } }, { headers: {} }])
      system.messages.push({ ...system.messages[0]!, ...bent, offset: system.messages.length });
    const { strangers, findings, events } = await system.judge();
    expect({ strangers, findings, events }).toEqual({
      strangers: [`${TOPIC}/0@4`, `${TOPIC}/0@5`, `${TOPIC}/0@6`],
      findings: [],
      events: 2,
    });
  });

  it('asks of events older than a week no more than that their version was handled', async () => {
    const week = new Date(Date.now() - 8 * 24 * 3_600_000).toISOString();
    const system = new System();
    system.write(LEAD, 1, week);
    for (const service of ['analytics', 'deals', 'tasks']) system.rows.set(`${service}.inbox`, []);
    expect((await rules(system)).found).toEqual(['analytics does not know of an event']);
    for (const service of ['analytics', 'deals', 'tasks'])
      system.table(`${service}.record_progress`).push({ record: `${TOPIC}/${LEAD}`, version: 1 });
    expect((await rules(system)).found).toEqual([]);
  });

  it('does not judge a system that does not keep up, and says what waits', async () => {
    const system = whole();
    system.unread = 3;
    await expect(system.judge()).rejects.toThrow(new Behind(`analytics has still to read 3 messages of ${TOPIC}`));
    system.unread = 0;
    system.save(LEAD, 3);
    system.table('leads.outbox').push({ id: 7, topic: TOPIC, key: LEAD, value: '{}' });
    await expect(system.judge()).rejects.toThrow(
      new Behind('the outbox of leads still holds 1 of the events that waited there'),
    );
  });
});
