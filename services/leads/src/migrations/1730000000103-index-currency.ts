import type { MigrationInterface, QueryRunner } from 'typeorm';

export class IndexCurrency1730000000103 implements MigrationInterface {
  name = 'IndexCurrency1730000000103';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'create index lead_currency on lead (currency, created_at desc, id desc) where currency is not null',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index lead_currency');
  }
}
