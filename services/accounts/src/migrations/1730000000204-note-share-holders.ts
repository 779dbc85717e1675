import { notesShareHolders } from '@voronka/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class NoteShareHolders1730000000204 implements MigrationInterface {
  name = 'NoteShareHolders1730000000204';

  async up(runner: QueryRunner): Promise<void> {
    await notesShareHolders(runner, 'company');
    await notesShareHolders(runner, 'contact');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger share_holders on company');
    await runner.query('drop trigger share_holders on contact');
  }
}
