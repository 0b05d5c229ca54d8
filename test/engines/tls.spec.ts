/** Each engine over TLS, with an authority of one's own; and what the doctor says of each. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
// @ts-expect-error a tool, in JavaScript
import * as kafkas from '../../tools/engines/kafka.mjs';
import { PostgresCluster } from '../../tools/engines/postgres.mjs';
import { MailServer } from '../mailing/smtp-server.js';
import { EventStoreDouble } from '../support/eventstoredb/server.js';
import { freePort, TestService } from '../support/service.js';
import { Certificates } from './support/certificates.js';
import { onServer } from './support/servers.js';

interface Brokers {
  readonly brokers: string;
  readonly overTls: string;
  readonly withPassword: string;
  stop(): Promise<void>;
}
const { startKafka } = kafkas as {
  startKafka(count: number, security: object): Promise<Brokers>;
};

type Settings = Readonly<Record<string, string>>;

const run = promisify(execFile);
const RING = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
const made = new Certificates();
const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
afterAll(() => {
  made.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** What the doctor says of one thing, without a service that runs. */
async function doctor(of: string, settings: Settings): Promise<string | undefined> {
  const env = { PATH: process.env['PATH'], DATA_DIR: folder, ...settings };
  const { stdout } = await run(process.execPath, ['dist/apps/cli/src/main.js', 'doctor'], {
    env,
  }).catch((error: { stdout: string }) => error);
  return stdout.split('\n').find((line) => line.slice(8).startsWith(of));
}

/** A service with these settings starts, writes, and stops. */
async function serves(settings: Settings): Promise<void> {
  const service = await TestService.start(settings);
  try {
    const ada = await service.signIn('ada@example.com');
    const asked = { id: 'acme', name: 'Acme', catalogue: 'vygl' };
    expect((await ada.post('/organizations', asked)).status).toBe(201);
  } finally {
    await service.stop();
  }
}

describe('EventStoreDB over TLS', () => {
  let server: EventStoreDouble;
  const url = (authority: string) => ({
    EVENTSTORE_URL: `esdb://admin:changeit@127.0.0.1:${server.port}?tlsCAFile=${authority}`,
  });
  beforeAll(async () => {
    const identity = { key: readFileSync(made.key), certificate: readFileSync(made.certificate) };
    server = await EventStoreDouble.start(0, { ...identity, authority: made.authority });
  });
  afterAll(() => server.stop());

  test('is trusted by its authority', async () => {
    await serves(url(made.authority));
    const keys = { VAULT_KEYS: RING, TOKEN_KEYS: RING };
    const trusted = url(made.authority);
    expect(await doctor('event log', { ...trusted, ...keys })).toBe('ok      event log');
    // Another node that has not been given the keys.
    expect(await doctor('event log', trusted)).toMatch(/there is an event log, but not its keys/);
  }, 60_000);

  test('is refused by another one, and the doctor says what to do', async () => {
    expect(await doctor('event log', url(made.stranger))).toMatch(
      /^TROUBLE event log: EVENTSTORE_URL: .*its certificate is not trusted: name the authority .* tlsCAFile=FILE/,
    );
    await expect(TestService.start(url(made.stranger))).rejects.toThrow(/is not trusted/);
  }, 60_000);

  test.each([{ kind: 'unknown_user' }, { kind: 'access_denied' }] as const)(
    'that refuses the user is said so: $kind',
    async (fault) => {
      server.faults.chance = () => fault;
      try {
        const said = await doctor('event log', url(made.authority));
        expect(said).toBe(
          'TROUBLE event log: EVENTSTORE_URL: EventStoreDB refuses this user; mind user and password, and what the user may do',
        );
        await expect(TestService.start(url(made.authority))).rejects.toThrow(/refuses this user/);
      } finally {
        server.faults.clear();
      }
    },
    60_000,
  );

  test('that is not there is said so', async () => {
    const EVENTSTORE_URL = `esdb://127.0.0.1:${await freePort()}?tls=false`;
    expect(await doctor('event log', { EVENTSTORE_URL })).toMatch(
      /^TROUBLE event log: EVENTSTORE_URL: EventStoreDB does not answer.*; start it, or correct the address/,
    );
  }, 60_000);
});

describe('a mail server over TLS', () => {
  let server: MailServer;
  const trusted = { NODE_EXTRA_CA_CERTS: made.authority };
  const url = (password = 'right') => ({
    SMTP_URL: server.url.replace('smtp://', `smtps://mail:${password}@`),
  });
  beforeAll(async () => {
    server = new MailServer({
      ...{ secure: true, key: readFileSync(made.key), cert: readFileSync(made.certificate) },
      authOptional: false,
      onAuth: ({ password }, _session, done) =>
        password === 'right'
          ? done(null, { user: 'mail' })
          : done(Object.assign(new Error('wrong'), { responseCode: 535 })),
    });
    await server.listen();
  });
  afterAll(() => server.close());

  test('is trusted by its authority, refused without it, and the doctor says what to do', async () => {
    expect(await doctor('mail server', { ...url(), ...trusted })).toBe('ok      mail server');
    expect(await doctor('mail server', url())).toMatch(
      /^TROUBLE mail server: SMTP_URL: .*is not trusted .*name the authority .*NODE_EXTRA_CA_CERTS=FILE/,
    );
    expect(server.received).toEqual([]);
  }, 60_000);

  test('with a wrong password, and where there is none', async () => {
    expect(await doctor('mail server', { ...url('wrong'), ...trusted })).toBe(
      'TROUBLE mail server: SMTP_URL: the mail server does not let us in (535); mind user and password',
    );
    const SMTP_URL = `smtp://mail:secret@127.0.0.1:${await freePort()}`;
    const said = await doctor('mail server', { SMTP_URL });
    expect(said).toMatch(
      /^TROUBLE mail server: SMTP_URL: the mail server can't be reached .*; start it, or correct the address/,
    );
    expect(said).not.toContain('secret');
  }, 60_000);

  test('that no setting names is not asked', async () => {
    expect(await doctor('mail server', {})).toBeUndefined();
  }, 60_000);
});

