import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { guardedFields } from '@voronka/contracts';
import { buildSchema, getNamedType, getNullableType, isListType, isNonNullType, isObjectType } from 'graphql';

const supergraph = buildSchema(readFileSync('gateway/supergraph.graphql', 'utf8'), { assumeValid: true });
const typeOf = (name: string) => {
  const type = supergraph.getType(name);
  return isObjectType(type) ? type.getFields() : {};
};

describe('a field that a role can keep from people', () => {
  it.each(Object.entries(guardedFields))('%s is shown where it is said, and may stand empty there', (_, { shown }) => {
    for (const place of shown) {
      const [type = '', name = ''] = place.split('.');
      const field = typeOf(type)[name];
      expect(field && (isListType(getNullableType(field.type)) || !isNonNullType(field.type))).toBe(true);
    }
  });

  it('that is of money has every place where money of its record is shown', () => {
    const shown = new Set(Object.values(guardedFields).flatMap((field): readonly string[] => field.shown));
    const places = Object.values(supergraph.getTypeMap())
      .filter(isObjectType)
      .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
      .filter(({ field }) => getNamedType(field.type).name === 'Money')
      .map(({ type, field }) => `${type.name}.${field.name}`);
    // Parts of what is hidden as a whole, and the list price, which is no record's.
    const others = ['BoardSum.sum', 'DealLine.price', 'DealLine.amount', 'Product.price'];
    expect(places.filter((place) => !shown.has(place)).sort()).toEqual(others.sort());
  });
});
