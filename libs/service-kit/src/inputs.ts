import {
  DomainError,
  errorCodes,
  Id,
  MinorUnits,
  text,
  type Address as AddressState,
  type ContactPoint,
  type ErrorCode,
} from '@voronka/contracts';
import currencies from 'currency-codes';
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { z } from 'zod';

/**
 * Checks what came in against a schema and answers what the schema makes of it. Refuses the first fault with its code
 * from the closed list and its path under `field`.
 */
export function check<S extends z.ZodType>(schema: S, input: unknown, field = 'input'): z.output<S> {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (!issue) throw new Error('a failed check names its fault');
  const path = [field, ...issue.path].filter((part) => part !== '').join('.');
  throw new DomainError(codeOf(issue), issue.message, path);
}

/** A schema is compiled when it first checks something, so the one of its patches is made once. */
const patches = new WeakMap<z.ZodObject, z.ZodObject>();
function patchOf(schema: z.ZodObject): z.ZodObject {
  let patch = patches.get(schema);
  if (!patch) patches.set(schema, (patch = schema.partial()));
  return patch;
}

/** Checks a patch against the schema of the whole: what was left out stays out, null clears what may be empty. */
export function checkPatch<S extends z.ZodObject>(schema: S, patch: object, field = 'input'): Partial<z.output<S>> {
  const checked: object = check(patchOf(schema), patch, field);
  const given = Object.entries(checked).filter(([key]) => Object.hasOwn(patch, key));
  return Object.fromEntries(given) as Partial<z.output<S>>;
}

function codeOf(issue: z.core.$ZodIssue): ErrorCode {
  const named: unknown = issue.code === 'custom' ? issue.params?.['code'] : undefined;
  if (typeof named === 'string' && (errorCodes as readonly string[]).includes(named)) return named as ErrorCode;
  if (issue.code === 'invalid_type')
    return issue.input === undefined || issue.input === null ? 'REQUIRED' : 'INVALID_VALUE';
  if (issue.code === 'too_big')
    return issue.origin === 'array' ? 'TOO_MANY' : issue.origin === 'string' ? 'TEXT_TOO_LONG' : 'INVALID_NUMBER';
  if (issue.code === 'too_small')
    return issue.origin === 'number' || issue.origin === 'int' ? 'INVALID_NUMBER' : 'REQUIRED';
  return 'INVALID_VALUE';
}

const fault = (code: ErrorCode, message: string) => ({ error: message, params: { code } });

/** A text that may be left out; null and left out are the same. */
export const optional = <S extends z.ZodType>(schema: S) => schema.nullish().transform((value) => value ?? null);

const E164_REGION = 'RU';
/** Phones as typed, each normalised to E.164 (a national number is read as Russian) where it can be; refused below 3 digits. */
export const phones = list(
  text(50)
    .refine(
      (s) => (s.match(/\d/g)?.length ?? 0) >= 3,
      fault('INVALID_PHONE', 'This is not a phone number. Write it with its country code, such as +7 495 123-45-67.'),
    )
    .transform((typed): ContactPoint => {
      const parsed = parsePhoneNumberFromString(typed, E164_REGION);
      return { typed, normalised: parsed?.isPossible() ? parsed.number : null };
    }),
);
const mail = z.email();
/** Mails as typed and in lower case. */
export const emails = list(
  text(320)
    .refine(
      (s) => mail.safeParse(s).success,
      fault('INVALID_EMAIL', 'This is not a mail address. Write it as name@example.com.'),
    )
    .transform((typed): ContactPoint => ({ typed, normalised: typed.toLowerCase() })),
);
export const email = text(320)
  .refine(
    (s) => mail.safeParse(s).success,
    fault('INVALID_EMAIL', 'This is not a mail address. Write it as name@example.com.'),
  )
  .transform((s) => s.toLowerCase());

function list<S extends z.ZodType>(of: S) {
  return z
    .array(of)
    .max(10, 'Ten are enough here.')
    .nullish()
    .transform((values) => values ?? []);
}

/** A web address; `https://` is added where no scheme is typed. */
export const url = text(500)
  .transform((s) => (/^[a-z]+:\/\//i.test(s) ? s : `https://${s}`))
  .refine(
    (s) => /^https?:\/\/[^\s/.]+\.[^\s]+$/i.test(s) && URL.canParse(s),
    fault('INVALID_URL', 'This is not a web address. Write it as https://example.com.'),
  );

export const currency = z
  .string()
  .refine(
    (code) => currencies.code(code) !== undefined && code === code.toUpperCase(),
    fault('UNKNOWN_CURRENCY', 'Use a currency code of ISO 4217, such as USD or RUB.'),
  );
export const money = z.object({ amount: MinorUnits, currency });

const line = (max: number) => optional(text(max));
export const address = optional(
  z
    .object({ country: line(100), region: line(100), city: line(100), street: line(300), postalCode: line(20) })
    .transform((a): AddressState => a),
);

export const id = Id;
export const ids = (max: number) =>
  z
    .array(Id)
    .max(max, `Name at most ${max}.`)
    .nullish()
    .transform((values) => [...new Set(values ?? [])]);

const date = z.iso.date();
/** A calendar day between 1900 and 2200, which catches a typed 0206. */
export const day = z
  .string()
  .refine(
    (s) => date.safeParse(s).success && s >= '1900' && s < '2200',
    fault('INVALID_DATE', 'This is not a day. Write it as 2026-03-01.'),
  );

/** An instant between 1900 and 2200. */
export const instant = z
  .date()
  .refine(
    (d) => d.getUTCFullYear() >= 1900 && d.getUTCFullYear() < 2200,
    fault('INVALID_DATE', 'This is not a date that can be meant. Write it as 2026-03-01T09:30:00Z.'),
  );

/** When something happened in the business: now where nothing is said, and never in the future (a minute of clocks apart is allowed). */
export function happened(at: Date | null | undefined, now: Date, field = 'occurredAt'): Date {
  if (!at) return now;
  check(instant, at, field);
  if (at.getTime() > now.getTime() + 60_000)
    throw new DomainError(
      'DATE_IN_FUTURE',
      'This lies in the future. Say when it happened, or leave it out for now.',
      field,
    );
  return at;
}
