import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allEvents, shippedRoles } from '@voronka/contracts';
import { brokerFrom, decode } from '@voronka/messaging';
import { eventually } from '@voronka/testing';
import type { Received } from '@voronka/contracts';
import type { Client } from '../tools/import/src/client.js';
import { collect, pathOf, type Collector } from './collector.js';
import { capture, complete, convert, converted, funnel, plan, qualify, win } from './story.js';
import { wholeSystem, type SystemUnderTest } from './system.js';

describe('a lead is captured, worked, converted, won, and seen in the funnel', () => {
  let voronka: SystemUnderTest;
  let anna: Client;
  let collector: Collector;

  beforeAll(async () => {
    collector = await collect();
    voronka = await wholeSystem({
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: '1' },
    });
    await voronka.administrator.ask('mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }', {
      input: {
        name: 'Anna Smirnova',
        email: 'anna@example.com',
        roleIds: [shippedRoles.SALESPERSON.id],
        password: 'a good long password',
      },
    });
    anna = await voronka.signIn('anna@example.com', 'a good long password');
  }, 120_000);
  afterAll(async () => {
    await voronka.stop();
    await collector.close();
  }, 60_000);

  it('by hand, through the gateway', async () => {
    const leadId = await capture(anna);
    const activityId = await plan(anna, leadId);
    await complete(anna, activityId);
    await qualify(anna, leadId);
    const { lead } = await anna.ask<{
      lead: { status: string; owner: { name: string }; nextStep: { subject: string } };
    }>('query ($id: ID!) { lead(id: $id) { status owner { name } nextStep { subject } } }', { id: leadId });
    expect(lead).toEqual({
      status: 'QUALIFIED',
      owner: { name: 'Anna Smirnova' },
      nextStep: { subject: 'Send the offer' },
    });

    await convert(anna, leadId);
    const { company, contact, deal } = await converted(anna, leadId);
    expect(company?.name).toBe('Harbour Instruments');
    expect(contact).toMatchObject({
      name: 'Sophie Barnes',
      companies: [{ primary: true, company: { name: 'Harbour Instruments' } }],
    });
    const { deal: card } = await anna.ask<{ deal: unknown }>(
      'query ($id: ID!) { deal(id: $id) { status source amount { amount currency } owner { name } company { name } contact { name } lead { id personName } stage { name } } }',
      { id: deal?.id },
    );
    expect(card).toMatchObject({
      status: 'OPEN',
      source: 'trade fair',
      amount: { amount: 1_250_000, currency: 'EUR' },
      owner: { name: 'Anna Smirnova' },
      company: { name: 'Harbour Instruments' },
      contact: { name: 'Sophie Barnes' },
      lead: { id: leadId, personName: 'Sophie Barnes' },
    });

    // What was planned for the lead is the deal's next step.
    await eventually(async () => {
      const answer = await anna.ask<{ deal: { nextStep: { subject: string } | null } }>(
        'query ($id: ID!) { deal(id: $id) { nextStep { subject } } }',
        { id: deal?.id },
      );
      return answer.deal.nextStep?.subject === 'Send the offer';
    });

    await win(anna, deal?.id ?? '');
    const seen = await eventually(async () => {
      const report = await funnel(anna);
      return report.won === 1 && report;
    });
    expect(seen).toMatchObject({ won: 1, lost: 0, wonValue: [{ amount: 1_250_000, currency: 'EUR' }] });
    expect(seen.stages[0]).toMatchObject({ entered: 1, passed: 1, open: 0 });
  }, 60_000);

  it('and every change of it is on Kafka, with who did it, in order', async () => {
    const expected = [
      ...['crm.lead.created', 'crm.lead.qualified', 'crm.lead.conversion-started', 'crm.lead.converted'],
      ...['crm.conversion.requested', 'crm.company.created', 'crm.contact.created', 'crm.deal.created', 'crm.deal.won'],
      ...['crm.activity.planned', 'crm.activity.completed', 'crm.deal-stage.entered', 'crm.deal-stage.left'],
    ];
    const events = await everything(voronka.system.brokers ?? '', (all) =>
      expected.every((type) => all.some((event) => event.type === type)),
    );
    const lead = events.filter((e) => e.topic === 'crm.lead.events');
    expect(lead.map((e) => [e.type, e.aggregateVersion])).toEqual([
      ['crm.lead.created', 1],
      ['crm.lead.qualified', 2],
      ['crm.lead.conversion-started', 3],
      ['crm.lead.converted', 4],
    ]);
    const anna_ = await anna.ask<{ me: { id: string } }>('{ me { id } }');
    expect(new Set(lead.slice(0, 3).map((e) => e.actor))).toEqual(new Set([anna_.me.id]));
    // What follows from a conversion carries the correlation of the one who asked for it.
    const asked = lead[2]?.correlationId;
    expect(events.filter((e) => e.correlationId === asked).map((e) => e.type)).toEqual(
      expect.arrayContaining([
        'crm.conversion.requested',
        'crm.company.created',
        'crm.contact.created',
        'crm.deal.created',
        'crm.lead.converted',
      ]),
    );
  }, 60_000);

  it('and a conversion is one trace, from the request to who reports of what came of it', async () => {
    const asked = ['answer operation@leads', 'ask leads@gateway', 'mutation@gateway'];
    const began = ['write@leads', ...asked];
    const made = ['write@deals', 'handle crm.conversion.requested@deals', ...began];
    const ends = [
      ['publish crm.conversion.events@leads', ...began],
      ['handle crm.conversion.requested@accounts', ...began],
      ['publish crm.deal.events@deals', ...made],
      ['keep crm.deal.created@analytics', ...made],
    ];
    const trace = await eventually(
      () => {
        const first = collector.spans.find(({ name }) => name === 'handle crm.conversion.requested');
        const all = collector.spans.filter(({ traceId }) => traceId === first?.traceId);
        const paths = new Set(all.map((span) => pathOf(span, all).join()));
        return ends.every((end) => paths.has(end.join())) && all;
      },
      { within: 20_000 },
    );
    // It is whole: one span begins it, and every other one has the one that it follows from.
    expect([...new Set(trace.map((span) => pathOf(span, trace).at(-1)))]).toEqual(['mutation@gateway']);
    // What people have written is in none of them.
    expect(JSON.stringify(collector.spans)).not.toMatch(/sophie|harbour|anna|password/i);
  }, 30_000);

  it.each(['accounts', 'deals', 'leads'] as const)(
    'while %s is away in between',
    async (name) => {
      const leadId = await capture(anna);
      const service = voronka.system.process(name);
      if (name === 'leads') {
        await convert(anna, leadId);
        await service.kill();
        await voronka.system.healthy(name);
      } else {
        await service.stop();
        await convert(anna, leadId);
        await service.start();
      }
      const { deal } = await converted(anna, leadId, 40_000);
      expect(deal?.status).toBe('OPEN');
    },
    90_000,
  );

  it('while Kafka is away: people go on working, and what they did is published when it is back', async () => {
    await voronka.system.kafka?.stop();
    const leadId = await capture(anna);
    await convert(anna, leadId);
    await voronka.system.kafka?.start();
    expect((await converted(anna, leadId, 60_000)).deal?.status).toBe('OPEN');
  }, 120_000);

  it.each(['identity', 'gateway', 'tasks', 'analytics'] as const)(
    'and is whole after %s was killed',
    async (name) => {
      await voronka.system.process(name).kill();
      await voronka.system.healthy(name);
      const leadId = await capture(anna);
      await complete(anna, await plan(anna, leadId));
      await convert(anna, leadId);
      const won = (await funnel(anna)).won;
      await win(anna, (await converted(anna, leadId, 40_000)).deal?.id ?? '');
      await eventually(async () => (await funnel(anna)).won === won + 1, { within: 20_000 });
    },
    90_000,
  );

  it('and is still there when everything was stopped and started again', async () => {
    const before = await funnel(anna);
    await voronka.restart();
    anna = await voronka.signIn('anna@example.com', 'a good long password');
    expect(await funnel(anna)).toEqual(before);
    const { leads } = await anna.ask<{ leads: { totalCount: number } }>(
      '{ leads(filter: { search: "harbour" }) { totalCount } }',
    );
    expect(leads.totalCount).toBe(9);
  }, 120_000);
});

/** All events on the broker's topics, read as an outsider would, once `enough` says so. */
async function everything(brokers: string, enough: (events: Received[]) => boolean): Promise<Received[]> {
  const broker = brokerFrom(`kafka://${brokers}`, { clientId: 'outsider' });
  const events: Received[] = [];
  await broker.subscribe({
    group: 'outsider',
    topics: [...new Set(allEvents().map(({ topic }) => topic))],
    fromBeginning: true,
    onBatch: ({ messages }) => {
      events.push(...messages.map(decode));
      return Promise.resolve();
    },
  });
  try {
    await eventually(() => enough(events), { within: 20_000 });
    return events;
  } finally {
    await broker.close();
  }
}
