import { Injectable } from '@nestjs/common';
import { DomainError, text, type Actor, type Id } from '@voronka/contracts';
import {
  check,
  checkPatch,
  Database,
  id as anId,
  many,
  newId,
  one,
  optional,
  sharedReads,
  Store,
  type ListArgs,
  type Page,
  type SharedLoader,
} from '@voronka/service-kit';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { CreatePipelineInput, UpdatePipelineInput } from './pipeline.graphql.js';
import { pipelineList } from './pipeline.list.js';
import { Pipeline } from './pipeline.js';

const probability = z
  .number()
  .int()
  .min(0, 'A probability is a whole percentage from 0 to 100.')
  .max(100, 'A probability is a whole percentage from 0 to 100.');
const MOST = 'A pipeline has at most 100 stages.';
const created = z.object({
  name: text(200),
  isDefault: z.boolean().nullish(),
  stages: z.array(z.object({ name: text(100), probability })).max(100, MOST),
});
const updated = z.object({
  name: text(200),
  isDefault: z.boolean(),
  archived: z.boolean(),
  stages: z.array(z.object({ id: optional(anId), name: text(100), probability })).max(100, MOST),
});

/** What a fresh organisation begins with. The ids are fixed, so that instances that start together make it once. */
const FIRST = {
  id: '01920000-0000-7000-8000-000000000100',
  name: 'Sales',
  isDefault: true,
  stages: [
    { id: '01920000-0000-7000-8000-000000000101', name: 'New', probability: 10 },
    { id: '01920000-0000-7000-8000-000000000102', name: 'Qualified', probability: 25 },
    { id: '01920000-0000-7000-8000-000000000103', name: 'Proposal', probability: 50 },
    { id: '01920000-0000-7000-8000-000000000104', name: 'Negotiation', probability: 75 },
  ],
};
const HOUSE: Actor = { id: 'system:deals', may: 'anything' };

@Injectable()
export class PipelineService {
  /** Which pipeline a stage belongs to, which never changes. */
  private readonly homes = new LRUCache<Id, Id>({ max: 10_000 });

  /** The default, as often as it is asked for: everybody asks who opens a deal and names neither pipeline nor stage. */
  private readonly defaults: SharedLoader<Id | undefined>;

  constructor(
    private readonly store: Store,
    private readonly database: Database,
  ) {
    this.defaults = sharedReads(database, (asked) => this.readDefault(asked));
  }

  /** Sets up the first pipeline where there is none. Runs at every start. */
  async begin(): Promise<void> {
    const { rows } = await this.database.query({ text: 'select 1 from pipeline limit 1' });
    if (rows.length > 0) return;
    await this.store.create(HOUSE, Pipeline, { id: FIRST.id, content: FIRST }, (_, id, now) =>
      Pipeline.setUp(id, FIRST, null, now),
    );
  }

  async create(by: Actor, { id: wanted = null, ...input }: CreatePipelineInput): Promise<Pipeline> {
    const content = check(created, input);
    const stages = content.stages.map((stage) => ({ ...stage, id: newId() }));
    const plan = { name: content.name, isDefault: content.isDefault === true, stages };
    return this.alone(async (defaults) => {
      const uses = { others: many(Pipeline, plan.isDefault ? defaults : []) };
      const from = { id: wanted, content, uses };
      const { record } = await this.store.create(by, Pipeline, from, ({ others }, id, now) => [
        ...Pipeline.setUp(id, plan, by.id, now),
        ...others.flatMap((other) => other.yieldDefault(now)),
      ]);
      return record;
    });
  }

  async update(by: Actor, id: Id, input: UpdatePipelineInput, expectedVersion?: number | null): Promise<Pipeline> {
    const { stages: order, ...rest } = checkPatch(updated, input);
    check(anId, id, 'id');
    for (const [i, stage] of order?.entries() ?? [])
      if (stage.id) await this.requireHome(by, stage.id, id, `input.stages.${i}.id`);
    const stages = order?.map((stage) => ({ ...stage, id: stage.id ?? newId() }));
    return this.alone(async (defaults) => {
      const open = await this.openDeals(id);
      const others = rest.isDefault ? defaults.filter((other) => other !== id) : [];
      const { pipeline } = await this.store.write(
        by,
        { pipeline: one(Pipeline, id, expectedVersion), others: many(Pipeline, others) },
        ({ pipeline, others }, now) => [
          ...pipeline.change({ ...rest, ...(stages && { stages }) }, open, now),
          ...others.flatMap((other) => other.yieldDefault(now)),
        ],
      );
      return pipeline;
    });
  }

