import {
  DomainError,
  PipelineCreated,
  PipelineUpdated,
  type Id,
  type PipelineState,
  type StageState,
} from '@voronka/contracts';
import { changesBetween, CrmRecord, type DomainEvent } from '@voronka/service-kit/record';
import { Column, Entity } from 'typeorm';

/** A stage as it is wished for: its id is known or was just chosen. */
export interface StagePlan {
  readonly id: Id;
  readonly name: string;
  readonly probability: number;
}
export interface PipelinePlan {
  readonly name: string;
  readonly isDefault: boolean;
  readonly stages: readonly StagePlan[];
}
/** What shall change; what is left out stays. `stages` is the whole new order: those left out are archived. */
export type PipelinePatch = Partial<PipelinePlan & { archived: boolean }>;

const MAX_STAGES = 100;

/**
 * The way a deal goes: ordered stages, each with the chance of winning from there. A stage is never forgotten, because
 * deals have been in it: what is left out of the order is archived and stands behind the others.
 */
@Entity('pipeline')
export class Pipeline extends CrmRecord<PipelineState> {
  @Column('text') name: string;
  /** Where a deal goes when nobody says where. There is one such pipeline. */
  @Column('boolean') isDefault: boolean;
  @Column('boolean') archived: boolean;
  @Column('jsonb') stages: StageState[];

  static setUp(id: Id, plan: PipelinePlan, by: Id | null, now: Date): DomainEvent[] {
    const pipeline = CrmRecord.born(Pipeline, id, by, now);
    pipeline.name = plan.name;
    pipeline.isDefault = plan.isDefault;
    pipeline.archived = false;
    pipeline.stages = ordered(plan.stages, []);
    return [pipeline.say(PipelineCreated, {}, now)];
  }

  state(): PipelineState {
    const { id, name, isDefault, archived, stages } = this;
    return { id, name, isDefault, archived, stages };
  }

  /** `open` counts the open deals by stage: none of them may lose its place. */
  change(patch: PipelinePatch, open: ReadonlyMap<Id, number>, now: Date): DomainEvent[] {
    const before = this.state();
    if (patch.name !== undefined) this.name = patch.name;
    if (patch.stages) this.arrange(patch.stages, open);
    if (patch.archived !== undefined) this.archive(patch.archived, open);
    if (patch.isDefault !== undefined) this.makeDefault(patch.isDefault);
    return changesBetween(before, this.state()) ? [this.say(PipelineUpdated, {}, now)] : [];
  }

  /** Another pipeline becomes the default. */
  yieldDefault(now: Date): DomainEvent[] {
    this.isDefault = false;
    return [this.say(PipelineUpdated, {}, now)];
  }

  /** A stage a deal may come to, the first where none is named. Refuses with `PIPELINE_ARCHIVED`, `STAGE_NOT_FOUND`, `STAGE_ARCHIVED`. */
  enterable(stageId: Id | null, field = 'stageId'): { stage: StageState; position: number } {
    if (this.archived)
      throw new DomainError('PIPELINE_ARCHIVED', `The pipeline “${this.name}” is archived. Choose another one.`, field);
    const position = stageId ? this.stages.findIndex((s) => s.id === stageId) : 0;
    const stage = this.stages[position];
    if (!stage)
      throw new DomainError(
        'STAGE_NOT_FOUND',
        `The pipeline “${this.name}” has no such stage. Choose one of its stages.`,
        field,
      );
    if (stage.archived)
      throw new DomainError('STAGE_ARCHIVED', `The stage “${stage.name}” is archived. Choose another stage.`, field);
    return { stage, position };
  }

  private arrange(plans: readonly StagePlan[], open: ReadonlyMap<Id, number>): void {
    for (const { id, name, archived } of this.stages)
      if (!archived && !plans.some((plan) => plan.id === id)) requireEmpty(name, open.get(id) ?? 0, 'input.stages');
    this.stages = ordered(plans, this.stages);
  }

  private archive(archived: boolean, open: ReadonlyMap<Id, number>): void {
    if (archived && this.isDefault)
      throw new DomainError(
        'INVALID_VALUE',
        'The default pipeline cannot be archived. Make another pipeline the default first.',
        'input.archived',
      );
    if (archived)
      requireEmpty(
        this.name,
        [...open.values()].reduce((a, b) => a + b, 0),
        'input.archived',
      );
    this.archived = archived;
  }

  private makeDefault(isDefault: boolean): void {
    if (this.isDefault && !isDefault)
      throw new DomainError(
        'INVALID_VALUE',
        'There must be a default pipeline. Make another one the default instead.',
        'input.isDefault',
      );
    if (isDefault && this.archived)
      throw new DomainError(
        'PIPELINE_ARCHIVED',
        'An archived pipeline cannot be the default. Take it back into use first.',
        'input.isDefault',
      );
    this.isDefault = isDefault;
  }
}

function requireEmpty(name: string, deals: number, field: string): void {
  if (deals > 0)
    throw new DomainError(
      'STAGE_HOLDS_DEALS',
      `“${name}” holds ${deals} open ${deals === 1 ? 'deal' : 'deals'}. Move or close them, then archive it.`,
      field,
    );
}

/** The stages in their new order, and behind them, archived, those of before that are not among them. */
function ordered(plans: readonly StagePlan[], before: readonly StageState[]): StageState[] {
  const ids = new Set(plans.map((plan) => plan.id));
  const names = new Set(plans.map((plan) => plan.name.toLowerCase()));
  if (plans.length === 0)
    throw new DomainError('REQUIRED', 'A pipeline needs at least one stage. Name it.', 'input.stages');
  if (ids.size < plans.length)
    throw new DomainError('INVALID_VALUE', 'A stage stands in the order twice. Name each once.', 'input.stages');
  if (names.size < plans.length)
    throw new DomainError(
      'ALREADY_EXISTS',
      'Two stages have the same name. Give each a name of its own.',
      'input.stages',
    );
  const left = before.filter(({ id }) => !ids.has(id)).map((stage) => ({ ...stage, archived: true }));
  if (plans.length + left.length > MAX_STAGES)
    throw new DomainError(
      'TOO_MANY',
      `A pipeline has at most ${MAX_STAGES} stages, archived ones included. Rename archived ones instead of adding new ones.`,
      'input.stages',
    );
  return [...plans.map(({ id, name, probability }) => ({ id, name, probability, archived: false })), ...left];
}
