import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { newId } from '@voronka/service-kit';
import { eventually } from '@voronka/testing';
import { refill } from '../src/states.command.js';
import { System } from '../src/system.js';
import { memos, type Memos } from './memos.js';

jest.setTimeout(60_000);

let service: Memos;
let system: System;

beforeAll(async () => {
  service = await memos();
  await service.start();
  system = new System(service, () => service.databaseUrl);
});
afterAll(async () => {
  await system.close();
  await service.end();
});

const states = async () => {
  const stretches = await system.askBroker((view) => view.extents(['crm.memo.state']));
  return stretches.reduce((sum, { from, to }) => sum + to - from, 0);
};

it('npm run ops -- states refill, on Kafka: a service that was stopped publishes every state again, and one that runs is to be stopped', async () => {
  const records = [newId(), newId()];
  for (const record of records) await service.tell(record, 'one', 'two', 'three');
  await eventually(async () => (await states()) >= 2, { within: 20_000 });
  await expect(refill(system, 'leads')).rejects.toThrow('leads is running: stop all its instances');
  await service.stop();
  const before = await states();
  await refill(system, 'leads');
  await service.start();
  await eventually(async () => (await states()) >= before + records.length, { within: 20_000 });
});
