import { ArgsType, Directive, Field, Int } from '@nestjs/graphql';
import { MOST_ROWS, type Rows } from './rows.js';

@ArgsType()
export class RowsArgs implements Rows {
  @Field(() => Int, {
    defaultValue: 100,
    description: `Rows at most, no more than ${MOST_ROWS}. The total is of everything.`,
  })
  first: number;
  @Field(() => Int, { defaultValue: 0, description: 'Rows to pass over, to read on.' }) skip: number;
}

/** What a report costs grows with the rows that are asked for. */
export const SizedByFirst = () =>
  Directive(
    '@listSize(assumedSize: 100, slicingArguments: ["first"], sizedFields: ["rows"], requireOneSlicingArgument: false)',
  );
