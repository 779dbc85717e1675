import pg from 'pg';

type Parser = (value: string) => unknown;

const INT8 = 20;
const DATE = 1082;
const TIMESTAMPTZ = 1184;
const INT8_ARRAY = 1016;
const DATE_ARRAY = 1182;
const TEXT_ARRAY = 1009;

// pg's types list only the scalar oids; the function knows all.
const parserOf = pg.types.getTypeParser as (oid: number, format?: string) => unknown;
const texts = parserOf(TEXT_ARRAY) as (value: string) => (string | null)[];
const styled = parserOf(TIMESTAMPTZ) as Parser;

const [DASH, SPACE] = [0x2d, 0x20];
const digit = (text: string, at: number) => text.charCodeAt(at) - 0x30;
const twoDigits = (text: string, at: number) => 10 * digit(text, at) + digit(text, at + 1);

/**
 * `2026-03-01 09:30:00.123456+00`, as sessions in UTC say it, cut to milliseconds and read by its places: rows have several
 * of them, and pg's own parser, which knows every style, takes thrice as long. What looks otherwise is left to that.
 */
export const instant: Parser = (text) => {
  const zone = text.length - 3;
  const century = twoDigits(text, 0);
  const plain = zone >= 19 && text.charCodeAt(4) === DASH && text.charCodeAt(10) === SPACE && text.endsWith('+00');
  // `Date.UTC` takes the years of the first century for those of the last.
  if (!plain || century === 0) return styled(text);
  let milliseconds = 0;
  for (let at = 20, worth = 100; at < zone && worth >= 1; at++, worth /= 10) milliseconds += worth * digit(text, at);
  const [year, month, day] = [100 * century + twoDigits(text, 2), twoDigits(text, 5), twoDigits(text, 8)];
  const [hour, minute, second] = [twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17)];
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second, milliseconds));
};

const own = new Map<number, Parser>([
  [INT8, Number],
  [DATE, (day) => day],
  [TIMESTAMPTZ, instant],
  [INT8_ARRAY, (list) => texts(list).map((n) => (n === null ? null : Number(n)))],
  [DATE_ARRAY, texts],
]);

/** How values arrive from PostgreSQL, set on the connection: pg's global parsers belong to whoever else uses pg (TypeORM). */
export const typeParsers = {
  getTypeParser: ((oid: number, format?: string) =>
    (format !== 'binary' && own.get(oid)) || parserOf(oid, format)) as typeof pg.types.getTypeParser,
};
