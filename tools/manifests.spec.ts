import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { HealthController } from '@voronka/service-kit/process';
import { parse } from 'yaml';
import { gatewaySettings } from '../gateway/src/settings.js';
import { serviceSettings } from '../libs/service-kit/src/service/service.settings.js';
import { settingsFrom } from '../libs/service-kit/src/service/settings.js';
import { accounts } from '../services/accounts/src/service.js';
import { analytics } from '../services/analytics/src/service.js';
import { deals } from '../services/deals/src/service.js';
import { identity } from '../services/identity/src/service.js';
import { leads } from '../services/leads/src/service.js';
import { tasks } from '../services/tasks/src/service.js';
import { documents, podOf, rendered, type Manifest } from './kustomize.mjs';

type Environment = Record<string, string | undefined>;
const definitions = [identity, leads, accounts, deals, tasks, analytics];
const processes: Record<string, (environment: Environment) => unknown> = {
  gateway: (environment) => {
    const { serviceUrl } = gatewaySettings(environment);
    for (const { name } of definitions) serviceUrl(name);
  },
  ...Object.fromEntries(
    definitions.map(({ name, settings }) => [
      name,
      (environment: Environment) => settingsFrom({ ...serviceSettings, ...settings }, environment),
    ]),
  ),
};

const dockerfile = readFileSync('deploy/docker/Dockerfile', 'utf8');
const ofImage = Object.fromEntries(
  (/^ENV (.*)$/m.exec(dockerfile)?.[1] ?? '').split(' ').map((pair) => pair.split('=') as [string, string]),
);
const base = Object.keys(ofImage);

const [access, internal] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
const privately = { type: 'pkcs8', format: 'pem' } as const;
const publicly = { type: 'spki', format: 'pem' } as const;
/** What a file of secrets would hold. */
const standIns: Environment = {
  DATABASE_URL: 'postgres://voronka:password@postgres:5432/voronka',
  BROKER_URL: 'kafka://kafka:9092',
  ACCESS_PRIVATE_KEY: access.privateKey.export(privately) as string,
  ACCESS_PUBLIC_KEY: access.publicKey.export(publicly) as string,
  INTERNAL_PRIVATE_KEY: internal.privateKey.export(privately) as string,
  INTERNAL_PUBLIC_KEY: internal.publicKey.export(publicly) as string,
  SECOND_FACTOR_KEY: randomBytes(32).toString('base64'),
};

/** What is wrong with what a process would be given: the settings that it refuses to start without, and those it never reads. */
function faults(name: string, given: Environment): string[] {
  const environment = Object.fromEntries(
    Object.entries(given).map(([key, value]) => {
      const setting = key.replace(/_FILE$/, '');
      return key === setting ? [key, value] : [setting, standIns[setting]];
    }),
  );
  const asked = new Set<string>();
  const watched = new Proxy(environment, {
    get: (target, key) => (asked.add(String(key)), target[String(key)]),
  });
  try {
    processes[name]!(watched);
  } catch (error) {
    return [(error as Error).message];
  }
  return Object.keys(environment).filter((key) => !base.includes(key) && !asked.has(key));
}

/** Where the sources of a program of the image are. */
const sourceOf = (program: string) => program.replace('/dist/', '/src/').replace(/\.js$/, '.ts');

const components = readdirSync('k8s/components').map((name) => join('k8s/components', name));
const overlays: [name: string, manifests: Manifest[]][] = [
  ['local', rendered('k8s/overlays/local')],
  ['production', rendered('k8s/overlays/production')],
  ['production with every component', rendered('k8s/overlays/production', components)],
];
const nameOf = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;
const container = (workload: Manifest) => podOf(workload)!['containers'][0] as Manifest;
const labelsOf = (workload: Manifest) => workload['spec'].template.metadata.labels as Record<string, string>;
const isOurs = (workload: Manifest) => labelsOf(workload)['app.kubernetes.io/part-of'] === 'voronka';

