import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import Database from 'libsql';
import { TestIssuer } from '../support/issuer.js';
import { eventually, freePort, TestService } from '../support/service.js';
import { told } from '../support/skipping.js';

/** A folder with one file in it. */
const folderWith = (name: string, text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'starting-'));
  writeFileSync(join(folder, name), text);
  return folder;
};

const refused = async (settings: Record<string, string>, dataDir?: string): Promise<string> => {
  const started = TestService.start(settings, dataDir);
  const error: unknown = await started.then(
    (service) => service.stop(),
    (reason: unknown) => reason,
  );
  return (error as Error | undefined)?.message ?? 'it has started';
};

describe('a start that can not be', () => {
  let issuer: TestIssuer;
  beforeAll(async () => {
    issuer = await TestIssuer.create();
  });

  test('says that the port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => {
      taken.listen(0, '127.0.0.1', resolve);
    });
    const { port } = taken.address() as { port: number };
    const said = await refused({ HTTP_PORT: String(port) });
    taken.close();
    expect(said).toMatch(/^HTTP_PORT: 127\.0\.0\.1:\d+: something else listens there; stop it/);
  });

  test('says so of the port for gRPC', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => {
      taken.listen(0, '127.0.0.1', resolve);
    });
    const { port } = taken.address() as { port: number };
    const said = await refused({ GRPC_PORT: String(port) });
    taken.close();
    expect(said).toMatch(/^GRPC_PORT: 127\.0\.0\.1:\d+: something else listens there; stop it/);
  });

  test('says that the address is another machine’s', async () => {
    // TEST-NET-3: nobody has it.
    const said = await refused({ ...issuer.settings, HTTP_HOST: '203.0.113.7', RATE_LIMITS: 'on' });
    expect(said).toMatch(/^HTTP_HOST: 203\.0\.113\.7:0: this machine does not have that address/);
  });

  test('says that the data directory is a file, or below one', async () => {
    const file = join(folderWith('file', ''), 'file');
    expect(await refused({}, file)).toMatch(/^DATA_DIR: .*file is a file; give a folder/);
    expect(await refused({}, join(file, 'x'))).toMatch(/^DATA_DIR: .*lies below a file/);
    expect(await refused({}, join(file, 'x', 'y'))).toMatch(/^DATA_DIR: .*lies below a file/);
  });

  const reason = process.platform === 'linux' ? undefined : 'there is no /proc';
  const onLinux = reason === undefined ? test : test.skip;
  onLinux(`says that no folder can be made there${told(reason)}`, async () => {
    expect(await refused({}, '/proc/x/y')).toMatch(/^DATA_DIR: .*y can not be made where it lies/);
  });

  test('says who works in the data directory', async () => {
    const service = await TestService.start();
    expect(await refused({}, service.dataDir)).toMatch(
      /^DATA_DIR: .* is in use by process \d+ on \S+; stop that process/,
    );
    await service.stop();
  });

  test('says which file of the catalogues is to be mended, and where', async () => {
    const folder = folderWith('ours.yaml', 'id: ours\nversion: none\n');
    const said = await refused({ CATALOGUES_DIR: folder });
    expect(said).toMatch(
      /^CATALOGUES_DIR: mend what is wrong there:[^]*ours\.yaml:2:\d+ \/version: must/,
    );
  });

  test('says that a key set is none', async () => {
    for (const text of ['no JSON', '{}']) {
      const url = pathToFileURL(join(folderWith('jwks.json', text), 'jwks.json')).href;
      const said = await refused({ ...issuer.settings, JWKS: url });
      expect(said).toMatch(/^JWKS: file:.* is no key set to read; give a file/);
    }
  });
});

describe('files that are not to be worked with', () => {
  let dataDir: string;
  beforeEach(async () => {
    const service = await TestService.start();
    ({ dataDir } = service);
    const ada = await service.signIn('ada@example.com');
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
    await service.service.stop();
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  test.each(['events.db', 'vault.db'])('%s of a newer version is not misread', async (name) => {
    const database = new Database(join(dataDir, name));
    const [{ user_version: version }] = database.pragma('user_version') as [
      { user_version: number },
    ];
    database.exec(`pragma user_version = ${version + 1}`);
    database.close();
    expect(await refused({}, dataDir)).toMatch(
      /has schema version \d+, .*; start the newer program/,
    );
  });

  test('a log that another program holds is not waited for without end', async () => {
    // This process may still have the files open; nobody has those of a copy.
    const copy = mkdtempSync(join(tmpdir(), 'starting-'));
    cpSync(dataDir, copy, { recursive: true });
    const database = new Database(join(copy, 'events.db'));
    database.exec('pragma locking_mode = exclusive; begin exclusive');
    expect(await refused({}, copy)).toMatch(/events\.db: is locked by another process; stop it/);
    database.close();
  }, 20_000);

  test.each(['events.db', 'vault.db'])(
    '%s that is no database is not written over',
    async (name) => {
      const file = join(dataDir, name);
      const bytes = Buffer.alloc(8192, 'garbage ');
      writeFileSync(file, bytes);
      expect(await refused({}, dataDir)).toMatch(/is damaged .*; restore it from a backup/);
      expect(readFileSync(file)).toEqual(bytes);
    },
  );
});

describe('a key set that is not to be had', () => {
  let service: TestService;
  let issuer: TestIssuer;
  beforeAll(async () => {
    issuer = await TestIssuer.create();
    const nowhere = `http://127.0.0.1:${await freePort()}/jwks`;
    service = await TestService.start({ ...issuer.settings, JWKS: nowhere });
  });
  afterAll(() => service.stop());

  test('is in the log before anybody brings a token', async () => {
    const logged = await eventually(
      () => service.logs.find((line) => line.includes('JWKS')),
      'line about the key set',
    );
    expect(logged).toContain('is its address right, and is it reached from here?');
  });

  test('makes no token bad: the caller is told to repeat, the log what to do', async () => {
    const token = await issuer.token({ sub: 'ada' });
    const { status, body, headers } = await service.anybody.as(token).get('/me');
    expect([status, body['code']]).toEqual([503, 'authentication.unavailable']);
    expect(headers.get('retry-after')).toBe('1');
    const line = service.logs.find((one) => one.includes('JWKS'))!;
    expect(JSON.parse(line)).toMatchObject({
      level: 'error',
      issuer: 'https://id.example.com',
      error: 'ECONNREFUSED',
    });
  });
});

test('a start says how much of the log it need not read again, and so does health', async () => {
  let service = await TestService.start();
  interface Ready {
    readonly followers: readonly { readonly name: string; readonly restored?: string }[];
  }
  const access = async () => {
    const { body } = await service.anybody.get<Ready>('//health/ready');
    return body.followers.find(({ name }) => name === 'access');
  };
  const said = () => service.logs.filter((line) => line.includes('permissions restored'));
  try {
    const ada = await service.signIn('ada@example.com');
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
    const invitations = Array.from({ length: 600 }, (_, n) => ({
      email: `guest${n}@example.com`,
      roles: ['viewer'],
    }));
    const { status } = await ada.post('/organizations/acme/invitations/batch', { invitations });
    expect([status, (await access())!.restored, said()]).toEqual([200, undefined, []]);
    const { body } = await service.anybody.get<{ head: string }>('//health/ready');
    await service.service.stop();
    service = await TestService.start({}, service.dataDir);
    expect(await eventually(async () => (await access())?.restored, 'start')).toBe(body.head);
    expect(said().map((line) => (JSON.parse(line) as { position: string }).position)).toEqual([
      body.head,
    ]);
  } finally {
    await service.stop();
  }
}, 60_000);
