import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PLATFORM, type OrganizationId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { Cursors } from '#queries/cursors.js';
import {
  readAnyFreshness,
  readFreshness,
  readRevision,
  writeRevision,
} from '#queries/revisions.js';

const cursors = new Cursors(Buffer.from('a secret of the service'));
const code = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error);
  }
  return 'accepted';
};
const organization = (id: string) => id as OrganizationId;

describe('a cursor', () => {
  test('gives back its key in the list it was made for', () => {
    const list = ['members', 'org_a', undefined, 'viewer'];
    const cursor = cursors.write(list, ['mem_1', 7]);
    expect(cursors.read(list, cursor)).toEqual(['mem_1', 7]);
    expect(cursor).toMatch(/^[\w-]+$/);
  });

  test.each([
    ['another organization', ['members', 'org_b', null]],
    ['another filter', ['members', 'org_a', 'active']],
    ['another list', ['spaces', 'org_a', null]],
  ])('is refused for %s', (_, list) => {
    const cursor = cursors.write(['members', 'org_a', null], ['mem_1']);
    expect(code(() => cursors.read(list, cursor))).toBe('cursor.invalid');
  });

  test('is refused when made with another secret', () => {
    const cursor = new Cursors(Buffer.from('another secret!!')).write(['members'], ['mem_1']);
    expect(code(() => cursors.read(['members'], cursor))).toBe('cursor.invalid');
  });

  test('is refused when made up or changed in any character', () => {
    const cursor = cursors.write(['members'], ['mem_1']);
    fc.assert(
      fc.property(fc.nat(cursor.length - 1), fc.base64String(), (at, text) => {
        const other = cursor[at] === 'A' ? 'B' : 'A';
        const changed = cursor.slice(0, at) + other + cursor.slice(at + 1);
        expect(code(() => cursors.read(['members'], changed))).toBe('cursor.invalid');
        expect(code(() => cursors.read(['members'], text))).toBe('cursor.invalid');
      }),
    );
  });
});

describe('a revision', () => {
  test('is good for its organization', () => {
    const revision = writeRevision(organization('org_a'), 41);
    expect(readRevision(organization('org_a'), revision)).toBe(41);
    expect(code(() => readRevision(organization('org_b'), revision))).toBe('revision.invalid');
  });

  test('also says how fresh an answer has to be: of the organization, of the platform, or of both', () => {
    const [acme, beta] = [organization('acme'), organization('beta')];
    const [here, there] = [writeRevision(acme, 41), writeRevision(PLATFORM, 7)];
    expect(readFreshness(acme, undefined)).toEqual({ organization: 'acme' });
    expect(readFreshness(acme, here)).toEqual({ organization: 'acme', atLeast: 41 });
    expect(readFreshness(acme, there)).toEqual({ organization: 'acme', platform: 7 });
    for (const both of [`${here}~${there}`, `${there}~${here}`]) {
      expect(readFreshness(acme, both)).toEqual({ organization: 'acme', atLeast: 41, platform: 7 });
    }
    expect(readFreshness(PLATFORM, there)).toEqual({ organization: 'platform', atLeast: 7 });
    const bad = [`${here}~`, `${here}~${here}`, `${there}~${there}`, `${here}~${there}~${there}`];
    for (const text of [
      ...bad,
      '',
      '~',
      writeRevision(beta, 1),
      `${here}~${writeRevision(beta, 1)}`,
    ]) {
      expect(code(() => readFreshness(acme, text))).toBe('revision.invalid');
    }
    expect(code(() => readFreshness(PLATFORM, here))).toBe('revision.invalid');
  });

  test('of any organization, where an answer is across them', () => {
    const [here, there] = [writeRevision(organization('acme'), 41), writeRevision(PLATFORM, 7)];
    const beta = writeRevision(organization('beta'), 1);
    expect(readAnyFreshness(here)).toEqual({ organization: 'acme', atLeast: 41 });
    expect(readAnyFreshness(there)).toEqual({ organization: 'platform', platform: 7 });
    for (const both of [`${here}~${there}`, `${there}~${here}`]) {
      expect(readAnyFreshness(both)).toEqual({ organization: 'acme', atLeast: 41, platform: 7 });
    }
    const bad = ['', '~', `${here}~`, `~${there}`, `${there}~${there}`, `${here}~${beta}`];
    for (const text of [...bad, `${here}~${there}~${beta}`]) {
      expect(code(() => readAnyFreshness(text))).toBe('revision.invalid');
    }
  });

  test('is refused when made up', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        expect(code(() => readRevision(organization('org_a'), text))).toBe('revision.invalid');
      }),
    );
    const padded = `${writeRevision(organization('org_a'), 1)}==`;
    expect(code(() => readRevision(organization('org_a'), padded))).toBe('revision.invalid');
  });
});
