import type { MigrationInterface, QueryRunner } from 'typeorm';

/** As `deal_owner_stage_amount`, by the day a deal is expected to close: without it all deals that somebody ever won are sorted for a page. */
export class IndexOwnerStageAndExpected1730000000009 implements MigrationInterface {
  name = 'IndexOwnerStageAndExpected1730000000009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create index deal_owner_stage_expected on deal (owner_id, stage_id, expected_close_on, id)
      where expected_close_on is not null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index deal_owner_stage_expected');
  }
}
