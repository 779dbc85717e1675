import { readFileSync } from 'node:fs';
import { judgeConversions } from './conversions.js';
import { databasesAt } from './databases.js';
import { evidenceOf, Told, type Write } from './evidence.js';
import { judgeIntake } from './intake.js';
import { kafkaLog } from './kafka.log.js';
import { Behind, judgeLive } from './looks.js';
import { judgeProjections } from './projections.js';
import { judgeRecords } from './records.js';
import { postgresLog } from './postgres.log.js';
import { Findings, type LiveReport, type Report } from './report.js';
import { judgeStates } from './states.js';
import { judgeWrites } from './writes.js';

/** A system at rest, with what its clients were told. */
interface AtRest {
  /** A file with a line of JSON for each write. */
  history: string;
  databases: Record<string, string>;
  /** Of Kafka, `host:port`. */
  brokers: string;
}
/** A system at work. */
interface AtWork {
  databases: Record<string, string>;
  brokerUrl: string;
  topicPrefix: string;
  /** Seconds that the services may take to come to where the topics ended. */
  patience: number;
}

/**
 * `node checker/main.js <evidence.json>` judges a system by its databases, its topics and, where it is at rest, its
 * clients' history, and prints a report as JSON; `-` reads the evidence from the standard input. Ends with 0 where nothing
 * was found, 1 where something was, 3 where a system at work does not keep up with its topics.
 */
const [file] = process.argv.slice(2);
if (!file) {
  process.stderr.write('Name the file that says where databases and brokers are, or - for the standard input.\n');
  process.exit(2);
}
const sources = JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8')) as AtRest | AtWork;
try {
  const report = 'history' in sources ? await atRest(sources) : await atWork(sources);
  process.stdout.write(JSON.stringify(report), () => process.exit(report.findings.length === 0 ? 0 : 1));
} catch (error) {
  process.stderr.write(`${error instanceof Behind ? error.message : String((error as Error).stack)}\n`);
  process.exit(error instanceof Behind ? 3 : 4);
}

async function atRest({ history, databases, brokers }: AtRest): Promise<Report> {
  const lines = readFileSync(history, 'utf8').split('\n').filter(Boolean);
  const rows = await databasesAt(databases).read();
  const log = kafkaLog([brokers], '');
  const findings = new Findings();
  const told = new Told();
  await log.read(new Map(), await log.ends(), (message) => {
    if (!told.take(message))
      findings.add('a message is no event of ours', `${message.topic}/${message.partition}@${message.offset}`);
  });
  await log.close();
  const evidence = evidenceOf(
    told,
    rows,
    lines.map((line) => JSON.parse(line) as Write),
  );
  for (const judge of [judgeRecords, judgeWrites, judgeConversions, judgeProjections, judgeIntake, judgeStates])
    judge(evidence, findings);
  const { events, messages } = evidence;
  return { events: events.length, repeats: messages.length - events.length, findings: findings.all() };
}

async function atWork({ databases, brokerUrl, topicPrefix, patience }: AtWork): Promise<LiveReport> {
  const [, brokers] = /^kafka:\/\/([^/]+)/.exec(brokerUrl) ?? [];
  const log = brokers ? kafkaLog(brokers.split(','), topicPrefix) : postgresLog(brokerUrl, topicPrefix);
  const report = await judgeLive({ log, databases: databasesAt(databases), patience: patience * 1000 });
  await log.close();
  return report;
}
