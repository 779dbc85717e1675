import { describe, expect, it } from '@jest/globals';
import { seenBy, staffOf } from './staff.js';

describe('the people of an organisation', () => {
  const staff = staffOf(100);
  const [everybody, region, team] = [staff.people[0]!, staff.people[1]!, staff.people[2]!];

  it('are all in a team, and every team has one of them for its head', () => {
    expect(staff.people.every((person) => staff.teams[person.team]?.n === person.team)).toBe(true);
    expect(staff.teams.every(({ head }) => head !== null && staff.people[head]?.role !== 'SALESPERSON')).toBe(true);
    expect(staff.teams.every(({ n, parent }) => parent === null || parent < n)).toBe(true);
  });

  it('see what is theirs, their branch’s, or all', () => {
    expect(seenBy(everybody, staff)).toHaveLength(100);
    expect(seenBy(region, staff)).toHaveLength(48);
    expect(seenBy(team, staff)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(seenBy(staff.people[5]!, staff)).toEqual([5]);
  });

  it('are led also where they are few', () => {
    const few = staffOf(18);
    expect(few.teams.every(({ head }) => few.people[head!]?.role !== 'SALESPERSON')).toBe(true);
  });
});
