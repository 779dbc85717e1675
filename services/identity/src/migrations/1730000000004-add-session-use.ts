import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When, where and with what a session was last used, beside its refresh token, with which it is told. */
export class AddSessionUse1730000000004 implements MigrationInterface {
  name = 'AddSessionUse1730000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table refresh_token add last_used_at timestamptz, add user_agent text, add address text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table refresh_token drop last_used_at, drop user_agent, drop address');
  }
}
