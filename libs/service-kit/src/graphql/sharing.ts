import { Directive, Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { Id } from '@voronka/contracts';
import { accesses, type Access, type SharedRecord } from '../record.js';
import { enumOf } from './enum.js';
import { RecordFields } from './record-fields.js';
import { Reads } from './wanted.js';

const AccessEnum = enumOf(accesses);
registerEnumType(AccessEnum, {
  name: 'ShareAccess',
  description: 'What one may do with a record that is shared with one.',
  valuesMap: {
    READ: { description: 'See it.' },
    WORK: { description: 'See it and work it, as far as one’s roles go; not give it away or share it on.' },
    NONE: { description: 'Nothing any more.' },
  },
});

@ObjectType('Share', { description: 'Somebody sees a record that is not his.' })
@Directive('@shareable')
export class ShareType {
  @Field(() => ID, { description: 'A person, or a team with all below it.' }) holderId: Id;
  @Field(() => AccessEnum, { description: 'What for.' }) access: Access;
}

@InputType({ description: 'With whom to share a record, and what for.' })
export class ShareInput {
  @Field(() => ID, { nullable: true, description: 'A person; or else a team.' }) userId?: Id | null;
  @Field(() => ID, { nullable: true, description: 'A team, and all below it.' }) teamId?: Id | null;
  @Field(() => AccessEnum, { description: 'What for; NONE takes back.' }) access: Access;
}

@ObjectType({ isAbstract: true, description: 'What the API shows of a record that can be shared.' })
export abstract class SharedFields extends RecordFields {
  @Reads('sharedToRead', 'sharedToWork')
  @Field(() => [ShareType], { description: 'With whom it is shared.' })
  sharedWith: ShareType[];
}

export const sharesOf = (record: SharedRecord<object>): ShareType[] =>
  record.sharedToRead.map((holderId) => ({ holderId, access: record.accessOf(holderId) }));
