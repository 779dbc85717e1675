import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { rowsOf } from './configuration.mjs';

describe('the page of settings', () => {
  it('says of each what it is for, what holds without it, in what it is counted and whether it is secret', () => {
    const rows = rowsOf({
      A_KEY: z.string().meta({ description: 'Opens the door.', secret: true }),
      A_WAIT: z.coerce.number().default(5).meta({ description: 'How long.', unit: 'seconds' }),
      A_PAGE: z.string().optional().meta({ description: 'Where to.', unset: 'nowhere' }),
      A_LIST: z.string().default('').meta({ description: 'To whom.' }),
    });
    expect(rows).toEqual([
      '| `A_KEY` (secret) | **needed** | Opens the door. |',
      '| `A_WAIT` | `5`, in seconds | How long. |',
      '| `A_PAGE` | nowhere | Where to. |',
      '| `A_LIST` | none | To whom. |',
    ]);
  });

  it('is not made of a setting that says not what it is for, or what holds without it', () => {
    expect(() => rowsOf({ A_KEY: z.string() })).toThrow(/^A_KEY has no description/);
    expect(() => rowsOf({ A_KEY: z.string().optional().meta({ description: 'Opens the door.' }) })).toThrow(
      /^A_KEY may be left out/,
    );
  });
});
