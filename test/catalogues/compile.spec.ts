import { describe, expect, test } from '@jest/globals';
import { Catalogues } from '#catalogues/catalogues.js';
import { compile, sha256Of } from '#catalogues/compile.js';
import { durationSeconds } from '#catalogues/durations.js';
import { CatalogueVersionError } from '#catalogues/problems.js';
import type { Operation } from '#domain/catalogue.js';
import type { CatalogueId, RoleId } from '#domain/ids.js';
import { contentOf, edited, MINIMAL } from './support/minimal.js';

const tiny = contentOf(MINIMAL);
const TINY = 'tiny' as CatalogueId;
const permissionsOf = (text: string, id: string): string[] => [
  ...(compile(contentOf(text)).roles.get(id as RoleId)?.permissions ?? []),
];

describe('compiling', () => {
  test('gives every permission its level', () => {
    expect([...compile(tiny).permissions]).toEqual([
      ['organization:view', 'organization'],
      ['organization:update', 'organization'],
      ['things:view', 'space'],
      ['things:edit', 'space'],
      ['things:delete', 'space'],
    ]);
  });

  test('expands patterns and includes, and takes away exceptions', () => {
    expect(permissionsOf(MINIMAL, 'editor')).toEqual([
      'organization:view',
      'things:view',
      'things:edit',
    ]);
    const except = edited(
      "permissions: ['*']",
      "permissions: ['*']\n    except: ['*:view', 'things:edit']",
    );
    expect(permissionsOf(except, 'owner')).toEqual(['organization:update', 'things:delete']);
    const without = edited('includes: [viewer]', "includes: [viewer]\n    except: ['*:view']");
    expect(permissionsOf(without, 'editor')).toEqual(['things:edit']);
  });

  test('selects roles by kind, and implicit ones never', () => {
    const owner = compile(tiny).delegation.get('owner' as RoleId);
    expect([...(owner?.mayAssign ?? [])]).toEqual(['owner', 'editor', 'viewer']);
    expect(owner?.otherwise).toBe('none');
    const except = edited('{ kinds: [base] }', '{ kinds: [base, implicit], except: [owner] }');
    const managed = compile(contentOf(except)).delegation.get('owner' as RoleId)?.mayManage;
    expect([...(managed ?? [])]).toEqual(['editor', 'viewer']);
  });

  test('turns durations into seconds', () => {
    expect(compile(tiny).policies['invitation.ttl']).toBe(7 * 24 * 3600);
    expect(['PT1H', 'P30D', 'P1W', 'P1DT1M1S'].map(durationSeconds)).toEqual([
      3600, 2_592_000, 604_800, 86_461,
    ]);
    for (const none of ['', 'P', '7', 'P1Y', 'P1M', '-P1D', 'PT0.5S', 'P1DT', 'p7d ']) {
      expect(durationSeconds(none)).toBeUndefined();
    }
  });

  test('maps what it does not map as the broader operation', () => {
    const mapped = (lines: string) => {
      const { operations } = compile(
        contentOf(edited("  view_organization: 'organization:view'", lines)),
      );
      return ['create_api_key', 'view_api_keys', 'change_service_account_roles'].map((one) =>
        operations.get(one as Operation),
      );
    };
    expect(mapped("  view_organization: 'organization:view'")).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const broad = "  manage_api_keys: 'things:edit'\n  update_service_account: 'things:delete'";
    expect(mapped(broad)).toEqual(['things:edit', 'things:edit', 'things:delete']);
    const finer = `${broad}\n  view_api_keys: 'things:view'`;
    expect(mapped(finer)).toEqual(['things:edit', 'things:view', 'things:delete']);
  });

  test('leaves the content as it was', () => {
    const before = structuredClone(tiny);
    compile(tiny);
    expect(tiny).toEqual(before);
  });
});

describe('the SHA-256 of a catalogue', () => {
  test('does not depend on comments, layout or the order of keys', () => {
    const moved = edited('id: tiny\nversion: 1\n', '# said otherwise\nversion:   1\nid: "tiny"\n');
    expect(sha256Of(contentOf(moved))).toBe(sha256Of(tiny));
    expect(sha256Of(tiny)).toMatch(/^[0-9a-f]{64}$/);
  });

  test('changes with anything said', () => {
    const said = [
      ['name: Tiny', 'name: Tinier'],
      ["['things:edit']", "['things:edit', 'things:delete']"],
      ['overridable: [invitation, seats]', 'overridable: [seats, invitation]'],
    ] as const;
    const hashes = said.map(([from, to]) => sha256Of(contentOf(edited(from, to))));
    expect(new Set([...hashes, sha256Of(tiny)]).size).toBe(4);
  });

  test('survives storing as JSON', () => {
    expect(sha256Of(JSON.parse(JSON.stringify(tiny)) as typeof tiny)).toBe(sha256Of(tiny));
  });
});

describe('the catalogues a node knows', () => {
  const second = contentOf(edited('version: 1', 'version: 2'));
  const tenth = contentOf(edited('version: 1', 'version: 10'));

  test('every version, the latest by number and not by arrival', () => {
    const known = new Catalogues();
    for (const content of [tenth, tiny, second]) known.add(content);
    expect(known.all().map(({ version }) => version)).toEqual([1, 2, 10]);
    expect(known.latest(TINY)?.version).toBe(10);
    expect(known.get(TINY, 2)?.content).toBe(second);
    expect(known.get(TINY, 3)).toBeUndefined();
    expect(known.latest('none' as CatalogueId)).toBeUndefined();
  });

  test('the same again is the one already known; another content is refused', () => {
    const known = new Catalogues();
    const first = known.add(tiny);
    expect(known.add(structuredClone(tiny))).toBe(first);
    const other = contentOf(edited('name: Tiny', 'name: Small'));
    expect(() => known.add(other)).toThrow(CatalogueVersionError);
    expect(() => known.add(other)).toThrow(/catalogue "tiny" version 1/);
    expect(known.all()).toEqual([first]);
  });
});
