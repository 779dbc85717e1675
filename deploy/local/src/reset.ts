import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sentence } from './failure.js';
import { lock } from './lock.js';
import { endOrphans } from './process.js';
import { readSettings } from './settings.js';

const OURS = ['postgres', 'kafka', 'keys', 'logs', 'run', 'state.json'];

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

try {
  const { dataFolder, databaseUrl, kafkaBrokers } = readSettings(process.env, [], root);
  const unlock = lock(dataFolder, 'before its data is removed');
  try {
    const present = readdirSync(dataFolder).filter((name) => OURS.includes(name));
    if (present.includes('run')) await endOrphans(join(dataFolder, 'run'));
    for (const name of present) rmSync(join(dataFolder, name), { recursive: true, force: true });
    console.log(present.length > 0 ? `Removed the data in ${dataFolder}.` : `There was no data in ${dataFolder}.`);
    if (databaseUrl !== undefined)
      console.log('The databases voronka_* on the server of DATABASE_URL are left for you to drop.');
    if (kafkaBrokers !== undefined)
      console.log('The topics on the brokers of KAFKA_BROKERS are left for you to delete.');
  } finally {
    unlock();
  }
} catch (error) {
  console.error(sentence(error));
  process.exitCode = 1;
}