describe.each(overlays)('k8s/overlays/%s', (_, manifests) => {
  const of = (...kinds: string[]) => manifests.filter(({ kind }) => kinds.includes(kind as string));
  const find = (kind: string, name: string) => of(kind).find(({ metadata }) => metadata.name === name);
  const workloads = of('Deployment', 'StatefulSet', 'Job');
  const ours = workloads.filter(isOurs);
  const servers = ours.filter(({ kind }) => kind === 'Deployment');
  const chosen = ({ matchLabels = {}, matchExpressions = [] }: Manifest) =>
    workloads.filter((workload) => {
      const labels = labelsOf(workload);
      return (
        Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
        matchExpressions.every(({ key, values }: Manifest) => values.includes(labels[key]))
      );
    });
  const environmentOf = (workload: Manifest): Environment => {
    const { env = [], envFrom = [] } = container(workload) as { env?: Manifest[]; envFrom?: Manifest[] };
    return {
      ...ofImage,
      ...Object.assign({}, ...envFrom.map(({ configMapRef }) => find('ConfigMap', configMapRef.name)!['data'])),
      ...Object.fromEntries(env.map(({ name, value }) => [name, value])),
    };
  };

  it('runs the gateway and every service, each under its name once', () => {
    expect(servers.map(({ metadata }) => metadata.name).sort()).toEqual(
      Object.keys(processes)
        .map((name) => `voronka-${name}`)
        .sort(),
    );
    expect(new Set(manifests.map(nameOf)).size).toBe(manifests.length);
  });

  it('migrates the database of every service', () => {
    const migrations = ours.filter((one) => container(one)['args'][1] === 'migrate');
    expect(migrations.map((one) => container(one)['args'][0]).sort()).toEqual(
      definitions.map(({ name }) => `services/${name}/dist/main.js`).sort(),
    );
  });

  it('starts programs that the image has', () => {
    const programs = ours.map((one) => container(one)['args'][0] as string);
    expect(programs.filter((program) => !existsSync(sourceOf(program)))).toEqual([]);
    expect(
      servers.filter((one) => !container(one)['args'][0].includes(labelsOf(one)['app.kubernetes.io/name'])),
    ).toEqual([]);
  });

  it('gives each process all that it needs and nothing that it does not know', () => {
    const told = ours
      .filter((one) => processes[labelsOf(one)['app.kubernetes.io/name'] ?? ''])
      .map((one) => [nameOf(one), faults(labelsOf(one)['app.kubernetes.io/name']!, environmentOf(one))]);
    expect(told.filter(([, wrong]) => wrong!.length > 0)).toEqual([]);
    expect(told).toHaveLength(13);
  });

  it('mounts what settings are read from, of the Secret of that name', () => {
    const wrong = ours.flatMap((one) =>
      Object.entries(environmentOf(one))
        .filter(([key]) => key.endsWith('_FILE'))
        .filter(([key, path]) => path !== `/run/secrets/voronka/${key.slice(0, -5).toLowerCase().replaceAll('_', '-')}`)
        .map(([key]) => `${nameOf(one)}: ${key}`),
    );
    expect(wrong).toEqual([]);
    const secretOf = (one: Manifest) => podOf(one)!['volumes']?.[0].secret.secretName as string | undefined;
    const named = ours.filter((one) => secretOf(one) !== undefined);
    expect(named.map(secretOf)).toEqual(named.map((one) => `voronka-${labelsOf(one)['app.kubernetes.io/name']}`));
    expect(named).toHaveLength(13);
  });

  it('selects by labels that are there, and never two things', () => {
    for (const { spec } of workloads.filter(({ kind }) => kind !== 'Job'))
      expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    const selected = (selector: Manifest) => chosen(selector).map(nameOf);
    const services = of('Service').map(({ metadata, spec }) => [
      metadata.name,
      selected({ matchLabels: spec.selector }),
    ]);
    expect(services.filter(([, those]) => those.length !== 1)).toEqual([]);
    const budgets = of('PodDisruptionBudget').map(({ metadata, spec }) => [metadata.name, selected(spec.selector)]);
    expect(budgets).toEqual(servers.map(({ metadata }) => [metadata.name, [`Deployment ${metadata.name}`]]));
    for (const server of servers)
      for (const { labelSelector } of podOf(server)!['topologySpreadConstraints'])
        expect(selected(labelSelector)).toEqual([nameOf(server)]);
  });

  it('scales, exposes and lets in only what is there', () => {
    const scaled = of('HorizontalPodAutoscaler', 'ScaledObject').map(({ spec }) => spec.scaleTargetRef.name as string);
    expect(scaled.filter((name) => !find('Deployment', name))).toEqual([]);
    expect(new Set(scaled).size).toBe(scaled.length);
    const backends = of('Ingress')
      .flatMap(({ spec }) => spec.rules[0].http.paths)
      .map(({ backend }) => backend.service);
    expect(
      backends.map(({ name, port }) => [name, find('Service', name)?.['spec'].ports[0].name === port.name]),
    ).toEqual([['voronka-gateway', true]]);
    const peers = of('NetworkPolicy').flatMap(({ spec }) => [
      spec.podSelector,
      ...[
        ...(spec.ingress ?? []).flatMap(({ from = [] }: Manifest) => from),
        ...(spec.egress ?? []).flatMap(({ to = [] }: Manifest) => to),
      ]
        .map(({ podSelector }: Manifest) => podSelector)
        .filter(Boolean),
    ]);
    expect(peers.filter((selector) => chosen(selector as Manifest).length === 0)).toEqual([]);
  });

  it('names ports that are there, and asks for health where it is told', () => {
    const portsOf = (one: Manifest) =>
      Object.fromEntries(
        (container(one)['ports'] ?? []).map(({ name, containerPort }: Manifest) => [name, containerPort]),
      );
    for (const { spec } of of('Service'))
      for (const one of chosen({ matchLabels: spec.selector }))
        for (const { targetPort } of spec.ports) expect(Object.keys(portsOf(one))).toContain(targetPort);
    for (const server of servers) {
      const { PORT, METRICS_PORT } = environmentOf(server);
      expect(portsOf(server)).toEqual({ http: Number(PORT), metrics: Number(METRICS_PORT) });
      const { startupProbe, livenessProbe, readinessProbe } = container(server);
      const asked = [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet as Manifest);
      expect(asked.map(({ port }) => port)).toEqual(['http', 'http', 'http']);
      expect(asked.map(({ path }) => path).filter((path) => !healthPaths.includes(path as string))).toEqual([]);
    }
    const gateway = environmentOf(find('Deployment', 'voronka-gateway')!);
    for (const { name } of definitions) {
      const { hostname, port } = new URL(gateway[`${name.toUpperCase()}_URL`] ?? '');
      expect(find('Service', hostname)?.['spec'].ports[0].port).toBe(Number(port));
    }
  });

  it('runs nothing with more rights, memory or secrets than it says', () => {
    for (const one of workloads) {
      const { automountServiceAccountToken, securityContext } = podOf(one)!;
      expect([nameOf(one), automountServiceAccountToken]).toEqual([nameOf(one), false]);
      expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(container(one)['securityContext']).toMatchObject({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        ...(isOurs(one) && { readOnlyRootFilesystem: true }),
      });
      expect(container(one)['resources']).toMatchObject({
        requests: { cpu: expect.any(String) },
        limits: { memory: expect.any(String) },
      });
    }
    for (const server of servers) expect(container(server)['lifecycle'].preStop.sleep.seconds).toBe(5);
  });

  it('holds no secrets', () => {
    expect(of('Secret')).toEqual([]);
    expect(JSON.stringify(manifests)).not.toMatch(/:\/\/[^/"]*:[^/"]*@|-----BEGIN/);
    const secret = workloads.flatMap((one) => (container(one)['env'] ?? []) as Manifest[]);
    expect(
      secret.filter(({ name, value }) => /PASSWORD|_KEY$|DATABASE_URL$|BROKER_URL$/.test(name as string) && value),
    ).toEqual([]);
  });
});

