import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { breakingChanges } from '../../apps/membership/src/http/api-changes.js';

type Schema = {
  type?: string;
  enum?: string[];
  maxLength?: number;
  required?: string[];
  properties: Record<string, Schema>;
};

const recorded = (): OpenAPIObject =>
  JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as OpenAPIObject;
const schema = (document: OpenAPIObject, name: string): Schema =>
  document.components!.schemas![name] as unknown as Schema;

/** What is found once the document has been changed like this. */
const found = (change: (document: OpenAPIObject) => void): string[] => {
  const after = recorded();
  change(after);
  return breakingChanges(recorded(), after);
};

describe('what breaks callers of the recorded API is found', () => {
  test.each<[string, (document: OpenAPIObject) => void, string[]]>([
    ['nothing', () => undefined, []],
    ['a route that is gone', ({ paths }) => delete paths['/api/v1/me'], ['GET /api/v1/me is gone']],
    [
      'a parameter that is gone',
      ({ paths }) => {
        const me = paths['/api/v1/me/memberships']!.get!;
        me.parameters = me.parameters!.filter((one) => (one as { name: string }).name !== 'limit');
      },
      ['GET /api/v1/me/memberships takes no query parameter limit any more'],
    ],
    [
      'a field that is wanted now',
      (document) => {
        const body = schema(document, 'InviteBody');
        body.properties['reason'] = { type: 'string', properties: {} };
        body.required!.push('reason');
      },
      ['InviteBody.reason is wanted now'],
    ],
    [
      'a value that is not taken any more, and a shorter text',
      (document) => {
        const { properties } = schema(document, 'InviteBody');
        properties['onExisting']!.enum = ['reject'];
        properties['message']!.maxLength = 10;
      },
      [
        'InviteBody.message has the maxLength 10 now',
        "InviteBody.onExisting can't be resend, replace any more",
      ],
    ],
    [
      'an answer without one of its fields, and one that may be missing',
      (document) => {
        const answer = schema(document, 'TeamAnswer');
        delete answer.properties['scope'];
        answer.required = answer.required!.filter((one) => one !== 'name');
      },
      ['TeamAnswer.scope is gone', 'TeamAnswer.name may be missing now'],
    ],
    [
      'a field of another type',
      (document) => {
        schema(document, 'CheckAnswer').properties['allowed']!.type = 'string';
      },
      ['CheckAnswer.allowed has another type'],
    ],
  ])('%s', (_, change, expected) => {
    expect(found(change).sort()).toEqual([...expected].sort());
  });

  test('what only adds breaks nobody', () => {
    const change = (document: OpenAPIObject): void => {
      const answer = schema(document, 'TeamAnswer');
      answer.properties['colour'] = { type: 'string', properties: {} };
      answer.required!.push('colour');
      schema(document, 'InviteBody').properties['colour'] = { type: 'string', properties: {} };
      schema(document, 'InviteBody').properties['message']!.maxLength = 5000;
      document.paths['/api/v1/new'] = { get: { responses: {} } };
    };
    expect(found(change)).toEqual([]);
  });
});
