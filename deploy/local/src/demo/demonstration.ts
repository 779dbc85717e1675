import { randomBytes } from 'node:crypto';
import type { Settings } from '../settings.js';
import { readState, writeState } from '../state.js';
import type { Listener, RunningSystem } from '../system.js';
import { fillDemo } from './fill.js';
import { emailOf } from './plan.js';

/**
 * Fills the demonstration organisation at the first start, which alone knows the administrator's password. Answers how its
 * people sign in, or null where there is nothing to say.
 */
export async function demonstration(
  { gatewayUrl, administrator: { email, password } }: RunningSystem,
  { demo, dataFolder }: Settings,
  listener: Listener,
): Promise<string | null> {
  const mark = (state: 'begun' | 'whole') => writeState(dataFolder, { ...readState(dataFolder), demo: state });
  if (email === null || password === null) {
    const state = readState(dataFolder).demo;
    if (state === 'begun')
      listener.notice(
        'The demonstration was interrupted at the first start and is not whole: npm run reset begins anew.',
      );
    return state ? `${emailOf(0)} and the other people of the demonstration` : null;
  }
  if (demo === 'none') return null;
  mark('begun');
  const peoplesPassword = randomBytes(12).toString('hex');
  const name = 'demonstration';
  listener.begin(name);
  await fillDemo({
    gatewayUrl,
    email,
    password,
    peoplesPassword,
    onProgress: (what) => listener.begin(name, what),
  });
  mark('whole');
  listener.done(name, '300 leads and some 200 deals of the last six months');
  return `${emailOf(0)} (head) to ${emailOf(12)}, password ${peoplesPassword} (shown this once)`;
}
