import { describe, expect, it } from '@jest/globals';
import { judgeConversions } from './conversions.js';
import { recordName, type Event, type Evidence, type Row, type State, type Write } from './evidence.js';
import { judgeIntake } from './intake.js';
import { judgeProjections } from './projections.js';
import { judgeRecords } from './records.js';
import { Findings } from './report.js';
import { judgeStates } from './states.js';
import { judgeWrites } from './writes.js';

const AT = '2026-05-04T10:00:00.000Z';

/** One lead and one deal, as a system that keeps its promises leaves them; each test breaks one thing. */
class World {
  readonly messages: Event[] = [];
  readonly states: State[] = [];
  readonly tables = new Map<string, Row[]>();
  readonly writes: Write[] = [];

  constructor() {
    const lead = { id: 'lead', status: 'NEW', ownerId: 'anna', source: null, note: 'hello' };
    const deal = { id: 'deal', status: 'OPEN', pipelineId: 'p', stageId: 's1', ownerId: 'anna', source: null };
    const worth = { amount: 5, currency: 'EUR', openedAt: AT, closedAt: null };
    const fact = { dealId: 'deal', stageId: 's1', enteredAt: AT };
    this.say('e1', 'crm.lead.created', 'lead', 1, { ...lead, note: null }, 'c1');
    this.say('e2', 'crm.lead.updated', 'lead', 2, lead, 'c2');
    this.say('e3', 'crm.deal.created', 'deal', 1, { ...deal, ...worth }, 'c3');
    this.say('e4', 'crm.deal-stage.entered', 'deal', 1, fact, 'c3');
    for (const event of this.messages.slice(1, 3)) this.tell(event);

    this.rows('leads.lead').push({ id: 'lead', version: 2, status: 'NEW', note: 'hello', lead_id: null });
    const reported = { owner_id: 'anna', source: null };
    const about = {
      pipeline_id: 'p',
      stage_id: 's1',
      visited: ['s1'],
      withdrawn: false,
      opened_at: AT,
      closed_at: null,
    };
    const sums = { amount: 5, currency: 'EUR' };
    const cell = { pipeline_id: 'p', stage_id: 's1', owner_id: 'anna', currency: 'EUR' };
    this.rows('deals.deal').push({ ...cell, id: 'deal', version: 1, status: 'OPEN', amount: 5, lead_id: null });
    this.rows('deals.board_cell').push({ ...cell, count: 2, sum: 12 });
    this.rows('deals.board_total').push({ ...cell, owner_id: undefined, count: 2, sum: 12 });
    this.rows('deals.board_change').push(
      { ...cell, count: -1, sum: -7 },
      { ...cell, stage_id: 's2', count: 0, sum: 0 },
    );
    this.rows('analytics.deal').push({ id: 'deal', version: 1, status: 'OPEN', ...reported, ...about, ...sums });
    const when = { captured_at: AT, converted_at: null };
    this.rows('analytics.lead').push({ id: 'lead', version: 2, status: 'NEW', furthest: 0, ...reported, ...when });
    const stay = { deal_id: 'deal', n: 1, pipeline_id: 'p', stage_id: 's1', entered_at: AT, left_at: null, how: null };
    this.rows('analytics.deal_stay').push(stay);
    this.rows('deals.reference').push({ kind: 'lead', id: 'lead' });
    this.rows('tasks.reference').push({ kind: 'lead', id: 'lead' }, { kind: 'deal', id: 'deal' });
    for (const [service, ids] of [
      ['deals', ['e1']],
      ['tasks', ['e1', 'e3']],
      ['analytics', ['e1', 'e2', 'e3']],
    ] as const)
      this.rows(`${service}.inbox`).push(...ids.map((event_id) => ({ event_id })));
    this.write('createLead', 'lead', 'lead', 'c1', 'acknowledged', 1);
    this.write('updateLead', 'lead', 'lead', 'c2', 'acknowledged', 2);
    this.write('createDeal', 'deal', 'deal', 'c3', 'acknowledged', 1);
  }

