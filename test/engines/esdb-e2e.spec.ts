/** What goes on telling, over EventStoreDB with everything else embedded. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { EventStoreDouble } from '../support/eventstoredb/server.js';
import { use } from '../support/service.js';

/** Of each folder, and how many records it held when a service of that folder last began. */
const servers = new Map<string, { readonly server: EventStoreDouble; records: number }>();

/** The one of this folder. A folder that is a copy of another has what that one's held by then. */
const serverOf = async (folder: string): Promise<EventStoreDouble> => {
  const known = servers.get(folder);
  if (known !== undefined) {
    known.records = known.server.store.count;
    return known.server;
  }
  const server = await EventStoreDouble.start();
  const note = join(folder, 'eventstore');
  if (existsSync(note)) {
    const copied = servers.get(readFileSync(note, 'utf8'))!;
    server.store.restore(copied.server.store, copied.records);
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(note, folder);
  servers.set(folder, { server, records: server.store.count });
  return server;
};

use(async (folder) => ({ EVENTSTORE_URL: (await serverOf(folder)).url }));
afterAll(async () => {
  for (const { server } of servers.values()) await server.stop();
});
await import('../e2e/feed.spec.js');
await import('../e2e/webhooks.spec.js');
await import('../e2e/changes.spec.js');
await import('../e2e/audit.spec.js');
