import { Injectable, Logger } from '@nestjs/common';
import { Database, Rounds } from '@voronka/service-kit';

/** Milliseconds from one time to the next. A board is right at any moment; this keeps it short to read. */
const EVERY = 1_000;

/** Adds up the changes of cells, in one instance at a time. */
@Injectable()
export class BoardKeeper extends Rounds {
  private readonly logger = new Logger(BoardKeeper.name);

  constructor(private readonly database: Database) {
    super();
  }

  protected async round(): Promise<number> {
    await this.addUp().catch((error: unknown) => this.logger.error(error, 'changes of boards were not added up'));
    return EVERY;
  }

  /** One statement: whoever reads meanwhile sees all of it or nothing. Two at once would wait for each other's cells. */
  private async addUp(): Promise<void> {
    await this.database.query({
      name: 'board:add-up',
      text: `with turn as materialized (select pg_try_advisory_xact_lock(hashtext('voronka:board')) as ours),
               taken as (delete from board_change where (select ours from turn) returning *)
             insert into board_cell (pipeline_id, stage_id, owner_id, currency, count, sum)
             select pipeline_id, stage_id, owner_id, currency, sum(count)::integer, sum(sum) from taken
             group by pipeline_id, stage_id, owner_id, currency
             on conflict (pipeline_id, stage_id, owner_id, currency)
             do update set count = board_cell.count + excluded.count, sum = board_cell.sum + excluded.sum`,
      values: [],
    });
  }
}
