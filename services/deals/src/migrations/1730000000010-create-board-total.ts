import type { MigrationInterface, QueryRunner } from 'typeorm';

const key = 'pipeline_id, stage_id, currency';
const summed = (rows: string) =>
  `select ${key}, sum(count)::integer as count, sum(sum) as sum from (${rows}) c group by ${key}`;

/**
 * The cells of a board summed up over their owners, for whoever sees everybody's deals: he would be read one for each person. Kept by
 * whatever changes cells, so that a keeper of an older version beside it leaves nothing out.
 */
export class CreateBoardTotal1730000000010 implements MigrationInterface {
  name = 'CreateBoardTotal1730000000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table board_total (pipeline_id uuid not null, stage_id uuid not null, currency text not null,
      count integer not null, sum numeric not null, primary key (${key})) with (fillfactor = 70)`);
    const adding = (rows: string) =>
      `insert into board_total ${summed(rows)} order by ${key}
       on conflict (${key}) do update set count = board_total.count + excluded.count, sum = board_total.sum + excluded.sum;`;
    const [came, gone] = [
      `select ${key}, count, sum from came`,
      `select ${key}, -count as count, -sum as sum from gone`,
    ];
    await runner.query(`create function add_to_board_total() returns trigger language plpgsql as $$ begin
      if tg_op = 'INSERT' then ${adding(came)}
      elsif tg_op = 'DELETE' then ${adding(gone)}
      else ${adding(`${came} union all ${gone}`)}
      end if;
      return null;
    end $$`);
    const trigger = (on: string, referencing: string) =>
      runner.query(`create trigger board_total_${on} after ${on} on board_cell referencing ${referencing}
        for each statement execute function add_to_board_total()`);
    await trigger('insert', 'new table as came');
    await trigger('delete', 'old table as gone');
    await trigger('update', 'new table as came old table as gone');
    // The triggers keep keepers waiting until this is committed: nothing falls between.
    await runner.query(`insert into board_total ${summed(`select ${key}, count, sum from board_cell`)}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const on of ['insert', 'delete', 'update']) await runner.query(`drop trigger board_total_${on} on board_cell`);
    await runner.query('drop function add_to_board_total()');
    await runner.query('drop table board_total');
  }
}
