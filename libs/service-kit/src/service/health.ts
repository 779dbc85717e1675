import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** What a process is short of. */
export interface Condition {
  /** Without it no request can be answered. */
  readonly waitingFor: readonly string[];
  /** Without it requests are answered, in part or from what was known before. */
  readonly degraded?: readonly string[];
  /** Why, and what to do about it, in sentences. */
  readonly because?: readonly string[];
}

export interface HealthAnswer {
  readonly status: 200 | 503;
  readonly body: object;
}

/**
 * What orchestrators ask of a process. It is live while it answers at all. It has started once it has migrated and listens,
 * and that it remains. It is ready while it can answer requests, which ends with the word to stop and not with the first refusal.
 */
export class Health {
  private phase: 'starting' | 'working' | 'stopping' = 'starting';

  constructor(private readonly look: () => Promise<Condition>) {}

  begun(): void {
    this.phase = 'working';
  }

  /** Ready no more. Resolves after so many seconds, in which load balancers notice while requests are answered as before. */
  async end(drainSeconds: number): Promise<void> {
    this.phase = 'stopping';
    await pause(drainSeconds * 1000);
  }

  /** Who keeps a connection to a process that stops is told with each answer to come over another one. */
  partWith(app: FastifyInstance): void {
    app.addHook('onRequest', (_request, reply, done) => {
      if (this.phase === 'stopping') reply.raw.setHeader('connection', 'close');
      done();
    });
  }

  /** What `GET /health/<question>` answers; null where that is no question. */
  async answer(question: string): Promise<HealthAnswer | null> {
    if (question === 'live') return { status: 200, body: { live: true } };
    if (question === 'started') {
      const started = this.phase !== 'starting';
      return { status: started ? 200 : 503, body: { started } };
    }
    if (question !== 'ready') return null;
    if (this.phase !== 'working') return notReady([this.phase === 'starting' ? 'start' : 'stop']);
    const { waitingFor, degraded = [], because = [] } = await this.look();
    const why = because.length > 0 ? { because } : {};
    if (waitingFor.length > 0) return notReady(waitingFor, why);
    return { status: 200, body: { ready: true, waitingFor, degraded, ...why } };
  }
}

const notReady = (waitingFor: readonly string[], why = {}): HealthAnswer => ({
  status: 503,
  body: { ready: false, waitingFor, ...why },
});

@Controller('health')
export class HealthController {
  constructor(private readonly health: Health) {}

  @Get('live')
  live(@Res() reply: FastifyReply): Promise<void> {
    return this.send('live', reply);
  }

  @Get('started')
  started(@Res() reply: FastifyReply): Promise<void> {
    return this.send('started', reply);
  }

  @Get('ready')
  ready(@Res() reply: FastifyReply): Promise<void> {
    return this.send('ready', reply);
  }

  private async send(question: string, reply: FastifyReply): Promise<void> {
    const { status, body } = (await this.health.answer(question))!;
    await reply.status(status).send(body);
  }
}
