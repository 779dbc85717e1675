import pg from 'pg';

type Parser = (value: string) => unknown;

const INT8 = 20;
const DATE = 1082;
const INT8_ARRAY = 1016;
const DATE_ARRAY = 1182;
const TEXT_ARRAY = 1009;

// pg's types list only the scalar oids; the function knows all.
const parserOf = pg.types.getTypeParser as (oid: number, format?: string) => unknown;
const texts = parserOf(TEXT_ARRAY) as (value: string) => (string | null)[];
const own = new Map<number, Parser>([
  [INT8, Number],
  [DATE, (day) => day],
  [INT8_ARRAY, (list) => texts(list).map((n) => (n === null ? null : Number(n)))],
  [DATE_ARRAY, texts],
]);

/** How values arrive from PostgreSQL, set on the connection: pg's global parsers belong to whoever else uses pg (TypeORM). */
export const typeParsers = {
  getTypeParser: ((oid: number, format?: string) =>
    (format !== 'binary' && own.get(oid)) || parserOf(oid, format)) as typeof pg.types.getTypeParser,
};
