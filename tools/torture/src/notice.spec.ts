import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';
import { questions } from './alone.js';
import { type Noticed, notice, table } from './notice.js';

const away = { message: 'The tasks service is not available at the moment.', extensions: { code: 'UNAVAILABLE' } };
const said = '`UNAVAILABLE` The tasks service is not available at the moment.';
const deal = { title: 'Forty meters', company: { name: 'Harbour' }, nextStep: { subject: 'Ask how many' } };

describe('what is noticed of an answer', () => {
  it('is nothing where all is there, though it is about other records', () => {
    const page = (...names: string[]) => ({ data: { leads: { nodes: names.map((name) => ({ name })) } } });
    expect(notice(page('Anna', 'Boris'), page('Clara'))).toEqual({ how: 'whole', missing: [], errors: [] });
  });

  it('is what became null, at its outermost, and what the errors say, once', () => {
    const now = { data: { deal: { ...deal, nextStep: null } }, errors: [away, away] };
    expect(notice({ data: { deal } }, now)).toEqual({ how: 'in part', missing: ['deal.nextStep'], errors: [said] });
  });

  it('is a null of which no error tells', () => {
    const now = { data: { deal: { ...deal, company: null } } };
    expect(notice({ data: { deal } }, now)).toMatchObject({ how: 'in part', missing: ['deal.company'], errors: [] });
  });

  it('is an error of which no null tells', () => {
    expect(notice({ data: { deal } }, { data: { deal }, errors: [away] })).toMatchObject({
      how: 'in part',
      missing: [],
    });
  });

  it('is that there was no answer, where nothing is left of it', () => {
    const none = { how: 'not at all', missing: [], errors: [said] };
    expect(notice({ data: { deal } }, { data: { deal: null }, errors: [away] })).toEqual(none);
    expect(notice({ data: { deal } }, { errors: [away] })).toEqual(none);
  });
});

describe('the table of what people notice', () => {
  it('names each question where its answers belong, and how many there were where they differed', () => {
    const whole: Omit<Noticed, 'question'> = { how: 'whole', missing: [], errors: [], took: 20 };
    const part: Omit<Noticed, 'question'> = { how: 'in part', missing: ['deal.nextStep'], errors: [said], took: 1_234 };
    const none: Omit<Noticed, 'question'> = { how: 'not at all', missing: [], errors: [said], took: 5 };
    const noticed = [
      { question: 'search', ...whole },
      { question: 'a card', ...part },
      { question: 'a step', ...none },
      { question: 'search', ...whole },
      { question: 'a card', ...part },
      { question: 'a step', ...whole },
    ];
    const writes = { acknowledged: 9, refused: 2, unknown: 1 };
    const [, , ...rows] = table([
      { part: 'tasks', noticed, ready: 3.25, caughtUp: 0.4, writes },
      { part: 'Kafka', noticed: noticed.slice(0, 1), ready: 1, caughtUp: undefined, writes },
    ]).split('\n');
    expect(rows).toEqual([
      `| tasks | search; a step (1 of 2) | a card without \`deal.nextStep\` | a step (1 of 2) | ${said} | 1.2 s | 3.3 s, 0.4 s | 9, 2, 1 |`,
      '| Kafka | search | – | – | – | 0.0 s | 1.0 s, never | 9, 2, 1 |',
    ]);
  });

  it('rests on questions that the gateway understands', () => {
    const schema = buildSchema(readFileSync('gateway/supergraph.graphql', 'utf8'), { assumeValid: true });
    const wrong = Object.values(questions).flatMap((query) => validate(schema, parse(query)).map(String));
    expect(wrong).toEqual([]);
  });
});
