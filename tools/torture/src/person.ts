import type { Outcome } from './history.js';

export interface Told<Data> {
  outcome: Outcome;
  code?: string;
  data?: Data;
}

export interface Answer<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** Milliseconds a client waits for an answer. */
const PATIENCE = 12_000;
/** Milliseconds after which a session is renewed, and after which that is tried again where it failed. */
const RENEWED = 8 * 60_000;
const AGAIN = 10_000;
/** Errors that do not tell whether the write was done. */
const NO_ANSWER = new Set(['UNAVAILABLE', 'INTERNAL', 'INTERNAL_SERVER_ERROR']);

/** Somebody at the gateway, who tries nothing twice by himself: an answer that was lost is a fact worth keeping. */
export class Person {
  private token: string | null = null;
  private renewAt = 0;

  constructor(
    readonly url: string,
    readonly email: string,
    readonly password: string,
  ) {}

  /** Signs in when there is no session or it ends soon. Where that fails, goes on with the one that there is. */
  async ensureSession(): Promise<boolean> {
    if (this.token && Date.now() < this.renewAt) return true;
    const former = this.token;
    this.token = null;
    const { data } = await this.ask<{ signIn: { accessToken: string } }>(
      'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { accessToken } }',
      { email: this.email, password: this.password },
    );
    this.token = data?.signIn.accessToken ?? former;
    this.renewAt = Date.now() + (data ? RENEWED : AGAIN);
    return this.token !== null;
  }

  async ask<Data>(query: string, variables: object, correlation?: string): Promise<Told<Data>> {
    try {
      const { data, errors } = await this.answer<Data>(query, variables, correlation);
      const code = errors?.[0]?.extensions?.code;
      if (code === 'UNAUTHENTICATED') this.token = null;
      if (errors?.length)
        return { outcome: code && !NO_ANSWER.has(code) ? 'refused' : 'unknown', code: code ?? 'NO_CODE' };
      return data ? { outcome: 'acknowledged', data } : { outcome: 'unknown', code: 'NO_DATA' };
    } catch (error) {
      return { outcome: 'unknown', code: (error as Error).name };
    }
  }

  /** What the gateway answers, as it stands there; rejects where it does not. */
  async answer<Data>(query: string, variables: object, correlation?: string): Promise<Answer<Data>> {
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
    return (await response.json()) as Answer<Data>;
  }
}
