import { describe, expect, test } from '@jest/globals';
import { routePermission } from '#catalogues/routes.js';
import { contentOf, edited, MINIMAL } from './support/minimal.js';

const tiny = { content: contentOf(MINIMAL) };
const ask = (method: string, path: string): string | undefined =>
  routePermission(tiny, method, path);

describe('the permission of a route', () => {
  test.each([
    ['GET', '/things/7', 'things:view'],
    ['GET', '/things/7/', 'things:view'],
    ['GET', '/api/v1/things/7', 'things:view'],
    ['GET', '/api/v1/things/7/', 'things:view'],
    ['GET', '/things/7?view=full&path=/things/new', 'things:view'],
    ['GET', '/things/7/?x', 'things:view'],
    ['get', '/things/7', 'things:view'],
    ['HEAD', '/things/7', 'things:view'],
    ['head', '/things/7', 'things:view'],
    // The more literal template answers, whatever the order.
    ['GET', '/things/new', 'things:edit'],
    ['GET', '/things/New', 'things:view'],
    // What stands for itself within a segment, encoded or not.
    ['GET', '/things/a%20b', 'things:view'],
    ['GET', '/things/.a', 'things:view'],
    ['GET', "/things/a:b@c,d+e=f&g!(h)*'$", 'things:view'],
    ['GET', '/things/ada%40example.com', 'things:view'],
    ['GET', '/things/M%C3%BCller', 'things:view'],
  ])('%s %s: %s', (method, path, permission) => {
    expect(ask(method, path)).toBe(permission);
  });

  test.each([
    ['POST', '/things/7'],
    ['OPTIONS', '/things/7'],
    ['', '/things/7'],
    ['GET ', '/things/7'],
    ['GET', ''],
    ['GET', '/'],
    ['GET', '//'],
    ['GET', '/api/v1'],
    ['GET', 'things/7'],
    ['GET', '/things'],
    ['GET', '/things/'],
    ['GET', '/things//'],
    ['GET', '//things/7'],
    ['GET', '/things/7//'],
    ['GET', '/things/7/8'],
    ['GET', '/Things/7'],
    ['GET', '/api/v2/things/7'],
    ['GET', '/api/v1/api/v1/things/7'],
    ['GET', '/things/..'],
    ['GET', '/things/.'],
    ['GET', '/things/%2e%2E'],
    ['GET', '/things/.%2e'],
    ['GET', '/things/a%2Fb'],
    ['GET', '/things/a%5Cb'],
    ['GET', '/things/a\\b'],
    ['GET', '/%74hings/7'],
    ['GET', '/things/pur%67e'],
    ['GET', '/things/%7E%2d%5F%30'],
    ['GET', '/things/7#top'],
    ['GET', '/things/7#/../new'],
    ['GET', '/things/7%23top'],
    ['GET', '/things/new%3Fx'],
    ['GET', '/things/new;x'],
    ['GET', '/things;x/7'],
    ['GET', '/things/..;/'],
    ['GET', '/things/new%3Bx'],
    ['GET', '/things/new%3bx=1'],
    ['GET', '/things/new%00'],
    ['GET', '/things/a%1Fb'],
    ['GET', '/things/a%0d%0ab'],
    ['GET', '/things/a%7Fb'],
    ['GET', '/things/a%C2%85b'],
    ['GET', '/things/a b'],
    ['GET', '/things/new\t'],
    ['GET', '/things/new\u0000'],
    ['GET', '/things/M\u00fcller'],
    ['GET', '/things/%20'],
    ['GET', '/things/new%20'],
    ['GET', '/things/%20new'],
    ['GET', '/things/new%C2%A0'],
    ['GET', '/things/new.'],
    ['GET', '/things/new%20.'],
    ['GET', '/things/...'],
    ['GET', '/things/%252e%252e'],
    ['GET', '/things/a%252Fb'],
    ['GET', '/things/100%25'],
    ['GET', '/things/100%'],
    ['GET', '/things/a%2'],
    ['GET', '/things/a%u002fb'],
    ['GET', '/things/a%zzb'],
    // No UTF-8: once read as a slash and as dots.
    ['GET', '/things/a%c0%afb'],
    ['GET', '/things/%c0%ae%c0%ae'],
    ['GET', '/things/a%FFb'],
    ['GET', 'https://example.org/things/7'],
    ['GET', '?/things/7'],
  ])('"%s" "%s" is unknown', (method, path) => {
    expect(ask(method, path)).toBeUndefined();
  });

  test('literal before parameter, whichever is written first', () => {
    const swapped = edited(
      "  - { method: GET, path: '/things/{id}', permission: 'things:view' }\n",
      '',
      `${MINIMAL}  - { method: GET, path: '/things/{id}', permission: 'things:delete' }\n`,
    );
    const other = { content: contentOf(swapped) };
    expect(routePermission(other, 'GET', '/things/new')).toBe('things:edit');
    expect(routePermission(other, 'GET', '/things/old')).toBe('things:delete');
  });

  test('templates that cross are refused when loaded', () => {
    const text = edited('path: /things/new', "path: '/{kind}/new'");
    expect(() => contentOf(text)).toThrow(/ambiguous/);
  });

  test('costs the length of the path: a hostile one is answered within the test’s time', () => {
    expect(ask('GET', `/things${'/%2e'.repeat(200_000)}`)).toBeUndefined();
    expect(ask('GET', `/${'a'.repeat(2_000_000)}`)).toBeUndefined();
  });
});
