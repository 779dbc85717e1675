import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The page that is looked at most: the deals of somebody in a stage, by when they came or by what they are worth. */
export class IndexOwnerAndStage1730000000005 implements MigrationInterface {
  name = 'IndexOwnerAndStage1730000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create index deal_owner_stage on deal (owner_id, stage_id, created_at, id)');
    await runner.query(
      'create index deal_owner_stage_amount on deal (owner_id, stage_id, amount, id) where amount is not null',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index deal_owner_stage, deal_owner_stage_amount');
  }
}
