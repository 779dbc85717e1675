import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import type { Provider } from 'oidc-provider';

// It says at length that nobody should run it like this.
for (const level of ['warn', 'info'] as const) jest.spyOn(console, level).mockImplementation(() => {});
const oidc = await import('oidc-provider');

/** Somebody as the provider knows him. */
export interface Account {
  email: string;
  email_verified?: boolean;
  name?: string;
  groups?: string[];
  /** How he shows there who he is. */
  amr?: string[];
}

/** An organisation's own sign-in, on loopback, and a browser in which somebody goes there. */
export interface ProviderUnderTest {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUrl: string;
  /** Goes to `url` in a new browser, signs in as this account, and answers the address it is sent back to; null: turns back. */
  visit(url: string, account: Account | null): Promise<string>;
  /** Answers nobody until `up`. */
  down(): void;
  up(): void;
  stop(): Promise<void>;
}

export async function openProvider(): Promise<ProviderUnderTest> {
  const accounts = new Map<string, Account>();
  const [clientId, clientSecret] = ['voronka', randomBytes(24).toString('hex')];
  const redirectUrl = 'http://127.0.0.1:4321/signed-in';
  let away = false;
  let present: Account | null = null;
  const server: Server = createServer((request, response) => {
    if (away) return void request.socket.destroy();
    if (!request.url?.startsWith('/interaction/')) return void provider.callback()(request, response);
    const result =
      present === null
        ? { error: 'access_denied' }
        : { login: { accountId: present.email, ...(present.amr && { amr: present.amr }) } };
    return void provider.interactionFinished(request, response, result);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider: Provider = new oidc.Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUrl] }],
    cookies: { keys: [randomBytes(16).toString('hex')] },
    claims: { openid: ['sub', 'amr'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
    scopes: ['openid', 'email', 'profile', 'groups'],
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    findAccount: (_, accountId) => ({
      accountId,
      claims: () => {
        const { amr: _, ...known } = accounts.get(accountId)!;
        return { sub: accountId, ...known };
      },
    }),
    loadExistingGrant: async ({ oidc: { session } }) => {
      const grant = new provider.Grant({ clientId, accountId: session!.accountId! });
      grant.addOIDCScope('openid email profile groups');
      await grant.save();
      return grant;
    },
  });

  return {
    ...{ issuer, clientId, clientSecret, redirectUrl },
    visit: async (url, account) => {
      present = account;
      if (account) accounts.set(account.email, account);
      const cookies = new Map<string, string>();
      for (let address = url; ;) {
        if (address.startsWith(redirectUrl)) return address;
        const response = await fetch(address, {
          redirect: 'manual',
          headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
        });
        for (const cookie of response.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
          cookies.set(name, value);
        }
        const next = response.headers.get('location');
        if (!next) throw new Error(`The provider answered ${response.status}: ${await response.text()}`);
        address = new URL(next, issuer).href;
      }
    },
    down: () => void (away = true),
    up: () => void (away = false),
    stop: () => new Promise((done) => server.close(() => done()).closeAllConnections()),
  };
}
