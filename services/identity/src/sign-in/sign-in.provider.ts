import { createHash } from 'node:crypto';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DomainError } from '@voronka/contracts';
import { Clock, Database, mendOf, SETTINGS } from '@voronka/service-kit';
import * as client from 'openid-client';
import { providerSettings, type GivenSettings, type ProviderSettings } from './sign-in.settings.js';

/** How long somebody may take at his provider. */
const MOST_MS = 10 * 60 * 1000;
const TIMEOUT_S = 5;
const logger = new Logger('sign-in');

/** What the provider says of somebody; the claims are those of OpenID Connect. */
export interface Claims {
  readonly email?: unknown;
  readonly email_verified?: unknown;
  readonly name?: unknown;
  readonly amr?: unknown;
  readonly [claim: string]: unknown;
}

/**
 * The organisation's own sign-in by OpenID Connect: the authorization code flow with PKCE, a state and a nonce. What a sign-in
 * was begun with is kept here, and only who holds its ticket can finish it, once: a page that another sends somebody to
 * does not sign him in as another.
 */
@Injectable()
export class Provider implements OnModuleInit {
  private readonly given: ProviderSettings | null;
  private known: Promise<client.Configuration> | undefined;

  constructor(
    @Inject(SETTINGS) given: GivenSettings,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    this.given = providerSettings(given);
  }

  /** What is wrong with the provider is in the log when the service starts, which waits for nobody. */
  onModuleInit(): void {
    if (this.given) this.configuration().catch(() => {});
  }

  /** Refuses with `NOT_FOUND` where the organisation has none. */
  get settings(): ProviderSettings {
    if (this.given) return this.given;
    throw new DomainError('NOT_FOUND', 'There is no sign-in of the organisation here. Use your mail and password.');
  }

  /** Where to send the browser, and the ticket that it comes back with. Refuses with `UNAVAILABLE` where the provider is away. */
  async begin(): Promise<{ url: string; ticket: string }> {
    const { redirectUrl, scope } = this.settings;
    const configuration = await this.configuration();
    const [state, nonce, ticket, verifier] = [
      client.randomState(),
      client.randomNonce(),
      client.randomState(),
      client.randomPKCECodeVerifier(),
    ];
    const now = this.clock.now();
    await this.database.query({
      name: 'begun-sign-in:prune',
      text: `delete from begun_sign_in where state_hash in (
               select state_hash from begun_sign_in where ends_at <= $1 limit 10 for update skip locked)`,
      values: [now],
    });
    await this.database.query({
      name: 'begun-sign-in:add',
      text: 'insert into begun_sign_in (state_hash, ticket_hash, nonce, verifier, ends_at) values ($1, $2, $3, $4, $5)',
      values: [hashOf(state), hashOf(ticket), nonce, verifier, new Date(now.getTime() + MOST_MS)],
    });
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUrl.href,
      scope,
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, ticket };
  }

  /**
   * What the provider says of who came back to `address`. Refuses with `SIGN_IN_ENDED` what was not begun with this ticket, is
   * finished or took too long, with `SIGN_IN_REFUSED` whom the provider did not let in, and with `UNAVAILABLE`.
   */
  async finish(address: string, ticket: string): Promise<Claims> {
    // Only what stands behind the question mark is the provider's word; where it sends people is ours.
    const answer = new URL(this.settings.redirectUrl);
    answer.search = URL.canParse(address) ? new URL(address).search : '';
    const state = answer.searchParams.get('state') ?? '';
    const { nonce, verifier } = await this.take(state, ticket);
    const configuration = await this.configuration();
    try {
      const tokens = await client.authorizationCodeGrant(configuration, answer, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims()!;
      const more = configuration.serverMetadata().userinfo_endpoint
        ? await client.fetchUserInfo(configuration, tokens.access_token, claims.sub)
        : {};
      return { ...more, ...claims };
    } catch (error) {
      throw refusalOf(error);
    }
  }

  private async take(state: string, ticket: string): Promise<{ nonce: string; verifier: string }> {
    const { rows } = await this.database.query<{ nonce: string; verifier: string }>({
      name: 'begun-sign-in:take',
      text: `delete from begun_sign_in where state_hash = $1 and ticket_hash = $2 and ends_at > $3
             returning nonce, verifier`,
      values: [hashOf(state), hashOf(ticket), this.clock.now()],
    });
    if (rows[0]) return rows[0];
    throw new DomainError(
      'SIGN_IN_ENDED',
      'This sign-in was not begun here, is finished, or took longer than ten minutes. Begin again with beginSignIn.',
      'address',
    );
  }

  private configuration(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.settings;
    const insecure = issuer.protocol === 'http:' ? [client.allowInsecureRequests] : [];
    this.known ??= client.discovery(issuer, clientId, clientSecret, undefined, {
      timeout: TIMEOUT_S,
      execute: [client.enableNonRepudiationChecks, ...insecure],
    });
    return this.known.catch((error: unknown) => {
      this.known = undefined;
      throw away(error);
    });
  }
}

/** What came of asking the provider: what it, or a check of its answer, refused; or that it did not answer. */
function refusalOf(error: unknown): DomainError {
  const refused =
    error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError
      ? error.error
      : error instanceof client.ClientError && /^OAUTH_(INVALID_RESPONSE|JWT_)/.test(error.code ?? '')
        ? 'its answer is not for this sign-in'
        : null;
  if (refused === null) return away(error);
  logger.warn(`A sign-in was refused by the provider: ${refused}: ${(error as Error).message}`);
  return new DomainError(
    'SIGN_IN_REFUSED',
    `Your organisation’s sign-in did not let you in (${refused}). Begin again, or ask an administrator.`,
  );
}

function away(error: unknown): DomainError {
  const { message, cause } = error as Error;
  const why = [message, (cause as Error | undefined)?.message, mendOf(error)].filter(Boolean).join(': ');
  logger.warn(`The provider did not answer as it should: ${why}`);
  return new DomainError('UNAVAILABLE', 'Your organisation’s sign-in does not answer. Try again in a moment.');
}

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
