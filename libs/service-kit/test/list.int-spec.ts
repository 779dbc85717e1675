import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { notes } from './note.js';

interface Notes {
  notes_: {
    nodes: { title: string }[];
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
    totalCount: number;
  };
}

const query = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: NoteFilter, $orderBy: [NoteOrder!]) {
  notes_(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    nodes { title } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount
  }
}`;

describe('lists', () => {
  let system: ServiceUnderTest;
  let anna: Asker;

  beforeAll(async () => {
    system = await serviceUnderTest(notes);
    anna = await system.person();
    // Ranks with ties and without a value.
    const ranks = [3, 1, null, 2, 1, null, 3, 2, null, 1, 5];
    for (const [i, rank] of ranks.entries())
      await anna.get('mutation ($t: String!, $r: SafeInt) { createNote(title: $t, rank: $r) { id } }', {
        t: `note ${String(i).padStart(2, '0')}`,
        r: rank,
      });
  });
  afterAll(() => system.stop());

  const page = async (args: object) => (await anna.get<Notes>(query, args)).notes_;
  const titles = (of: Notes['notes_']) => of.nodes.map((n) => n.title);

  async function walk(args: object, forwards: boolean): Promise<string[]> {
    const all: string[] = [];
    for (let cursor: string | undefined; ;) {
      const next = await page(forwards ? { ...args, first: 3, after: cursor } : { ...args, last: 3, before: cursor });
      if (forwards) all.push(...titles(next));
      else all.unshift(...titles(next));
      if (!(forwards ? next.pageInfo.hasNextPage : next.pageInfo.hasPreviousPage)) return all;
      cursor = forwards ? next.pageInfo.endCursor : next.pageInfo.startCursor;
    }
  }

  it.each([
    ['upwards by a field without values', [{ field: 'rank', direction: 'ASC' }]],
    ['downwards by a field without values', [{ field: 'rank', direction: 'DESC' }]],
    ['by title', [{ field: 'title', direction: 'DESC' }]],
    [
      'by two fields that run apart',
      [
        { field: 'rank', direction: 'ASC' },
        { field: 'title', direction: 'DESC' },
      ],
    ],
    [
      'by a second field without values',
      [
        { field: 'createdAt', direction: 'ASC' },
        { field: 'rank', direction: 'DESC' },
      ],
    ],
  ])('page through every row once, %s, and back again', async (_, orderBy) => {
    const whole = titles(await page({ first: 100, orderBy }));
    expect(whole).toHaveLength(11);
    expect(await walk({ orderBy }, true)).toEqual(whole);
    expect(await walk({ orderBy }, false)).toEqual(whole);
  });

  it('put rows without a value last, either way', async () => {
    const without = ['note 02', 'note 05', 'note 08'];
    for (const direction of ['ASC', 'DESC'])
      expect(
        titles(await page({ first: 100, orderBy: [{ field: 'rank', direction }] }))
          .slice(-3)
          .sort(),
      ).toEqual(without);
  });

  it('filter by conditions that can be joined and negated', async () => {
    expect(titles(await page({ filter: { rank: { gte: 3 } }, orderBy: [{ field: 'title' }] }))).toEqual([
      'note 00',
      'note 06',
      'note 10',
    ]);
    const joined = {
      or: [{ rank: { eq: 5 } }, { and: [{ rank: { isNull: true } }, { not: { title: { eq: 'note 02' } } }] }],
    };
    expect(titles(await page({ filter: joined, orderBy: [{ field: 'title' }] }))).toEqual([
      'note 05',
      'note 08',
      'note 10',
    ]);
  });

  it('find a part of a text, and take % and _ for themselves', async () => {
    expect(titles(await page({ filter: { search: 'TE 1' } }))).toEqual(['note 10']);
    expect(titles(await page({ filter: { search: '%_' } }))).toEqual([]);
  });

  it('count what the filter finds', async () => {
    expect((await page({ first: 1, filter: { rank: { eq: 1 } } })).totalCount).toBe(3);
  });

  it.each([
    [{ first: 201 }, { code: 'PAGE_TOO_LARGE', field: 'first' }],
    [{ first: 0 }, { code: 'INVALID_NUMBER', field: 'first' }],
    [
      { first: 1, last: 1 },
      { code: 'INVALID_QUERY', field: 'last' },
    ],
    [{ after: 'nonsense' }, { code: 'INVALID_CURSOR', field: 'after' }],
    [{ filter: { search: 'a' } }, { code: 'INVALID_VALUE', field: 'filter.search' }],
    [{ filter: { id: { eq: 'x' } } }, { code: 'INVALID_ID', field: 'filter.id.eq' }],
    [
      { filter: { id: { in: Array(501).fill('0190a8f2-0000-7000-8000-000000000000') } } },
      { code: 'TOO_MANY', field: 'filter.id.in' },
    ],
    [{ filter: { not: { not: { not: { not: { not: {} } } } } } }, { code: 'INVALID_QUERY' }],
  ])('refuse what cannot be meant or would cost too much (%#)', async (args, refusal) => {
    expect(await anna.refusal(query, args)).toMatchObject(refusal);
  });

  it('refuse a cursor that was changed, and one of another order', async () => {
    const { pageInfo } = await page({ first: 2, orderBy: [{ field: 'title' }] });
    const flipped = pageInfo.endCursor.replace(/^(.{10})./, (_, head: string) => `${head}A`);
    expect(await anna.refusal(query, { after: flipped, orderBy: [{ field: 'title' }] })).toMatchObject({
      code: 'INVALID_CURSOR',
    });
    expect(await anna.refusal(query, { after: pageInfo.endCursor, orderBy: [{ field: 'rank' }] })).toMatchObject({
      code: 'INVALID_CURSOR',
    });
  });
});
