import { Controller, Get, Inject, ServiceUnavailableException } from '@nestjs/common';

/** Whether requests are taken: from the moment the supergraph is loaded until the gateway is told to stop. */
export class Readiness {
  ready = false;
}

@Controller('health')
export class HealthController {
  constructor(@Inject(Readiness) private readonly readiness: Readiness) {}

  @Get('live')
  live() {
    return { status: 'live' };
  }

  /** Says nothing of the services: one that is down takes its own part of an answer with it, not the gateway. */
  @Get('ready')
  ready() {
    if (!this.readiness.ready) throw new ServiceUnavailableException('The gateway is starting or stopping.');
    return { status: 'ready' };
  }
}