await onServer('POSTGRES_URL', () =>
  describe('PostgreSQL over TLS', () => {
    let cluster: PostgresCluster;
    const url = (authority: string, password = 'right') => ({
      DATABASE_URL: `${cluster.url.replace('@', `:${password}@`)}?sslmode=verify-full&sslrootcert=${authority}`,
    });
    beforeAll(async () => {
      cluster = await PostgresCluster.start();
      cluster.secure({ key: made.key, cert: made.certificate, password: 'right' });
    }, 60_000);
    afterAll(() => cluster.remove());

    test('is trusted by its authority', async () => {
      await serves(url(made.authority));
      expect(await doctor('PostgreSQL', url(made.authority))).toBe('ok      PostgreSQL');
    }, 60_000);

    test('is refused by another one, and the doctor says what to do', async () => {
      expect(await doctor('PostgreSQL', url(made.stranger))).toMatch(
        /^TROUBLE PostgreSQL: .*its certificate is not trusted .*sslrootcert=FILE in the address/,
      );
      await expect(TestService.start(url(made.stranger))).rejects.toThrow(
        /^DATABASE_URL: .*is not trusted/,
      );
    }, 60_000);

    test('with a wrong password, without TLS, and where there is none', async () => {
      expect(await doctor('PostgreSQL', url(made.authority, 'wrong'))).toMatch(
        /^TROUBLE PostgreSQL: .*does not let us in .*mind user and password/,
      );
      const { DATABASE_URL } = url(made.authority);
      expect(await doctor('PostgreSQL', { DATABASE_URL: DATABASE_URL.split('?')[0]! })).toMatch(
        /^TROUBLE PostgreSQL: .*does not let us in \(no pg_hba.conf entry/,
      );
      const nowhere = `postgres://ada:secret@127.0.0.1:${await freePort()}/membership`;
      const said = await doctor('PostgreSQL', { DATABASE_URL: nowhere });
      expect(said).toMatch(/^TROUBLE PostgreSQL: .*can't be reached: .*ECONNREFUSED/);
      expect(said).not.toContain('secret');
    }, 60_000);
  }),
);

await onServer('KAFKA_BROKERS', () =>
  describe('Kafka over TLS', () => {
    let kafka: Brokers;
    const over = (brokers: string, authority = made.authority, more: Settings = {}): Settings => ({
      KAFKA_BROKERS: brokers,
      KAFKA_TLS: 'on',
      KAFKA_CA: authority,
      KAFKA_PARTITIONS: '1',
      ...more,
    });
    const admin = async (work: (one: kafkajs.Admin) => Promise<unknown>) => {
      const { NOTHING } = kafkajs.logLevel;
      const one = new kafkajs.Kafka({ brokers: [kafka.brokers], logLevel: NOTHING }).admin();
      await one.connect();
      await work(one);
      await one.disconnect();
    };
    beforeAll(async () => {
      kafka = await startKafka(1, { pem: made.both, user: 'membership', password: 'right' });
    }, 120_000);
    afterAll(() => kafka.stop());

    test('is trusted by its authority, and the doctor tells what is wrong with a topic', async () => {
      expect(await doctor('Kafka', over(kafka.overTls))).toMatch(
        /^TROUBLE Kafka: membership.events: it is not there; the service makes it when it first publishes there; membership.permission-changes: it is/,
      );
      const service = await TestService.start(over(kafka.overTls));
      const ada = await service.signIn('ada@example.com');
      await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
      await service.caughtUp();
      await service.stop();
      expect(await doctor('Kafka', over(kafka.overTls))).toBe('ok      Kafka');
      await admin((one) =>
        one.alterConfigs({
          validateOnly: false,
          resources: [
            {
              type: kafkajs.ConfigResourceTypes.TOPIC,
              name: 'membership.events',
              configEntries: [
                { name: 'cleanup.policy', value: 'compact' },
                { name: 'retention.ms', value: '604800000' },
              ],
            },
          ],
        }),
      );
      const said = await doctor('Kafka', over(kafka.overTls));
      expect(said).toContain(
        'membership.events: its cleanup.policy is compact, and has to be delete',
      );
      expect(said).toContain('its retention.ms is 604800000, and has to be -1');
      expect(said).not.toContain('membership.permission-changes');
    }, 120_000);

    test('is refused by another one, and the doctor says what to do', async () => {
      expect(await doctor('Kafka', over(kafka.overTls, made.stranger))).toMatch(
        /^TROUBLE Kafka: the certificate of Kafka is not trusted .*name the authority .*KAFKA_CA/,
      );
    }, 60_000);

    test('with a password, right and wrong, and where there is none', async () => {
      const by = (password: string) =>
        over(kafka.withPassword, made.authority, {
          KAFKA_SASL: `plain:membership:${password}`,
          KAFKA_TOPIC_PREFIX: 'other',
        });
      expect(await doctor('Kafka', by('right'))).toMatch(/other.events: it is not there/);
      expect(await doctor('Kafka', by('wrong'))).toMatch(
        /^TROUBLE Kafka: Kafka does not let us in .*mind KAFKA_SASL/,
      );
      const KAFKA_BROKERS = `127.0.0.1:${await freePort()}`;
      expect(await doctor('Kafka', { KAFKA_BROKERS })).toMatch(
        /^TROUBLE Kafka: Kafka can't be reached .*start it, or correct KAFKA_BROKERS/,
      );
    }, 60_000);
  }),
);
