import { Injectable } from '@nestjs/common';
import type { Actor, Id, Money } from '@voronka/contracts';
import { check, Directory, id, References, Store, type Within } from '@voronka/service-kit';
import { PipelineService } from '../pipeline/pipeline.service.js';
import { countOf, share, valueOf, type DealCount } from '../report/figures.js';
import { boundsOf, ReportService, type Period } from '../report/report.service.js';
import { stagesOfFunnel, type CohortCount, type StageFigures, type StayDays } from './funnel.js';

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

/** What of a funnel is read only where it is asked for: it costs more than all the rest. */
export interface WantedFigures {
  readonly medianDays: boolean;
  readonly cycles: boolean;
}
export const cycleNames = ['meanCycleDays', 'medianCycleDays', 'meanClosedCycleDays', 'medianClosedCycleDays'] as const;

/** The deals of pipeline $1 that were opened, or closed, from $2 to before $3, as far as `whose` goes. */
const deals = (event: 'opened' | 'closed', whose: string, within: Within) => `
  from deal d where d.pipeline_id = $1 and not d.withdrawn ${event === 'closed' ? `and d.status <> 'OPEN'` : ''}
    and d.${event}_at >= $2 and d.${event}_at < $3 ${whose}
    and ${within({ owner: 'd.owner_id', pipeline: 'd.pipeline_id' })}`;

export const cohort = (whose: string) => (within: Within) => `
  select d.stage_id as "stageId", d.status, d.currency, d.visited::text, count(*)::integer as count,
    sum(d.amount)::bigint as amount
  ${deals('opened', whose, within)} group by d.stage_id, d.status, d.currency, d.visited`;

const stays = (whose: string) => (within: Within) => `
  with cohort as materialized (select d.id ${deals('opened', whose, within)})
  select s.stage_id as "stageId",
    percentile_cont(0.5) within group (order by extract(epoch from s.left_at - s.entered_at)::float8 / 86400) as "medianDays"
  from deal_stay s join cohort c on c.id = s.deal_id
  where s.pipeline_id = $1 and s.left_at is not null group by s.stage_id`;

export const closings = (whose: string) => (within: Within) => `
  select d.status, d.currency, count(*)::integer as count, sum(d.amount)::bigint as amount
  ${deals('closed', whose, within)} group by d.status, d.currency`;

const cycles = (whose: string, zone: string) => (within: Within) => `
  select avg(days) filter (where status = 'WON') as "meanCycleDays",
    percentile_cont(0.5) within group (order by days) filter (where status = 'WON') as "medianCycleDays",
    avg(days) as "meanClosedCycleDays",
    percentile_cont(0.5) within group (order by days) as "medianClosedCycleDays"
  from (select d.status, ((d.closed_at at time zone ${zone})::date - (d.opened_at at time zone ${zone})::date)::float8 as days
    ${deals('closed', whose, within)}) closed`;

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
   * What is not wanted is null. Refuses with `INVALID_ID`, `INVALID_DATE`, `PIPELINE_NOT_FOUND`, `TEAM_NOT_FOUND`, and
   * `UNAVAILABLE` where it takes too long.
   */
  async funnel(
    by: Actor,
    { pipelineId, ownerId, teamId, ...period }: FunnelAsked,
    wanted: WantedFigures,
  ): Promise<FunnelFigures> {
    const bounds = boundsOf(period);
    check(id, pipelineId, 'pipelineId');
    const visible = (await this.store.reach(by, 'report')).includes({ ownerId: by.id, pipelineId });
    await this.references.require('pipeline', pipelineId, 'pipelineId', visible);
    if (ownerId) check(id, ownerId, 'ownerId');
    if (teamId) await this.directory.requireTeam(check(id, teamId, 'teamId'), 'teamId');
    const values: unknown[] = [pipelineId, ...bounds];
    const place = (value: unknown) => `$${values.push(value)}`;
    const teams = teamId && (await this.directory.branch(teamId));
    const whose = [
      ownerId ? `and d.owner_id = ${place(ownerId)}` : '',
      teams ? `and d.owner_id in (select u.id from directory_user u where u.team_id = any(${place(teams)}))` : '',
    ].join(' ');
    const zone = `$${values.length + 1}`;
    const rows = <R extends object>(name: string, text: (within: Within) => string, more: unknown[] = []) =>
      this.store.rows<R>(by, 'report', { name: `funnel:${name}`, text, values: [...values, ...more] });

    return this.reports.read(async () => {
      const [stages, opened, stayed, closed, [cycle]] = await Promise.all([
        this.pipelines.stagesOf(pipelineId),
        rows<CohortCount>('cohort', cohort(whose)),
        wanted.medianDays ? rows<StayDays>('stays', stays(whose)) : [],
        rows<DealCount>('closings', closings(whose)),
        wanted.cycles ? rows<Cycles>('cycles', cycles(whose, zone), [this.reports.timeZone]) : [],
      ]);
      const [won, lost] = [countOf(closed, isWon), countOf(closed, isLost)];
      return {
        pipelineId,
        stages: stagesOfFunnel(stages, opened, stayed),
        opened: countOf(opened, () => true),
        openedWon: countOf(opened, isWon),
        openedLost: countOf(opened, isLost),
        ...{ won, lost, winRate: share(won, won + lost), wonValue: valueOf(closed, isWon) },
        ...(cycle ?? notAsked),
      };
    });
  }
}

const notAsked: Cycles = {
  meanCycleDays: null,
  medianCycleDays: null,
  meanClosedCycleDays: null,
  medianClosedCycleDays: null,
};
const isWon = ({ status }: DealCount) => status === 'WON';
const isLost = ({ status }: DealCount) => status === 'LOST';
