import { randomBytes, randomInt } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaProgram, kafkaVersion } from '../../../deploy/local/dist/kafka-jars.js';
import { startKafka } from '../../../deploy/local/dist/kafka.js';
import { lock } from '../../../deploy/local/dist/lock.js';
import { freePorts } from '../../../deploy/local/dist/ports.js';
import { startPostgres } from '../../../deploy/local/dist/postgres.js';
import { type Child, endOrphans } from '../../../deploy/local/dist/process.js';
import { Systems } from '../system/systems.js';

export { kafkaVersion };

/** PostgreSQL and Kafka of the bench alone, as `npm start` starts them: on the disk, and waiting for it; and whole systems beside them. */
export class Servers {
  private constructor(
    readonly root: string,
    readonly folder: string,
    /** A database on which others can be made. */
    readonly databaseUrl: string,
    /** host:port */
    readonly brokers: string,
    private readonly children: { readonly PostgreSQL: Child; readonly Kafka: Child },
    readonly systems: Systems,
    private readonly unlock: () => void,
  ) {}

  /** Throws where another bench works in the same folder: two at once would measure each other. */
  static async start(root: string, folder: string, keep: boolean): Promise<Servers> {
    const unlock = lock(folder, 'first');
    const started: Child[] = [];
    try {
      const systems = new Systems(root, folder, keep);
      await systems.clear();
      const runFolder = join(folder, 'run');
      mkdirSync(runFolder, { recursive: true });
      await endOrphans(runFolder);
      for (const old of ['postgres', 'kafka', 'logs']) rmSync(join(folder, old), { recursive: true, force: true });
      const logs = join(folder, 'logs');
      mkdirSync(logs);
      // Below the ports of outgoing connections, which could take one before it is listened on.
      const [postgresPort = 0, kafkaPort = 0] = await freePorts(2, randomInt(10_000, 30_000));
      const program = await kafkaProgram(join(root, '.local', 'cache'));
      const postgres = await startPostgres({
        folder: join(folder, 'postgres'),
        port: postgresPort,
        password: randomBytes(12).toString('hex'),
        logFile: join(logs, 'postgres.log'),
        runFolder,
        settings: { track_commit_timestamp: 'on' },
      });
      started.push(postgres.child);
      const kafka = await startKafka({
        ...program,
        folder: join(folder, 'kafka'),
        port: kafkaPort,
        logFile: join(logs, 'kafka.log'),
        runFolder,
      });
      started.push(kafka.child);
      await Promise.all([postgres.ready, kafka.ready]);
      const children = { PostgreSQL: postgres.child, Kafka: kafka.child };
      return new Servers(root, folder, postgres.url, kafka.broker, children, systems, unlock);
    } catch (error) {
      await Promise.all(started.map((child) => child.stop(3000)));
      unlock();
      throw error;
    }
  }

  get pids(): { PostgreSQL: number; Kafka: number } {
    return { PostgreSQL: this.children.PostgreSQL.pid, Kafka: this.children.Kafka.pid };
  }

  /** Ends both and removes their data; the logs stay until the next start. */
  async stop(): Promise<void> {
    await this.systems.rest();
    await this.systems.clear();
    await Promise.all(Object.values(this.children).map((child) => child.stop(8000)));
    for (const data of ['postgres', 'kafka']) rmSync(join(this.folder, data), { recursive: true, force: true });
    this.unlock();
  }
}
