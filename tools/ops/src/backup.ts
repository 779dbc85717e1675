import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brokerFrom } from '@voronka/messaging';
import { isThere, loadDatabase, makeDatabase, saveDatabase, type SavedDatabase } from './backup-database.js';
import { loadTopics, saveTopics, type SavedTopic } from './backup-topics.js';
import type { Surroundings } from './command-line.js';
import { OpsFailure } from './failure.js';
import { runProgram } from './service-program.js';
import { services, type Service, type System } from './system.js';

const FORMAT = 1;

/** What a backup's own file, `backup.json`, says of it. It is written last: without it there is none. */
export interface Backup {
  readonly format: typeof FORMAT;
  readonly databases: Partial<Record<Service, SavedDatabase>>;
  readonly topics: readonly SavedTopic[];
}

const databaseFolder = (folder: string, service: Service) => join(folder, 'databases', service);
const topicsFolder = (folder: string) => join(folder, 'topics');
const manifestOf = (folder: string) => join(folder, 'backup.json');

/**
 * Saves databases, each as it is at one moment, and then the topics, which so hold all that any of them has announced. People
 * go on working. Of a database that was saved earlier than a topic ends, `recall` makes up the difference.
 */
export async function backup(
  system: System,
  folder: string,
  { of = services, topics = true }: { of?: readonly Service[]; topics?: boolean } = {},
): Promise<Backup> {
  if (existsSync(manifestOf(folder))) throw new OpsFailure(`${folder} holds a backup already: give a new folder.`);
  const databases: Partial<Record<Service, SavedDatabase>> = {};
  for (const service of of) {
    mkdirSync(databaseFolder(folder, service), { recursive: true });
    await system.ask(service, (database) => database.query({ text: 'select from outbox limit 0' }));
    databases[service] = await saveDatabase(system.urlOf(service), databaseFolder(folder, service));
  }
  mkdirSync(topicsFolder(folder), { recursive: true });
  const saved = topics ? await system.askBroker((view) => saveTopics(view, topicsFolder(folder))) : [];
  const whole: Backup = { format: FORMAT, databases, topics: saved };
  writeFileSync(manifestOf(folder), `${JSON.stringify(whole, null, 2)}\n`);
  return whole;
}

/** Reads what a folder says of the backup in it. Throws OpsFailure where there is none. */
export function backupIn(folder: string): Backup {
  if (!existsSync(manifestOf(folder)))
    throw new OpsFailure(
      `There is no backup in ${folder}, or it did not come to its end: ${manifestOf(folder)} is missing.`,
    );
  const found = JSON.parse(readFileSync(manifestOf(folder), 'utf8')) as Backup;
  if (found.format !== FORMAT)
    throw new OpsFailure(`The backup in ${folder} is of another format; this reads ${FORMAT}.`);
  return found;
}

/**
 * Brings databases back from a backup, into ones that are not there or have no tables, and its topics to a broker that has
 * none of their messages. The services must not run.
 */
export async function restore(
  system: System,
  folder: string,
  around: Surroundings,
  { of, topics }: { of: readonly Service[]; topics: boolean },
): Promise<Backup> {
  const saved = backupIn(folder);
  for (const service of of) {
    const url = system.urlOf(service);
    if (!saved.databases[service]) throw new OpsFailure(`The backup in ${folder} has no database of ${service}.`);
    if (await isThere(url))
      throw new OpsFailure(
        `The database of ${service} has tables: drop it, or name another in ${service.toUpperCase()}_DATABASE_URL. Nothing was changed.`,
      );
  }
  for (const service of of) {
    const url = system.urlOf(service);
    await makeDatabase(url);
    const status = await runProgram(service, ['migrate'], { DATABASE_URL: url }, around);
    if (status !== 0) throw new OpsFailure(`${service} could not make its tables.`);
    await loadDatabase(url, databaseFolder(folder, service), saved.databases[service]!);
  }
  if (topics) {
    const { brokerUrl, topicPrefix } = system.settings;
    const broker = brokerFrom(brokerUrl, { clientId: 'voronka-ops', topicPrefix });
    const publisher = broker.publisher();
    try {
      await system.askBroker((view) => loadTopics(view, publisher, topicsFolder(folder), saved.topics));
    } finally {
      await publisher.close();
      await broker.close();
    }
  }
  return saved;
}
