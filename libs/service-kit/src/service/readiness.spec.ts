import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Trouble } from '@voronka/messaging';
import { Health } from './health.js';
import { readinessOf } from './readiness.js';

interface World {
  database: boolean;
  joined: boolean;
  seconds: number;
  topics: Trouble | null;
  bus: Trouble | null;
  clock: string | null;
}
const well: World = { database: true, joined: true, seconds: 0, topics: null, bus: null, clock: null };
let world: World;
let health: Health;
beforeEach(() => {
  world = { ...well };
  health = new Health(
    readinessOf(
      {
        look: () => (world.database ? Promise.resolve() : Promise.reject(new Error('gone'))),
        get trouble() {
          return world.clock;
        },
      },
      {
        get trouble() {
          return world.topics;
        },
      },
      {
        get trouble() {
          return world.bus;
        },
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
    expect(await ready()).toEqual({
      ready: false,
      waitingFor: ['database'],
      because: ['The database does not answer: gone'],
    });
    expect(await status('live')).toBe(200);
    world.database = true;
    expect(await status('ready')).toBe(200);
  });

  it('is not ready before its topics are there, and says why and what to do', async () => {
    const error = Object.assign(new Error('Not authorized (crm.lead.events)'), { type: 'TOPIC_AUTHORIZATION_FAILED' });
    world.topics = { what: 'Topics cannot be made yet; trying again', error };
    expect(await health.answer('ready')).toEqual({
      status: 503,
      body: {
        ready: false,
        waitingFor: ['topics'],
        because: [
          expect.stringMatching(
            /^Topics cannot be made yet; trying again: Not authorized \(crm\.lead\.events\)\. Whoever may make topics does so with npm run ops -- topics apply/,
          ),
        ],
      },
    });
  });

  it('says why it hears nothing, while that is so, and that the clocks disagree, which keeps nobody waiting', async () => {
    Object.assign(world, { clock: 'Behind.', bus: { what: 'Cannot read', error: new Error('Closed') } });
    expect(await ready()).toEqual({ ready: true, waitingFor: [], degraded: ['clock'], because: ['Behind.'] });
    world.joined = false;
    expect(await ready()).toMatchObject({
      degraded: ['event bus', 'clock'],
      because: ['Cannot read: Closed', 'Behind.'],
    });
  });

  it('is not ready from the word to stop on, though it has started and lives', async () => {
    const drained = health.end(0);
    expect(await ready()).toEqual({ ready: false, waitingFor: ['stop'] });
    expect([await status('live'), await status('started')]).toEqual([200, 200]);
    await drained;
  });
});
