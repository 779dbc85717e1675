/**
 * The closed list of what may be refused, and how a refusal is said. A code is public: clients switch on it, so a code
 * is added here and never renamed. The message is a sentence for a person and says what to do.
 */
export const errorCodes = [
  // who is asking
  'UNAUTHENTICATED',
  'INVALID_CREDENTIALS',
  'TOO_MANY_ATTEMPTS',
  'SECOND_FACTOR_REQUIRED',
  'SECOND_FACTOR_MISSING',
  'WRONG_CODE',
  'SIGN_IN_REFUSED',
  'SIGN_IN_ENDED',
  'EMAIL_NOT_VERIFIED',
  'GROUP_NOT_MAPPED',
  'SESSION_ENDED',
  'FORBIDDEN',
  'GRANT_TOO_WIDE',
  'BUDGET_SPENT',
  // what was typed
  'INVALID_ID',
  'REQUIRED',
  'TEXT_EMPTY',
  'TEXT_TOO_LONG',
  'TEXT_HAS_CONTROL_CHARACTERS',
  'INVALID_EMAIL',
  'INVALID_PHONE',
  'INVALID_URL',
  'INVALID_AMOUNT',
  'UNKNOWN_CURRENCY',
  'CURRENCIES_DIFFER',
  'INVALID_DATE',
  'DATE_IN_FUTURE',
  'INVALID_NUMBER',
  'INVALID_VALUE',
  'TOO_MANY',
  'PASSWORD_TOO_SHORT',
  'PASSWORD_TOO_COMMON',
  'PASSWORD_NAMES_ITS_PERSON',
  'INVALID_CURSOR',
  'PAGE_TOO_LARGE',
  'UNKNOWN_FIELD',
  'INVALID_QUERY',
  'QUERY_TOO_COMPLEX',
  'REQUEST_TOO_LARGE',
  'EVENT_TOO_LARGE',
  'DOCUMENT_NOT_TRUSTED',
  'RATE_LIMITED',
  // what it refers to
  'NOT_FOUND',
  'OWNER_NOT_FOUND',
  'TEAM_NOT_FOUND',
  'TEAM_CYCLE',
  'ROLE_NOT_FOUND',
  'PIPELINE_NOT_FOUND',
  'STAGE_NOT_FOUND',
  'STAGE_IN_ANOTHER_PIPELINE',
  'STAGE_HOLDS_DEALS',
  'STAGE_ARCHIVED',
  'PIPELINE_ARCHIVED',
  'PRODUCT_NOT_FOUND',
  'COMPANY_NOT_FOUND',
  'COMPANY_CYCLE',
  'CONTACT_NOT_FOUND',
  'LEAD_NOT_FOUND',
  'DEAL_NOT_FOUND',
  // what the record's state forbids
  'CONFLICT',
  'ALREADY_EXISTS',
  'EMAIL_TAKEN',
  'LEAD_ALREADY_CONVERTED',
  'LEAD_ALREADY_STARTED',
  'LEAD_ALREADY_QUALIFIED',
  'LEAD_BEING_CONVERTED',
  'LEAD_NOT_OPEN',
  'LEAD_OPEN',
  'CONVERSION_ENDED',
  'CONVERSION_EMPTY',
  'DEAL_CLOSED',
  'DEAL_OPEN',
  'ACTIVITY_CLOSED',
  'LINK_EXISTS',
  'LINK_NOT_FOUND',
  'LAST_ADMINISTRATOR',
  'ALREADY_OFFBOARDED',
  'OFFBOARDING_UNDER_WAY',
  'OFFBOARDING_ENDED',
  'ROLE_IN_USE',
  'ROLE_SHIPPED',
  // what is not the asker's fault
  'UNAVAILABLE',
  'INTERNAL',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** A refusal. `field` is a path into the caller's input (`input.phones.0`), `hint` says what would be accepted. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  /** What it is about where that is not what was asked for by name: for the log of audit alone, never shown. */
  about?: { readonly personId?: string; readonly entity?: string; readonly recordId?: string };
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly field?: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}
