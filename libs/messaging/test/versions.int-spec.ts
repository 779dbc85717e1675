import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { noun, type DataOf, type EventDeclaration, type Received } from '@voronka/contracts';
import { eventually } from '@voronka/testing';
import { z } from 'zod';
import { Database, type RecordedEvent } from '../src/index.js';
import { house, newId, type House } from './house.js';
import { service } from './service.js';

jest.setTimeout(30_000);

const song = noun('song', 'Songs of this test.', z.object({ id: z.string() }));
const Sung = song.event('sung', 'A song was sung.', { singer: z.string() });
const topic = { name: song.topic, description: '', partitions: 3, cleanup: 'delete', retention: -1 } as const;

/** The second version as a newer build writes it, while this one has not yet heard of it. */
const SungElsewhere: EventDeclaration = {
  ...Sung,
  version: 2,
  schema: z.strictObject({ song: song.state, singers: z.array(z.string()) }),
};
/** The upgrade: from here on this build knows both. */
const upgrade = () =>
  song.nextVersion(Sung, { facts: { singers: z.array(z.string()) } }, ({ song, singer }) => ({
    song,
    singers: [singer],
  }));
type SungByMany = ReturnType<typeof upgrade>;

const sung = (declaration: EventDeclaration, id: string, version: number, facts: object): RecordedEvent => ({
  declaration,
  recordId: id,
  version,
  data: { song: { id }, ...facts },
  occurredAt: new Date(),
  recordedAt: new Date(),
  actor: 'system:test',
});

/** A consumer that keeps, in its service's database, what it heard. */
@Controller()
class Listener {
  constructor(private readonly database: Database) {}

  @EventPattern<string>(Sung.type)
  async on({ subject, version, data }: Received): Promise<void> {
    await this.database.query({
      text: 'insert into heard (subject, version, data) values ($1, $2, $3)',
      values: [subject, version, JSON.stringify(data)],
    });
  }
}
const heardTable = `create table heard (
  place bigint generated always as identity primary key, subject text not null, version int not null, data json not null)`;

async function heardIn<D>(home: House, record: string) {
  const rows = await home.rows<{ version: number; data: DataOf<D> }>(
    'select version, data from heard where subject = $1 order by place',
    record,
  );
  return rows;
}

describe('two versions of one event', () => {
  const [duet, solo] = [newId(), newId()];
  let home: House;
  let other: House;
  let old: Awaited<ReturnType<typeof service>>;

  beforeAll(async () => {
    home = await house();
    other = await house();
    for (const { rows } of [home, other]) await rows(heardTable);
    await home.broker.ensureTopics([topic]);
    home.relay();
    old = await service(home, [Listener]);
  });
  afterAll(async () => {
    await home.close();
    await other.close();
  });

  it('a consumer that knows the first reads the first; a second it parks, and what follows of that record waits', async () => {
    await home.tell([
      sung(Sung, duet, 1, { singer: 'Ирина' }),
      sung(SungElsewhere, duet, 2, { singers: ['Ирина', 'Pavel'] }),
      sung(Sung, duet, 3, { singer: 'Pavel' }),
      sung(Sung, solo, 1, { singer: 'Olga' }),
    ]);
    const heard = (id: string) => heardIn<typeof Sung>(home, id);
    await eventually(async () => (await heard(solo)).length === 1 && (await heard(duet)).length === 1);
    expect((await heard(solo)).map(({ version, data }) => [version, data.singer])).toEqual([[1, 'Olga']]);
    expect((await heard(duet)).map(({ version, data }) => [version, data.singer])).toEqual([[1, 'Ирина']]);
    await eventually(async () => (await old.bus.parked()).waiting === 1);
    expect(await old.bus.parked()).toEqual({ failed: 1, retrying: 0, waiting: 1 });
    expect(await old.bus.listParked(1)).toMatchObject([
      { code: 'DATA_INVALID', error: 'crm.song.sung is read up to version 1, not 2.' },
    ]);
  });

  it('upgraded, it reads both as the second, and what was parked in its order', async () => {
    const [parked] = await old.bus.listParked(1);
    await old.stop();
    upgrade();
    const { bus } = await service(home, [Listener]);
    await bus.replayParked(parked!.id);
    await home.tell([sung(Sung, solo, 2, { singer: 'Olga' })]);
    const heard = (id: string) => heardIn<SungByMany>(home, id);
    await eventually(async () => (await heard(solo)).length === 2);
    const [, ...ofDuet] = await heard(duet);
    expect(ofDuet.map(({ version, data }) => [version, data.singers])).toEqual([
      [2, ['Ирина', 'Pavel']],
      [2, ['Pavel']],
    ]);
    expect((await heard(solo)).at(-1)).toMatchObject({ version: 2, data: { singers: ['Olga'] } });
    expect(await bus.parked()).toEqual({ failed: 0, retrying: 0, waiting: 0 });
  });

  it('a consumer that knows the second reads the topic from its beginning, the first version upcast', async () => {
    await service({ ...other, broker: home.broker }, [Listener], { name: 'newcomer' });
    const heard = async (id: string) => (await heardIn<SungByMany>(other, id)).map(({ data }) => data.singers);
    await eventually(async () => [...(await heard(duet)), ...(await heard(solo))].length === 5);
    expect(await heard(duet)).toEqual([['Ирина'], ['Ирина', 'Pavel'], ['Pavel']]);
    expect(await heard(solo)).toEqual([['Olga'], ['Olga']]);
  });
});
