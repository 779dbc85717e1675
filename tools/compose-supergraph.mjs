import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';

const HEAD = '# Composed from services/*/schema.graphql by `npm run schema`; changes made here are lost.\n';

/**
 * Composes subgraphs into the gateway's supergraph. The addresses in it only name the services: where they are is
 * told by the gateway's settings. The same subgraphs give the same text.
 *
 * @param {Readonly<Record<string, string>>} subgraphs SDL by the service's name
 * @returns {{ supergraphSdl: string, hints: string[] }} throws an Error that lists what does not fit together
 */
export function composeSupergraph(subgraphs) {
  const services = Object.entries(subgraphs)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sdl]) => ({ name, url: `service://${name}`, typeDefs: parse(sdl) }));
  const { supergraphSdl, errors, hints } = composeServices(services);
  if (errors) throw new Error(`The services do not compose:\n${errors.map((e) => `  ${e.message}`).join('\n')}`);
  return { supergraphSdl: `${HEAD}${supergraphSdl.trimEnd()}\n`, hints: hints.map(String) };
}
