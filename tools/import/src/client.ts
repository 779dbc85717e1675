import { ImportMistake } from './mapping.js';

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

  /** Answers the data; throws `Refused` with the first error's code. A request that did not arrive is tried again: every operation here may be repeated. */
  async ask<Data>(query: string, variables: object = {}): Promise<Data> {
    if (this.session && Date.parse(this.session.expiresAt) - Date.now() < 60_000)
      await this.refresh(this.session.refreshToken);
    return this.post<Data>(query, variables);
  }

  private async refresh(refreshToken: string): Promise<void> {
    this.session = undefined;
    const { refreshSession } = await this.post<{ refreshSession: NonNullable<Client['session']> }>(
      'mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken refreshToken expiresAt } }',
      { token: refreshToken },
    );
    this.session = refreshSession;
  }

  private async post<Data>(query: string, variables: object, attempt = 1): Promise<Data> {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (this.session) headers['authorization'] = `Bearer ${this.session.accessToken}`;
    let answer: Answer<Data>;
    try {
      const response = await fetch(this.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
      answer = (await response.json()) as Answer<Data>;
    } catch (error) {
      if (attempt >= 5)
        throw new ImportMistake(
          `The gateway at ${this.url} does not answer (${(error as Error).message}). Start it with npm start, or name another with --url.`,
        );
      await new Promise((resolve) => setTimeout(resolve, 200 * 2 ** attempt));
      return this.post(query, variables, attempt + 1);
    }
    const [error] = answer.errors ?? [];
    if (error || !answer.data)
      throw new Refused(
        error?.message ?? 'The gateway gave no answer.',
        error?.extensions?.code ?? 'INTERNAL',
        error?.extensions?.field,
      );
    return answer.data;
  }
}
