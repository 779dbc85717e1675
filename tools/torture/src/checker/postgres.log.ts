import pg from 'pg';
import { isTold, placeName, type Ends, type Log, type Raw } from './log.js';

const ROWS = 2000;

interface Message extends Omit<Raw, 'offset' | 'topic' | 'partition'> {
  offset: string;
}

/** The log in PostgreSQL, whose tables anybody can read. */
export function postgresLog(url: string, prefix: string): Log {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'voronka-checker',
    options: '-c default_transaction_read_only=on',
  });
  const connected = client.connect();
  const places = (rows: { topic: string; partition: number; next: string }[]): Ends =>
    new Map(
      rows
        .filter(({ topic }) => topic.startsWith(prefix) && isTold(topic.slice(prefix.length)))
        .map(({ topic, partition, next }) => [placeName(topic.slice(prefix.length), partition), Number(next)]),
    );
  return {
    ends: async () => {
      await connected;
      const { rows } = await client.query<{ topic: string; partition: number; next: string }>(
        'select topic, partition, next_offset as next from bus_partition',
      );
      return places(rows);
    },
    read: async (from, to, each) => {
      await connected;
      for (const [place, end] of to) {
        const slash = place.lastIndexOf('/');
        const [topic, partition] = [place.slice(0, slash), Number(place.slice(slash + 1))];
        for (let next = from.get(place) ?? 0; next < end;) {
          const { rows } = await client.query<Message>(
            `select "offset", key, headers, value from bus_message
              where topic = $1 and partition = $2 and "offset" >= $3 and "offset" < $4 order by "offset" limit ${ROWS}`,
            [prefix + topic, partition, next, end],
          );
          for (const { offset, ...more } of rows) each({ topic, partition, offset: Number(offset), ...more });
          next = rows.length < ROWS ? end : Number(rows.at(-1)?.offset) + 1;
        }
      }
    },
    behind: async (group, ends) => {
      await connected;
      const { rows } = await client.query<{ topic: string; partition: number; next: string }>(
        `select p.topic, p.partition, coalesce(o.next_offset, 0) as next from bus_partition p
          left join bus_offset o on o.reader = $1 and o.topic = p.topic and o.partition = p.partition
          where exists (select from bus_offset b where b.reader = $1 and b.topic = p.topic)`,
        [prefix + group],
      );
      const taken = places(rows);
      const left = [...taken].map(([place, next]) => [place, (ends.get(place) ?? 0) - next] as const);
      return new Map(left.filter(([, messages]) => messages > 0));
    },
    close: async () => {
      await connected.catch(() => undefined);
      await client.end();
    },
  };
}
