import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';

const { HTTP_PORT: port = '3000', MEMBERSHIP_KEY: key } = process.env;
const membership = process.env['MEMBERSHIP_URL'] ?? `http://127.0.0.1:${port}`;
if (key === undefined) {
  process.stderr.write('Set MEMBERSHIP_KEY; README.md says where it comes from.\n');
  process.exit(1);
}

const app = await NestFactory.create(AppModule.with({ membership, key }), new FastifyAdapter());
app.enableShutdownHooks();
await app.listen(process.env['PORT'] ?? 4000, '127.0.0.1');
