/** What `membership doctor` says of an installation in PostgreSQL, which it leaves as it is. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Postgres } from '#database/postgres.js';
import {
  dropSchema,
  freshSchema,
  schemaOf,
  serviceInPostgres,
  urlOf,
} from '../support/postgres.js';
import { TestService } from '../support/service.js';
import { onServer } from './support/servers.js';

const run = promisify(execFile);
const OTHER = `k1:${Buffer.alloc(32, 7).toString('base64')}`;

await onServer('POSTGRES_URL', () =>
  describe('the doctor', () => {
    let folder: string;
    let settings: Readonly<Record<string, string>>;

    beforeAll(async () => {
      const before = freshSchema();
      const { DATABASE_URL = '' } = serviceInPostgres(before);
      settings = { DATABASE_URL, DATABASE_SCHEMA: schemaOf(before) };
      const service = await TestService.start(settings);
      const ada = await service.signIn('ada@example.com');
      await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
      await service.caughtUp();
      await service.service.stop();
      folder = service.dataDir;
    }, 60_000);
    afterAll(async () => {
      rmSync(folder, { recursive: true, force: true });
      for (const part of ['read_models', 'vault', 'snapshots']) {
        await dropSchema(`${settings['DATABASE_SCHEMA']}_${part}`);
      }
    });

    const inPart = async (part: string, ...statements: readonly string[]) => {
      const schema = `${settings['DATABASE_SCHEMA']}_${part}`;
      const database = new Postgres({ url: urlOf(), schema, connections: 1 });
      for (const one of statements) await database.query(one);
      await database.close();
    };
    /** Its lines about what lies there. */
    const doctor = async (more: Readonly<Record<string, string>> = {}): Promise<string[]> => {
      const env = { PATH: process.env['PATH'], DATA_DIR: folder, ...settings, ...more };
      const { stdout } = await run(process.execPath, ['dist/apps/cli/src/main.js', 'doctor'], {
        env,
      }).catch((error: { stdout: string }) => error);
      return stdout.split('\n').filter((line) => /^.{8}(PostgreSQL|keys and rows)/.test(line));
    };
    const WELL = ['ok      PostgreSQL', 'ok      keys and rows'];

    test('finds that all of it fits together', async () => {
      expect(await doctor()).toEqual(WELL);
    }, 60_000);

    test('has nothing to say of what is still to be made, and makes nothing', async () => {
      const DATABASE_SCHEMA = freshSchema();
      const DATA_DIR = `${folder}/nothing`;
      expect(await doctor({ DATABASE_SCHEMA, DATA_DIR })).toEqual(WELL);
      const database = new Postgres({ url: urlOf(), schema: DATABASE_SCHEMA, connections: 1 });
      const made = 'select from pg_namespace where starts_with(nspname, $1)';
      expect(await database.all(made, [DATABASE_SCHEMA])).toEqual([]);
      await database.close();
    }, 60_000);

    test.each([
      [
        'keys of another log',
        ['vault', "update vault set log = 'x' || log", 'update vault set log = substr(log, 2)'],
        /^TROUBLE keys and rows: the schema \w+_vault is that of the log xlog_\w+, this log is log_/,
      ],
      [
        'keys that are of no log',
        [
          'vault',
          'alter table vault rename to kept; create table vault (like kept)',
          'drop table vault; alter table kept rename to vault',
        ],
        /^TROUBLE keys and rows: the schema \w+_vault is new, and the log log_\w+ holds events/,
      ],
      [
        'rows of a newer program',
        [
          'read_models',
          'update schema_version set version = version + 1',
          'update schema_version set version = version - 1',
        ],
        /^TROUBLE PostgreSQL: .*_read_models: has schema version \d+, this program knows/,
      ],
      [
        'rows that do not say what was mailed',
        [
          'read_models',
          "update mail_checkpoint set name = 'kept'",
          "update mail_checkpoint set name = 'mailer@1'",
        ],
        /^TROUBLE keys and rows: the schema \w+_read_models does not say .*MAIL_FROM_POSITION=/,
      ],
    ] as const)(
      'finds %s',
      async (_, [part, change, back], sentence) => {
        await inPart(part, ...change.split('; '));
        const found = await doctor().finally(() => inPart(part, ...back.split('; ')));
        const lines = found.filter((line) => !line.startsWith('ok'));
        expect(lines).toEqual([expect.stringMatching(sentence)]);
      },
      60_000,
    );

    test('finds keys that do not open with those that are given', async () => {
      const [said] = await doctor({ VAULT_KEYS: OTHER });
      expect(said).toMatch(
        /^TROUBLE PostgreSQL: .*_vault was written with the wrapping key \w+, which is/,
      );
    }, 60_000);

    test('finds that the user has no rights, and says which', async () => {
      const user = `${settings['DATABASE_SCHEMA']}_guest`;
      await inPart('vault', `create role ${user} login`);
      const url = new URL(urlOf());
      url.username = user;
      const [said] = await doctor({ DATABASE_URL: url.href });
      await inPart('vault', `drop role ${user}`);
      for (const part of ['read_models', 'vault', 'snapshots']) {
        const schema = `${settings['DATABASE_SCHEMA']}_${part}`;
        expect(said).toContain(`grant usage, create on schema ${schema} to ${user}`);
      }
    }, 60_000);
  }),
);
