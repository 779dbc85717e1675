import { describe, expect, it } from '@jest/globals';
import { lead } from '../load/leads.js';
import { events } from '../load/lives.js';
import { messageOf } from '../load/messages.js';
import { TopicCheck } from './topic-check.js';

type Message = Parameters<TopicCheck['see']>[0];

/** What the check says when `change` has been at the messages. */
function findings(change: (messages: Message[]) => Message[]): { said: string[]; repeats: number } {
  const check = new TopicCheck();
  const written = [...events(40, 1, [lead])];
  written.forEach((event) => check.want(event));
  const messages = written.map((event): Message => {
    const { key, headers, value } = messageOf(event, 'leads');
    return { key: Buffer.from(key), headers, value: Buffer.from(value ?? '') };
  });
  change(messages).forEach((message) => check.see(message));
  return { said: check.findings(), repeats: check.repeats };
}
const version = ({ headers }: Message): number => Number(headers?.['ce_aggregateversion']?.toString());

describe('the check of a topic', () => {
  it('finds nothing wrong where every event is there in order', () => {
    expect(findings((all) => all)).toEqual({ said: [], repeats: 0 });
  });

  it('tells an event that is missing', () => {
    const last = (all: Message[]) => all.findLastIndex((message) => version(message) > 1);
    expect(findings((all) => all.filter((_, i) => i !== last(all))).said.join()).toMatch(
      /1 events are not on their topic/,
    );
  });

  it('tells events that stand in another order', () => {
    expect(findings((all) => [...all].reverse()).said.join()).toMatch(/out of the order of their records/);
  });

  it('tells an event with other content', () => {
    const altered = (all: Message[]) =>
      all.map((message, i) => (i === 3 ? { ...message, value: Buffer.from('{}') } : message));
    expect(findings(altered).said).toEqual(['1 events have another type or content than was written.']);
  });

  it('tells an event nobody wrote', () => {
    expect(findings((all) => [...all, { ...all[0]!, key: Buffer.from('nobody') }]).said.join()).toMatch(/nobody wrote/);
  });

  it('counts an event that comes again, which is no mistake', () => {
    expect(findings((all) => [...all, all[0]!])).toEqual({ said: [], repeats: 1 });
  });
});
