import { beforeEach, describe, expect, it } from '@jest/globals';
import { Health } from './health.js';
import { readinessOf } from './readiness.js';

const world = { database: true, joined: true, seconds: 0 };
let health: Health;
beforeEach(() => {
  Object.assign(world, { database: true, joined: true, seconds: 0 });
  health = new Health(
    readinessOf(
      {
        query: () => (world.database ? Promise.resolve({ rows: [], rowCount: 0 }) : Promise.reject(new Error('gone'))),
      },
      {
        ready: () => world.joined,
        lag: () => Promise.resolve([{ topic: 'crm.user.events', messages: 1, seconds: world.seconds }]),
      },
    ),
  );
  health.begun();
});
const status = async (question: string) => (await health.answer(question))?.status;
const ready = async () => (await health.answer('ready'))?.body;

describe('the health of a service', () => {
  it('is live while it starts, but neither started nor ready', async () => {
    const starting = new Health(() => Promise.resolve({ waitingFor: [] }));
    const answers = await Promise.all(['live', 'started', 'ready'].map((question) => starting.answer(question)));
    expect(answers.map((answer) => answer?.status)).toEqual([200, 503, 503]);
    expect(await starting.answer('well')).toBeNull();
  });

  it('is ready once it has joined its group and caught up to ten seconds', async () => {
    Object.assign(world, { joined: false, seconds: 60 });
    expect(await ready()).toEqual({ ready: false, waitingFor: ['event bus'] });
    world.joined = true;
    expect(await ready()).toEqual({ ready: false, waitingFor: ['events up to ten seconds ago'] });
    expect(await status('started')).toBe(200);
    world.seconds = 10;
    expect(await ready()).toEqual({ ready: true, waitingFor: [], degraded: [] });
  });

  it('stays ready, degraded, when it falls behind or the broker goes away later', async () => {
    await ready();
    Object.assign(world, { joined: false, seconds: 3_600 });
    expect(await ready()).toEqual({ ready: true, waitingFor: [], degraded: ['event bus'] });
  });

  it('is not ready while its database is away, and by itself again', async () => {
    await ready();
    world.database = false;
    expect(await ready()).toEqual({ ready: false, waitingFor: ['database'] });
    expect(await status('live')).toBe(200);
    world.database = true;
    expect(await status('ready')).toBe(200);
  });

  it('is not ready from the word to stop on, though it has started and lives', async () => {
    const drained = health.end(0);
    expect(await ready()).toEqual({ ready: false, waitingFor: ['stop'] });
    expect([await status('live'), await status('started')]).toEqual([200, 200]);
    await drained;
  });
});