  find(by: Actor, id: Id): Promise<Pipeline | null> {
    return this.store.find(by, Pipeline, id);
  }
  byIds(by: Actor, ids: readonly Id[]): Promise<(Pipeline | null)[]> {
    return this.store.byIds(by, Pipeline, ids);
  }
  list(by: Actor, args: ListArgs): Promise<Page<Pipeline>> {
    return this.store.list(by, pipelineList, args);
  }

  /** The pipeline of a stage; refuses with `STAGE_NOT_FOUND`, also where `by` may not see that pipeline. */
  async homeOf(by: Actor, stageId: Id, field: string): Promise<Id> {
    const home = await this.anyHomeOf(check(anId, stageId, field));
    const reach = await this.store.reach(by, 'pipeline');
    if (home && reach.includes({ ownerId: '', pipelineId: home })) return home;
    throw new DomainError('STAGE_NOT_FOUND', 'There is no such stage. Choose one from `pipelines`.', field);
  }

  private async anyHomeOf(stageId: Id): Promise<Id | undefined> {
    const known = this.homes.get(stageId);
    if (known) return known;
    const { rows } = await this.database.query<{ id: Id }>({
      name: 'pipeline:of-stage',
      text: `select id from pipeline where stages @> jsonb_build_array(jsonb_build_object('id', $1::text))`,
      values: [stageId],
    });
    const home = rows[0]?.id;
    if (home) this.homes.set(stageId, home);
    return home;
  }

  /** Refuses with `STAGE_NOT_FOUND`, or `STAGE_IN_ANOTHER_PIPELINE` where the stage is of another pipeline. */
  async requireHome(by: Actor, stageId: Id, pipelineId: Id, field: string): Promise<void> {
    if ((await this.homeOf(by, stageId, field)) !== pipelineId)
      throw new DomainError(
        'STAGE_IN_ANOTHER_PIPELINE',
        'This stage belongs to another pipeline. Choose a stage of this one.',
        field,
      );
  }

  /**
   * The pipeline a deal shall go into, by what is said of it: the one named, the one of the stage named, or the default.
   * Refuses with `PIPELINE_NOT_FOUND`, `STAGE_NOT_FOUND`, `STAGE_IN_ANOTHER_PIPELINE`.
   */
  async placeOf(
    by: Actor,
    { pipelineId, stageId }: { pipelineId?: Id | null; stageId?: Id | null },
    field: (name: string) => string,
  ): Promise<Id> {
    if (pipelineId && !(await this.find(by, check(anId, pipelineId, field('pipelineId')))))
      throw new DomainError(
        'PIPELINE_NOT_FOUND',
        'There is no pipeline with this id. Choose one from `pipelines`.',
        field('pipelineId'),
      );
    if (stageId && pipelineId) await this.requireHome(by, stageId, pipelineId, field('stageId'));
    return pipelineId ?? (stageId ? this.homeOf(by, stageId, field('stageId')) : this.default(field('pipelineId')));
  }

  private async default(field: string): Promise<Id> {
    const [id] = await this.defaults(['default']);
    if (!id) throw new DomainError('PIPELINE_NOT_FOUND', 'There is no default pipeline. Name one.', field);
    return id;
  }

  private async readDefault(asked: readonly string[]): Promise<(Id | undefined)[]> {
    const { rows } = await this.database.query<{ id: Id }>({
      name: 'pipeline:default',
      text: 'select id from pipeline where is_default',
    });
    return asked.map(() => rows[0]?.id);
  }

  /**
   * Changes of pipelines are rare, and each one may touch which is the default and needs to know that nobody moves a deal
   * meanwhile: they go one at a time, with every pipeline locked.
   */
  private alone<T>(work: (defaults: Id[]) => Promise<T>): Promise<T> {
    return this.database.transaction(async () => {
      // Who waits for rows alone does not see one that came meanwhile.
      await this.database.turn('pipeline');
      const { rows } = await this.database.query<{ id: Id; isDefault: boolean }>({
        name: 'pipeline:lock-all',
        text: 'select id, is_default as "isDefault" from pipeline order by id for update',
      });
      return work(rows.filter((row) => row.isDefault).map((row) => row.id));
    });
  }

  private async openDeals(pipelineId: Id): Promise<Map<Id, number>> {
    const { rows } = await this.database.query<{ stageId: Id; deals: number }>({
      name: 'pipeline:open-deals',
      // eslint-disable-next-line voronka/reads-within-reach -- a stage holds everybody's deals, and nobody is told which
      text: `select stage_id as "stageId", count(*)::int as deals from deal
             where pipeline_id = $1 and status = 'OPEN' group by stage_id`,
      values: [pipelineId],
    });
    return new Map(rows.map((row) => [row.stageId, row.deals]));
  }
}
