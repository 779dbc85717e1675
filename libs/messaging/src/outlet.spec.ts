import { describe, expect, it } from '@jest/globals';
import type { OutgoingMessage, Publisher } from './broker.js';
import { Outlet } from './outlet.js';

const never = () => false;
const message = (key: string, bytes = 10): OutgoingMessage => ({
  topic: 't',
  key,
  headers: {},
  value: 'x'.repeat(bytes),
});

/** A publisher whose sends end when the test says so, and which shows what each carried. */
class Hand implements Publisher {
  readonly loads: string[][] = [];
  private readonly ends: { resolve: () => void; reject: (error: Error) => void }[] = [];

  send(messages: readonly OutgoingMessage[]): Promise<void> {
    this.loads.push(messages.map(({ key }) => key));
    return new Promise((resolve, reject) => this.ends.push({ resolve, reject }));
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
  async end(error?: Error): Promise<void> {
    const send = this.ends.shift();
    if (error) send?.reject(error);
    else send?.resolve();
    await turns();
  }
}
const turns = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

describe('an outlet', () => {
  it('sends together what came together, and then what came meanwhile: one send at a time', async () => {
    const hand = new Hand();
    const outlet = new Outlet(hand);
    const first = Promise.all([outlet.send([message('a')], never), outlet.send([message('b')], never)]);
    await turns();
    const later = Promise.all([outlet.send([message('c')], never), outlet.send([message('d')], never)]);
    await turns();
    expect(hand.loads).toEqual([['a', 'b']]);
    await hand.end();
    await first;
    expect(hand.loads).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    await hand.end();
    await later;
  });

  it('splits what no broker takes at once, and tells of it when all is there', async () => {
    const hand = new Hand();
    let sent = false;
    const big = ['a', 'b', 'c', 'd'].map((key) => message(key, 400_000));
    const sending = new Outlet(hand).send(big, never).then(() => (sent = true));
    await turns();
    await hand.end();
    expect([hand.loads, sent]).toEqual([
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
      false,
    ]);
    await hand.end();
    expect(await sending).toBe(true);
  });

  it('tells every sender that is concerned when the broker may not have it, and goes on', async () => {
    const hand = new Hand();
    const outlet = new Outlet(hand);
    const both = Promise.allSettled([outlet.send([message('a')], never), outlet.send([message('b')], never)]);
    await turns();
    await hand.end(new Error('gone'));
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = outlet.send([message('c')], never);
    await turns();
    await hand.end();
    await expect(next).resolves.toBeUndefined();
  });

  it('sends nothing for a sender that gave up while it waited', async () => {
    const hand = new Hand();
    const outlet = new Outlet(hand);
    const given = outlet.send([message('a')], () => true);
    const kept = outlet.send([message('b')], never);
    await expect(given).rejects.toThrow('another reader');
    await hand.end();
    await kept;
    expect(hand.loads).toEqual([['b']]);
  });
});