  rows(name: string): Row[] {
    const found = this.tables.get(name) ?? [];
    this.tables.set(name, found);
    return found;
  }

  say(id: string, type: string, key: string, version: number, state: Row, correlation: string): void {
    const noun = type.split('.')[1] ?? '';
    const place = `${noun}@${this.messages.length}`;
    this.messages.push({ id, type, noun, key, version, state, correlation, place, time: AT, data: { [noun]: state } });
  }

  tell({ id, noun, key, version, state, place }: Omit<State, 'state'> & { state: Row | null }): void {
    this.states.push({ id, noun, key, version, state, place });
  }

  write(verb: string, noun: string, id: string, correlation: string, outcome: Write['outcome'], version: number): void {
    this.writes.push({ verb, noun, id, correlation, outcome, version });
  }

  judge(): string[] {
    const { messages, states, writes } = this;
    const events = messages.filter(({ id }, i) => messages.findIndex((other) => other.id === id) === i);
    const byRecord = new Map<string, Event[]>();
    for (const event of events) {
      const name = recordName(event.noun, event.key);
      byRecord.set(name, [...(byRecord.get(name) ?? []), event]);
    }
    const evidence: Evidence = {
      messages,
      states,
      writes,
      events,
      byRecord,
      table: (of, name) => this.rows(`${of}.${name}`),
    };
    const findings = new Findings();
    for (const judge of [judgeRecords, judgeWrites, judgeConversions, judgeProjections, judgeIntake, judgeStates])
      judge(evidence, findings);
    return findings.all().map(({ rule }) => rule);
  }
}

const conversion = (status: string): Row => ({
  ...{ id: 'conversion', version: 1, lead_id: 'lead', status },
  ...{ company: { kind: 'new', id: 'company' }, contact: null, deal: null },
});

