import type { OutgoingMessage } from './broker.js';
import type { RelaySession } from './relay-session.js';

/** A row of the outbox on its way to the broker. */
export interface OutboxRow extends OutgoingMessage {
  readonly id: number;
}

/** What is to be left in the outbox for now: whole topics, and single records as `topic/key`. */
export interface Left {
  readonly topics: readonly string[];
  readonly records: readonly string[];
}

const ROWS = 1000;
/** kafkajs makes one record batch per partition, and Kafka takes 1 MiB of it by default. */
const BYTES = 940 * 1024;

const going = `topic <> all($1::text[]) and ($2::text[] = '{}' or topic || '/' || key <> all($2::text[]))`;
const head = (where: string) => `
  select id, topic, key, headers, value,
    sum(coalesce(octet_length(value), 0) + pg_column_size(headers) + octet_length(key) + 100)
      over (order by id rows unbounded preceding) as bytes,
    row_number() over (order by id) as place
  from outbox where ${where} order by id limit ${ROWS}`;
const bounded = `place = 1 or bytes <= ${BYTES}`;

const read = `select id, topic, key, headers, value from (${head(going)}) head where ${bounded} order by id`;
const readBehind = `
  select id, topic, key, headers, value, (select count(*) from outbox where id <= $3 and ${going}) as before
  from (${head(`id > $3 and ${going}`)}) head where ${bounded} order by id`;
const remove = 'delete from outbox where id = any($1::bigint[])';
const removeRange = 'delete from outbox where id between $1 and $2';

/** The rows that are to be sent next, read and removed on the connection that holds the relay's lock. */
export class OutboxHead {
  constructor(private readonly session: RelaySession) {}

  /** The first rows in order of id, at most a thousand and, of more than one, 940 KiB. */
  read({ topics, records }: Left): Promise<OutboxRow[]> {
    return this.session.query({ name: 'outbox-read', text: read, values: [topics, records] });
  }

  /**
   * The rows that follow those, which are still on their way. Undefined where a row has appeared among them meanwhile, for
   * ids are given out before commit: a later row of its record may be here already, and must not go first.
   */
  async readBehind(underWay: readonly OutboxRow[], { topics, records }: Left): Promise<OutboxRow[] | undefined> {
    const rows = await this.session.query<OutboxRow & { before: number }>({
      name: 'outbox-read-behind',
      text: readBehind,
      values: [topics, records, underWay.at(-1)?.id],
    });
    return rows[0]?.before === underWay.length ? rows : undefined;
  }

  async remove(rows: readonly OutboxRow[]): Promise<void> {
    let [first, last] = [Infinity, -Infinity];
    for (const { id } of rows) [first, last] = [Math.min(first, id), Math.max(last, id)];
    const withoutGap = last - first + 1 === rows.length;
    await this.session.query(
      withoutGap
        ? { name: 'outbox-remove-range', text: removeRange, values: [first, last] }
        : { name: 'outbox-remove', text: remove, values: [`{${rows.map(({ id }) => id).join(',')}}`] },
    );
  }
}
