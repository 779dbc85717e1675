import { DomainError } from '@voronka/contracts';
import { isObjectType, type GraphQLSchema } from 'graphql';
import { askerOf, type RequestContext } from '../graphql/context.js';
import { NAMED_HERE } from '../graphql/record-fields.js';
import type { Directory } from './directory.js';

/** Answers the name of whoever a record refers to from what this service knows of people, so that identity need not be asked. */
export function nameReferredPeople(schema: GraphQLSchema, directory: Directory): GraphQLSchema {
  const type = schema.getType('User');
  const field = isObjectType(type) ? type.getFields()['name'] : undefined;
  if (!field?.extensions[NAMED_HERE]) return schema;
  field.resolve = ({ id }: { id: string }, _args: object, ctx: RequestContext) => {
    const asker = askerOf(ctx);
    const { lately } = directory;
    if (!lately.reach(asker.id, 'read', 'user', asker.key?.roleId).includes({ ownerId: '' }))
      throw new DomainError('FORBIDDEN', 'Your role does not show people. Leave this out.', 'name');
    return lately.person(id)?.name ?? directory.nameOf(id);
  };
  return schema;
}
