import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { auditActions, type AuditAction } from '@voronka/contracts';
import { connectionOf, DateTime, enumOf, field, list } from '@voronka/service-kit';
import { Audited } from './audit.js';

const AuditActionEnum = enumOf(auditActions);
registerEnumType(AuditActionEnum, {
  name: 'AuditAction',
  description: 'What somebody did, as the log of audit tells it.',
  valuesMap: {
    READ: { description: 'Looked at one record.' },
    LISTED: { description: 'Looked at a page of a list, or at a report.' },
    SEARCHED: { description: 'Looked for something in a list.' },
    EXPORT_BEGAN: { description: 'Began to take a list as a whole.' },
    EXPORTED: { description: 'Took so many rows of it.' },
    SIGNED_IN: { description: 'Signed in.' },
    SESSION_ENDED: { description: 'Signed out, or a session was ended.' },
    SIGN_IN_FAILED: { description: 'Did not prove who it is: a wrong mail, password, token or key.' },
    REFUSED: { description: 'Wanted what is not for that person.' },
    RIGHTS_CHANGED: { description: 'Changed a person, role, team, cover or API key.' },
    SHARED: { description: 'Let somebody see or work a record, or took that back.' },
    CHANGED: { description: 'Changed a record by an API key, or in the place of somebody absent.' },
    ENTRIES_LOST: { description: 'A process had to give up so many entries, because nobody took them.' },
  },
});

export const auditList = list(Audited, 'AuditEntry', {
  fields: {
    action: field.enum(AuditActionEnum, 'AuditAction'),
    personId: field.id(),
    keyId: field.id(),
    inPlaceOf: field.id(),
    entity: field.text(),
    recordId: field.id(),
  },
});

@ObjectType('AuditEntry', { description: 'Somebody did something. Nobody changes this.' })
export class AuditEntryType {
  /** Both are resolved by the loader. */
  personId: string | null;
  inPlaceOfId: string | null;
  @Field(() => ID, { description: 'The id.' }) id: string;
  @Field(() => DateTime, { description: 'When.' }) createdAt: Date;
  @Field(() => AuditActionEnum, { description: 'What.' }) action: AuditAction;
  @Field(() => String, { description: 'The service in which it was done.' }) service: string;
  @Field(() => ID, { nullable: true, description: 'In which session.' }) sessionId: string | null;
  @Field(() => ID, { nullable: true, description: 'By which API key.' }) keyId: string | null;
  @Field(() => String, { nullable: true, description: 'To what kind of record.' }) entity: string | null;
  @Field(() => ID, { nullable: true, description: 'To which record.' }) recordId: string | null;
  @Field(() => Int, { nullable: true, description: 'How many records were shown, or entries lost.' })
  rows: number | null;
  @Field(() => String, { nullable: true, description: 'Why it was refused.' }) code: string | null;
  @Field(() => String, { nullable: true, description: 'The filter, the operation or the change, in so many words.' })
  detail: string | null;
  @Field(() => String, { nullable: true, description: 'From which address, of who had not signed in.' })
  address: string | null;
  @Field(() => String, { nullable: true, description: 'Under what the events and logs of this request are found.' })
  correlationId: string | null;
}
export const AuditEntryConnection = connectionOf(AuditEntryType, 'AuditEntry');

export const showEntry = ({ inPlaceOf: inPlaceOfId, ...entry }: Audited): AuditEntryType => ({ ...entry, inPlaceOfId });
