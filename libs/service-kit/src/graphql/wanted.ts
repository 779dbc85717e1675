import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { Extensions, GqlExecutionContext } from '@nestjs/graphql';
import { isObjectType, visit, type FieldNode, type GraphQLResolveInfo, type SelectionNode } from 'graphql';
import type { WantedProperties } from '../store/selection.js';
import { tableOf, type RecordType } from '../store/table.js';

/** Under this a field carries what it is made of. */
const READS = 'reads';

/**
 * Says of which properties of the record a field is made. A field for which nothing is said is made of the property of its own
 * name, or of that with `Id` behind it (`owner` of `ownerId`); where there is neither, of who knows which.
 */
export const Reads = (...properties: readonly string[]) => Extensions({ [READS]: properties });

/** The parameter of a query that says which properties of such records will be looked at, by what the client asks for. */
export const Wanted = createParamDecorator((type: RecordType, host: ExecutionContext): WantedProperties =>
  wantedOf(type, GqlExecutionContext.create(host).getInfo<GraphQLResolveInfo>()),
);

type Asked = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments' | 'schema'>;

/** By fields of documents, which come again. */
const known = new WeakMap<FieldNode, Map<RecordType, WantedProperties>>();

/** Which properties of records of a type are looked at for a field and all below it; what `@skip` leaves out among them. */
export function wantedOf(type: RecordType, asked: Asked): WantedProperties {
  const [node, ...others] = asked.fieldNodes;
  if (!node || others.length > 0) return null;
  let ofNode = known.get(node);
  if (!ofNode) known.set(node, (ofNode = new Map<RecordType, WantedProperties>()));
  let wanted = ofNode.get(type);
  if (wanted === undefined) ofNode.set(type, (wanted = propertiesOf(type, node, asked)));
  return wanted;
}

function propertiesOf(type: RecordType, node: FieldNode, { fragments, schema }: Asked): WantedProperties {
  const shown = schema.getType(type.name);
  if (!isObjectType(shown)) throw new Error(`The API shows no ${type.name}`);
  const columns = new Set(tableOf(type).columns.map(({ property }) => property));
  const found = new Set<string>();
  for (const name of namesIn(node, fragments)) {
    // The name of a field of something else, of which the record has none.
    const field = shown.getFields()[name];
    if (!field) continue;
    const said = field.extensions[READS] as readonly string[] | undefined;
    const own = [name, `${name}Id`].find((property) => columns.has(property));
    const reads = said ?? (own === undefined ? null : [own]);
    if (!reads) return null;
    for (const property of reads) found.add(property);
  }
  return [...found];
}

/** All that is asked below a field, of whatever: a name too many costs a column, and which type it belongs to need not be known. */
function namesIn(node: FieldNode, fragments: Asked['fragments']): ReadonlySet<string> {
  const names = new Set<string>();
  const spread = new Set<string>();
  const look = (selection: SelectionNode | Asked['fragments'][string]) =>
    visit(selection, {
      Field: ({ name }) => void names.add(name.value),
      FragmentSpread: ({ name: { value } }) => {
        const fragment = fragments[value];
        if (!fragment || spread.has(value)) return;
        spread.add(value);
        look(fragment);
      },
    });
  node.selectionSet?.selections.forEach(look);
  return names;
}
