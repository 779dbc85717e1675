import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NoAnswer } from './http.js';
import { Poster } from './http.js';
import { Line } from './line.js';

let server: Server;
let poster: Poster;
let line: Line;
/** The names of what came, POST by POST. */
let posts: string[][];
/** How a POST is answered; each operation with its name at once unless a test says otherwise. */
let answering: (names: string[], response: ServerResponse) => void;

const answerAll = (names: string[], response: ServerResponse) =>
  void response.end(names.map((name, place) => `${place} "${name}"\n`).join(''));

beforeEach(async () => {
  posts = [];
  answering = answerAll;
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const names = JSON.parse(body) as string[];
      posts.push(names);
      answering(names, response);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  poster = new Poster({ maxBytes: 1_000 });
  line = new Line(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/operations`), poster);
});
afterEach(async () => {
  poster.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const ask = (name: string, { timeoutMs = 5_000, repeat = true } = {}) =>
  line.ask({ body: JSON.stringify(name), timeoutMs, repeat }).then(
    ({ text }) => JSON.parse(text) as unknown,
    (error: NoAnswer) => ({ reason: error.reason, sent: error.sent }),
  );
const names = (n: number) => Array.from({ length: n }, (_, i) => `n${i}`);

describe('The way to a service', () => {
  it('takes what is asked in one turn together, in its order, and no more than 24 at a time', async () => {
    const asked = names(30);
    expect(await Promise.all(asked.map((name) => ask(name)))).toEqual(asked);
    expect(posts).toEqual([asked.slice(0, 24), asked.slice(24)]);
  });

  it('takes large operations one by one', async () => {
    const asked = ['a', 'b'].map((name) => name.repeat(700_000));
    answering = (given, response) =>
      answerAll(
        given.map(([first = '']) => first),
        response,
      );
    expect(await Promise.all(asked.map((name) => ask(name)))).toEqual(['a', 'b']);
    expect(posts.map(({ length }) => length)).toEqual([1, 1]);
  });

  it('answers a quick operation before its slow neighbour, in whatever order they were asked', async () => {
    const order: unknown[] = [];
    answering = (_, response) => {
      response.write('1 "quick"\n');
      void Promise.resolve(quick).then(() => response.end('0 "slow"\n'));
    };
    const slow = ask('slow').then((answer) => order.push(answer));
    const quick = ask('quick').then((answer) => order.push(answer));
    await Promise.all([slow, quick]);
    expect(order).toEqual(['quick', 'slow']);
    expect(posts).toHaveLength(1);
  });

  it('puts together an answer that comes in pieces, cut through a letter', async () => {
    answering = (_, response) => {
      const bytes = Buffer.from('1 "ёлка"\n0 "a"\n');
      response.write(bytes.subarray(0, 4));
      setImmediate(() => response.end(bytes.subarray(4)));
    };
    expect(await Promise.all([ask('a'), ask('b')])).toEqual(['a', 'ёлка']);
  });

  it('gives up one answer that is too large, and answers its neighbours', async () => {
    answering = (_, response) => void response.end(`0 "a"\n1 "${'x'.repeat(2_000)}"\n2 "c"\n`);
    expect(await Promise.all(['a', 'b', 'c'].map((name) => ask(name)))).toEqual([
      'a',
      { reason: 'too-large', sent: true },
      'c',
    ]);
  });

  it('gives up one operation when its time is over, and answers its neighbours', async () => {
    answering = (_, response) => {
      void Promise.resolve(hurried).then(() => response.end('0 "late"\n1 "b"\n'));
    };
    const hurried = ask('a', { timeoutMs: 30 });
    const patient = ask('b');
    expect(await Promise.all([hurried, patient])).toEqual([{ reason: 'timeout', sent: true }, 'b']);
  });

  it('closes a connection on which nobody waits any more', async () => {
    const closed = new Promise((resolve) => {
      answering = (_, response) => void response.once('close', () => resolve('closed'));
    });
    await Promise.all([ask('a', { timeoutMs: 30 }), ask('b', { timeoutMs: 40 })]);
    expect(await closed).toBe('closed');
  });

  it('never sends what was given up before its turn', async () => {
    answering = () => {};
    const before = names(6 * 24).map((name) => ask(name, { timeoutMs: 300 }));
    const last = ask('last', { timeoutMs: 1 });
    expect(await last).toEqual({ reason: 'timeout', sent: false });
    await Promise.all(before);
    expect(posts.flat()).not.toContain('last');
    expect(posts.flat()).toHaveLength(6 * 24);
  });

  it('does not hold up what is quick behind what is slow', async () => {
    answering = (given, response) => (given.includes('quick') ? answerAll(given, response) : undefined);
    const slow = names(6 * 24).map((name) => ask(name, { timeoutMs: 2_000 }));
    expect(await ask('quick', { timeoutMs: 1_500 })).toBe('quick');
    server.closeAllConnections();
    await Promise.all(slow);
  });

  it('repeats what may be repeated when a kept connection was closed, and nothing else', async () => {
    await ask('first');
    answering = (_, response) => {
      answering = answerAll;
      response.socket?.destroy();
    };
    const answers = await Promise.all([ask('read'), ask('write', { repeat: false })]);
    expect(answers).toEqual(['read', { reason: 'broken', sent: true }]);
    expect(posts).toEqual([['first'], ['read', 'write'], ['read']]);
  });

  it('says that nothing was sent to a service that is not there', async () => {
    const gone = new Line(new URL('http://127.0.0.1:1/operations'), poster);
    const asked = gone.ask({ body: '"a"', timeoutMs: 5_000, repeat: false });
    await expect(asked).rejects.toMatchObject({ reason: 'unreachable', sent: false });
  });

  it('takes an answer that ends too early for none, of what it leaves out', async () => {
    answering = (_, response) => void response.end('1 "b"\n');
    expect(await Promise.all([ask('a'), ask('b')])).toEqual([{ reason: 'broken', sent: true }, 'b']);
  });
});
