/**
 * Nobody, alone or with others, comes to hold what those they are with may not give; judged by
 * tables written by hand.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { schemes } from './arbitrary.js';
import { dice } from './dice.js';
import type { Holding } from './oracle.js';
import { runScheme, sceneOf, type Scheme, type Start } from './schemes.js';
import { PRODUCTS, type Product } from './versions.js';

const SEED = 20_260_301;

describe.each(PRODUCTS)('colluders in %s', (product) => {
  it('reach nothing outside of what the tables let them', () => {
    let done = 0;
    fc.assert(
      fc.property(schemes(50, [product]), (scheme) => {
        runScheme(scheme, (isDone) => {
          if (isDone) done++;
        });
      }),
      { numRuns: 12, seed: SEED },
    );
    expect(done).toBeGreaterThan(15);
  }, 60_000);
});

/** Who begins with what, and what they must not reach however long they try. */
const ADVERSARIES: readonly (readonly [
  name: string,
  product: Product,
  colluders: readonly (readonly Start[])[],
  never: readonly string[],
])[] = [
  ['two Editors', 'mondoo', [[{ role: 'editor' }], [{ role: 'editor' }]], ['owner', 'iam-manager']],
  [
    'an Editor with Team Manager',
    'mondoo',
    [[{ role: 'editor' }, { role: 'team-manager' }]],
    ['owner', 'billing-manager', 'organization-manager', 'audit-log-viewer'],
  ],
  ['an Owner', 'mondoo', [[{ role: 'owner' }]], ['iam-manager', 'platform-admin']],
  [
    'an Owner and an Editor',
    'mondoo',
    [[{ role: 'owner' }], [{ role: 'editor' }]],
    ['iam-manager', 'platform-admin'],
  ],
  ['an IAM Manager', 'mondoo', [[{ role: 'iam-manager' }]], ['platform-admin']],
  [
    'a Team Manager',
    'mondoo',
    [[{ role: 'team-manager' }]],
    ['owner', 'editor', 'viewer', 'iam-manager'],
  ],
  [
    'a Team Manager with API Token Manager',
    'mondoo',
    [[{ role: 'team-manager' }, { role: 'api-token-manager', scope: 'space_a' }]],
    ['owner', 'editor', 'viewer', 'agent'],
  ],
  [
    'a Service Account Creator',
    'mondoo',
    [[{ role: 'service-account-creator', scope: 'space_a' }]],
    ['service-account-manager', 'owner', 'editor', 'scim-identity-manager', 'platform-admin'],
  ],
  [
    'a Service Account Manager with API Token Manager',
    'mondoo',
    [
      [
        { role: 'service-account-manager', scope: 'space_a' },
        { role: 'api-token-manager', scope: 'space_a' },
      ],
    ],
    ['owner', 'editor', 'viewer', 'platform-admin'],
  ],
  [
    'a Space Owner',
    'mondoo',
    [[{ role: 'owner', scope: 'space_a' }]],
    ['iam-manager', 'platform-admin', 'billing-manager'],
  ],
  [
    'an Editor who owns a space',
    'mondoo',
    [[{ role: 'editor' }, { role: 'owner', scope: 'space_a' }]],
    ['owner@organization', 'owner@space_b', 'iam-manager'],
  ],
  ['Managers', 'wasviking', [[{ role: 'Manager' }], [{ role: 'Manager' }]], ['Admin']],
  ['an Admin', 'vygl', [[{ role: 'admin' }], [{ role: 'member' }]], ['owner']],
  ['an Editor', 'mondoo-classic', [[{ role: 'editor' }]], ['owner']],
  ['a Viewer', 'mondoo-classic', [[{ role: 'viewer' }]], ['owner', 'editor', 'policy-editor']],
  ['an Analyst', 'cve-project', [[{ role: 'analyst' }]], ['admin', 'viewer']],
];

/** `role`, or `role@scope`. */
const isHolder = (wanted: string) => {
  const [role, scope] = wanted.split('@');
  return (one: Holding): boolean =>
    one.role === role && (scope === undefined || one.scope === scope);
};

describe('adversaries', () => {
  it.each(ADVERSARIES)('%s of %s stays below', (_name, product, colluders, never) => {
    const scheme: Scheme = { product, colluders, steps: [] };
    for (const role of never) expect(sceneOf(scheme).reach.some(isHolder(role))).toBe(false);
    for (const seed of [1, 2]) {
      const thrown = dice(seed);
      const steps = Array.from({ length: 80 }, () => thrown.below(0x7fffffff));
      runScheme({ ...scheme, steps, backlash: seed === 2 });
    }
  });

  it('an Owner for five days passes nothing on that lasts longer', () => {
    const colluders = [[{ role: 'owner', days: 5 }], [{ role: 'viewer' }]];
    const scheme: Scheme = { product: 'mondoo', colluders, steps: [] };
    const { reach } = sceneOf(scheme);
    expect(reach.filter(isHolder('owner')).every(({ expiresAt }) => expiresAt !== undefined)).toBe(
      true,
    );
    for (const seed of [11, 12]) {
      const thrown = dice(seed);
      const steps = Array.from({ length: 80 }, () => thrown.below(0x7fffffff));
      runScheme({ ...scheme, steps });
    }
  });

  it('the tables let an IAM Manager become Owner, and an Owner give everything below', () => {
    const reached = (product: Product, role: string): Set<string> =>
      new Set(
        sceneOf({ product, colluders: [[{ role }]], steps: [] }).reach.map((one) => one.role),
      );
    expect(reached('mondoo', 'iam-manager')).toContain('owner');
    expect(reached('mondoo', 'owner')).toContain('scim-identity-manager');
    expect([...reached('wasviking', 'Manager')].sort()).toEqual(['Analyst', 'Manager', 'ReadOnly']);
    expect([...reached('vygl', 'admin')].sort()).toEqual(['admin', 'member', 'viewer']);
  });
});
