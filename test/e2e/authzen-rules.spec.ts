/** What the Authorization API 1.0 of OpenID AuthZEN demands of a decision point, and which test asks for it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const RULES: readonly (readonly [rule: string, spec: string, test: string])[] = [
  // Section 5, the information model.
  ['a subject has a type', 'authzen', 'a subject without a type'],
  ['a subject has an id', 'authzen', 'a subject without an id'],
  ['a resource has a type', 'authzen', 'a resource without a type'],
  ['a resource has an id', 'authzen', 'a resource without an id'],
  ['an action has a name', 'authzen', 'an action without a name'],
  [
    'properties of a subject are an object',
    'authzen',
    'properties of a subject that are no object',
  ],
  ['properties of a resource are an object', 'authzen', 'properties of a resource that are no'],
  [
    'properties of an action are an object',
    'authzen',
    'properties of an action that are no object',
  ],
  ['a context is an object', 'authzen', 'a context that is no object'],
  ['what is not known is ignored', 'authzen', 'fields that nobody knows are ignored'],
  // Section 6, one evaluation.
  ['a response has a boolean decision', 'authzen', 'a decision is 200 with a boolean'],
  ['a response may have a context', 'authzen', 'what is not there, or not for the asker'],
  ['the example has its answer', 'authzen-examples', 'is answered as there'],
  // Section 7, several.
  ['without evaluations it is one evaluation', 'authzen', 'none are one'],
  ['decisions come in the order asked, none beside them', 'authzen', 'each is answered, in order'],
  ['what stands above is the default', 'authzen', 'what an evaluation says itself stands before'],
  ['a default is taken whole', 'authzen', 'each part is the default or one’s own'],
  ['execute_all is what is done where nothing is said', 'authzen', 'each is answered, in order'],
  ['deny_on_first_deny ends with the first denial', 'authzen', 'the first denial ends it'],
  ['an error counts as a denial', 'authzen', 'an error is a denial to those who stop at the first'],
  ['permit_on_first_permit ends with the first permit', 'authzen', 'the first permit ends it'],
  ['there is no other semantic', 'authzen', 'another semantic is a bad request'],
  ['an error of one is a denial of that one', 'authzen', 'an error in one is a denial of that one'],
  ['an error of the whole is one of transport', 'authzen', 'a bad request as a whole'],
  [
    'an option that is not known is ignored',
    'authzen-transport',
    'with an option that nobody knows',
  ],
  // Section 8, searches.
  [
    'the id of what is searched for is ignored',
    'authzen-search',
    'ignores an id of what is searched for',
  ],
  ['results are permitted, each, by an evaluation', 'authzen-search', 'finds what is permitted'],
  ['results are of the type asked for', 'authzen-search', 'results of the type alone'],
  ['nothing found is no error', 'authzen-search', 'that is no error'],
  [
    'a page says how to go on, the last with nothing',
    'authzen-search',
    'with nothing lost or twice',
  ],
  ['a token is good for its own request', 'authzen-search', 'with the very same request, and no'],
  ['a limit is kept to', 'authzen-search', 'each no longer than asked'],
  ['the examples have their answers', 'authzen-examples', 'goes on with the token of the page'],
  // Section 9, metadata.
  ['metadata is at the well-known address', 'authzen-transport', 'where everything is'],
  ['what has no value is left out', 'authzen-denials', 'offers nothing'],
  // Section 10, transport.
  ['requests are POST with JSON', 'authzen-transport', 'takes JSON by POST, and nothing else'],
  ['a decision, be it no, is 200', 'authzen', 'a decision is 200 with a boolean'],
  ['400 for what is no request', 'authzen-transport', 'is a bad request'],
  ['401 for whoever is not known', 'authzen', 'who has not signed in with 401'],
  ['403 for whoever may not ask', 'authzen', 'who may not ask is refused with 403'],
  ['a request’s id comes back', 'authzen-transport', 'the name of a request comes back'],
];

describe('the rule that', () => {
  test.each(RULES)('%s has its test', (_, spec, named) => {
    const text = readFileSync(join(import.meta.dirname, `${spec}.spec.ts`), 'utf8');
    // The name of a test, or of a row of its table.
    const names = [...text.matchAll(/^\s*.*?\(?\[?(['"])(.*?)\1,/gm)].map(([, , name]) => name!);
    expect(names.filter((name) => name.includes(named))).not.toEqual([]);
  });
});