/** Routes of the controller that every process has. */
const healthPaths = Object.getOwnPropertyNames(HealthController.prototype)
  .map(
    (name) =>
      Reflect.getMetadata('path', (HealthController.prototype as unknown as Manifest)[name]) as string | undefined,
  )
  .flatMap((path) => (path === undefined ? [] : [`/health/${path}`]));

describe('k8s', () => {
  it('has no file that nothing names', () => {
    const files = readdirSync('k8s', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
    const named = files
      .filter((file) => file.endsWith('kustomization.yaml'))
      .flatMap((file) =>
        (documents(join('k8s', file))[0]!['resources'] as string[]).map((path) => join('k8s', file, '..', path)),
      );
    const alone = files.map((file) => join('k8s', file)).filter((file) => !file.endsWith('kustomization.yaml'));
    expect(alone.filter((file) => !named.includes(file))).toEqual([]);
  });

  it('makes for a trial each Secret that is asked for', () => {
    const { items } = JSON.parse(
      execFileSync(process.execPath, ['k8s/overlays/local/secrets.mjs'], { encoding: 'utf8' }),
    );
    const held = (items as Manifest[]).flatMap(({ metadata, stringData }) =>
      Object.keys(stringData).map((key) => `${metadata.name}/${key}`),
    );
    const [, manifests] = overlays[0]!;
    const asked = manifests.filter(podOf).flatMap((one) => {
      const { env = [], envFrom = [] } = container(one) as { env?: Manifest[]; envFrom?: Manifest[] };
      const maps = envFrom.map(({ configMapRef }) => nameOf({ kind: 'ConfigMap', metadata: configMapRef }));
      const settings = manifests
        .filter((other) => maps.includes(nameOf(other)))
        .flatMap(({ data }) => Object.entries(data));
      const files = [...settings, ...env.map(({ name, value }) => [name, value])].filter(([key]) =>
        key.endsWith('_FILE'),
      );
      return [
        ...files.map(([, path]) => `${podOf(one)!['volumes'][0].secret.secretName}/${path.split('/').pop()}`),
        ...env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []).map(({ name, key }) => `${name}/${key}`),
      ];
    });
    expect([...new Set(asked)].sort()).toEqual(held.sort());
  });
});

