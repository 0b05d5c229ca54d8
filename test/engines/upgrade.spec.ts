/**
 * Two releases side by side on one log, each the built service: the newer one writes what the older
 * does not know, before it should. The older one misreads nothing and says why; nothing is left out.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { FILES } from '../../apps/membership/src/files.js';
import { MailServer } from '../mailing/smtp-server.js';
import { EventStoreDouble } from '../support/eventstoredb/server.js';
import { HttpClient } from '../support/http.js';
import { dropSchema, schemaOf, serviceInPostgres } from '../support/postgres.js';
import { eventually, SpawnedService } from '../support/service.js';
import { fresh, KAFKA_BROKERS, Reader, withoutDuplicates } from './support/kafka.js';
import { onServer } from './support/servers.js';

const NEXT = pathToFileURL(join(import.meta.dirname, '../support/next-release.mjs')).href;

interface Ready {
  readonly quarantined: readonly { organization: string; event: string }[];
}

await onServer('POSTGRES_URL', () =>
  onServer('KAFKA_BROKERS', () => {
    let folder: string;
    let log: EventStoreDouble;
    let mail: MailServer;
    let running: SpawnedService[];
    let prefix: string;

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'upgrade-'));
      log = await EventStoreDouble.start();
      mail = new MailServer();
      await mail.listen();
      running = [];
      prefix = fresh('upgraded');
    });
    afterEach(async () => {
      for (const one of running) await one.end('SIGKILL');
      for (const { dataDir } of running) rmSync(dataDir, { recursive: true, force: true });
      await log.stop();
      await mail.close();
      for (const part of ['read_models', 'vault', 'snapshots']) {
        await dropSchema(`${schemaOf(folder)}_${part}`);
      }
      rmSync(folder, { recursive: true, force: true });
    });

    /** A node of this release, or of the next one, which has the keys of the first. */
    const node = async (release: 'this' | 'next'): Promise<SpawnedService> => {
      const dataDir = mkdtempSync(join(tmpdir(), 'upgrade-'));
      for (const file of running.length > 0 ? [FILES.keys, FILES.devIssuer] : []) {
        copyFileSync(join(running[0]!.dataDir, file), join(dataDir, file));
      }
      const next = { NEXT_RELEASE: '1', NODE_OPTIONS: `--import=${NEXT}` };
      const settings = {
        ...serviceInPostgres(folder),
        EVENTSTORE_URL: log.url,
        SMTP_URL: mail.url,
        KAFKA_BROKERS,
        KAFKA_TOPIC_PREFIX: prefix,
        KAFKA_PARTITIONS: '1',
        RATE_LIMITS: 'off',
        LOG_LEVEL: 'error',
        ...(release === 'next' ? next : {}),
      };
      const started = await SpawnedService.spawn(settings, dataDir);
      running.push(started);
      await started.ready(120_000);
      return started;
    };
    const signIn = async ({ url }: SpawnedService): Promise<HttpClient> => {
      const somebody = new HttpClient(url);
      const body = { email: 'ada@example.com' };
      const { body: given } = await somebody.post<{ accessToken: string }>('//dev/token', body);
      return somebody.as(given.accessToken);
    };
    const health = async ({ url }: SpawnedService): Promise<readonly string[]> => {
      const { body } = await new HttpClient(url).get<Ready>('//health/ready');
      return body.quarantined.map(({ organization, event }) => `${organization} ${event}`);
    };
    const mayView = (organization: string) => ({
      principal: 'user:ada@example.com',
      organization,
      permission: 'organization:view',
    });
    const invite = (by: HttpClient, organization: string, email: string) =>
      by.post(`/organizations/${organization}/invitations`, { email, roles: ['viewer'] });
    const mailed = (email: string) =>
      eventually(() => mail.to(email)[0], `mail to ${email}`, 60_000);

    test('what the older one does not know is closed to it, and open again once it is upgraded', async () => {
      const older = await node('this');
      const newer = await node('next');
      const [there, here] = [await signIn(older), await signIn(newer)];
      for (const id of ['acme', 'other']) {
        const made = { id, name: id, catalogue: 'vygl' };
        expect((await there.post('/organizations', made)).status).toBe(201);
      }
      // What both know either reads, whoever wrote it.
      expect((await invite(here, 'acme', 'ann@example.com')).status).toBe(201);
      await mailed('ann@example.com');

      const renamed = await here.patch('/organizations/acme', { name: 'Renamed' });
      expect(renamed.status).toBe(200);
      const allowed = await here.post('/access/check', mayView('acme'));
      expect([allowed.status, allowed.body['allowed']]).toEqual([200, true]);
      await eventually(
        async () => (await health(older)).find((one) => one === 'acme newer 3'),
        'word of what it does not know',
      );
      for (const answer of [
        await there.post('/access/check', mayView('acme')),
        await there.get('/organizations/acme'),
        await invite(there, 'acme', 'bob@example.com'),
      ]) {
        expect([answer.status, answer.body['code']]).toEqual([503, 'read.quarantined']);
      }
      const other = await there.post('/access/check', mayView('other'));
      expect([other.status, other.body['allowed']]).toEqual([200, true]);
      // Mail, which the older one can't write without knowing all, is the newer one's now.
      expect((await invite(here, 'acme', 'cid@example.com')).status).toBe(201);
      expect((await invite(there, 'other', 'dan@example.com')).status).toBe(201);
      await mailed('dan@example.com');

      // So are the topics, and nothing is missing there.
      const reader = await Reader.of(`${prefix}.events`);
      const ofAcme = () =>
        withoutDuplicates(reader.read)
          .filter(({ key }) => key === 'acme')
          .map(({ headers }) => `${headers['ce_streamrevision']} ${headers['ce_type']}`);
      await eventually(
        () => ofAcme().length === 5 || undefined,
        'what the older one could not tell',
        60_000,
      );
      expect(ofAcme()).toEqual([
        '0 organization.create',
        '1 member.join',
        '2 member.invite',
        '3 organization.rename',
        '4 member.invite',
      ]);
      await reader.stop();

      // The rows are the newer one's as soon as the older one has ended; it opens them by itself.
      await older.end();
      await eventually(async () => {
        const { status, body } = await here.get('/organizations/acme');
        return (status === 200 && body['name'] === 'Renamed') || undefined;
      }, 'the organization');
      // Nothing is mailed of rows that are closed; now it is.
      await mailed('cid@example.com');
      const upgraded = await node('next');
      const again = await signIn(upgraded);
      expect((await again.get('/organizations/acme')).body['name']).toBe('Renamed');
      expect(await health(upgraded)).toEqual([]);
      expect((await again.post('/access/check', mayView('acme'))).body['allowed']).toBe(true);
    }, 480_000);
  }),
);