const breaks: Record<string, (world: World) => void> = {
  'a record is on no topic': (world) => world.rows('accounts.company').push({ id: 'x', version: 1, lead_id: null }),
  'a record of a topic is in no database': (world) => world.rows('deals.deal').pop(),
  'database and topic are at different versions': (world) =>
    Object.assign(world.rows('leads.lead')[0] ?? {}, { version: 3 }),
  'database and topic differ': (world) => Object.assign(world.rows('leads.lead')[0] ?? {}, { note: 'bye' }),
  'events overtook one another': (world) => world.messages.unshift(...world.messages.splice(1, 1)),
  'versions have a gap or a double': (world) => world.messages.splice(0, 1),
  'an event was repeated otherwise': (world) => world.say('e1', 'crm.lead.created', 'lead', 1, { note: 'x' }, 'c1'),
  'an acknowledged create is not on its topic': (world) =>
    world.write('createLead', 'lead', 'other', 'c9', 'acknowledged', 1),
  'an acknowledged write is not on its topic': (world) =>
    world.write('updateLead', 'lead', 'lead', 'c9', 'acknowledged', 2),
  'an answered version is not on its topic': (world) =>
    world.write('rescheduleActivity', 'activity', 'a', 'c9', 'acknowledged', 7),
  'a write was done twice': (world) => world.say('e9', 'crm.lead.updated', 'lead', 3, { note: 'hello' }, 'c2'),
  'a refused write was done': (world) => world.write('updateLead', 'lead', 'lead', 'c2', 'refused', 2),
  'a completion and its next step are not together': (world) => {
    world.say('e9', 'crm.activity.planned', 'next', 1, { id: 'next' }, 'c9');
    world.write('completeActivity', 'activity', 'a', 'c9', 'unknown', 1);
  },
  'a conversion that is done lacks a part': (world) => world.rows('leads.conversion').push(conversion('DONE')),
  'an undone conversion left a part': (world) => {
    world.rows('leads.conversion').push(conversion('CANCELLED'));
    world.rows('accounts.company').push({ id: 'company', version: 1, lead_id: 'lead' });
  },
  'a conversion has not ended': (world) => world.rows('leads.conversion').push(conversion('RUNNING')),
  'an orphan of a conversion': (world) => Object.assign(world.rows('deals.deal')[0] ?? {}, { lead_id: 'lead' }),
  'analytics.deal lacks a row': (world) => world.rows('analytics.deal').pop(),
  'the boards.count differs': (world) => Object.assign(world.rows('deals.board_cell')[0] ?? {}, { count: 3 }),
  'the boards of all.sum differs': (world) => Object.assign(world.rows('deals.board_total')[0] ?? {}, { sum: 13 }),
  'the boards has a row too many': (world) =>
    world.rows('deals.board_change').push({ stage_id: 's3', count: 1, sum: 0 }),
  'analytics.lead.furthest differs': (world) => Object.assign(world.rows('analytics.lead')[0] ?? {}, { furthest: 1 }),
  'analytics.deal_stay has a row too many': (world) =>
    world.rows('analytics.deal_stay').push({ deal_id: 'deal', n: 2 }),
  'the facts for BI differ': (world) => world.messages.pop(),
  'tasks.reference lacks a row': (world) => world.rows('tasks.reference').pop(),
  'leads.directory_user has a row too many': (world) => world.rows('leads.directory_user').push({ id: 'ghost' }),
  'a record has no state': (world) => world.states.pop(),
  'state and topic are at different versions': (world) => {
    world.states.shift();
    world.tell(world.messages[0] as Event);
  },
  'a state is of no event': (world) => Object.assign(world.states[0] ?? {}, { id: 'e9' }),
  'a state is not what its event says': (world) => Object.assign(world.states[0] ?? {}, { state: { id: 'lead' } }),
  'a state is of a record that is gone': (world) => world.rows('deals.deal').pop(),
  'state and database are at different versions': (world) =>
    Object.assign(world.rows('leads.lead')[0] ?? {}, { version: 3 }),
  'deals: an event stayed in the outbox': (world) => world.rows('deals.outbox').push({ topic: 't', key: 'k' }),
  'leads: an event is parked': (world) => world.rows('leads.parked_event').push({ settled_at: null }),
  'analytics does not know of an event': (world) => world.rows('analytics.inbox').pop(),
};

describe('the checker', () => {
  it('finds nothing where every promise was kept', () => {
    expect(new World().judge()).toEqual([]);
  });

  it('takes an event that came twice for the one it is', () => {
    const world = new World();
    world.messages.push(...world.messages.slice(0, 3));
    expect(world.judge()).toEqual([]);
  });

  it('takes an older state that comes late for one that is overtaken', () => {
    const world = new World();
    world.tell(world.messages[0] as Event);
    expect(world.judge()).toEqual([]);
  });

  it('expects no state of a record that is gone, but that it is told to be', () => {
    const world = new World();
    const [, , created] = world.messages;
    world.say('e5', 'crm.deal.withdrawn', 'deal', 2, created?.state ?? {}, 'c4');
    world.tell({ ...(world.messages.at(-1) as Event), state: null });
    world.rows('deals.deal').pop();
    expect(world.judge().filter((rule) => rule.includes('state'))).toEqual([]);
    world.states.pop();
    expect(world.judge()).toContain('state and topic are at different versions');
  });

  it('asks nothing of a write that had no answer, done or not', () => {
    const world = new World();
    world.write('updateLead', 'lead', 'lead', 'c2', 'unknown', 2);
    world.write('createDeal', 'deal', 'never', 'c9', 'unknown', 1);
    expect(world.judge()).toEqual([]);
  });

  it.each(Object.keys(breaks))('tells that %s', (rule) => {
    const world = new World();
    breaks[rule]?.(world);
    expect(world.judge()).toContain(rule);
  });
});
