import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { buildSchema, getVariableValues, Kind, parse, validate } from 'graphql';
import { DocumentGate } from '../document/gate.js';
import { Prices } from '../document/prices.js';
import { examples } from './examples.js';

const supergraph = join(import.meta.dirname, '../../supergraph.graphql');
const sdl = readFileSync(supergraph, 'utf8');
const schema = buildSchema(sdl, { assumeValid: true });
const gate = new DocumentGate(new Prices(sdl));
const now = new Date('2026-03-01T09:30:00Z');
const named = examples(now).map((example) => ({
  ...example,
  name: /^(?:query|mutation) (\w+)/m.exec(example.query)?.[1] ?? '',
}));

describe('The tabs of GraphiQL', () => {
  it('tell the story from signing in to the funnel', () => {
    expect(named.map(({ name }) => name)).toEqual([
      'SignIn',
      'CaptureLead',
      'PlanTheCall',
      'CompleteTheCall',
      'ConvertLead',
      'Lead',
      'WinDeal',
      'Funnel',
    ]);
  });

  it.each(named)('ask only what the services answer: $name', ({ query, variables }) => {
    const document = parse(query);
    const [operation] = document.definitions;
    const definitions = operation?.kind === Kind.OPERATION_DEFINITION ? (operation.variableDefinitions ?? []) : [];
    expect(validate(schema, document)).toEqual([]);
    expect(
      getVariableValues(schema, definitions, JSON.parse(variables) as Record<string, unknown>).errors,
    ).toBeUndefined();
    expect(gate.judge(query, JSON.parse(variables) as Record<string, unknown>).refusal).toBeNull();
  });

  it('speak of other records each time the page is opened', () => {
    expect(examples(now)[1]?.variables).not.toBe(examples(now)[1]?.variables);
  });
});
