import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Controller, Get, NotFoundException, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { examples } from './examples.js';

const require = createRequire(import.meta.url);
const packaged = (name: string, file: string) => join(dirname(require.resolve(`${name}/package.json`)), file);
const own = (file: string) => fileURLToPath(new URL(`../../public/${file}`, import.meta.url));

const JAVASCRIPT = 'text/javascript; charset=utf-8';
const CSS = 'text/css; charset=utf-8';

/** All that the page consists of. Nothing is fetched from elsewhere, and the policy in door/headers.ts would not let it. */
const files: Readonly<Record<string, { path: string; type: string }>> = {
  'react.js': { path: packaged('react', 'umd/react.production.min.js'), type: JAVASCRIPT },
  'react-dom.js': { path: packaged('react-dom', 'umd/react-dom.production.min.js'), type: JAVASCRIPT },
  'graphiql.js': { path: packaged('graphiql', 'graphiql.min.js'), type: JAVASCRIPT },
  'graphiql.css': { path: packaged('graphiql', 'graphiql.min.css'), type: CSS },
  'page.js': { path: own('page.js'), type: JAVASCRIPT },
  'page.css': { path: own('page.css'), type: CSS },
};

/** The page for trying queries, with the first story in its tabs. */
@Controller()
export class GraphiqlController {
  @Get()
  page(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<FastifyReply> {
    return send(request, reply, own('index.html'), 'text/html; charset=utf-8');
  }

  @Get('graphiql/examples.json')
  examples() {
    return examples(new Date());
  }

  @Get('graphiql/:file')
  file(@Param('file') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<FastifyReply> {
    const file = Object.hasOwn(files, name) ? files[name] : undefined;
    if (!file) throw new NotFoundException(`There is no ${name} here.`);
    return send(request, reply, file.path, file.type);
  }
}

/** A file as it is on disk; a browser that has it asks whether it is still the same and is told so. */
async function send(request: FastifyRequest, reply: FastifyReply, path: string, type: string): Promise<FastifyReply> {
  const bytes = await readFile(path);
  const tag = `"${createHash('sha256').update(bytes).digest('base64url')}"`;
  void reply.header('etag', tag).header('cache-control', 'no-cache');
  if (request.headers['if-none-match'] === tag) return reply.code(304).send();
  return reply.type(type).send(bytes);
}
