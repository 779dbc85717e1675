import { notesShareHolders } from '@voronka/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class NoteShareHolders1730000000006 implements MigrationInterface {
  name = 'NoteShareHolders1730000000006';

  async up(runner: QueryRunner): Promise<void> {
    await notesShareHolders(runner, 'deal');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger share_holders on deal');
  }
}
