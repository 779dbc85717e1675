import type { IncomingHttpHeaders, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLFormattedError } from 'graphql';
import { graphql, parse } from 'graphql';

type Resolvers = NonNullable<
  Parameters<typeof buildSubgraphSchema>[0] extends infer M ? (M extends { resolvers?: infer R } ? R : never) : never
>;

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: { query: string; variables?: Record<string, unknown> };
}

/** A service reduced to its door: a subgraph behind plain HTTP that remembers what was asked of it. */
export class Subgraph {
  /** Operations, each as if it had come alone. */
  readonly received: Received[] = [];
  /** How many operations came with each POST. */
  readonly posts: number[] = [];
  /** Answers instead of the subgraph, once for each entry. */
  readonly instead: ((respond: (status: number, body: string) => void) => void)[] = [];
  private server: Server;
  private port = 0;

  private constructor(
    readonly sdl: string,
    private readonly resolvers: Resolvers,
  ) {}

  static async start(sdl: string, resolvers: Resolvers): Promise<Subgraph> {
    const subgraph = new Subgraph(sdl, resolvers);
    await subgraph.up();
    return subgraph;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/graphql`;
  }

  /** Listens, after `down()` again where it listened before. */
  async up(): Promise<void> {
    const schema = buildSubgraphSchema({ typeDefs: parse(this.sdl), resolvers: this.resolvers });
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const operations = JSON.parse(Buffer.concat(chunks).toString()) as (Received['body'] &
          Pick<Received, 'headers'>)[];
        this.posts.push(operations.length);
        let left = operations.length;
        operations.forEach(({ headers, ...body }, place) => {
          this.received.push({ headers, body });
          const respond = (status: number, text: string) => {
            if (status !== 200) return response.writeHead(status).end(text);
            response.write(`${place} ${text}\n`);
            return --left === 0 ? response.end() : response;
          };
          const instead = this.instead.shift();
          if (instead) return instead(respond);
          void graphql({ schema, source: body.query, ...(body.variables && { variableValues: body.variables }) }).then(
            ({ data, errors }) => respond(200, JSON.stringify({ data, errors: errors?.map(coded) })),
          );
        });
      });
    });
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  async down(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Errors as a service sends them: its own codes, Apollo's for variables, INTERNAL for the rest. */
function coded(error: { toJSON(): GraphQLFormattedError; message: string }): GraphQLFormattedError {
  const json = error.toJSON();
  const code = error.message.startsWith('Variable "$') ? 'BAD_USER_INPUT' : 'INTERNAL';
  return { ...json, extensions: { code, ...json.extensions } };
}
