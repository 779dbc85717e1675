import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How often a secret was guessed wrongly at a door; and the sessions of a person, by which a place is known as his. */
export class CreateFailedAttempt1730000000020 implements MigrationInterface {
  name = 'CreateFailedAttempt1730000000020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table failed_attempt (door bytea primary key, beyond integer not null,
      waits_until timestamptz not null, forgotten_at timestamptz not null)`);
    await runner.query('create index failed_attempt_age on failed_attempt (forgotten_at)');
    await runner.query('create index session_newest_of_user on session (user_id, created_at desc)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table failed_attempt');
    await runner.query('drop index session_newest_of_user');
  }
}
