import { Agent, request } from 'node:http';
import { monotonic, pause } from '../harness/clock.js';
import { grouped } from '../load/lives.js';
import { openLoop, type OpenLoop } from '../load/open-loop.js';
import { Random } from '../load/random.js';
import * as words from '../load/words.js';
import {
  baseIds,
  plannedWrites,
  type AskedWrite,
  type PlannedWrite,
  type WriteAnswer,
  type WritePlan,
} from '../messaging/writes.js';
import { serve, settingsOf } from './serve.js';

/** People who write leads, at the door of a service; what is due at the same moment goes in one POST. */
const { url } = settingsOf<{ url: string }>();
/** Writes in one POST at most. */
const MOST = 128;
const agent = new Agent({ keepAlive: true, maxSockets: 64, scheduling: 'lifo' });
const random = new Random(31);

const details = () => ({
  personName: words.person(random),
  companyName: words.firm(random),
  phones: [words.phone(random).typed],
  emails: [words.mail(random).typed],
  address: words.address(random),
  source: random.one(words.sources),
  note: words.note(random),
  amount: { amount: random.below(5000) * 1000, currency: 'EUR' },
});

const asked = ({ id, creates }: PlannedWrite, n: number): AskedWrite =>
  creates ? { create: { id, ...details() } } : { update: { id, note: `${words.note(random)} (${n})` } };

serve({
  /** Makes the leads that are there before. */
  prepare: async (plan: WritePlan) => {
    for (const ids of grouped(baseIds(plan), 500)) {
      const answers = await post(ids.map((id) => ({ create: { id, ...details() } })));
      const refused = answers.find((answer) => typeof answer === 'string');
      if (refused) throw new Error(refused as string);
    }
  },
  /** Writes at a fixed rate; answers when each write was answered, on the monotonic clock, and what was refused. */
  write: async ({ plan, loop }: { plan: WritePlan; loop: OpenLoop }) => {
    const writes = plannedWrites(plan);
    const answeredAt = new Float64Array(writes.length);
    const refused: string[] = [];
    let open = 0;
    const send = async (due: readonly number[]): Promise<void> => {
      open += due.length;
      const answers = await post(due.map((n) => asked(writes[n] as PlannedWrite, n))).catch((error: Error) =>
        due.map(() => error.message),
      );
      const now = monotonic();
      due.forEach((n, i) => {
        const [answer, wanted] = [answers[i], writes[n]?.version];
        if (answer === wanted) answeredAt[n] = now;
        else refused.push(typeof answer === 'string' ? answer : `Version ${answer} instead of ${wanted}.`);
      });
      open -= due.length;
    };
    await openLoop(loop, (due) => {
      for (const some of grouped(due, MOST)) void send(some);
    });
    while (open > 0) await pause(20);
    return { answeredAt, refused };
  },
});

function post(writes: readonly AskedWrite[]): Promise<WriteAnswer[]> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(writes);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { method: 'POST', agent, headers, timeout: 60_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('end', () => {
        try {
          resolve(JSON.parse(text) as WriteAnswer[]);
        } catch {
          reject(new Error(`The service answered ${response.statusCode}: ${text.slice(0, 200)}`));
        }
      });
    });
    sent.once('timeout', () => sent.destroy(new Error('No answer within a minute.')));
    sent.once('error', reject);
    sent.end(body);
  });
}
