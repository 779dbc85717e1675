import type { MigrationInterface, QueryRunner } from 'typeorm';

const columns = 'pipeline_id, stage_id, owner_id, currency, count, sum';
const kept = `pipeline_id uuid not null, stage_id uuid not null, owner_id uuid not null, currency text not null,
  count integer not null, sum numeric not null`;
/** The open deals of a table as changes of cells, counted once for each `sign`. */
const open = (table: string, sign: '' | '-') =>
  `select pipeline_id, stage_id, owner_id, coalesce(currency, '') as currency, ${sign}1 as count,
     ${sign}coalesce(amount, 0)::numeric as sum from ${table} where status = 'OPEN'`;
const summed = (rows: string) =>
  `select pipeline_id, stage_id, owner_id, currency, sum(count)::integer, sum(sum) from (${rows}) c
   group by pipeline_id, stage_id, owner_id, currency having sum(count) <> 0 or sum(sum) <> 0`;

/**
 * What the open deals of a stage are, by owner and currency (empty: without an amount), so that a board is not counted from
 * deals. Every statement that changes deals adds to `board_change` what it changes, which nobody waits for, and from there it
 * is added to `board_cell` (`BoardKeeper`). A board is both together.
 */
export class CreateBoardCell1730000000007 implements MigrationInterface {
  name = 'CreateBoardCell1730000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create table board_cell (${kept}, primary key (pipeline_id, stage_id, owner_id, currency)) with (fillfactor = 70)`,
    );
    // As many rows go as come.
    await runner.query(`create table board_change (${kept})
      with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)`);
    const changing = (rows: string) => `insert into board_change (${columns}) ${summed(rows)};`;
    await runner.query(`create function change_board() returns trigger language plpgsql as $$ begin
      if tg_op = 'INSERT' then ${changing(open('came', ''))}
      elsif tg_op = 'DELETE' then ${changing(open('gone', '-'))}
      else ${changing(`${open('came', '')} union all ${open('gone', '-')}`)}
      end if;
      return null;
    end $$`);
    const trigger = (on: string, referencing: string) =>
      runner.query(`create trigger board_${on} after ${on} on deal referencing ${referencing}
        for each statement execute function change_board()`);
    await trigger('insert', 'new table as came');
    await trigger('delete', 'old table as gone');
    await trigger('update', 'new table as came old table as gone');
    // The triggers keep writers waiting until this is committed: nothing falls between.
    await runner.query(`insert into board_cell (${columns}) ${summed(open('deal', ''))}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const on of ['insert', 'delete', 'update']) await runner.query(`drop trigger board_${on} on deal`);
    await runner.query('drop function change_board()');
    await runner.query('drop table board_change, board_cell');
  }
}
