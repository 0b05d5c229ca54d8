/** docs/catalogues.md: its example is a catalogue, and it leaves out nothing that a catalogue may say. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { lintFile } from '#catalogues/lint.js';
import { CATALOGUE_SCHEMA } from '#catalogues/schema.js';
import { TestService } from '../support/service.js';

const page = readFileSync('docs/catalogues.md', 'utf8');
const [example, ...additions] = [...page.matchAll(/^```yaml\n([^]*?)^```/gm)].map(
  ([, text]) => text!,
);

const folder = mkdtempSync(join(tmpdir(), 'catalogues-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'newsroom.yaml');

test('the example has no errors, and no warnings', () => {
  for (const text of [[example], [example, ...additions]]) {
    writeFileSync(file, text.join('\n'));
    expect(lintFile(file)).toEqual({ problems: [], warnings: [] });
  }
});

test('an organization is founded on it, and its roles are what it says', async () => {
  writeFileSync(file, example!);
  const service = await TestService.start({ CATALOGUES_DIR: folder });
  try {
    const [ada, ben] = [
      await service.signIn('ada@a.example'),
      await service.signIn('ben@a.example'),
    ];
    const founded = { id: 'acme', name: 'Acme', catalogue: 'newsroom' };
    expect((await ada.post('/organizations', founded)).status).toBe(201);
    const invited = await ada.post('/organizations/acme/invitations', {
      email: 'ben@a.example',
      roles: ['author'],
    });
    expect(invited.status).toBe(201);
    const token = await service.linkOf('ben@a.example');
    expect((await ben.post('/invitations/accept', { token })).status).toBe(200);
    const may = async (who: string, permission: string) => {
      const question = { principal: `user:${who}`, organization: 'acme', permission };
      return (await ada.post('/access/check', question)).body['allowed'];
    };
    expect(await may('ada@a.example', 'articles:publish')).toBe(true);
    expect(await may('ben@a.example', 'articles:write')).toBe(true);
    expect(await may('ben@a.example', 'articles:publish')).toBe(false);
  } finally {
    await service.stop();
  }
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | false;
  readonly then?: Schema;
  readonly else?: Schema;
  readonly enum?: readonly string[];
}

/** Every name of a field, and every value that it can have where there are but a few. */
function* namesIn(schema: Schema): Generator<string> {
  const { properties = {}, items, additionalProperties, enum: values = [] } = schema;
  yield* Object.keys(properties);
  yield* values;
  const parts = [items, additionalProperties, schema.then, schema.else];
  for (const part of [...Object.values(properties), ...parts]) if (part) yield* namesIn(part);
}

test('every field is named, with its values', () => {
  const shown = [...page.matchAll(/^```yaml[^]*?^```|`[^`\n]+`/gm)].join('\n');
  const words = new Set(shown.match(/\w+|\*/g));
  const names = [...new Set(namesIn(CATALOGUE_SCHEMA as Schema))];
  expect(names).toContain('specializedWith');
  expect(names.filter((name) => !words.has(name))).toEqual([]);
});
