import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { OpsFailure } from './failure.js';
import { services, type System } from './system.js';

/** Something that must not be, with the records it was found at. */
export interface Finding {
  readonly rule: string;
  readonly ids: readonly string[];
}
export interface Verified {
  readonly events: number;
  /** Messages that came more than once, which does no harm. */
  readonly repeats: number;
  readonly looks: number;
  readonly findings: readonly Finding[];
  /** Seen again and again, but only while the record was changing: look at another time. */
  readonly undecided: readonly Finding[];
  /** Places of messages on the topics that no service of ours has published. */
  readonly strangers: readonly string[];
}

/** A judge that shares no code with what it judges: a program of its own, which knows the databases and topics by their look. */
const CHECKER = fileURLToPath(new URL('../../torture/dist/checker/main.js', import.meta.url));

/**
 * Compares databases and topics of a system at work, and changes nothing. Throws OpsFailure where a service does not come
 * to where the topics ended within so many seconds: what it made of the events cannot be judged then.
 */
export async function verify(system: System, patience: number): Promise<Verified> {
  if (!existsSync(CHECKER)) throw new OpsFailure('The checker is not built: npm run build.');
  const databases: Record<string, string> = {};
  for (const service of services) {
    await system.ask(service, (database) => database.query({ text: 'select from outbox limit 0' }));
    databases[service] = system.urlOf(service);
  }
  await system.askBroker((view) => view.topics([]));
  const { brokerUrl, topicPrefix } = system.settings;
  const child = spawn(process.execPath, [CHECKER, '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
  // Not among the arguments, which everybody on the machine can read: there are passwords in it.
  child.stdin.end(JSON.stringify({ databases, brokerUrl, topicPrefix, patience }));
  const [said, complaint, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject)),
  ]);
  if (code === 0 || code === 1) return JSON.parse(said) as Verified;
  const why = complaint.trim();
  if (code === 3)
    throw new OpsFailure(
      `The services do not keep up, so nothing was judged: ${why}. See npm run ops -- lag, and verify when they have caught up, or give them longer with --patience.`,
    );
  if (code === null || OUT_OF_MEMORY.test(why))
    throw new OpsFailure(
      'The checker was ended before it had judged, probably for want of memory: give it more with NODE_OPTIONS=--max-old-space-size=<MB>, about 1000 for each 100,000 events.',
    );
  throw new OpsFailure(`The checker could not judge: ${why.split('\n')[0]}`);
}

const OUT_OF_MEMORY = /heap out of memory/;
const SHOWN = 20;

export function showVerified({ events, repeats, looks, findings, undecided, strangers }: Verified): string {
  const looked = `${count(events, 'event')} and ${services.length} databases, looked at ${looks === 1 ? 'once' : `${looks} times`}`;
  const also = [
    ...(repeats > 0 ? [`${count(repeats, 'message')} came more than once, which does no harm.`] : []),
    ...(strangers.length > 0
      ? [
          `${count(strangers.length, 'message')} of no service of ours on the topics: ${few([...strangers].sort()).join(', ')}.`,
        ]
      : []),
    ...(undecided.length > 0
      ? ['Not decided, for these records changed at each look; verify again:', ...undecided.flatMap(lines)]
      : []),
  ];
  return findings.length === 0
    ? [`Nothing is wrong: ${looked}.`, ...also].join('\n')
    : [`Something is wrong: ${looked}.`, ...findings.flatMap(lines), ...also].join('\n');
}

const lines = ({ rule, ids }: Finding): string[] => [`${rule} (${ids.length})`, ...few(ids).map((id) => `  ${id}`)];

const few = (all: readonly string[]): string[] =>
  all.length <= SHOWN ? [...all] : [...all.slice(0, SHOWN), `… and ${all.length - SHOWN} more, see --json`];

const count = (n: number, thing: string): string => `${n.toLocaleString('en')} ${thing}${n === 1 ? '' : 's'}`;
