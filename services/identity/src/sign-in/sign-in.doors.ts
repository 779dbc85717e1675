import type { Door } from '../user/user.attempts.js';

/** From where somebody signs in. */
export interface Place {
  /** A device by a session it had, or a network. */
  readonly name: string;
  /** Whether this person was signed in there before. */
  readonly familiar: boolean;
}

/**
 * What a sign-in is counted by: the person at this place, and, where he was never signed in there, the person at all such
 * places together, and the place with all people together. So who guesses from elsewhere, from however many addresses,
 * does not keep a person waiting where he is at home.
 */
export function doorsOf(mail: string, { name, familiar }: Place): readonly Door[] {
  const own = { name: `sign-in ${mail} at ${name}`, free: 5 };
  if (familiar) return [own];
  return [own, { name: `sign-in ${mail}`, free: 20 }, { name: `sign-in at ${name}`, free: 100 }];
}
