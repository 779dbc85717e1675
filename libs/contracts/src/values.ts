import { z } from 'zod';
import type { ErrorCode } from './errors.js';

/**
 * The kinds of value that events and inputs are made of. A failed check carries a code from the closed list
 * in `params.code`, which is how an input's refusal gets its code. What `meta` says goes into the published JSON
 * Schemas, where a check in code cannot be seen.
 */
const issue = (code: ErrorCode, message: string) => ({ error: message, params: { code } });

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const isId = (text: string): boolean => UUID.test(text);
/** A UUID in its canonical lower-case form. */
export const Id = z
  .string()
  .refine((s) => UUID.test(s), issue('INVALID_ID', 'This is not an id. Ids are UUIDs such as 0190a8f2-….'))
  .meta({
    id: 'Id',
    description: 'A UUID in its canonical lower-case form.',
    format: 'uuid',
    pattern: UUID.source,
    examples: ['0190a8f2-7c1e-7d44-9b60-3c5f0e6a1b2d'],
  });
export type Id = string;

// Tab and line ends are text; the other C0 and C1 controls, and the directional overrides that disguise text, are not.
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
// eslint-disable-next-line no-control-regex
const LINE = /[\u0009\u000a\u000d]/;

/** One line of text of 1 to `max` characters, trimmed. */
export const text = (max: number) =>
  z
    .string()
    .trim()
    .refine((s) => s.length > 0, issue('TEXT_EMPTY', 'Write something here; it cannot be empty.'))
    .refine((s) => s.length <= max, issue('TEXT_TOO_LONG', `This is too long. Shorten it to ${max} characters.`))
    .refine(
      (s) => !CONTROL.test(s) && !LINE.test(s),
      issue('TEXT_HAS_CONTROL_CHARACTERS', 'Remove the control characters or line breaks.'),
    );

/** Text of several lines, 1 to `max` characters, trimmed at its ends. */
export const prose = (max: number) =>
  z
    .string()
    .trim()
    .refine((s) => s.length > 0, issue('TEXT_EMPTY', 'Write something here; it cannot be empty.'))
    .refine((s) => s.length <= max, issue('TEXT_TOO_LONG', `This is too long. Shorten it to ${max} characters.`))
    .refine((s) => !CONTROL.test(s), issue('TEXT_HAS_CONTROL_CHARACTERS', 'Remove the control characters.'));

/** A whole number of minor units (cents, kopecks), 0 to 2^53 − 1. */
export const MinorUnits = z
  .number()
  .refine(
    (n) => Number.isSafeInteger(n) && n >= 0,
    issue(
      'INVALID_AMOUNT',
      'An amount is a whole number of minor units (105400 for 1,054.00), not negative and below 2^53.',
    ),
  )
  .meta({
    id: 'MinorUnits',
    description: 'A whole number of minor units (cents, kopecks) of a currency.',
    type: 'integer',
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    examples: [105400],
  });

/** An ISO 4217 code. Contracts check the form; the door checks that the currency exists. */
export const CurrencyCode = z
  .string()
  .regex(/^[A-Z]{3}$/, issue('UNKNOWN_CURRENCY', 'Use a currency code of ISO 4217, such as USD or RUB.'))
  .meta({ id: 'CurrencyCode', description: 'A currency code of ISO 4217.', examples: ['USD'] });

export const Money = z.object({ amount: MinorUnits, currency: CurrencyCode });
export type Money = z.infer<typeof Money>;

/** An instant, RFC 3339 in UTC, as it stands in an event. */
export const Instant = z.iso.datetime().meta({
  id: 'Instant',
  description: 'An instant, RFC 3339 in UTC.',
  pattern: 'Z$',
  examples: ['2026-03-31T09:30:00.000Z'],
});
/** A calendar day, YYYY-MM-DD. */
export const Day = z.iso.date().meta({
  id: 'Day',
  description: 'A calendar day.',
  pattern: '^\\d{4}-\\d{2}-\\d{2}$',
  examples: ['2026-03-31'],
});

/** A phone or mail: as typed, and normalised (E.164, lower-cased) or null where it cannot be. */
export const ContactPoint = z.object({ typed: z.string().max(320), normalised: z.string().max(320).nullable() }).meta({
  id: 'ContactPoint',
  description: 'A phone or mail: as typed, and normalised (E.164, lower-cased) or null where it cannot be.',
});
export type ContactPoint = z.infer<typeof ContactPoint>;

export const Address = z
  .object({
    country: z.string().max(100).nullable(),
    region: z.string().max(100).nullable(),
    city: z.string().max(100).nullable(),
    street: z.string().max(300).nullable(),
    postalCode: z.string().max(20).nullable(),
  })
  .meta({ id: 'Address', description: 'A postal address, as far as it is known.' });
export type Address = z.infer<typeof Address>;

/** In a record's state: the people and teams that see it though it is not theirs, and those of them who work it too. */
export const Shares = { sharedToRead: z.array(Id).max(100).optional(), sharedToWork: z.array(Id).max(100).optional() };
