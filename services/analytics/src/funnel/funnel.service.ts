import { Injectable } from '@nestjs/common';
import type { Actor, Id, Money } from '@voronka/contracts';
import { check, Directory, id, References, Store, type Within } from '@voronka/service-kit';
import { PipelineService } from '../pipeline/pipeline.service.js';
import { countOf, share, valueOf, type DealCount } from '../report/figures.js';
import { boundsOf, ReportService, type Period } from '../report/report.service.js';
import { stagesOfFunnel, type CohortCount, type StageFigures, type StayCount } from './funnel.js';

export interface FunnelAsked extends Period {
  readonly pipelineId: Id;
  readonly ownerId?: Id | null;
  /** The team and all below it. */
  readonly teamId?: Id | null;
}

export interface FunnelFigures extends Cycles {
  readonly pipelineId: Id;
  readonly stages: StageFigures[];
  readonly opened: number;
  readonly openedWon: number;
  readonly openedLost: number;
  readonly won: number;
  readonly lost: number;
  readonly winRate: number | null;
  readonly wonValue: Money[];
}

/** Calendar days from the day a deal was opened to the day it closed, in the organisation's time zone. */
export interface Cycles {
  readonly meanCycleDays: number | null;
  readonly medianCycleDays: number | null;
  readonly meanClosedCycleDays: number | null;
  readonly medianClosedCycleDays: number | null;
}

/** $1 pipeline, $2 and $3 the period, $4 owner or null, $5 teams or null: whose owner is in one of them now. */
const whose = `d.pipeline_id = $1 and not d.withdrawn and ($4::uuid is null or d.owner_id = $4)
  and ($5::uuid[] is null or d.owner_id in (select u.id from directory_user u where u.team_id = any($5)))`;

const cohort = (within: Within) => `
  with stage as materialized (
    select (s.value ->> 'id')::uuid as id, (s.n - 1)::integer as position
    from pipeline p cross join jsonb_array_elements(p.stages) with ordinality s(value, n) where p.id = $1),
  cohort as materialized (
    select d.id, d.stage_id, d.status, d.currency, d.amount,
      (select max(stage.position) from stage where stage.id = any(d.visited)) as furthest
    from deal d where d.opened_at >= $2 and d.opened_at < $3 and ${whose} and ${within({ owner: 'd.owner_id', pipeline: 'd.pipeline_id' })})
  select false as stays, stage_id as "stageId", status, currency, furthest, count(*)::integer as count,
    sum(amount)::bigint as amount, null::float8 as "medianDays"
  from cohort group by stage_id, status, currency, furthest
  union all
  select true, s.stage_id, null, null, null, count(*)::integer, null,
    percentile_cont(0.5) within group (order by extract(epoch from s.left_at - s.entered_at)::float8 / 86400)
      filter (where s.left_at is not null)
  from deal_stay s join cohort c on c.id = s.deal_id where s.pipeline_id = $1 group by s.stage_id`;

const closings = (within: Within) => `
  with closed as materialized (
    select d.status, d.currency, d.amount,
      ((d.closed_at at time zone $6)::date - (d.opened_at at time zone $6)::date)::float8 as days
    from deal d where d.status <> 'OPEN' and d.closed_at >= $2 and d.closed_at < $3 and ${whose} and ${within({ owner: 'd.owner_id', pipeline: 'd.pipeline_id' })}),
  counts as (
    select status, currency, count(*)::integer as count, sum(amount)::bigint as amount from closed group by status, currency)
  select counts.*, cycles.* from (
    select avg(days) filter (where status = 'WON') as "meanCycleDays",
      percentile_cont(0.5) within group (order by days) filter (where status = 'WON') as "medianCycleDays",
      avg(days) as "meanClosedCycleDays",
      percentile_cont(0.5) within group (order by days) as "medianClosedCycleDays"
    from closed) cycles left join counts on true`;

@Injectable()
export class FunnelService {
  constructor(
    private readonly reports: ReportService,
    private readonly pipelines: PipelineService,
    private readonly store: Store,
    private readonly directory: Directory,
    private readonly references: References,
  ) {}

  /**
   * Two statements. Refuses with `INVALID_ID`, `INVALID_DATE`, `PIPELINE_NOT_FOUND`, `TEAM_NOT_FOUND`, and `UNAVAILABLE`
   * where it takes too long.
   */
  async funnel(by: Actor, { pipelineId, ownerId, teamId, ...period }: FunnelAsked): Promise<FunnelFigures> {
    const bounds = boundsOf(period);
    check(id, pipelineId, 'pipelineId');
    const visible = (await this.store.reach(by, 'report')).includes({ ownerId: by.id, pipelineId });
    await this.references.require('pipeline', pipelineId, 'pipelineId', visible);
    if (ownerId) check(id, ownerId, 'ownerId');
    if (teamId) await this.directory.requireTeam(check(id, teamId, 'teamId'), 'teamId');
    const teams = teamId ? await this.directory.branch(teamId) : null;
    const values = [pipelineId, ...bounds, ownerId ?? null, teams];

    return this.reports.read(async () => {
      const stages = await this.pipelines.stagesOf(pipelineId);
      const rows = await this.store.rows<(CohortCount & { stays: false }) | (StayCount & { stays: true })>(
        by,
        'report',
        {
          name: 'funnel:cohort',
          text: cohort,
          values,
        },
      );
      const deals = rows.filter((row) => !row.stays);
      const closed = await this.store.rows<DealCount & Cycles>(by, 'report', {
        name: 'funnel:closings',
        text: closings,
        values: [...values, this.reports.timeZone],
      });
      const [won, lost] = [countOf(closed, isWon), countOf(closed, isLost)];
      return {
        pipelineId,
        stages: stagesOfFunnel(
          stages,
          deals,
          rows.filter((row) => row.stays),
        ),
        opened: countOf(deals, () => true),
        openedWon: countOf(deals, isWon),
        openedLost: countOf(deals, isLost),
        ...{ won, lost, winRate: share(won, won + lost), wonValue: valueOf(closed, isWon) },
        ...cyclesOf(closed[0]),
      };
    });
  }
}

const isWon = ({ status }: DealCount) => status === 'WON';
const isLost = ({ status }: DealCount) => status === 'LOST';

/** Every row of the second statement carries them. */
const cyclesOf = (row: Cycles | undefined): Cycles => ({
  meanCycleDays: row?.meanCycleDays ?? null,
  medianCycleDays: row?.medianCycleDays ?? null,
  meanClosedCycleDays: row?.meanClosedCycleDays ?? null,
  medianClosedCycleDays: row?.medianClosedCycleDays ?? null,
});
