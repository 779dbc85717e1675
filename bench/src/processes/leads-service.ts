import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Type } from '@nestjs/common';
import type { Actor } from '@voronka/contracts';
import { context } from '@voronka/messaging';
import {
  Audit,
  newId,
  serviceSettings,
  settingsFrom,
  startService,
  type ServiceDefinition,
} from '@voronka/service-kit';
import type { AskedWrite, WriteAnswer } from '../messaging/writes.js';
import { serve, settingsOf } from './serve.js';

/**
 * The leads service as it was built, whole, with one more door: plain HTTP straight to what its resolver calls. What
 * GraphQL costs is measured elsewhere; this is the write path from the service's class to the commit.
 */
const { program, environment } = settingsOf<{ program: string; environment: Record<string, string> }>();

interface LeadService {
  create(by: Actor, input: object): Promise<{ version: number }>;
  update(by: Actor, verb: { id: string }, patch: object): Promise<{ version: number }>;
}
const built = async (file: string): Promise<Record<string, unknown>> =>
  (await import(pathToFileURL(join(program, file)).href)) as Record<string, unknown>;

const definition = (await built('service.js'))['leads'] as ServiceDefinition;
const door = (await built('lead/lead.service.js'))['LeadService'] as Type<LeadService>;
const { app, url: graphql } = await startService(definition, settingsFrom(serviceSettings, environment));
const leads = app.get(door, { strict: false });
const audit = app.get(Audit, { strict: false });
const note = audit.note.bind(audit);

async function write(by: Actor, asked: AskedWrite): Promise<WriteAnswer> {
  const call = {
    correlationId: newId(),
    causationId: null,
    traceparent: `00-${newId().replaceAll('-', '')}-00f067aa0ba902b7-01`,
  };
  try {
    const { version } = await context.run({ ...call, actor: by.id }, () =>
      'create' in asked
        ? leads.create(by, asked.create)
        : leads.update(by, { id: asked.update.id }, { note: asked.update.note }),
    );
    return version;
  } catch (error) {
    return (error as Error).message;
  }
}

async function bodyOf(request: IncomingMessage): Promise<AskedWrite[]> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString()) as AskedWrite[];
}

serve({
  /** Where it answers GraphQL, to whom the gateway's token names. */
  graphql: () => graphql,
  /** What this process has spent, finer than the system tells it. */
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
  /** Whether it takes down who looks at what. */
  audit: ({ on }: { on: boolean }) => {
    audit.note = on ? note : () => {};
  },
  /** Opens the door to writes of this person; answers its address. */
  open: async ({ actor }: { actor: string }) => {
    const by: Actor = { id: actor, may: 'anything' };
    const server = createServer((request, response) => {
      bodyOf(request)
        .then((writes) => Promise.all(writes.map((asked) => write(by, asked))))
        .then(
          (answers) => response.end(JSON.stringify(answers)),
          (error: Error) => response.writeHead(500).end(error.message),
        );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  },
});
