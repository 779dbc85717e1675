import { ArgsType, Directive, Field, Int } from '@nestjs/graphql';
import { DomainError } from '@voronka/contracts';

const MOST = 200;

/** Which rows of a report: there are as many as people, sources or products. */
@ArgsType()
export class Rows {
  @Field(() => Int, {
    defaultValue: 100,
    description: `Rows at most, no more than ${MOST}. The total is of everything.`,
  })
  first: number;
  @Field(() => Int, { defaultValue: 0, description: 'Rows to pass over, to read on.' }) skip: number;
}

/** What a report costs grows with the rows that are asked for. */
export const SizedByFirst = () =>
  Directive(
    '@listSize(assumedSize: 100, slicingArguments: ["first"], sizedFields: ["rows"], requireOneSlicingArgument: false)',
  );

/** Refuses with `INVALID_NUMBER` and `PAGE_TOO_LARGE`. */
export function requireFew({ first, skip }: Rows): void {
  if (first < 1) throw new DomainError('INVALID_NUMBER', 'Ask for at least one row.', 'first');
  if (skip < 0)
    throw new DomainError('INVALID_NUMBER', 'Say with `skip` how many rows to pass over, or leave it out.', 'skip');
  if (first > MOST)
    throw new DomainError(
      'PAGE_TOO_LARGE',
      `A report shows at most ${MOST} rows at once. Ask for fewer and read on with \`skip\`.`,
      'first',
    );
}
