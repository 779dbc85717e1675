import type { INestApplicationContext } from '@nestjs/common';
import { UserService } from './user/user.service.js';

/**
 * The command `first-administrator`: where nobody works here yet, makes an administrator and prints `{ email, password }`
 * as one line of JSON; prints `{}` otherwise. The password is told this once and stored hashed.
 */
export async function firstAdministrator(app: INestApplicationContext): Promise<void> {
  const made = await app.get(UserService, { strict: false }).createFirstAdministrator();
  process.stdout.write(`${JSON.stringify(made ?? {})}\n`);
}
