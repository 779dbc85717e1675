import { setTimeout as delay } from 'node:timers/promises';
import pRetry from 'p-retry';
import { ImportMistake } from './mapping.js';

/** Six tries within about fifteen seconds. */
const PATIENCE = { retries: 5, minTimeout: 500, factor: 2 };

interface Answer<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string; field?: string } }[];
}

/** An operation that the gateway refused as a whole. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    message: string,
    readonly code: string,
    readonly field = '',
  ) {
    super(message);
  }
}

/** A person at the gateway. Signs in, and refreshes the session before it runs out. */
export class Client {
  private refreshing: Promise<void> | undefined;
  private session: { accessToken: string; refreshToken: string; expiresAt: string } | undefined;

  constructor(
    private readonly url: string,
    private readonly email: string,
    private readonly password: string,
  ) {}

  async signIn(): Promise<void> {
    const { signIn } = await this.post<{ signIn: NonNullable<Client['session']> }>(
      'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { accessToken refreshToken expiresAt } }',
      { email: this.email, password: this.password },
    );
    this.session = signIn;
  }

  /** The access token of the session; empty before signing in. */
  get accessToken(): string {
    return this.session?.accessToken ?? '';
  }

  /** Answers the data; throws `Refused` with the first error's code. A request that brought no answer is tried again. */
  async ask<Data>(query: string, variables: object = {}): Promise<Data> {
    if (this.session && Date.parse(this.session.expiresAt) - Date.now() < 60_000) {
      // One refresh for all who wait: a refresh token is good once.
      this.refreshing ??= this.refresh(this.session.refreshToken).finally(() => (this.refreshing = undefined));
      await this.refreshing;
    }
    return this.post<Data>(query, variables);
  }

  /** The same for an operation that may be repeated: tried again also while a service behind the gateway is away or slow. */
  async askPatiently<Data>(query: string, variables: object = {}): Promise<Data> {
    return pRetry(() => this.ask<Data>(query, variables), {
      ...PATIENCE,
      shouldRetry: ({ error }) => error instanceof Refused && error.code === 'UNAVAILABLE',
    });
  }

  private async refresh(refreshToken: string): Promise<void> {
    const { refreshSession } = await this.post<{ refreshSession: NonNullable<Client['session']> }>(
      'mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken refreshToken expiresAt } }',
      { token: refreshToken },
      null,
    );
    this.session = refreshSession;
  }

  private async post<Data>(
    query: string,
    variables: object,
    token: string | null = this.session?.accessToken ?? null,
  ): Promise<Data> {
    const answer = await pRetry(() => this.send<Data>(query, variables, token), PATIENCE).catch((error: Error) => {
      throw new ImportMistake(
        `The gateway at ${this.url} does not answer (${error.message}). Start it with npm start, or name another with --url.`,
      );
    });
    const [error] = answer.errors ?? [];
    if (error || !answer.data)
      throw new Refused(
        error?.message ?? 'The gateway gave no answer.',
        error?.extensions?.code ?? 'INTERNAL',
        error?.extensions?.field,
      );
    return answer.data;
  }

  private async send<Data>(query: string, variables: object, token: string | null): Promise<Answer<Data>> {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (token) headers['authorization'] = `Bearer ${token}`;
    const response = await fetch(this.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    if (response.status === 429) {
      // An import is in no hurry: it takes what a minute allows and waits for the next.
      await response.body?.cancel();
      await delay(Number(response.headers.get('retry-after') ?? 1) * 1_000);
      return this.send(query, variables, token);
    }
    return (await response.json()) as Answer<Data>;
  }
}
