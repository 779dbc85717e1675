import { describe, expect, it } from '@jest/globals';
import { PipelineUpdated } from '@voronka/contracts';
import { after, aPipeline, id } from '../../test/given.js';

const refusal = (rule: () => unknown) => {
  try {
    rule();
  } catch (error) {
    const { code, field } = error as { code: string; field?: string };
    return { code, field };
  }
  return null;
};
const stage = (n: number, name = `Stage ${n}`) => ({ id: id(n), name, probability: 50 });
const none = new Map<string, number>();

describe('a pipeline', () => {
  it('takes a new order of stages, with new ones, renamed ones and other chances', () => {
    const pipeline = aPipeline();
    const [event] = pipeline.change({ stages: [stage(13), stage(11, 'First'), stage(14), stage(12)] }, none, after(1));
    expect(event?.declaration).toBe(PipelineUpdated);
    expect(pipeline.stages.map((s) => [s.name, s.archived])).toEqual([
      ['Stage 13', false],
      ['First', false],
      ['Stage 14', false],
      ['Stage 12', false],
    ]);
  });

  it('archives a stage that is left out, behind the others, and takes it back when it is named again', () => {
    const pipeline = aPipeline();
    pipeline.change({ stages: [stage(12), stage(13)] }, none, after(1));
    expect(pipeline.stages.map((s) => [s.id, s.archived])).toEqual([
      [id(12), false],
      [id(13), false],
      [id(11), true],
    ]);
    expect(refusal(() => pipeline.enterable(id(11)))).toEqual({ code: 'STAGE_ARCHIVED', field: 'stageId' });
    expect(pipeline.enterable(null).stage.id).toBe(id(12));
    pipeline.change({ stages: [stage(11), stage(12), stage(13)] }, none, after(2));
    expect(pipeline.enterable(null)).toMatchObject({ stage: { id: id(11), archived: false }, position: 0 });
  });

  it('does not lose a stage that holds open deals, and is not archived while one does', () => {
    const open = new Map([[id(11), 2]]);
    expect(refusal(() => aPipeline().change({ stages: [stage(12)] }, open, after(1)))).toEqual({
      code: 'STAGE_HOLDS_DEALS',
      field: 'input.stages',
    });
    expect(refusal(() => aPipeline().change({ archived: true }, open, after(1)))).toEqual({
      code: 'STAGE_HOLDS_DEALS',
      field: 'input.archived',
    });
  });

  it('takes no deal while it is archived', () => {
    const pipeline = aPipeline();
    pipeline.change({ archived: true }, none, after(1));
    expect(refusal(() => pipeline.enterable(null))).toMatchObject({ code: 'PIPELINE_ARCHIVED' });
    pipeline.change({ archived: false }, none, after(2));
    expect(pipeline.enterable(null).position).toBe(0);
  });

  it('that is the default can be neither archived nor made no default; an archived one cannot become it', () => {
    const pipeline = aPipeline();
    pipeline.change({ isDefault: true }, none, after(1));
    expect(refusal(() => pipeline.change({ archived: true }, none, after(2)))?.code).toBe('INVALID_VALUE');
    expect(refusal(() => pipeline.change({ isDefault: false }, none, after(2)))?.code).toBe('INVALID_VALUE');
    pipeline.yieldDefault(after(3));
    pipeline.change({ archived: true }, none, after(4));
    expect(refusal(() => pipeline.change({ isDefault: true }, none, after(5)))?.code).toBe('PIPELINE_ARCHIVED');
  });

  it.each([
    ['no stage', [], 'REQUIRED'],
    ['a stage twice', [stage(11), stage(11)], 'INVALID_VALUE'],
    ['two stages of one name', [stage(11, 'New'), stage(12, 'new')], 'ALREADY_EXISTS'],
    [
      'more than a hundred stages, archived ones included',
      Array.from({ length: 98 }, (_, i) => stage(i + 200)),
      'TOO_MANY',
    ],
  ])('refuses %s', (_, stages, code) => {
    expect(refusal(() => aPipeline().change({ stages }, none, after(1)))).toEqual({ code, field: 'input.stages' });
  });

  it('announces nothing when nothing changes', () => {
    const pipeline = aPipeline();
    expect(pipeline.change({ name: 'Sales', stages: pipeline.stages }, none, after(1))).toEqual([]);
  });

  it('says what it has not', () => {
    expect(refusal(() => aPipeline().enterable(id(77)))).toEqual({ code: 'STAGE_NOT_FOUND', field: 'stageId' });
  });
});
