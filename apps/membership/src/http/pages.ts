/** The few pages there are until the console exists: scripts and styles come from files of their
 * own, so that the content security policy needs no exception. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Controller, Get, Header, NotFoundException, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Configuration } from '../config.js';
import { ACCEPT_PAGE, ACCEPT_SCRIPT, STYLE } from './accept-page.js';
import { Public } from './caller.js';
import { ApiDocument } from './api-document.js';

const DOCS = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const DOCS_FILES: { readonly [name: string]: string } = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};
const DOCS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Membership API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body><div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
`;
const DOCS_SCRIPT = `SwaggerUIBundle({
  url: '/openapi.json', dom_id: '#docs', deepLinking: true, docExpansion: 'none',
});
`;
const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';

@ApiExcludeController()
@Public()
@Controller()
export class PagesController {
  constructor(
    private readonly document: ApiDocument,
    private readonly configuration: Configuration,
  ) {}

  @Get('openapi.json')
  @Header('content-type', 'application/json; charset=utf-8')
  openapi(): string {
    return this.document.json;
  }

  @Get('docs')
  docs(@Res() reply: FastifyReply): void {
    // The page builds its own styles while it runs.
    const policy = String(reply.getHeader('content-security-policy')).replace(
      "style-src 'self'",
      "style-src 'self' 'unsafe-inline'",
    );
    void reply.header('content-security-policy', policy).type(HTML).send(DOCS_PAGE);
  }

  @Get('docs/:file')
  docsFile(@Param('file') file: string, @Res() reply: FastifyReply): void {
    if (file === 'start.js') return void reply.type(SCRIPT).send(DOCS_SCRIPT);
    const type = Object.hasOwn(DOCS_FILES, file) ? DOCS_FILES[file] : undefined;
    if (type === undefined) throw new NotFoundException();
    void reply
      .type(type)
      .header('cache-control', 'max-age=86400')
      .send(readFileSync(join(DOCS, file)));
  }

  @Get('accept')
  @Header('content-type', HTML)
  accept(): string {
    const { development } = this.configuration.value;
    return ACCEPT_PAGE.replace('data-development="false"', `data-development="${development}"`);
  }

  @Get('accept/page.js')
  @Header('content-type', SCRIPT)
  acceptScript(): string {
    return ACCEPT_SCRIPT;
  }

  @Get('accept/page.css')
  @Header('content-type', 'text/css; charset=utf-8')
  acceptStyle(): string {
    return STYLE;
  }
}
