// Prints the Secrets of a trial, with keys and a password made by chance: node k8s/overlays/local/secrets.mjs | kubectl create -f -
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'voronka-keys-'));
execFileSync(process.execPath, [join(import.meta.dirname, '../../../deploy/docker/keys.mjs'), folder]);
const key = (file) => readFileSync(join(folder, file), 'utf8');

const password = randomBytes(24).toString('base64url');
const server = `postgres://voronka:${password}@postgres:5432`;
const broker = { 'broker-url': 'kafka://kafka:9092' };
const service = (name) => ({
  ...broker,
  'database-url': `${server}/voronka_${name}`,
  'internal-public-key': key('internal.public.pem'),
});
const secrets = {
  postgres: { password },
  'voronka-ops': { ...broker, 'database-url': `${server}/postgres` },
  'voronka-gateway': {
    'access-public-key': key('access.public.pem'),
    'internal-private-key': key('internal.private.pem'),
  },
  'voronka-identity': {
    ...service('identity'),
    'access-private-key': key('access.private.pem'),
    'second-factor-key': key('second-factor.key'),
  },
  ...Object.fromEntries(
    ['leads', 'accounts', 'deals', 'tasks', 'analytics'].map((name) => [`voronka-${name}`, service(name)]),
  ),
};
rmSync(folder, { recursive: true });

const items = Object.entries(secrets).map(([name, stringData]) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'voronka' },
  stringData,
}));
console.log(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 2));
