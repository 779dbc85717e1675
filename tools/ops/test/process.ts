import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually } from '@voronka/testing';
import type { Service } from '../src/system.js';

const root = join(import.meta.dirname, '..', '..', '..');

/** Compiles services, whose programs run as they were built. */
export function build(...services: readonly Service[]): void {
  const projects = services.map((service) => join(root, 'services', service));
  const built = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', ...projects], {
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`${services.join(', ')} do not compile:\n${built.stdout}`);
}

/** A service's own program, in a process of its own. */
export interface Program {
  readonly child: ChildProcess;
  /** Lines of its output so far. */
  readonly lines: readonly string[];
  readonly complaints: readonly string[];
  /** Its exit status; null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

export function start(service: Service, command: string, settings: NodeJS.ProcessEnv): Program {
  const child = spawn(process.execPath, [join(root, 'services', service, 'dist', 'main.js'), command], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const complaints: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => complaints.push(line));
  const ended = once(child, 'close').then(([status]) => status as number | null);
  return { child, lines, complaints, ended };
}

export interface Running {
  /** Where its metrics are. */
  readonly metricsUrl: string;
  stop(): Promise<void>;
}

/** A running instance of a service. */
export async function serve(service: Service, settings: NodeJS.ProcessEnv): Promise<Running> {
  const { publicKey } = generateKeyPairSync('ed25519');
  const key = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const program = start(service, 'serve', { ...settings, PORT: '0', METRICS_PORT: '0', INTERNAL_PUBLIC_KEY: key });
  const url = await eventually(
    () => {
      if (program.complaints.length > 0) throw new Error(program.complaints.join('\n'));
      return program.lines
        .map((line) => JSON.parse(line) as { msg?: string; url?: string })
        .find(({ msg }) => msg === 'metrics')?.url;
    },
    { within: 60_000 },
  );
  return {
    metricsUrl: url,
    stop: async () => {
      program.child.kill('SIGTERM');
      await program.ended;
    },
  };
}
