import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What somebody owns is counted: with nothing beside the owner the index is a quarter as large as those that order, and is read as fast. */
export class IndexOwnerAlone1730000000003 implements MigrationInterface {
  name = 'IndexOwnerAlone1730000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create index activity_of_owner on activity (owner_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index activity_of_owner');
  }
}
