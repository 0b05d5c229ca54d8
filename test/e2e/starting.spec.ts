import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TestIssuer } from '../support/issuer.js';
import { freePort, TestService } from '../support/service.js';

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

  test('says that the address is another machine’s', async () => {
    // TEST-NET-3: nobody has it.
    const said = await refused({ ...issuer.settings, HTTP_HOST: '203.0.113.7', RATE_LIMITS: 'on' });
    expect(said).toMatch(/^HTTP_HOST: 203\.0\.113\.7:0: this machine does not have that address/);
  });

  test('says that the data directory is a file, or below one', async () => {
    const file = join(folderWith('file', ''), 'file');
    expect(await refused({}, file)).toMatch(/^DATA_DIR: .*file is a file; give a folder/);
    expect(await refused({}, join(file, 'x'))).toMatch(/^DATA_DIR: .*lies below a file/);
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

describe('a key set that is not to be had', () => {
  let service: TestService;
  let issuer: TestIssuer;
  beforeAll(async () => {
    issuer = await TestIssuer.create();
    const nowhere = `http://127.0.0.1:${await freePort()}/jwks`;
    service = await TestService.start({ ...issuer.settings, JWKS: nowhere });
  });
  afterAll(() => service.stop());

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
