import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { undescribed } from './descriptions.mjs';

const services = resolve(import.meta.dirname, '../../services');

describe('the public schema', () => {
  it.each(readdirSync(services))('of %s says what each type, field and argument is', (name) => {
    expect(undescribed(readFileSync(resolve(services, name, 'schema.graphql'), 'utf8'))).toEqual([]);
  });

  it('would be seen without a description of a type, a field and an argument', () => {
    const sdl = `
      type Query {
        "A lead."
        lead(id: ID!): Lead
      }
      type Lead {
        title: String
        "" note: String
        "Where it stands." status: Status
      }
      input NewLead { title: String! }
      enum Status { NEW }
      scalar Money`;
    expect(undescribed(sdl)).toEqual([
      'Query.lead(id)',
      'Lead',
      'Lead.title',
      'Lead.note',
      'NewLead',
      'NewLead.title',
      'Status',
      'Money',
    ]);
  });
});
