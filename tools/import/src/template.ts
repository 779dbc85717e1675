import currencies from 'currency-codes';
import type { Condition, Noun } from './mapping.js';

export type Row = Readonly<Record<string, string>>;

/** Why a row cannot be sent; it is written to the file of refused rows. */
export class RowRefused extends Error {
  override readonly name = 'RowRefused';
  constructor(
    readonly code: string,
    message: string,
    readonly field = '',
  ) {
    super(message);
  }
}

/** Finds the id of a record by its name; throws `RowRefused` where there is none or more than one. */
export type Match = (noun: Noun | 'stage', name: string, within?: string) => string;

/** `{column}` is replaced by the row's value, `{a|b}` by the first that is not empty, `{column:slug}` by its lower-case Latin form. */
export function fill(template: string, row: Row): string {
  return template.replace(/\{([^}]+)\}/g, (_, expression: string) => {
    const [names = '', form] = expression.split(':');
    const alternatives = names.split('|').map((name) => {
      const value = row[name.trim()];
      if (value === undefined)
        throw new RowRefused('UNKNOWN_COLUMN', `The file has no column ${name.trim()}. Mend the mapping.`, name.trim());
      return value;
    });
    const value = alternatives.find((v) => v !== '') ?? '';
    return form === 'slug' ? slug(value) : value;
  });
}

const slug = (value: string) =>
  value
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '.')
    .replace(/^\.|\.$/g, '');

export const holds = (condition: Condition | undefined, row: Row): boolean =>
  Object.entries(condition ?? {}).every(([column, wanted]) => {
    const value = fill(`{${column}}`, row);
    if (wanted === 'filled') return value !== '';
    if (wanted === 'empty') return value === '';
    return wanted.includes(value);
  });

/**
 * A field of the mapping as the value to send. A text is a template, and what comes out empty is null. Objects with a
 * `$` key are conversions:
 * `{ $match: user, name: "{agent}" }`, `{ $match: stage, name: Engaging, pipeline: Hardware }` ids by name;
 * `{ $money: "{price}", currency: USD }` an amount;
 * `{ $instant: "{date}" }` midnight UTC of a day; `{ $int: "{employees}" }`;
 * `{ $when: {…}, … }` an item of a list that is left out where the condition does not hold.
 */
export function evaluate(template: unknown, row: Row, match: Match): unknown {
  if (typeof template === 'string') return fill(template, row) || null;
  if (Array.isArray(template))
    return template
      .filter((item) => holds((item as { $when?: Condition })?.$when, row))
      .map((item) => evaluate(item, row, match));
  if (typeof template !== 'object' || template === null) return template;
  const spec = template as Record<string, unknown>;
  const text = (key: string) => fill(String(spec[key] ?? ''), row);
  if ('$match' in spec) {
    const name = text('name');
    return name === '' ? null : match(spec['$match'] as Noun | 'stage', name, text('pipeline') || undefined);
  }
  if ('$money' in spec) {
    const amount = minor(text('$money'), text('currency'));
    return amount === null ? null : { amount, currency: text('currency') };
  }
  if ('$instant' in spec) {
    const day = text('$instant');
    return day === '' ? null : instant(day);
  }
  if ('$int' in spec) {
    const value = text('$int');
    return value === '' ? null : whole(value);
  }
  return Object.fromEntries(
    Object.entries(spec)
      .filter(([key]) => key !== '$when')
      .map(([key, value]) => [key, evaluate(value, row, match)]),
  );
}

/** A decimal number of major units as whole minor units of the currency; exact, on the digits. */
export function minor(value: string, currency: string): number | null {
  if (value === '') return null;
  const digits = currencies.code(currency)?.digits;
  if (digits === undefined)
    throw new RowRefused('UNKNOWN_CURRENCY', `There is no currency ${currency}. Mend the mapping.`);
  const parts = /^(\d+)(?:\.(\d+))?$/.exec(value);
  const fraction = parts?.[2] ?? '';
  if (!parts || fraction.replace(/0+$/, '').length > digits)
    throw new RowRefused('INVALID_AMOUNT', `${value} is not an amount of ${currency} with at most ${digits} decimals.`);
  return Number(`${parts[1]}${fraction.slice(0, digits).padEnd(digits, '0')}`);
}

function instant(day: string): string {
  const date = new Date(/^\d{4}-\d{2}-\d{2}$/.test(day) ? `${day}T00:00:00Z` : day);
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(day.slice(0, 10)))
    throw new RowRefused('INVALID_DATE', `${day} is not a date. Write it as 2026-03-01.`);
  return date.toISOString();
}

function whole(value: string): number {
  if (!/^-?\d+$/.test(value)) throw new RowRefused('INVALID_NUMBER', `${value} is not a whole number.`);
  return Number(value);
}
