/** Who asks, once the access token has been verified. Without a token: anonymous, who may sign in and nothing else. */
export interface Asker {
  readonly userId: string;
  readonly sessionId: string | null;
}

export const anonymous: Asker = { userId: 'anonymous', sessionId: null };
