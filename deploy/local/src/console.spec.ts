import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Console } from './console.js';

function consoleOn(isTTY: boolean): { told: Console; shown: () => string } {
  let shown = '';
  const out = new Writable({
    write(chunk, _encoding, done) {
      shown += String(chunk);
      done();
    },
  });
  const told = new Console(Object.assign(out, { isTTY, columns: 80 }) as unknown as NodeJS.WriteStream);
  return { told, shown: () => shown };
}

describe('the console of a start', () => {
  it('shows a line for each step that is done, and nothing else where it is no terminal', () => {
    const { told, shown } = consoleOn(false);
    told.begin('Kafka');
    told.begin('leads');
    told.done('leads');
    told.notice('Kafka is slow');
    expect(shown()).toMatch(/^✓ leads {2}0\.0 s\n! Kafka is slow\n$/);
  });

  it('shows on a terminal what is waited for, with how far it has come', () => {
    const { told, shown } = consoleOn(true);
    told.begin('Kafka');
    told.begin('demonstration', 'leads');
    told.rest();
    expect(shown()).toContain('… Kafka, demonstration: leads  0.0 s');
  });

  it('leaves no live line behind', () => {
    const { told, shown } = consoleOn(true);
    told.begin('Kafka');
    told.done('Kafka', '127.0.0.1:9192');
    expect(shown().split('\r\u001b[K').pop()).toMatch(/^✓ Kafka · 127\.0\.0\.1:9192 {2}0\.0 s\n/);
  });
});
