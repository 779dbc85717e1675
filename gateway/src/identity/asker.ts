/** Who asks, once his token or key has been verified. Without one: anonymous, who may sign in and nothing else. */
export interface Asker {
  readonly userId: string;
  /** By what he asks, as services are told: the session, or the API key and the role that bounds it. */
  readonly claims: { readonly sid?: string; readonly key?: string; readonly role?: string };
}

export const anonymous: Asker = { userId: 'anonymous', claims: {} };
