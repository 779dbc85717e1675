import { Agent } from 'node:http';
import { AssignerProtocol, type Admin } from 'kafkajs';
import pg from 'pg';
import { serviceNames, type ServiceName } from '../../../deploy/local/dist/services.js';
import type { RunningSystem } from '../../../deploy/local/dist/system.js';
import type { Keys } from '../../../deploy/local/dist/keys.js';
import { ask } from '../harness/ask.js';
import { pause, until } from '../harness/clock.js';
import { bareKafka } from '../harness/bare-kafka.js';
import { internalToken } from '../harness/identity.js';
import { seenBy, type Employee, type Staff } from './staff.js';

/** An access token lives for a quarter of an hour; a run that begins with this much left of it ends before. */
const LEFT_MS = 11 * 60_000;
/** Audit entries are told twice a second. */
const TOLD_MS = 700;

export type Databases = Readonly<Record<ServiceName, pg.Pool>>;

export interface Person extends Employee {
  readonly id: string;
  readonly email: string;
  /** Empty for those who only own records. */
  readonly password: string;
}

/** A person who has signed in at the gateway. */
export interface SignedIn extends Person {
  readonly token: string;
}

interface Reading {
  readonly groupId: string;
  readonly topics: readonly string[];
}

interface Session {
  readonly id: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresAt: string;
}

/** What was loaded, to ask by and to judge answers by. */
export interface Loaded {
  readonly deals: number;
  readonly staff: Staff;
  readonly people: readonly Person[];
  readonly pipeline: {
    readonly id: string;
    readonly stages: readonly { readonly id: string; readonly name: string }[];
  };
  /** Rows that went through the bulk door, and how long that took until everybody had taken everything in. */
  readonly rows: number;
  readonly seconds: number;
}

export type Ask = <D>(query: string, variables?: object) => Promise<D>;

/** The running system with the organisation that was loaded into it: its people, its databases, its processes. */
export class Organisation {
  readonly url: string;
  readonly administrator: Person;
  /** Set once it is loaded. */
  loaded!: Loaded;
  private readonly sessions = new Map<string, Promise<Session>>();
  private readonly agent = new Agent({ keepAlive: true });

  private constructor(
    private readonly system: RunningSystem,
    /** `password` of the first administrator, which only the first start tells. */
    password: string,
    private readonly keys: Keys,
    readonly databases: Databases,
    private readonly kafka: Admin,
  ) {
    this.url = system.gatewayUrl;
    const email = system.administrator.email ?? '';
    this.administrator = { n: -1, role: 'HEAD_OF_SALES', team: 0, id: email, email, password };
  }

  static async in(system: RunningSystem, password: string, keys: Keys): Promise<Organisation> {
    const kafka = bareKafka(system.brokers ?? '').admin();
    await kafka.connect();
    return new Organisation(system, password, keys, databasesOf(system), kafka);
  }

  async leave(): Promise<void> {
    this.agent.destroy();
    await this.kafka.disconnect();
    await Promise.all(Object.values(this.databases).map((client) => client.end()));
  }

  /** Who is measured, by process: with all that each has started. */
  get pids(): Record<string, number> {
    const ours = [...serviceNames, 'gateway' as const].map((name) => [name, this.system.process(name).pid ?? 0]);
    const servers = { PostgreSQL: this.system.postgres?.pid ?? 0, Kafka: this.system.kafka?.pid ?? 0 };
    return { ...(Object.fromEntries(ours) as Record<string, number>), ...servers };
  }

  /** Where a service answers, past the gateway. */
  serviceUrl(name: ServiceName): string {
    return this.system.serviceUrl(name);
  }

  /** What the gateway tells a service of somebody in a session, for a quarter of an hour. */
  identity(name: ServiceName, person: Pick<Person, 'id'>, sid: string): Promise<string> {
    return internalToken(this.keys, name, person.id, { life: '15m', claims: { sid } });
  }

  /** Ids of the people whose records somebody sees, told from the rules alone; he himself is one. */
  seen(person: Person): string[] {
    const { people, staff } = this.loaded;
    return seenBy(staff.people[person.n]!, staff).map((n) => people[n]!.id);
  }

  /** Signs in those who have not, and prolongs what would run out within a run. */
  async signedIn(people: readonly Person[]): Promise<SignedIn[]> {
    const signedIn: SignedIn[] = [];
    const waiting = [...people];
    // Passwords are hashed with care: more at once would only wait for each other.
    const work = async () => {
      for (let person = waiting.shift(); person; person = waiting.shift())
        signedIn.push({ ...person, token: (await this.session(person)).accessToken });
    };
    await Promise.all([work(), work()]);
    return signedIn.sort((a, b) => a.n - b.n);
  }

  /** A new session of somebody's, beside those he has. */
  async signIn({ email, password }: Pick<Person, 'email' | 'password'>): Promise<Session> {
    const { signIn } = await this.ask<{ signIn: Session }>(
      '',
      `mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { ${SESSION} } }`,
      { email, password },
    );
    return signIn;
  }

  /** Asks as somebody who stays signed in. */
  as(person: Person): Ask {
    return async (query, variables) => this.ask((await this.session(person)).accessToken, query, variables);
  }

