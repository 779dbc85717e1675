import { causesOf, namesOf } from '@voronka/contracts';
import type { Trouble } from '@voronka/messaging';

const AWAY = 'See that the server runs, and that its address in the settings is right.';
const AUTHORITY =
  'Its certificate is of an authority that is not known here: name that authority’s certificate in NODE_EXTRA_CA_CERTS, or for PostgreSQL as sslrootcert in DATABASE_URL.';
const RIGHTS =
  'Whoever may make topics does so with npm run ops -- topics apply; deploy/kafka/acls.sh gives the rights to this user, with PREFIX as TOPIC_PREFIX.';

/** What an operator does, by the name of what he is told: codes of Node and of PostgreSQL, types of Kafka. */
const mends: Readonly<Record<string, string>> = {
  ECONNREFUSED: AWAY,
  ENOTFOUND: AWAY,
  EAI_AGAIN: AWAY,
  ETIMEDOUT: AWAY,
  EHOSTUNREACH: AWAY,
  EADDRINUSE: 'Another process listens there: end it, or set another PORT or METRICS_PORT.',
  ENOSPC: 'The disk of this machine is full: free some room on it.',
  CERT_HAS_EXPIRED:
    'The server’s certificate has expired: give that server a new one. See as well that this clock is right.',
  CERT_NOT_YET_VALID:
    'The server’s certificate is not valid yet: see that both clocks are right, or give that server another.',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'The server’s certificate is for another name: use one that it names, or give it another.',
  DEPTH_ZERO_SELF_SIGNED_CERT: AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: AUTHORITY,
  '25006':
    'PostgreSQL takes no writes: DATABASE_URL names a standby, or the server was made read-only, as some are when their disk is full.',
  '28000': 'PostgreSQL does not let this user in: see DATABASE_URL, and pg_hba.conf there.',
  '28P01': 'PostgreSQL does not know this user by this password: see DATABASE_URL.',
  '3D000': 'There is no such database: make it, or name another in DATABASE_URL.',
  '42501': 'The user in DATABASE_URL may not do that: make him the owner of the database.',
  '53100': 'The disk of PostgreSQL is full: free some room there or give it more. What failed was undone.',
  '53200': 'PostgreSQL is short of memory: give it more, or fewer connections. What failed was undone.',
  '53300':
    'PostgreSQL takes no more connections: raise its max_connections, or lower DATABASE_POOL or the number of instances.',
  CLUSTER_AUTHORIZATION_FAILED: RIGHTS,
  GROUP_AUTHORIZATION_FAILED: RIGHTS,
  TOPIC_AUTHORIZATION_FAILED: RIGHTS,
  UNKNOWN_TOPIC_OR_PARTITION:
    'A topic is not there: start the service that writes it, or make all with npm run ops -- topics apply.',
  KafkaJSSASLAuthenticationError: 'Kafka does not know this user by this password: see BROKER_URL.',
  INVALID_REPLICATION_FACTOR:
    'Kafka has fewer brokers than its default.replication.factor asks for: start them, or lower it.',
  KAFKA_STORAGE_ERROR:
    'A disk of Kafka is full or broken: free some room there or give it more. Events wait in the outbox.',
};

/** What an operator does about an error, in a sentence; null where nobody knows more than it says itself. */
export const mendOf = (error: unknown): string | null =>
  namesOf(error).flatMap((name) => (Object.hasOwn(mends, name) ? [mends[name]!] : []))[0] ?? null;

/** What an error says, and what to do about it. */
export function sentenceOf(error: unknown): string {
  const message = causesOf(error).find((one) => one.message)?.message ?? String(error);
  const mend = mendOf(error);
  return mend ? `${message}. ${mend}` : message;
}

export const troubleIn = ({ what, error }: Trouble): string => `${what}: ${sentenceOf(error)}`;
