import type { Outcome } from './history.js';

export interface Told<Data> {
  outcome: Outcome;
  code?: string;
  data?: Data;
}

interface Answer<Data> {
  data?: Data | null;
  errors?: { extensions?: { code?: string } }[];
}

/** Milliseconds a client waits for an answer. */
const PATIENCE = 12_000;
/** Errors that do not tell whether the write was done. */
const NO_ANSWER = new Set(['UNAVAILABLE', 'INTERNAL', 'INTERNAL_SERVER_ERROR']);

/** Somebody at the gateway, who tries nothing twice by himself: an answer that was lost is a fact worth keeping. */
export class Person {
  private token: string | null = null;
  private signedInAt = 0;

  constructor(
    private readonly url: string,
    private readonly email: string,
    private readonly password: string,
  ) {}

  /** Signs in when there is no session or it ends soon. */
  async ensureSession(): Promise<boolean> {
    if (this.token && Date.now() - this.signedInAt < 8 * 60_000) return true;
    this.token = null;
    const { data } = await this.ask<{ signIn: { accessToken: string } }>(
      'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { accessToken } }',
      { email: this.email, password: this.password },
    );
    if (!data) return false;
    this.token = data.signIn.accessToken;
    this.signedInAt = Date.now();
    return true;
  }

  async ask<Data>(query: string, variables: object, correlation?: string): Promise<Told<Data>> {
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
          ...(correlation ? { 'x-correlation-id': correlation } : {}),
        },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(PATIENCE),
      });
      const { data, errors } = (await response.json()) as Answer<Data>;
      const code = errors?.[0]?.extensions?.code;
      if (code === 'UNAUTHENTICATED') this.token = null;
      if (errors?.length)
        return { outcome: code && !NO_ANSWER.has(code) ? 'refused' : 'unknown', code: code ?? 'NO_CODE' };
      return data ? { outcome: 'acknowledged', data } : { outcome: 'unknown', code: 'NO_DATA' };
    } catch (error) {
      return { outcome: 'unknown', code: (error as Error).name };
    }
  }
}