  private async session(person: Person): Promise<Session> {
    const known = this.sessions.get(person.id);
    if (known && Date.parse((await known).expiresAt) - Date.now() > LEFT_MS) return known;
    // Whoever came first renews it for all who wait: a refresh token is good once.
    if (known !== this.sessions.get(person.id)) return this.session(person);
    const session = known ? known.then(({ refreshToken }) => this.refreshed(refreshToken)) : this.signIn(person);
    this.sessions.set(person.id, session);
    session.catch(() => this.sessions.delete(person.id));
    return session;
  }

  private async refreshed(token: string): Promise<Session> {
    const query = `mutation ($token: String!) { refreshSession(refreshToken: $token) { ${SESSION} } }`;
    return (await this.ask<{ refreshSession: Session }>('', query, { token })).refreshSession;
  }

  /** The text of the gateway's answer. */
  raw(token: string, query: string, variables: object = {}): Promise<string> {
    return ask({ url: this.url, token, agent: this.agent }, { query, variables });
  }

  /** Asks the gateway; throws what it refuses with. */
  ask<D>(token: string, query: string, variables: object = {}): Promise<D> {
    return dataOf<D>(this.raw(token, query, variables));
  }

  /** Resolves once every event is published and everybody has taken it in: nothing in an outbox, no group behind. */
  async takenIn(): Promise<void> {
    const reading = await this.reading();
    const takenIn = async () => (await this.unpublished()) === 0 && (await this.behind(reading)) === 0;
    await until(takenIn, { within: 1_800_000, every: 100, otherwise: 'Not every event was taken in' });
  }

  /** The same, and what was read is in the audit. */
  async settled(): Promise<void> {
    await pause(TOLD_MS);
    await this.takenIn();
  }

  /** Events that stand in an outbox still. */
  async unpublished(): Promise<number> {
    return this.sum('select count(*)::int as count from outbox');
  }

  /** Events that somebody could not take in. */
  async parked(): Promise<number> {
    return this.sum('select count(*)::int as count from parked_event');
  }

  /** How many messages all groups together have still to take in. */
  private async behind(reading: readonly Reading[]): Promise<number> {
    const topics = [...new Set(reading.flatMap((group) => group.topics))];
    const ends = new Map(await Promise.all(topics.map(async (topic) => [topic, await this.endsOf(topic)] as const)));
    const lags = reading.map(async ({ groupId, topics: read }) => {
      const committed = await this.kafka.fetchOffsets({ groupId, topics: [...read] });
      const each = committed.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => {
          const { low = 0, high = 0 } = ends.get(topic)?.get(partition) ?? {};
          return Math.max(0, high - Math.max(low, Number(offset)));
        }),
      );
      return each.reduce((sum, lag) => sum + lag, 0);
    });
    return (await Promise.all(lags)).reduce((sum, lag) => sum + lag, 0);
  }

  /** Who reads what: also what a group has taken in nothing of yet. */
  private async reading(): Promise<Reading[]> {
    const { groups } = await this.kafka.listGroups();
    if (groups.length === 0) return [];
    const described = await this.kafka.describeGroups(groups.map(({ groupId }) => groupId));
    return described.groups.flatMap(({ groupId, members }) => {
      const assigned = members.map(({ memberAssignment }) =>
        AssignerProtocol.MemberAssignment.decode(memberAssignment),
      );
      const topics = [...new Set(assigned.flatMap((of) => Object.keys(of?.assignment ?? {})))];
      return topics.length === 0 ? [] : [{ groupId, topics }];
    });
  }

  private async endsOf(topic: string): Promise<Map<number, { low: number; high: number }>> {
    const offsets = await this.kafka.fetchTopicOffsets(topic);
    return new Map(offsets.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]));
  }

  private async sum(text: string): Promise<number> {
    const counts = Object.values(this.databases).map((client) => client.query<{ count: number }>(text));
    return (await Promise.all(counts)).reduce((sum, { rows }) => sum + (rows[0]?.count ?? 0), 0);
  }
}

const SESSION = 'id accessToken refreshToken expiresAt';

function databasesOf(system: RunningSystem): Databases {
  const pools = serviceNames.map((name) => {
    const settings = {
      connectionString: system.databaseUrl(name),
      application_name: 'bench',
      max: 4,
      // What PostgreSQL holds for who looks is not of the system that is measured.
      idleTimeoutMillis: 1_000,
    };
    const pool = new pg.Pool(settings);
    pool.on('error', () => undefined);
    return [name, pool] as const;
  });
  return Object.fromEntries(pools) as unknown as Databases;
}

/** What the gateway refused, with its code. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

/** The data of an answer; throws its first error. */
async function dataOf<D>(answer: Promise<string>): Promise<D> {
  const { data, errors } = JSON.parse(await answer) as {
    data?: D | null;
    errors?: { message: string; extensions?: { code?: string } }[];
  };
  const [error] = errors ?? [];
  if (error || !data) throw new Refused(error?.message ?? 'There was no answer.', error?.extensions?.code ?? '');
  return data;
}
