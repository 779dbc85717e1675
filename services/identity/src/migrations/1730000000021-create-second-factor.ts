import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Authenticator apps and recovery codes, apart from the people; which roles ask for them, and which sessions had them. */
export class CreateSecondFactor1730000000021 implements MigrationInterface {
  name = 'CreateSecondFactor1730000000021';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table second_factor (user_id uuid primary key references "user", secret bytea not null,
      confirmed_at timestamptz, last_step bigint not null default 0)`);
    await runner.query(`create table recovery_code (user_id uuid references second_factor on delete cascade,
      code_hash bytea, primary key (user_id, code_hash))`);
    await runner.query('alter table role add second_factor boolean not null default false');
    await runner.query('alter table session add second_factor boolean not null default false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table recovery_code, second_factor');
    await runner.query('alter table role drop second_factor');
    await runner.query('alter table session drop second_factor');
  }
}
