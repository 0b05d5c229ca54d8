/** Read models are built anew while the service is written to and read. */
import { afterEach, expect, test } from '@jest/globals';
import { differencesIn } from '../projections/comparing.js';
import { eventually, TestService } from '../support/service.js';

let service: TestService | undefined;
afterEach(() => service?.stop());

interface Members {
  readonly items: readonly { readonly email: string | null; readonly name: string | null }[];
  readonly nextCursor?: string;
}

test('every member is listed, found and told of, whatever is rebuilt meanwhile', async () => {
  const started = await TestService.start();
  service = started;
  const ada = await started.signIn('ada@example.com', { name: 'Ada', platformAdmin: true });
  await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
  const invite = async (name: string) => {
    const body = { email: `${name}@example.com`, roles: ['viewer'] };
    expect((await ada.post('/organizations/acme/invitations', body)).status).toBe(201);
  };
  const names = Array.from({ length: 26 }, (_, index) => `Person${index}`);
  for (const name of names.slice(0, 10)) await invite(name);
  let writing = true;
  const reading = (async () => {
    let fewest = Infinity;
    for (; writing;) {
      const { status, body } = await ada.get<Members>('/organizations/acme/members?limit=200');
      expect(status).toBe(200);
      fewest = Math.min(fewest, body.items.length);
    }
    return fewest;
  })();
  const models = ['members', 'invitations', 'audit', 'organizations'];
  try {
    for (const [index, name] of names.slice(10).entries()) {
      await invite(name);
      const model = index % 4 === 0 ? models[index / 4] : undefined;
      if (model === undefined) continue;
      expect((await ada.post(`/read-models/${model}/rebuild`, {})).status).toBe(200);
    }
  } finally {
    writing = false;
  }
  expect(await reading).toBeGreaterThanOrEqual(11);
  await eventually(async () => {
    const { body } = await ada.get<{ followers: { name: string }[] }>('//health/ready');
    return body.followers.every(({ name }) => !name.endsWith('building')) || undefined;
  }, 'end of the rebuilding');

  const pages: string[] = [];
  for (let cursor = ''; ;) {
    const { body } = await ada.get<Members>(`/organizations/acme/members?limit=7${cursor}`);
    pages.push(...body.items.map(({ email }) => email ?? ''));
    if (body.nextCursor === undefined) break;
    cursor = `&cursor=${body.nextCursor}`;
  }
  expect(pages).toEqual([
    'ada@example.com',
    ...names.map((one) => `${one.toLowerCase()}@example.com`),
  ]);
  const found = await ada.get<Members>('/organizations/acme/members?q=PERSON1@EX');
  expect(found.body.items.map(({ email }) => email)).toEqual(['person1@example.com']);
  // What a pattern would take for anything is itself.
  const none = await ada.get<Members>('/organizations/acme/members?q=person_%25');
  expect(none.body.items).toEqual([]);
  const told = await ada.get<string>('/organizations/acme/audit/export?format=ndjson');
  const rows = told.body
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { streamRevision: number }).streamRevision);
  expect(rows).toEqual(Array.from(rows, (_, index) => index));
  expect(rows).toHaveLength(names.length + 2);
  await started.service.stop();
  expect(await differencesIn(started.dataDir)).toEqual([]);
}, 60_000);
