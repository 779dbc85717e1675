import { describe, expect, it } from '@jest/globals';
import { Kind, parse, type FieldNode, type FragmentDefinitionNode } from 'graphql';
import { selects } from './selected.js';

/** What a resolver of the first field is told of the document. */
function asked(document: string) {
  const { definitions } = parse(document);
  const [operation] = definitions;
  const fragments = definitions.filter(
    (node): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION,
  );
  return {
    fieldNodes: operation && 'selectionSet' in operation ? (operation.selectionSet.selections as FieldNode[]) : [],
    fragments: Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment])),
  };
}

describe('what is asked for', () => {
  it.each([
    ['by itself', '{ funnel { stages { name medianDays } } }'],
    ['under another name', '{ funnel { stages { name days: medianDays } } }'],
    ['in a second selection of the same', '{ funnel { stages { name } stages { medianDays } } }'],
    [
      'in a fragment',
      '{ funnel { ...Whole } } fragment Whole on Funnel { stages { ... on FunnelStage { medianDays } } }',
    ],
    [
      'where a directive may leave it out',
      'query ($no: Boolean!) { funnel { stages { medianDays @include(if: $no) } } }',
    ],
  ])('is seen %s', (_, document) => {
    expect(selects(asked(document), 'stages', 'medianDays')).toBe(true);
  });

  it.each([
    ['another field', '{ funnel { stages { name } } }'],
    ['one of its name in another place', '{ funnel { medianDays stages { name } } }'],
    ['another field under its name', '{ funnel { stages { medianDays: name } } }'],
  ])('is not %s', (_, document) => {
    expect(selects(asked(document), 'stages', 'medianDays')).toBe(false);
  });
});
