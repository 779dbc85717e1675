import { composeServices } from '@apollo/composition';
import { Kind, parse, visit } from 'graphql';

const HEAD = '# Composed from services/*/schema.graphql by `npm run generate`; changes made here are lost.\n';

/**
 * Composes subgraphs into the gateway's supergraph. The addresses in it only name the services: where they are is
 * told by the gateway's settings. The same subgraphs give the same text.
 *
 * @param {Readonly<Record<string, string>>} subgraphs SDL by the service's name
 * @returns {{ supergraphSdl: string, hints: string[] }} throws an Error that lists what does not fit together
 */
export function composeSupergraph(subgraphs) {
  const names = Object.keys(subgraphs).sort();
  const documents = new Map(names.map((name) => [name, parse(subgraphs[name])]));
  const services = names.map((name) => ({
    name,
    url: `service://${name}`,
    typeDefs: withListSizes(withMissingParts(documents.get(name), [...documents.values()])),
  }));
  const { supergraphSdl, errors, hints } = composeServices(services);
  if (errors) throw new Error(`The services do not compose:\n${errors.map((e) => `  ${e.message}`).join('\n')}`);
  return { supergraphSdl: `${HEAD}${supergraphSdl.trimEnd()}\n`, hints: hints.map(String) };
}

/**
 * A service that is down takes its own part of an answer with it and no more. GraphQL passes a null upwards through
 * everything that is declared non-null, so in the supergraph these may be null whatever the services promise for
 * themselves: what stands at the top, what refers to another service's record, and what a service adds to one. Such a
 * record is described by the service it is at home in.
 */
function withMissingParts(document, all) {
  const here = entitiesOf(document);
  const athome = (type) => {
    const elsewhere = all.some((other) => other !== document && entitiesOf(other).get(type)?.resolvable);
    return !elsewhere || isAskedFor(type, document);
  };
  const foreign = (type) => here.has(type) && !athome(type);
  // What a reference brings along is there with it.
  const brought = ({ directives = [] }) => directives.some(({ name }) => name.value === 'shareable');
  const mayMiss = (type, field) =>
    type === 'Query' ||
    type === 'Mutation' ||
    foreign(namedType(field.type)) ||
    (foreign(type) && !here.get(type).keys.has(field.name.value) && !brought(field));
  const relaxed = (node) => {
    const guest = foreign(node.name.value);
    const fields = node.fields?.map((field) => ({
      ...field,
      ...(guest && here.get(node.name.value).keys.has(field.name.value) && { description: undefined }),
      ...(field.type.kind === Kind.NON_NULL_TYPE && mayMiss(node.name.value, field) && { type: field.type.type }),
    }));
    return { ...node, fields, ...(guest && { description: undefined }) };
  };
  return visit(document, { ObjectTypeDefinition: relaxed, ObjectTypeExtension: relaxed });
}

/** Rows of a page where nothing is said: DEFAULT_PAGE of the service-kit, unless the argument has a default of its own. */
const PAGE = 50;
/** Rows of an import, which are answered row by row, at most. */
const IMPORT = 500;

/**
 * Writes into the schema what holds for every list here, so that the gateway can reckon what a query costs: a field with
 * `first` is as long as `first` or `last` say, its rows are in `nodes` and `edges` if it is a connection, and an import
 * is as long as it may be.
 * A service that says otherwise of a field with @listSize is left its word.
 */
function withListSizes(document) {
  if (!linked(document).has('@listSize')) return document;
  const sized = (field) => {
    if (namedType(field.type) === 'ImportResult') return annotated(field, `@listSize(assumedSize: ${IMPORT})`);
    const slicing = (field.arguments ?? []).filter(({ name }) => name.value === 'first' || name.value === 'last');
    const told = field.directives?.some(({ name }) => name.value === 'listSize');
    if (slicing.length === 0 || told) return field;
    const assumed = slicing.find(({ defaultValue }) => defaultValue)?.defaultValue.value ?? PAGE;
    const names = slicing.map(({ name }) => JSON.stringify(name.value)).join(', ');
    const rows = namedType(field.type).endsWith('Connection') ? ', sizedFields: ["nodes", "edges"]' : '';
    const size = `assumedSize: ${assumed}, slicingArguments: [${names}]${rows}, requireOneSlicingArgument: false`;
    return annotated(field, `@listSize(${size})`);
  };
  const annotated = (field, directive) => ({
    ...field,
    directives: [...(field.directives ?? []), ...parse(`type T ${directive}`).definitions[0].directives],
  });
  return visit(document, { FieldDefinition: sized });
}

/** The directives that a subgraph takes from federation's specification. */
function linked(document) {
  const names = new Set();
  visit(document, {
    Directive: (node) => {
      if (node.name.value !== 'link') return;
      const list = node.arguments?.find(({ name }) => name.value === 'import')?.value;
      for (const { value } of list?.values ?? []) names.add(value);
    },
  });
  return names;
}

/** The types of a subgraph that have a key: the key's fields, and whether this service answers for the type. */
function entitiesOf(document) {
  const entities = new Map();
  for (const node of document.definitions) {
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.OBJECT_TYPE_EXTENSION) continue;
    for (const directive of node.directives ?? []) {
      if (directive.name.value !== 'key') continue;
      const argument = (name) => directive.arguments?.find((a) => a.name.value === name)?.value.value;
      const keys = new Set(String(argument('fields')).split(/\s+/));
      entities.set(node.name.value, { keys, resolvable: argument('resolvable') !== false });
    }
  }
  return entities;
}

/** Whether a subgraph has a query for records of a type: then it is at home there. */
function isAskedFor(type, document) {
  return document.definitions.some(
    (node) => node.name?.value === 'Query' && node.fields?.some((field) => namedType(field.type) === type),
  );
}

function namedType(type) {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
