import { describe, expect, it } from '@jest/globals';
import { planOf, type AskedPlan, type Company, type Heirs } from './plan.js';

const company: Company = {
  active: (id) => ['anna', 'boris', 'leaver'].includes(id),
  team: (id) =>
    ({ sales: ['leaver', 'anna', 'boris'], alone: ['leaver'], many: Array.from({ length: 101 }, String) })[id] ?? null,
};
const people = (...userIds: string[]): Heirs => ({ userIds, teamId: null });
const team = (teamId: string): Heirs => ({ userIds: null, teamId });
const plan = (to: Heirs, ...byPipeline: AskedPlan['byPipeline']) => planOf({ to, byPipeline }, 'leaver', company);

describe('a plan', () => {
  it('names each person once, and the people of a team without who leaves', () => {
    expect(plan(people('anna', 'boris', 'anna'), { pipelineId: 'p', to: team('sales') })).toEqual({
      to: ['anna', 'boris'],
      byPipeline: [{ pipelineId: 'p', to: ['anna', 'boris'] }],
    });
  });

  it.each<[string, Heirs, string, string]>([
    ['to who leaves', people('anna', 'leaver'), 'INVALID_VALUE', 'plan.to.userIds.1'],
    ['to somebody who is not active', people('gone'), 'OWNER_NOT_FOUND', 'plan.to.userIds.0'],
    ['to nobody', { userIds: null, teamId: null }, 'INVALID_VALUE', 'plan.to'],
    ['to people and a team', { userIds: ['anna'], teamId: 'sales' }, 'INVALID_VALUE', 'plan.to'],
    ['to a team that is not there', team('nowhere'), 'TEAM_NOT_FOUND', 'plan.to.teamId'],
    ['to a team of nobody else', team('alone'), 'REQUIRED', 'plan.to.teamId'],
    ['to a team of more than a hundred', team('many'), 'TOO_MANY', 'plan.to.teamId'],
  ])('is refused %s', (_, to, code, field) => {
    expect(() => plan(to)).toThrow(expect.objectContaining({ code, field }) as unknown as Error);
  });

  it('says which rule is refused, and names a pipeline once', () => {
    const rule = { pipelineId: 'p', to: people('anna') };
    const refused = (code: string, field: string) => expect.objectContaining({ code, field }) as unknown as Error;
    expect(() => plan(people('anna'), rule, { pipelineId: 'q', to: people('leaver') })).toThrow(
      refused('INVALID_VALUE', 'plan.byPipeline.1.to.userIds.0'),
    );
    expect(() => plan(people('anna'), rule, rule)).toThrow(refused('INVALID_VALUE', 'plan.byPipeline.1.pipelineId'));
  });
});
