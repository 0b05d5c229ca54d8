import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { lint, lintFile, type WarningKind } from '#catalogues/lint.js';
import { catalogue, catalogues } from './support/files.js';
import { contentOf, edited, MINIMAL } from './support/minimal.js';

/** What is missed of the operations of a text. */
const missed = (text: string): string[] =>
  lint(contentOf(text))
    .filter(({ kind }) => kind === 'operation.not_offered')
    .map(({ message }) => message);

/** The warnings of a text, but for operations that are missed. */
const warnings = (text: string): { kind: WarningKind; message: string }[] =>
  lint(contentOf(text))
    .filter(({ kind }) => kind !== 'operation.not_offered')
    .map(({ kind, message }) => ({ kind, message }));

describe('lint', () => {
  test('has nothing to say about what is plain', () => {
    expect(warnings(MINIMAL)).toEqual([]);
  });

  test('lists the operations that an organization can not do without', () => {
    expect(missed(MINIMAL)).toEqual([
      'adopt_catalogue is not offered',
      'view_members is not offered',
      'invite is not offered',
      'change_roles is not offered',
      'there are spaces, but create_space is not offered',
    ]);
    const ends = edited("  remove_member: 'organization:update'\n", '');
    expect(missed(ends)).toContain('remove_member or deactivate_member is not offered');
  });

  test('misses nothing of what a product does not have, and the rest of what it has in part', () => {
    const offering = (...operations: string[]) =>
      edited(
        '  view_organization:',
        `${operations
          .map((one) => `  ${one}: 'organization:update'\n`)
          .join('')}  view_organization:`,
      );
    const also = (...operations: string[]) =>
      missed(offering(...operations)).filter((one) => !missed(MINIMAL).includes(one));
    expect(also('create_space', 'view_space')).toEqual([
      'create_space is offered, but delete_space or deactivate_space is not offered',
    ]);
    expect(also('create_api_key', 'manage_teams')).toEqual([
      'manage_teams is offered, but view_teams is not offered',
      'create_api_key is offered, but view_api_keys is not offered',
      'create_api_key is offered, but revoke_api_key is not offered',
    ]);
    expect(also('manage_api_keys', 'manage_teams', 'view_teams')).toEqual([]);
  });

  test('finds permissions that no role gives', () => {
    const text = edited(
      "permissions: ['*']",
      "permissions: ['*:view', 'things:edit', 'organization:*']",
    );
    expect(warnings(text)).toEqual([
      { kind: 'permission.unused', message: 'no role gives "things:delete"' },
    ]);
  });

  test('finds operations that nobody can carry out', () => {
    const text = edited(
      "permissions: ['*']",
      "permissions: ['*']\n    except: ['organization:update']",
    );
    expect(warnings(text).map(({ kind }) => kind)).toEqual([
      'permission.unused',
      'operation.nobody',
    ]);
  });

  test('finds roles that give the same', () => {
    const text = edited("['things:edit']", "['things:view']");
    expect(warnings(text)).toEqual([
      { kind: 'role.same', message: '"viewer" gives the same as "editor"' },
    ]);
  });

  test('finds permissions without effect where a role is given', () => {
    const text = edited(
      "    scopes: [organization, space]\n    permissions: ['*:view']",
      "    scopes: [space]\n    permissions: ['*:view']",
    );
    expect(warnings(text)).toEqual([
      {
        kind: 'permission.no_effect',
        message: '"organization:view" is organization-level, but "viewer" is given at spaces only',
      },
    ]);
  });

  test('finds explicit roles that no entry names', () => {
    const text = edited("{ kinds: '*' }", "{ kinds: '*', except: [owner] }");
    expect(warnings(text)).toEqual([
      { kind: 'role.ungivable', message: 'no delegation entry lets anybody give "owner"' },
    ]);
  });

  test('lists escalation: who may give more than they have', () => {
    const text = edited('mayAssign: [viewer]', 'mayAssign: [viewer, owner]');
    expect(warnings(text)).toEqual([
      {
        kind: 'delegation.escalation',
        message:
          '"editor" may give what it has not itself: "owner" (organization:update, things:delete)',
      },
    ]);
  });

  test('finds removal that is allowed and not offered', () => {
    const text = edited("  remove_member: 'organization:update'\n", '');
    expect(warnings(text).map(({ kind }) => kind)).toEqual(['policy.removal_not_offered']);
  });

  test('gives warnings their lines, and only problems where there are some', () => {
    const directory = mkdtempSync(join(tmpdir(), 'lint-'));
    try {
      const file = join(directory, 'tiny.yaml');
      writeFileSync(file, edited('mayAssign: [viewer]', 'mayAssign: [owner]'));
      const found = lintFile(file).warnings.filter(({ kind }) => kind === 'delegation.escalation');
      expect(found).toMatchObject([{ file, line: 38, path: '/delegation/1/mayAssign' }]);
      writeFileSync(file, edited('mayAssign: [viewer]', 'mayAssign: [vewer]'));
      expect(lintFile(file)).toMatchObject({ problems: [{ file, line: 38 }], warnings: [] });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

/** Holders whose source lets them give more than they have. */
const ESCALATIONS: Readonly<Record<string, readonly string[]>> = {
  // "Can therefore self-escalate", and those who give service accounts their roles.
  mondoo: [
    'iam-manager',
    'platform-admin',
    'editor',
    'service-account-creator',
    'service-account-manager',
  ],
  'mondoo-classic': [],
  // Vulnerabilities and Usage, which Manager's own table lacks.
  wasviking: ['Manager'],
  vygl: [],
  'cve-project': [],
  platform: [],
};

describe('lint of the catalogues of this project', () => {
  const found = (id: string) => lint(catalogue(id).content);

  test.each([...catalogues.keys()])('%s escalates only where its source says so', (id) => {
    const holders = found(id)
      .filter(({ kind }) => kind === 'delegation.escalation')
      .map(({ message }) => message.split('"')[1]!);
    expect(new Set(holders)).toEqual(new Set(ESCALATIONS[id]));
  });

  test('Manager of WASViking may give roles with what its own table lacks', () => {
    const messages = found('wasviking').filter(({ kind }) => kind === 'delegation.escalation');
    expect(messages.map(({ message }) => message)).toEqual([
      '"Manager" may give what it has not itself: "Analyst" (vulnerabilities:view, usage:view), "ReadOnly" (vulnerabilities:view, usage:view)',
    ]);
  });

  test.each([...catalogues.keys()])(
    '%s has nothing unused, missed, or that nobody can do',
    (id) => {
      const kinds = found(id)
        .map(({ kind }) => kind)
        .filter((kind) => kind !== 'delegation.escalation');
      // Mondoo: Space Manager's "create", and Platform Admin, which only the platform gives.
      expect(kinds).toEqual(id === 'mondoo' ? ['permission.no_effect', 'role.ungivable'] : []);
    },
  );
});
