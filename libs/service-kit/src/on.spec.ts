import { describe, expect, it } from '@jest/globals';
import { noun, type Received, type ReceivedOf } from '@voronka/contracts';
import { z } from 'zod';
import { Keep, latest, On } from './on.js';

const bell = noun('bell', 'Bells of this test.', z.object({ id: z.string() }));
const Rung = bell.event('rung', 'A bell was rung.');
const RungLoudly = bell.nextVersion(Rung, { facts: { loud: z.boolean() } }, (data) => ({ ...data, loud: false }));

describe('a handler', () => {
  const refusal =
    'A handler names version 1 of crm.bell.rung, which arrives as version 2. Name the newest declaration.';

  it('names the newest version of its event', () => {
    class Ringer {
      @On(RungLoudly)
      on(event: ReceivedOf<typeof RungLoudly>): Promise<void> {
        return Promise.resolve(void event.data.loud);
      }

      @Keep(['bell'], RungLoudly)
      keep(events: readonly ReceivedOf<typeof RungLoudly>[]): Promise<void> {
        return Promise.resolve(void events[0]?.data.loud);
      }
    }
    expect(Ringer).toBeDefined();
  });

  it('that names another is refused when its class is loaded', () => {
    const reaction = () => {
      class Ringer {
        @On(Rung)
        on(event: ReceivedOf<typeof Rung>): Promise<void> {
          return Promise.resolve(void event);
        }
      }
      return Ringer;
    };
    const projection = () => {
      class Ringer {
        @Keep(['bell'], Rung)
        keep(events: readonly ReceivedOf<typeof Rung>[]): Promise<void> {
          return Promise.resolve(void events);
        }
      }
      return Ringer;
    };
    expect(reaction).toThrow(refusal);
    expect(projection).toThrow(refusal);
  });
});

describe('the latest of some events', () => {
  it('is, of each record, the one with the highest version', () => {
    const event = (subject: string, aggregateVersion: number) => ({ subject, aggregateVersion }) as Received;
    const all = [event('a', 1), event('b', 7), event('a', 3), event('a', 2), event('c', 1)];
    expect(latest(all).map(({ subject, aggregateVersion }) => [subject, aggregateVersion])).toEqual([
      ['a', 3],
      ['b', 7],
      ['c', 1],
    ]);
  });
});
