import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Exports } from './exports.js';

/** The door for who takes a list as a whole: behind the gateway, as everything here. */
@Controller('export')
export class ExportController {
  constructor(private readonly exports: Exports) {}

  @Get(':list')
  async take(
    @Param('list') list: string,
    @Req() { headers, query }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    try {
      const text = await this.exports.begin(list, headers.authorization, query as object);
      await reply.type('text/csv; charset=utf-8').send(text);
    } catch (error) {
      const refusal = this.exports.refusalOf(error);
      await reply.status(statuses[String(refusal.extensions?.['code'])] ?? 400).send({ errors: [refusal] });
    }
  }
}

/** What HTTP has a status for; the rest is a bad request. */
const statuses: Record<string, number> = {
  UNAUTHENTICATED: 401,
  SESSION_ENDED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BUDGET_SPENT: 429,
  INTERNAL: 500,
};
