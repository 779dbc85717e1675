import { describe, expect, it } from '@jest/globals';
import { Company } from './company.js';

const OWNER = '0190a8f2-0000-7000-8000-000000000001';
const idOf = (n: number) => `0190a8f2-0000-7000-8000-0000000000${n}`;
const monday = new Date('2026-03-02T09:00:00.000Z');
const tuesday = new Date('2026-03-03T09:00:00.000Z');

function company(n: number, parentId: string | null = null): Company {
  const details = {
    name: `Company ${n}`,
    parentId,
    phones: [],
    emails: [],
    address: null,
    site: null,
    industry: null,
    employees: null,
    note: null,
    ownerId: OWNER,
  };
  return Company.register(idOf(n), details, { by: OWNER }, monday)[0]?.record as Company;
}

describe('a company', () => {
  const holding = company(10);
  const region = company(11, holding.id);

  it('comes to belong to another one, with all that lies above that', () => {
    const branch = company(12);
    const [event] = branch.update({ parentId: region.id }, [region, holding], tuesday);
    expect(event?.data).toMatchObject({ changes: { parentId: { from: null, to: region.id } } });
  });

  it.each([
    ['itself', holding.id, [holding]],
    ['its branch', region.id, [region, holding]],
  ])('never belongs to %s', (_, parentId, above) => {
    expect(() => holding.update({ parentId }, above, tuesday)).toThrow(
      expect.objectContaining({ code: 'COMPANY_CYCLE', field: 'input.parentId' }),
    );
  });

  it('is asked again where those above were moved meanwhile', () => {
    const conflict = expect.objectContaining({ code: 'CONFLICT' });
    expect(() => company(12).update({ parentId: region.id }, [region], tuesday)).toThrow(conflict);
    expect(() => company(12).update({ parentId: region.id }, [holding], tuesday)).toThrow(conflict);
  });

  it('belongs to nobody again, and says nothing where nothing changes', () => {
    const branch = company(12, region.id);
    expect(branch.update({ parentId: null }, [], tuesday)).toHaveLength(1);
    expect(branch.update({ parentId: null, name: 'Company 12' }, [], tuesday)).toEqual([]);
  });
});
