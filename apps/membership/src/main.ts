/** The service: reads the settings, takes the data directory, serves, and stops when told to. */
import { createLog, NestLog } from './logging.js';
import { readConfig, SettingError, type Config } from './config.js';
import { start, type Service } from './service.js';
import { traceOf } from './trace.js';

const out = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config.LOG_LEVEL);
  const service = await start(config, log, new NestLog(log), { inThread: true });
  out(greeting(config, service));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ msg: 'stopping', signal });
      service.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ msg: 'stopping failed', ...traceOf(error) });
          process.exit(1);
        },
      );
    });
  }
}

/** Where it listens, and what to try next. */
function greeting({ development }: Config, { url, grpc }: Service): string {
  const lines = [`Membership listens on ${url}  (API: ${url}/docs), gRPC on ${grpc.address}`];
  if (!development) return lines.join('\n');
  return [
    ...lines,
    '',
    'Try it: this issuer signs in anybody, and exists on this machine only.',
    `  token=$(curl -s ${url}/dev/token -H 'content-type: application/json' -d '{"email":"ada@example.com"}' | cut -d '"' -f 4)`,
    `  curl -s ${url}/api/v1/organizations -H "authorization: Bearer $token" -H 'content-type: application/json' -d '{"id":"demo","name":"Demo","catalogue":"vygl"}'`,
    `  curl -s ${url}/api/v1/organizations/demo/invitations -H "authorization: Bearer $token" -H 'content-type: application/json' -d '{"email":"grace@example.com","roles":["member"]}'`,
    `  then open ${url}/dev/mailbox`,
    '',
  ].join('\n');
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${error instanceof SettingError ? 'setting ' : ''}${message}\n`);
  process.exit(1);
});
