import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who is on his way to the organisation's own sign-in and back. */
export class CreateBegunSignIn1730000000022 implements MigrationInterface {
  name = 'CreateBegunSignIn1730000000022';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table begun_sign_in (state_hash bytea primary key, ticket_hash bytea not null,
      nonce text not null, verifier text not null, ends_at timestamptz not null)`);
    await runner.query('create index begun_sign_in_end on begun_sign_in (ends_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table begun_sign_in');
  }
}
