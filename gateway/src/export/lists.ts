import type { ConstDirectiveNode } from 'graphql';
import { Kind, parse, visit } from 'graphql';

/** The lists of a supergraph, each with the service that answers it: queries that answer a connection. */
export function listsOf<Service>(supergraphSdl: string, serviceOf: (name: string) => Service): Map<string, Service> {
  const services = new Map<string, Service>();
  const graphs = new Map<string, string>();
  visit(parse(supergraphSdl, { noLocation: true }), {
    EnumValueDefinition({ name, directives }) {
      const service = argument(directives, 'join__graph', 'name');
      if (service !== null) services.set(name.value, serviceOf(service));
    },
    ObjectTypeDefinition({ name, fields = [] }) {
      if (name.value !== 'Query') return;
      for (const field of fields) {
        const type = field.type.kind === Kind.NON_NULL_TYPE ? field.type.type : field.type;
        const graph = argument(field.directives, 'join__field', 'graph');
        if (graph !== null && type.kind === Kind.NAMED_TYPE && type.name.value.endsWith('Connection'))
          graphs.set(field.name.value, graph);
      }
    },
  });
  return new Map([...graphs].map(([list, graph]) => [list, services.get(graph)!]));
}

function argument(directives: readonly ConstDirectiveNode[] = [], directive: string, name: string): string | null {
  const given = directives.find((node) => node.name.value === directive)?.arguments ?? [];
  const value = given.find((node) => node.name.value === name)?.value;
  return value?.kind === Kind.ENUM || value?.kind === Kind.STRING ? value.value : null;
}
