import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What somebody owns is counted: with nothing beside the owner the index is a quarter as large as those that order, and is read as fast. */
export class IndexOwnerAlone1730000000008 implements MigrationInterface {
  name = 'IndexOwnerAlone1730000000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create index deal_of_owner on deal (owner_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index deal_of_owner');
  }
}
