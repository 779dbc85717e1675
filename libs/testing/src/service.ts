import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  AuditNoted,
  allEvents,
  allTopics,
  eventOf,
  type DataOf,
  type EventDeclaration,
  type Power,
  type Received,
  shippedRoles,
  type ShippedRole,
} from '@voronka/contracts';
import { brokerFrom, decode, headersOf, type Broker } from '@voronka/messaging';
import {
  ANONYMOUS,
  Clock,
  GATEWAY_ISSUER,
  loggerFor,
  newId,
  startService,
  type RunningService,
  type ServiceDefinition,
  type ServiceSettings,
} from '@voronka/service-kit';
import { SignJWT } from 'jose';
import { freshDatabase } from './database.js';
import { eventually } from './eventually.js';

/** A clock that stands still until it is set. */
export class SettableClock extends Clock {
  private instant = new Date('2026-03-02T09:00:00.000Z');
  override now(): Date {
    return new Date(this.instant);
  }
  set(to: Date | string): void {
    this.instant = new Date(to);
  }
}

export interface Answer<Data> {
  data: Data | null;
  errors?: {
    message: string;
    path?: (string | number)[];
    extensions: { code: string; field?: string; hint?: string };
  }[];
}

/** Someone who asks the service as the gateway would ask for him. */
export interface Asker {
  readonly id: string;
  ask<Data = Record<string, never>>(query: string, variables?: object): Promise<Answer<Data>>;
  /** The data of an answer without errors; throws with the first error's code and message otherwise. */
  get<Data = Record<string, never>>(query: string, variables?: object): Promise<Data>;
  /** The first error's extensions and message; throws where the answer has none. */
  refusal(query: string, variables?: object): Promise<{ code: string; field?: string; message: string }>;
  /** The header by which the gateway says who asks. */
  authorization(): Promise<string>;
  /** Takes a list as a whole. */
  take(list: string, asked?: { filter?: object; orderBy?: object[] }): Promise<Response>;
}

export interface Identity {
  readonly audience: string;
  readonly issuer: string;
  /** Seconds from now. */
  readonly expiresIn: number;
  readonly key: KeyObject;
  readonly claims: Record<string, string>;
}

