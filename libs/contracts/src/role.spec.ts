import { describe, expect, it } from '@jest/globals';
import { shippedRoles, type Grant } from './rights.js';
import {
  accessTo,
  excess,
  powerInCommon,
  scopeWithin,
  type FieldLimit,
  type PipelineLimit,
  type Power,
} from './role.js';

const grant = (action: Grant['action'], entity: Grant['entity'] = 'deal', scope: Grant['scope'] = 'ALL'): Grant => ({
  ...{ action, entity, scope },
});
const power = (grants: Grant[], pipelines: PipelineLimit[] | null = null, fields: FieldLimit[] = []): Power => ({
  ...{ grants, pipelines, fields },
});
const inside = (pipelineId: string, stageIds: string[] | null = null): PipelineLimit => ({ pipelineId, stageIds });
const all = power([grant('read'), grant('update')]);

describe('what somebody may in a pipeline', () => {
  it('is what those of his roles grant that count there', () => {
    const powers = [power([grant('read')], [inside('a')]), power([grant('read', 'deal', 'OWN')])];
    expect(['a', 'b', null].map((id) => scopeWithin(powers, 'read', 'deal', id))).toEqual(['ALL', 'OWN', 'OWN']);
    expect(scopeWithin([power([grant('read')], [])], 'read', 'deal', 'a')).toBeNull();
  });
});

describe('what two powers have in common', () => {
  it('lies in the pipelines and the stages of both', () => {
    const both = powerInCommon(
      power([], [inside('a', ['1', '2']), inside('b'), inside('c')]),
      power([], [inside('a', ['2', '3']), inside('b', ['4'])]),
    );
    expect(both.pipelines).toEqual([inside('a', ['2']), inside('b', ['4'])]);
    expect(powerInCommon(all, power([], [inside('a')])).pipelines).toEqual([inside('a')]);
    expect(powerInCommon(all, all).pipelines).toBeNull();
  });

  it('keeps the fields that either keeps', () => {
    const [hiding, reading] = (['HIDDEN', 'READ_ONLY'] as const).map((access) =>
      power(all.grants as Grant[], null, [{ field: 'deal.amount', access }]),
    ) as [Power, Power];
    expect(accessTo([powerInCommon(reading, hiding)], 'deal.amount')).toBe('HIDDEN');
    expect(accessTo([powerInCommon(all, reading)], 'deal.amount')).toBe('READ_ONLY');
  });
});

describe('what goes further than somebody may', () => {
  const at = (held: Power[], wanted: Power) => excess(held, wanted)?.at ?? null;

  it('is a grant that he does not hold', () => {
    expect(at([all], power([grant('read'), grant('win')]))).toBe('grants.1');
    expect(at([all], all)).toBeNull();
  });

  it('is a pipeline in which his do not count, or a stage', () => {
    const held = power([grant('read'), grant('update')], [inside('a', ['1'])]);
    expect(at([held], all)).toBe('pipelines');
    expect(at([held], power([grant('read')], [inside('a'), inside('b')]))).toBe('pipelines');
    expect(at([held], power([grant('read')], [inside('a')]))).toBeNull();
    expect(at([held], power([grant('update')], [inside('a')]))).toBe('pipelines');
    expect(at([held], power([grant('update')], [inside('a', ['1', '2'])]))).toBe('pipelines');
    expect(at([held], power([grant('update')], [inside('a', ['1'])]))).toBeNull();
    expect(at([held, all], all)).toBeNull();
  });

  it('is a wider scope in one pipeline, though he has it in another', () => {
    const held = [power([grant('read')], [inside('a')]), power([grant('read', 'deal', 'OWN')])];
    expect(at(held, power([grant('read')], [inside('a')]))).toBeNull();
    expect(at(held, power([grant('read', 'deal', 'OWN')]))).toBeNull();
    expect(at(held, power([grant('read')]))).toBe('pipelines');
    expect(at(held, power([grant('read')], [inside('b')]))).toBe('pipelines');
  });

  it('is a field that he does not see, or may not change', () => {
    const limited = (access: FieldLimit['access']) =>
      power([grant('read'), grant('update')], null, [{ field: 'deal.amount', access }]);
    expect(at([limited('HIDDEN')], all)).toBe('fields');
    expect(at([limited('READ_ONLY')], all)).toBe('fields');
    expect(at([limited('READ_ONLY')], power([grant('read')]))).toBeNull();
    expect(at([limited('HIDDEN')], limited('HIDDEN'))).toBeNull();
    expect(at([limited('HIDDEN')], power([grant('read', 'lead')]))).toBe('grants.0');
  });

  it('is nothing for who administers', () => {
    for (const role of Object.values(shippedRoles)) expect(excess([shippedRoles.ADMINISTRATOR], role)).toBeNull();
  });
});
