import { describe, expect, test } from '@jest/globals';
import { PLATFORM_PERMISSION } from '#domain/permissions.js';
import { catalogue, permissionsAt, role, sorted } from './support/files.js';

const platform = catalogue('platform');

describe('the platform’s own catalogue', () => {
  test('has every permission that means something in all organizations', () => {
    for (const permission of Object.values(PLATFORM_PERMISSION)) {
      expect([...platform.permissions.keys()]).toContain(permission);
    }
  });

  test('platform-admin has everything', () => {
    expect(permissionsAt(platform, 'platform-admin', 'organization')).toEqual(
      sorted(platform.permissions.keys()),
    );
  });

  test('platform-auditor reads and changes nothing', () => {
    expect(permissionsAt(platform, 'platform-auditor', 'organization')).toEqual([
      'audit_log:view',
      'members:view',
      'organization:view',
      'organizations:read',
      'roles:view',
      'service_accounts:view',
    ]);
  });

  test('platform-service is for service accounts: it asks and acts for people', () => {
    expect(role(platform, 'platform-service').kind).toBe('service_account');
    expect(permissionsAt(platform, 'platform-service', 'organization')).toEqual([
      'access:check',
      'subjects:act_for',
    ]);
  });
});