/** A service on a new database, with the log in PostgreSQL as its broker. */
export interface ServiceUnderTest {
  readonly service: RunningService;
  readonly clock: SettableClock;
  /** The test's own connection to the broker. */
  readonly broker: Broker;
  /** A person in the directory, who asks. */
  person(about?: {
    id?: string;
    name?: string;
    role?: ShippedRole;
    /** Roles of his own in place of a shipped one: what each lets him do. */
    powers?: readonly Partial<Power>[];
    teamId?: string | null;
    active?: boolean;
    sessionId?: string;
  }): Promise<Asker>;
  /** Somebody who asks, whether the directory knows him or not. */
  asker(id: string, sessionId?: string): Asker;
  /** Somebody whose program asks with an API key. */
  program(ownerId: string, key: { id: string; roleId: string }): Asker;
  readonly anonymous: Asker;
  /** Somebody who has not signed in, from where and with what the gateway says. */
  stranger(client: { address: string; userAgent: string }): Asker;
  /** The token by which the gateway would say who asks; another one where something is told otherwise. */
  identity(subject: string, about?: Partial<Identity>): Promise<string>;
  /** Puts an event on the broker, as another service would. The version is 1 unless told. */
  deliver<D extends EventDeclaration>(
    declaration: D,
    subject: string,
    data: DataOf<D>,
    about?: { version?: number; occurredAt?: Date; actor?: string; id?: string },
  ): Promise<void>;
  /** What the service has published so far, of one type or all but its audit, in the order of each record. */
  published<D extends EventDeclaration>(declaration: D): Received<DataOf<D>>[];
  published(): Received[];
  /** Starts another instance on the same database. Stop it yourself. */
  another(): Promise<RunningService>;
  /** Ends this process's part and starts the service again on the same database, to which something may be done meanwhile. */
  restart(meanwhile?: (databaseUrl: string) => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a service for a suite; `settings` are those the definition adds. Stop it in `afterAll`. */
export async function serviceUnderTest(
  definition: ServiceDefinition,
  settings: Record<string, string> = {},
  logger = loggerFor(definition.name, process.env['TEST_LOG_LEVEL'] ?? 'silent'),
): Promise<ServiceUnderTest> {
  const database = await freshDatabase();
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const clock = new SettableClock();
  const whole: ServiceSettings = {
    HOST: '127.0.0.1',
    PORT: 0,
    DATABASE_URL: database.url,
    DATABASE_POOL: 6,
    BROKER_URL: database.url,
    TOPIC_PREFIX: '',
    INTERNAL_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    LOG_LEVEL: 'fatal',
    DRAIN_SECONDS: 0,
    GRACE_SECONDS: 8,
    ...settings,
  };
  const start = () => startService(definition, whole, { clock, logger });
  let service = await start();
  const broker = brokerFrom(database.url, { clientId: 'test' });
  await broker.ensureTopics(allTopics());
  const seen = await listen(broker, definition);
  const publisher = broker.publisher();
  await joined(service);
  for (const { id, grants } of Object.values(shippedRoles))
    await service.database.query({
      text: 'insert into directory_role (id, grants, version) values ($1, $2, 1) on conflict do nothing',
      values: [id, JSON.stringify(grants)],
    });

  const identity = (subject: string, about: Partial<Identity> = {}) =>
    token(subject, { ...ours, key: privateKey, audience: definition.name, ...about });
  const askerBy = (id: string, claims: Record<string, string>, headers: Record<string, string> = {}): Asker =>
    asking(
      id,
      () => service.url,
      () => identity(id, { claims }),
      headers,
    );
  const asker = (id: string, sessionId?: string) => askerBy(id, sessionId ? { sid: sessionId } : {});
  const roles = (powers: readonly Partial<Power>[]): Promise<string[]> =>
    Promise.all(
      powers.map(async ({ grants = [], pipelines = null, fields = [] }) => {
        const roleId = newId();
        await service.database.query({
          text: 'insert into directory_role (id, grants, pipelines, fields, version) values ($1, $2, $3, $4, 1)',
          values: [roleId, JSON.stringify(grants), pipelines && JSON.stringify(pipelines), JSON.stringify(fields)],
        });
        return roleId;
      }),
    );
  const underTest = {
    get service() {
      return service;
    },
    clock,
    broker,
    another: start,
    person: async ({
      id = newId(),
      name = 'Somebody',
      role = 'SALESPERSON' as ShippedRole,
      powers = undefined as readonly Partial<Power>[] | undefined,
      teamId = null as string | null,
      active = true,
      sessionId = undefined as string | undefined,
    } = {}) => {
      await service.database.query({
        text: `insert into directory_user (id, name, team_id, role_ids, active, version) values ($1, $2, $3, $4, $5, 1)`,
        values: [id, name, teamId, powers ? await roles(powers) : [shippedRoles[role].id], active],
      });
      return asker(id, sessionId);
    },
    asker,
    identity,
    program: (ownerId: string, { id, roleId }: { id: string; roleId: string }) =>
      askerBy(ownerId, { key: id, role: roleId }),
    anonymous: asker(ANONYMOUS),
    stranger: ({ address, userAgent }: { address: string; userAgent: string }) =>
      askerBy(ANONYMOUS, {}, { 'x-client-address': address, 'user-agent': userAgent }),
    deliver: async (
      declaration: EventDeclaration,
      recordId: string,
      data: unknown,
      {
        version = 1,
        occurredAt = clock.now(),
        actor = 'system:test',
        id = newId(),
      }: { version?: number; occurredAt?: Date; actor?: string; id?: string } = {},
    ) => {
      const event = { declaration, recordId, version, data, occurredAt, recordedAt: clock.now(), actor };
      const ctx = { correlationId: newId(), causationId: null, traceparent: null, actor };
      await publisher.send([
        {
          topic: declaration.topic,
          key: recordId,
          headers: headersOf(id, event, 'test', ctx),
          value: JSON.stringify(data),
        },
      ]);
    },
    published: (declaration?: EventDeclaration) =>
      seen.filter(({ type }) => (declaration ? type === declaration.type : type !== AuditNoted.type)),
    restart: async (meanwhile = (_: string) => Promise.resolve()) => {
      await service.stop();
      await meanwhile(database.url);
      service = await start();
      await joined(service);
    },
    stop: async () => {
      await service.stop();
      await broker.close();
      await database.drop();
    },
  };
  return underTest as ServiceUnderTest;
}

const joined = (service: RunningService) =>
  eventually(async () => (await fetch(service.url.replace('/graphql', '/health/ready'))).ok, { within: 15_000 });

async function listen(broker: Broker, { publishes }: ServiceDefinition): Promise<Received[]> {
  const seen: Received[] = [];
  const topics = new Set(allEvents().flatMap(({ noun, topic }) => (publishes.includes(noun) ? topic : [])));
  topics.add(AuditNoted.topic);
  await broker.subscribe({
    group: 'test-listener',
    topics: [...topics],
    fromBeginning: true,
    onBatch: ({ messages }) => {
      for (const message of messages) {
        const event = decode(message);
        if (eventOf(event.type)) seen.push(event);
      }
      return Promise.resolve();
    },
  });
  return seen;
}

const ours = { issuer: GATEWAY_ISSUER, expiresIn: 60, claims: {} };

function token(subject: string, { key, audience, issuer, expiresIn, claims }: Identity): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'EdDSA' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(subject)
    .setIssuedAt(Math.min(now, now + expiresIn - 60))
    .setExpirationTime(now + expiresIn)
    .sign(key);
}

function asking(id: string, url: () => string, sign: () => Promise<string>, about: Record<string, string>): Asker {
  const authorization = async () => `Bearer ${await sign()}`;
  const ask = async <Data>(query: string, variables: object = {}): Promise<Answer<Data>> => {
    const response = await fetch(url(), {
      method: 'POST',
      headers: { ...about, 'content-type': 'application/json', authorization: await authorization() },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer<Data>;
  };
  return {
    id,
    ask,
    get: async <Data>(query: string, variables?: object): Promise<Data> => {
      const { data, errors } = await ask<Data>(query, variables);
      const [error] = errors ?? [];
      if (error || data === null)
        throw new Error(`${error?.extensions.code} at ${error?.extensions.field}: ${error?.message}`);
      return data;
    },
    refusal: async (query, variables) => {
      const { errors } = await ask(query, variables);
      const [error] = errors ?? [];
      if (!error) throw new Error('The answer has no error.');
      const { code, field } = error.extensions;
      return { code, message: error.message, ...(field !== undefined && { field }) };
    },
    authorization,
    take: async (list, asked = {}) => {
      const address = new URL(`/export/${list}`, url());
      for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, JSON.stringify(value));
      return fetch(address, { headers: { authorization: await authorization() } });
    },
  };
}
