/** The client as its package is published. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = process.cwd();

/** What somebody writes who has installed it; what is wrong has to be seen by the compiler. */
const CONSUMER = `
import { MembershipClient, MembershipError } from '@membership/client';
import { MembershipModule, RequirePermission } from '@membership/client/nest';

const { api, check } = new MembershipClient({ baseUrl: 'http://127.0.0.1:3000', token: 't' });
const body = { email: 'ben@acme.example', roles: ['member'] };

export const invited: Promise<string> = api
  .inviteMember({ organization: 'acme', body }, { idempotencyKey: 'k' })
  .then(({ id }) => id);
export const tried: Promise<number> = api
  .inviteMember({ organization: 'acme', body, dryRun: true })
  .then(({ permissionChanges }) => permissionChanges.length);
export const listed: Promise<string[]> = api
  .listMembers({ organization: 'acme', status: 'active' })
  .then(({ items }) => items.map(({ id }) => id));
export const mine = api.getMe();
export const exported: Promise<ReadableStream> = api.exportAudit({ organization: 'acme' });
export const code = (error: MembershipError) => error.code === 'member.last_holder';
export const module = MembershipModule.forRoot({ baseUrl: 'http://127.0.0.1:3000', token: 't' });
export const decorator = RequirePermission('scans:run');

// @ts-expect-error no organization
void api.listMembers({});
// @ts-expect-error no such parameter
void api.listMembers({ organization: 'acme', state: 'active' });
// @ts-expect-error no such field
void api.inviteMember({ organization: 'acme', body: { email: 'b@acme.example', rolls: [] } });
// @ts-expect-error no such operation
void api.inviteMembr;
// @ts-expect-error no such code
export const wrong = (error: MembershipError) => error.code === 'member.lost';
// @ts-expect-error no permission
void check({ principal: 'mem_1', organization: 'acme' });
`;

describe('the package', () => {
  let folder: string;
  let published: string;
  let tarball = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'client-'));
    const options = { cwd: join(ROOT, 'libs/client'), encoding: 'utf8' } as const;
    const packing = ['pack', '--json', '--pack-destination', folder];
    execFileSync('npm', packing, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    [tarball = ''] = readdirSync(folder);
    published = join(folder, 'node_modules/@membership/client');
    mkdirSync(published, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '-C', published, '--strip-components=1'], {
      cwd: folder,
    });
    const { dependencies, peerDependencies } = manifest();
    for (const name of Object.keys({ ...dependencies, ...peerDependencies, '@types/node': '' })) {
      const place = join(folder, 'node_modules', name);
      mkdirSync(dirname(place), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules', name), place);
    }
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const manifest = () =>
    JSON.parse(readFileSync(join(published, 'package.json'), 'utf8')) as {
      exports: Record<string, string | Record<string, string>>;
      dependencies: Record<string, string>;
      peerDependencies: Record<string, string>;
    };

  test('has what it exports, a licence and a description, and no sources', () => {
    const files = readdirSync(published, { recursive: true }).map(String);
    const exported = Object.values(manifest().exports)
      .flatMap((one) => (typeof one === 'string' ? [one] : Object.values(one)))
      .map((path) => path.replace('./', ''));
    expect(files).toEqual(expect.arrayContaining([...exported, 'LICENSE', 'README.md']));
    expect(files.filter((path) => /^(src|test)|\.map$|tsconfig/.test(path))).toEqual([]);
  });

  test('is imported by its names', () => {
    const names = `Object.keys({ ...(await import('@membership/client')), ...(await import('@membership/client/nest')) })`;
    const script = `console.log(JSON.stringify(${names}.sort()))`;
    const node = ['--input-type=module', '-e', script];
    const output = execFileSync(process.execPath, node, { cwd: folder, encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual([
      'MembershipClient',
      'MembershipError',
      'MembershipModule',
      'PermissionGuard',
      'RequirePermission',
      'Unprotected',
    ]);
  });

  /** What the compiler says of this, written by somebody who has installed it. */
  const compiled = (name: string, text: string): string => {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, name), text);
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--experimentalDecorators'];
    const modern = ['--target', 'es2023', '--module', 'nodenext', '--skipLibCheck', '--noEmit'];
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const types = ['--types', 'node', name];
    const command = [tsc, ...strict, ...modern, ...types];
    return outputOf(() =>
      execFileSync(process.execPath, command, { cwd: folder, encoding: 'utf8' }),
    );
  };

  test('tells whoever uses it what they get wrong', () => {
    expect(compiled('consumer.ts', CONSUMER)).toBe('');
  }, 120_000);

  test('is used as its README shows, and packed under the name it says', () => {
    const readme = readFileSync(join(published, 'README.md'), 'utf8');
    const examples = [...readme.matchAll(/^```ts\n([^]*?)^```/gm)].map(([, text]) => text!);
    expect(examples.join('')).toContain('@membership/client/nest');
    expect(compiled('readme.ts', examples.join('\n'))).toBe('');
    expect(readme).toContain(`/${tarball}\n`);
  }, 120_000);
});

function outputOf(run: () => string): string {
  try {
    return run();
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
