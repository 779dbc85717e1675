import { Directive, Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { connectionOf, DateTime, field, list, RecordFields } from '@voronka/service-kit';
import { ApiKey } from './api-key.js';

export const apiKeyList = list(ApiKey, 'ApiKey', { fields: { ownerId: field.id() } });

/** `owner`, `role` and `lastUsedAt` are answered by the resolver. */
@ObjectType('ApiKey', { description: 'What a program asks with in your name: `authorization: Bearer vrk_…`.' })
export class ApiKeyType extends RecordFields {
  @Field(() => String, { description: 'What it is for.' }) name: string;
  @Field(() => DateTime, { description: 'From when on it is refused.' }) expiresAt: Date;
  @Field(() => [String], { description: 'Addresses and networks it serves from; none where it serves everywhere.' })
  addresses: string[];
  @Field(() => DateTime, { nullable: true, description: 'When it was revoked.' }) revokedAt: Date | null;
  ownerId: string;
  roleId: string;
}
export const ApiKeyConnection = connectionOf(ApiKeyType, 'ApiKey');

export const showApiKey = ({ id, version, createdAt, updatedAt, ...key }: ApiKey): ApiKeyType => {
  const { name, expiresAt, addresses, revokedAt, ownerId, roleId } = key;
  return { id, version, createdAt, updatedAt, name, expiresAt, addresses, revokedAt, ownerId, roleId };
};

@ObjectType({ description: 'A key that was just made.' })
export class CreatedApiKey {
  @Field(() => ApiKeyType, { description: 'The key.' }) apiKey: ApiKeyType;
  @Field(() => String, { description: 'What the program sends as its bearer token. It is shown this once.' })
  secret: string;
}

@InputType({ description: 'A key to make, for yourself.' })
export class CreateApiKeyInput {
  @Field(() => String, { description: 'What it is for, up to 200 characters.' }) name: string;
  @Field(() => ID, {
    description: 'What it may do: a role that grants no more than you may. It never may more than you.',
  })
  roleId: string;
  @Field(() => DateTime, { description: 'From when on it is refused: at most a year ahead.' }) expiresAt: Date;
  @Field(() => [String], {
    nullable: true,
    description:
      'Where it serves: up to 20 addresses, or networks such as 203.0.113.0/24. Everywhere where none is given.',
  })
  addresses?: string[] | null;
}

@ObjectType({ description: 'Who asks with an API key.' })
@Directive('@inaccessible')
export class ApiKeyBearer {
  @Field(() => ID, { description: 'The key.' }) keyId: string;
  @Field(() => ID, { description: 'Its owner.' }) ownerId: string;
  @Field(() => ID, { description: 'The role that bounds what it may do.' }) roleId: string;
}
