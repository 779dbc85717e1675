import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@voronka/service-kit';
import { eventually, serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { analytics as definition } from '../src/service.js';
import { A, B, C, march, people, pipelineId, staff, teams } from './march.js';
import { send, settled, Story } from './story.js';

let analytics: ServiceUnderTest;
let analyst: Asker;
beforeAll(async () => {
  analytics = await serviceUnderTest(definition);
  analyst = await staff(analytics);
  const { events } = march();
  await send(analytics, events);
  await settled(analytics, events);
}, 60_000);
afterAll(() => analytics.stop());

const FUNNEL = `query ($pipeline: ID!, $from: DateTime, $to: DateTime, $owner: ID, $team: ID) {
  funnel(pipelineId: $pipeline, from: $from, to: $to, ownerId: $owner, teamId: $team) {
    pipeline { id } opened openedWon openedLost won lost winRate wonValue { amount currency }
    meanCycleDays medianCycleDays meanClosedCycleDays medianClosedCycleDays
    stages { id name entered passed lost open value { amount currency } conversionFromPrevious conversionFromFirst medianDays } } }`;
const inMarch = { pipeline: pipelineId, from: '2026-03-01T00:00:00.000Z', to: '2026-04-01T00:00:00.000Z' };

interface Answer {
  funnel: { stages: { name: string; entered: number }[]; won: number; lost: number; opened: number };
}
const funnel = async (variables: object) => (await analyst.get<Answer>(FUNNEL, { ...inMarch, ...variables })).funnel;
const entered = ({ stages }: Answer['funnel']) => stages.map((stage) => stage.entered);

describe('the funnel of a month', () => {
  it('agrees with the figures reckoned by hand', async () => {
    expect(await funnel({})).toEqual({
      pipeline: { id: pipelineId },
      ...{ opened: 6, openedWon: 2, openedLost: 1, won: 3, lost: 1, winRate: 0.75 },
      wonValue: [{ amount: 1_250, currency: 'USD' }],
      meanCycleDays: 32 / 3,
      medianCycleDays: 10,
      meanClosedCycleDays: 9,
      medianClosedCycleDays: 10,
      stages: [
        {
          ...{ id: A, name: 'A', entered: 6, passed: 5, lost: 0, open: 2, medianDays: 2 },
          ...{ conversionFromPrevious: null, conversionFromFirst: 1 },
          value: [{ amount: 300, currency: 'USD' }],
        },
        {
          ...{ id: B, name: 'B', entered: 5, passed: 3, lost: 1, open: 1, medianDays: 3 },
          ...{ conversionFromPrevious: 5 / 6, conversionFromFirst: 5 / 6 },
          value: [{ amount: 700, currency: 'EUR' }],
        },
        {
          ...{ id: C, name: 'C', entered: 2, passed: 1, lost: 0, open: 0, medianDays: 4.5 },
          ...{ conversionFromPrevious: 2 / 5, conversionFromFirst: 2 / 6 },
          value: [],
        },
      ],
    });
  });

  it('has the same figures whichever of them are asked for', async () => {
    const ask = (fields: string) =>
      analyst.get(
        `query ($pipeline: ID!, $from: DateTime, $to: DateTime) { funnel(pipelineId: $pipeline, from: $from, to: $to) { ${fields} } }`,
        inMarch,
      );
    expect(await ask('won stages { entered }')).toEqual({
      funnel: { won: 3, stages: [{ entered: 6 }, { entered: 5 }, { entered: 2 }] },
    });
    expect(await ask('... on Funnel { stages { days: medianDays } }')).toEqual({
      funnel: { stages: [{ days: 2 }, { days: 3 }, { days: 4.5 }] },
    });
    expect(await ask('meanClosedCycleDays')).toEqual({ funnel: { meanClosedCycleDays: 9 } });
    expect(await ask('medianCycleDays')).toEqual({ funnel: { medianCycleDays: 10 } });
  });

  it('counts a deal for who owns it now', async () => {
    const veras = await funnel({ owner: people.vera });
    expect({ entered: entered(veras), won: veras.won }).toEqual({ entered: [3, 2, 0], won: 1 });
    expect(entered(await funnel({ owner: people.anna }))).toEqual([2, 2, 2]);
  });

  it('counts for a team what it and the teams below it have', async () => {
    const { won, lost, ...west } = await funnel({ team: teams.west });
    expect({ entered: entered({ won, lost, ...west }), won, lost }).toEqual({ entered: [3, 3, 2], won: 2, lost: 1 });
    expect(entered(await funnel({ team: teams.westOne }))).toEqual([2, 2, 2]);
    expect(entered(await funnel({ team: teams.house }))).toEqual([6, 5, 2]);
  });

  it('has no beginning and no end where none is given', async () => {
    const whole = await funnel({ from: null, to: null });
    expect({ opened: whole.opened, entered: entered(whole) }).toEqual({ opened: 7, entered: [7, 5, 2] });
  });

  it('ends before its end', async () => {
    const { won } = await funnel({ to: '2026-03-11T12:00:00.000Z' });
    expect(won).toBe(1);
  });

  it('refuses what makes no sense', async () => {
    const refusal = (variables: object) => analyst.refusal(FUNNEL, { ...inMarch, ...variables });
    expect(await refusal({ from: inMarch.to, to: inMarch.from })).toMatchObject({ code: 'INVALID_DATE', field: 'to' });
    expect(await refusal({ from: '0206-03-01T00:00:00Z' })).toMatchObject({ code: 'INVALID_DATE', field: 'from' });
    expect(await refusal({ pipeline: 'sales' })).toMatchObject({ code: 'INVALID_ID', field: 'pipelineId' });
    expect(await refusal({ pipeline: newId() })).toMatchObject({ code: 'PIPELINE_NOT_FOUND', field: 'pipelineId' });
    expect(await refusal({ team: newId() })).toMatchObject({ code: 'TEAM_NOT_FOUND', field: 'teamId' });
    expect(await refusal({ owner: '1' })).toMatchObject({ code: 'INVALID_ID', field: 'ownerId' });
    expect(await analytics.anonymous.refusal(FUNNEL, inMarch)).toMatchObject({ code: 'UNAUTHENTICATED' });
  }, 20_000);
});

describe('the stages of a funnel', () => {
  it('stand in the order the pipeline has now', async () => {
    const story = new Story();
    const pipeline = newId();
    const stages = [newId(), newId(), newId()];
    story.pipeline(pipeline, ['First', 'Second'], stages);
    story.pipeline(pipeline, ['Second', 'New', 'First'], [stages[1] ?? '', stages[2] ?? '', stages[0] ?? '']);
    await send(analytics, story.events);
    await eventually(async () => {
      const { stages: shown } = await funnel({ pipeline });
      return shown.map((stage) => stage.name).join() === 'Second,New,First';
    });
    expect((await funnel({ pipeline })).opened).toBe(0);
  });
});
