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
export const connection = <T, Node>(page: Page<T>, show: (record: T) => Node): Connection<Node> =>
  new ShownPage(page, page.rows.map(show));

/**
 * What is not always asked for is made when it is, by getters of classes: an object with getters of its own has a shape of its
 * own too, which the young generation does not hold, and a list has one for each row.
 */
class ShownPage<Node> implements Connection<Node> {
  constructor(
    private readonly page: Page<unknown>,
    readonly nodes: Node[],
  ) {}

  get edges() {
    return this.nodes.map((node, place) => new ShownEdge(this.page, place, node));
  }
  get pageInfo() {
    return new PageBounds(this.page);
  }
  get totalCount() {
    return this.page.totalCount();
  }
}

class ShownEdge<Node> {
  constructor(
    private readonly page: Page<unknown>,
    private readonly place: number,
    readonly node: Node,
  ) {}

  get cursor() {
    return this.page.cursorAt(this.place) ?? '';
  }
}

class PageBounds implements PageInfo {
  constructor(private readonly page: Page<unknown>) {}

  get hasNextPage() {
    return this.page.hasNextPage;
  }
  get hasPreviousPage() {
    return this.page.hasPreviousPage;
  }
  get startCursor() {
    return this.page.cursorAt(0);
  }
  get endCursor() {
    return this.page.cursorAt(-1);
  }
}
