import { newId } from '@voronka/service-kit';
import type { Asker, ServiceUnderTest } from '@voronka/testing';
import { on, Story } from './story.js';

export const [A, B, C] = [newId(), newId(), newId()];
export const pipelineId = newId();
export const teams = { house: newId(), west: newId(), westOne: newId(), east: newId() };
export const people = { anna: newId(), boris: newId(), vera: newId(), gleb: newId() };

/** March of a small company: what funnels are reckoned from by hand in the suites. */
export function march(): Story {
  const { anna, boris, vera, gleb } = people;
  const story = new Story();
  const open = (ownerId: string, stageId: string, day: number, amount?: number, currency = 'USD') =>
    story.deal({ pipelineId, stageId, ownerId, ...(amount !== undefined && { amount, currency }) }, on(day));

  story.pipeline(pipelineId, ['Old', 'A', 'B', 'C'], [newId(), A, B, C], ['Old']);
  open(anna, A, 1, 1_000).to(B, on(3)).to(C, on(6)).won(on(11));
  open(boris, A, 1, 500).to(B, on(5)).lost(on(5));
  // Skips B, is moved back.
  open(anna, A, 2, 300).to(C, on(4)).to(A, on(8));
  open(vera, B, 2, 700, 'EUR');
  // Lost, reopened, won after all.
  open(vera, A, 3, 200).lost(on(4)).reopened(on(6)).to(B, on(7)).won(on(13));
  open(gleb, A, 3, 9_999).withdrawn(on(4));
  // Opened on 18 February, won in March.
  open(boris, A, -10, 50).won(on(2));
  open(anna, A, 9).updated({ ownerId: vera, teamId: teams.east }, on(10));
  return story;
}

/** The people of the company in the directory of a service, and someone who asks for reports. */
export async function staff(analytics: ServiceUnderTest): Promise<Asker> {
  const { anna, boris, vera, gleb } = people;
  const { database } = analytics.service;
  for (const [id, parent] of [
    [teams.house, null],
    [teams.west, teams.house],
    [teams.westOne, teams.west],
    [teams.east, teams.house],
  ])
    await database.query({
      text: `insert into directory_team (id, name, parent_id, version) values ($1, 'A team', $2, 1)`,
      values: [id, parent],
    });
  await analytics.person({ id: anna, teamId: teams.westOne });
  await analytics.person({ id: boris, teamId: teams.west });
  await analytics.person({ id: vera, teamId: teams.east });
  await analytics.person({ id: gleb });
  return analytics.person({ role: 'ANALYST' });
}
