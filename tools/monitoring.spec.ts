import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ServiceMetrics } from '@voronka/service-kit';
import { collectDefaultMetrics, Histogram } from 'prom-client';
import { parse } from 'yaml';
import { GatewayMetrics } from '../gateway/src/metrics.js';

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly annotations?: { readonly summary: string; readonly runbook: string };
}
interface Dashboard {
  readonly uid: string;
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}
const folder = 'deploy/monitoring';
const { groups } = parse(readFileSync(join(folder, 'rules.yaml'), 'utf8')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const alerts = rules.filter(({ alert }) => alert !== undefined);
const files = readdirSync(join(folder, 'grafana')).filter((file) => file.endsWith('.json'));
const dashboards = files.map((file) => JSON.parse(readFileSync(join(folder, 'grafana', file), 'utf8')) as Dashboard);
const expressions = [...rules, ...dashboards.flatMap(({ panels }) => panels).flatMap(({ targets }) => targets)].map(
  ({ expr }) => expr,
);
const headings = [...readFileSync('docs/runbooks.md', 'utf8').matchAll(/^## (Voronka\w+)$/gm)].map(([, name]) => name);

/** The names of what processes export, and of what is told apart by, as Prometheus has them. */
function exported(): ReadonlyMap<string, readonly string[]> {
  const service = new ServiceMetrics('leads');
  service.watch({} as never);
  const gateway = new GatewayMetrics();
  collectDefaultMetrics({ register: gateway.registry });
  const names = new Map<string, readonly string[]>([['up', []]]);
  for (const registry of [service.registry, gateway.registry])
    for (const metric of registry.getMetricsAsArray()) {
      // What prom-client says of a metric leaves its labels out.
      const { name, labelNames } = metric as unknown as { name: string; labelNames: readonly string[] };
      const series = metric instanceof Histogram ? ['_bucket', '_sum', '_count'] : [''];
      for (const suffix of series) names.set(`${name}${suffix}`, labelNames);
    }
  return names;
}

/** Names of metrics in an expression, each with the labels it is chosen by. */
const named = (expr: string) =>
  [...expr.matchAll(/\b((?:voronka|nodejs|process)[\w:]+|up)\b(?:\{([^}]*)\})?/g)]
    .filter(([, name = '']) => name !== 'process')
    .map(([, name = '', chosen = '']) => ({
      name,
      labels: [...chosen.matchAll(/(\w+)\s*(?:=|!)/g)].map(([, label = '']) => label),
    }));

describe('what watches the system', () => {
  it('names figures that are exported or recorded, and chooses by labels that they have', () => {
    const metrics = exported();
    const recorded = new Set(rules.map(({ record }) => record));
    const usual = ['service', 'instance', 'job', 'le'];
    const wrong = expressions.flatMap((expr) =>
      named(expr).flatMap(({ name, labels }) => {
        if (recorded.has(name)) return [];
        const has = metrics.get(name);
        return has ? labels.filter((label) => ![...usual, ...has].includes(label)).map((l) => `${name}{${l}}`) : [name];
      }),
    );
    expect(wrong).toEqual([]);
    expect(expressions.filter((expr) => named(expr).length === 0)).toEqual([]);
  });

  it('has a runbook for each alert, and an alert for each runbook', () => {
    const names = [...new Set(alerts.map(({ alert }) => alert))];
    expect(names.length).toBeGreaterThan(0);
    expect([...headings].sort()).toEqual([...names].sort());
    const misled = alerts.filter(
      ({ alert = '', annotations }) => annotations?.runbook !== `docs/runbooks.md#${alert.toLowerCase()}`,
    );
    expect(misled).toEqual([]);
  });

  it('has each alert tried by promtool, once silent and once not', () => {
    const { tests } = parse(readFileSync(join(folder, 'rules.test.yaml'), 'utf8')) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
    };
    const tried = (fires: boolean) =>
      tests
        .flatMap((test) => test.alert_rule_test)
        .filter(({ exp_alerts }) => exp_alerts.length > 0 === fires)
        .map(({ alertname }) => alertname);
    const untried = alerts.filter(({ alert = '' }) => !tried(true).includes(alert) || !tried(false).includes(alert));
    expect(untried).toEqual([]);
  });
});
