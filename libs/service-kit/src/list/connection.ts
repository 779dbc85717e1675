import type { Type } from '@nestjs/common';
import { Directive, Field, Int, ObjectType } from '@nestjs/graphql';
import { promised } from '../graphql/compiled.js';
import { COUNT_CAP } from './args.js';
import type { Page } from './page.js';

@ObjectType({ description: 'Where a page lies in its list (Relay).' })
@Directive('@shareable')
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more follow.' }) hasNextPage: boolean;
  @Field(() => Boolean, { description: 'Whether there are some before.' }) hasPreviousPage: boolean;
  @Field(() => String, { nullable: true, description: 'The cursor of the first row.' }) startCursor: string | null;
  @Field(() => String, { nullable: true, description: 'The cursor of the last row.' }) endCursor: string | null;
}

/** A page as GraphQL answers it. `totalCount` is a getter, so that it is counted only when asked for. */
export interface Connection<Node> {
  nodes: Node[];
  edges: { cursor: string; node: Node }[];
  pageInfo: PageInfo;
  readonly totalCount: Promise<number>;
}

/** The Relay connection type of a node type. */
export function connectionOf<Node>(node: Type<Node>, name: string): Type<Connection<Node>> {
  @ObjectType(`${name}Edge`, { description: `A ${name} and its place in a list.` })
  class Edge {
    @Field(() => String, { description: 'The place.' }) cursor: string;
    @Field(() => node, { description: `The ${name}.` }) node: Node;
  }
  @ObjectType(`${name}Connection`, { description: `A page of a list of ${name}.` })
  class ConnectionType {
    @Field(() => [node], { description: 'The rows.' }) nodes: Node[];
    @Field(() => [Edge], { description: 'The rows with their places.' }) edges: Edge[];
    @Field(() => PageInfo, { description: 'Where the page lies.' }) pageInfo: PageInfo;
    @Directive('@cost(weight: 20)')
    @Field(() => Int, {
      description: `How many rows the filter finds, counted up to ${COUNT_CAP}.`,
      middleware: [promised],
    })
    readonly totalCount: Promise<number>;
  }
  return ConnectionType;
}

/** A page of records as a connection of what the API shows of them. */
export function connection<T, Node>(page: Page<T>, show: (record: T) => Node): Connection<Node> {
  const nodes = page.rows.map(show);
  return {
    nodes,
    edges: nodes.map((node, place) => ({
      node,
      get cursor() {
        return page.cursorAt(place) ?? '';
      },
    })),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      get startCursor() {
        return page.cursorAt(0);
      },
      get endCursor() {
        return page.cursorAt(-1);
      },
    },
    get totalCount() {
      return page.totalCount();
    },
  };
}
