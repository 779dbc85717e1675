import { shippedRoles, type ShippedRole } from '@voronka/contracts';
import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { serviceUnderTest, type Asker, type ServiceUnderTest } from '@voronka/testing';
import { identity } from '../src/service.js';
import { UserService } from '../src/user/user.service.js';

export interface Tokens {
  id: string;
  accessToken: string;
  refreshToken: string;
  expiresAt: string;
  user: { id: string };
}

/** Somebody whom the administrator has entered, with a password. */
export interface Hired {
  id: string;
  email: string;
  password: string;
  asker: Asker;
}

export interface House {
  readonly system: ServiceUnderTest;
  /** Verifies access tokens, as the gateway does. */
  readonly accessKey: KeyObject;
  /** The first administrator, as the command makes him, signed in. */
  readonly admin: Asker;
  readonly adminEmail: string;
  signIn(email: string, password: string): Promise<Tokens>;
  hire(about?: { name?: string; role?: ShippedRole; teamId?: string }): Promise<Hired>;
  createTeam(name: string, parentId?: string): Promise<string>;
}

const SIGN_IN = `mutation ($email: String!, $password: String!) {
  signIn(email: $email, password: $password) { id accessToken refreshToken expiresAt user { id } } }`;

/** Identity on a database of its own, with its first administrator. */
export async function openHouse(settings: Record<string, string> = {}): Promise<House> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const system = await serviceUnderTest(identity, {
    ACCESS_PRIVATE_KEY: pem,
    SECOND_FACTOR_KEY: randomBytes(32).toString('base64'),
    ...settings,
  });
  const first = await system.service.app.get(UserService, { strict: false }).createFirstAdministrator();
  if (!first) throw new Error('There was somebody before the first administrator.');

  const signIn = async (email: string, password: string) =>
    (await system.anonymous.get<{ signIn: Tokens }>(SIGN_IN, { email, password })).signIn;
  const session = await signIn(first.email, first.password);
  const admin = system.asker(session.user.id, session.id);

  let count = 0;
  const hire = async ({ name = 'Somebody', role = 'SALESPERSON', teamId }: Parameters<House['hire']>[0] = {}) => {
    const email = `person.${++count}@example.com`;
    const password = `a long password ${count}`;
    const { createUser } = await admin.get<{ createUser: { id: string } }>(
      'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
      { input: { name, email, roleIds: [shippedRoles[role].id], teamId, password } },
    );
    return { id: createUser.id, email, password, asker: system.asker(createUser.id) };
  };
  const createTeam = async (name: string, parentId?: string) =>
    (
      await admin.get<{ createTeam: { id: string } }>(
        'mutation ($input: CreateTeamInput!) { createTeam(input: $input) { id } }',
        { input: { name, parentId } },
      )
    ).createTeam.id;
  return { system, accessKey: publicKey, admin, adminEmail: first.email, signIn, hire, createTeam };
}
