import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who sees the deals of some people has his reports counted over these two alone, without the deals themselves. */
export class CoverReportsByOwner1730000000002 implements MigrationInterface {
  name = 'CoverReportsByOwner1730000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create index deal_owner_cohort on deal (owner_id, opened_at)
      include (pipeline_id, stage_id, status, amount, currency, source, visited) where not withdrawn`);
    await runner.query(`create index deal_owner_closings on deal (owner_id, closed_at)
      include (pipeline_id, opened_at, status, amount, currency, source) where not withdrawn and status <> 'OPEN'`);
    await runner.query('drop index deal_owner_opened, deal_owner_closed');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('create index deal_owner_opened on deal (owner_id, opened_at) where not withdrawn');
    await runner.query(`create index deal_owner_closed on deal (owner_id, closed_at)
      where not withdrawn and status <> 'OPEN'`);
    await runner.query('drop index deal_owner_cohort, deal_owner_closings');
  }
}