describe('docker-compose.yml', () => {
  const chosen = 'chosen-by-who-starts-it';
  const text = readFileSync('docker-compose.yml', 'utf8').replace(
    /\$\{\w+(?::-([^}]*)|:\?[^}]*)?\}/g,
    (_, usual?: string) => usual ?? chosen,
  );
  const compose = parse(text, { merge: true }) as Manifest;
  const services = Object.entries(compose['services'] as Record<string, Manifest>);
  const ours = services.filter(([name]) => processes[name]);

  it('runs the gateway and every service, with all that it needs and nothing that it does not know', () => {
    expect(ours.map(([name]) => name).sort()).toEqual(Object.keys(processes).sort());
    const told = ours.map(([name, { environment }]) => [
      name,
      faults(name, { ...ofImage, ...(environment as Environment) }),
    ]);
    expect(told.filter(([, wrong]) => wrong!.length > 0)).toEqual([]);
    for (const [name, { command }] of ours) {
      expect(command[0]).toContain(name);
      expect(existsSync(sourceOf(command[0] as string))).toBe(true);
    }
  });

  it('waits for what can be waited for', () => {
    const unhealthy = services.flatMap(([name, { depends_on = {} }]) =>
      Object.entries(depends_on as Record<string, Manifest>)
        .filter(([, { condition }]) => condition === 'service_healthy')
        .filter(([other]) => !(compose['services'][other].healthcheck?.test ?? compose['services'][other].build))
        .map(([other]) => `${name} waits for ${other}`),
    );
    expect(unhealthy).toEqual([]);
    expect(dockerfile).toMatch(/HEALTHCHECK .*\n.*\/health\/ready/);
  });

  it('bounds the memory of each container, mounts what is there and opens ports to this machine alone', () => {
    for (const [name, { mem_limit, ports = [], volumes = [] }] of services) {
      expect([name, mem_limit]).toEqual([name, expect.any(String)]);
      expect((ports as string[]).filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
      for (const volume of volumes as string[]) {
        const [source = ''] = volume.split(':');
        expect([volume, source.startsWith('./') ? existsSync(source) : source in compose['volumes']]).toEqual([
          volume,
          true,
        ]);
      }
    }
  });

  it('holds no secrets', () => {
    const literal = services.flatMap(([name, { environment = {} }]) =>
      Object.entries(environment as Record<string, string>)
        .filter(([key, value]) => /PASSWORD|_KEY$/.test(key) || /:\/\/[^/]*:[^/]*@/.test(value))
        .filter(([, value]) => !String(value).includes(chosen))
        .map(([key]) => `${name}: ${key}`),
    );
    expect(literal).toEqual([]);
  });

  it('is watched where its processes count', () => {
    const { scrape_configs } = parse(readFileSync('deploy/monitoring/prometheus.yml', 'utf8')) as Manifest;
    expect([...scrape_configs[0].static_configs[0].targets].sort()).toEqual(
      ours.map(([name, { environment }]) => `${name}:${environment.METRICS_PORT}`).sort(),
    );
  });
});
