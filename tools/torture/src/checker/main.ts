import { readFileSync } from 'node:fs';
import { judgeConversions } from './conversions.js';
import { gather, type Sources } from './evidence.js';
import { judgeIntake } from './intake.js';
import { judgeProjections } from './projections.js';
import { judgeRecords } from './records.js';
import { Findings, type Report } from './report.js';
import { judgeWrites } from './writes.js';

/**
 * `node checker/main.js <evidence.json>`: judges a system at rest by its clients' history, its databases and its topics, and
 * prints a report as JSON. Ends with 0 where nothing was found, 1 where something was.
 */
const [file] = process.argv.slice(2);
if (!file) {
  process.stderr.write('Name the file that says where history, databases and brokers are.\n');
  process.exit(2);
}
const evidence = await gather(JSON.parse(readFileSync(file, 'utf8')) as Sources);
const findings = new Findings();
judgeRecords(evidence, findings);
judgeWrites(evidence, findings);
judgeConversions(evidence, findings);
judgeProjections(evidence, findings);
judgeIntake(evidence, findings);
const { events, messages } = evidence;
const report: Report = { events: events.length, repeats: messages.length - events.length, findings: findings.all() };
process.stdout.write(JSON.stringify(report), () => process.exit(report.findings.length === 0 ? 0 : 1));
