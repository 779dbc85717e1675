import type { MigrationInterface, QueryRunner } from 'typeorm';

export class IndexCompletion1730000000002 implements MigrationInterface {
  name = 'IndexCompletion1730000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'create index activity_completed on activity (completed_at desc, id desc) where completed_at is not null',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index activity_completed');
  }
}
