import type { OutgoingMessage } from './broker.js';
import { OutboxFloor } from './outbox-floor.js';
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
/** The first rows of which that is true, at most a thousand and, of more than one, 940 KiB. */
const first = (where: string) => `
  select id, topic, key, headers, value
  from (
    select id, topic, key, headers, value,
      sum(coalesce(octet_length(value), 0) + pg_column_size(headers) + octet_length(key) + 100)
        over (order by id rows unbounded preceding) as bytes,
      row_number() over (order by id) as place
    from outbox where ${where} order by id limit ${ROWS}
  ) head
  where place = 1 or bytes <= ${BYTES}
  order by id`;

const read = first(`id > $3 and ${going}`);
const readWithSnapshot = `
  select pg_snapshot_xmin(s)::text::bigint as xmin, pg_snapshot_xmax(s)::text::bigint as xmax, r.*
  from pg_current_snapshot() s left join (${read}) r on true
  order by r.id`;
const readBehind = `
  select r.*, (select count(*) from outbox where id > $3 and id <= $4 and ${going}) as before
  from (${first(`id > $4 and ${going}`)}) r
  order by r.id`;
const readOf = first(`topic = $3 and ($4::text is null or key = $4) and ${going}`);
/** A sequence that nobody has drawn from yet shows the value it will give first. */
const drawn = 'select case when is_called then last_value else last_value - 1 end as id from outbox_id_seq';
const remove = 'delete from outbox where id = any($1::bigint[])';
const removeRange = 'delete from outbox where id between $1 and $2';

/** The rows that are to be sent next, read and removed on the connection that holds the relay's lock. */
export class OutboxHead {
  private readonly floor: OutboxFloor;
  private left: Left = { topics: [], records: [] };

  constructor(
    private readonly session: RelaySession,
    now?: () => number,
  ) {
    this.floor = new OutboxFloor(now);
  }

  /** Whether something that the last read has left is not to be left any more: then what follows that read is not next. */
  isOutdated(left: Left): boolean {
    const gone = (before: readonly string[], now: readonly string[]) => before.some((name) => !now.includes(name));
    return gone(this.left.topics, left.topics) || gone(this.left.records, left.records);
  }

  /** The first rows in order of id, without those that are to be left. */
  async read(left: Left): Promise<OutboxRow[]> {
    if (this.isOutdated(left)) this.floor.reset();
    this.left = left;
    const values = [left.topics, left.records, this.floor.id];
    if (!this.floor.due()) return this.session.query({ name: 'outbox-read', text: read, values });
    const [last] = await this.session.query<{ id: number }>({ name: 'outbox-drawn', text: drawn });
    const found = await this.session.query<OutboxRow & { xmin: number; xmax: number }>({
      name: 'outbox-read-snapshot',
      text: readWithSnapshot,
      values,
    });
    const rows = found.filter(({ id }) => id !== null);
    const { xmin = 0, xmax = 0 } = found[0] ?? {};
    this.floor.look({ drawn: last?.id ?? 0, xmin, xmax, first: rows[0]?.id });
    if (rows.length === 0 && left.topics.length + left.records.length === 0) this.floor.resetSometimes();
    return rows;
  }

  /** Of what is left, the first rows of one topic or of one record in it; others of it may be left still. */
  readOf({ topic, key }: { topic: string; key?: string }, { topics, records }: Left): Promise<OutboxRow[]> {
    const own = key === undefined ? records : records.filter((name) => name !== `${topic}/${key}`);
    const values = [topics.filter((name) => name !== topic), own, topic, key ?? null];
    return this.session.query({ name: 'outbox-read-of', text: readOf, values });
  }

  /**
   * The rows that follow those of the last read, which are still on their way, by what was left then. Undefined where a row
   * has appeared among them meanwhile, for ids are given out before commit: a later row of its record may be here already,
   * and must not go first.
   */
  async readBehind(underWay: readonly OutboxRow[]): Promise<OutboxRow[] | undefined> {
    const { topics, records } = this.left;
    const rows = await this.session.query<OutboxRow & { before: number }>({
      name: 'outbox-read-behind',
      text: readBehind,
      values: [topics, records, this.floor.id, underWay.at(-1)?.id],
    });
    return rows[0]?.before === underWay.length ? rows : undefined;
  }

  async remove(rows: readonly OutboxRow[]): Promise<void> {
    let [lowest, highest] = [Infinity, -Infinity];
    for (const { id } of rows) [lowest, highest] = [Math.min(lowest, id), Math.max(highest, id)];
    const withoutGap = highest - lowest + 1 === rows.length;
    await this.session.query(
      withoutGap
        ? { name: 'outbox-remove-range', text: removeRange, values: [lowest, highest] }
        : { name: 'outbox-remove', text: remove, values: [`{${rows.map(({ id }) => id).join(',')}}`] },
    );
  }
}
