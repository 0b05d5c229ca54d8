// Child of lost-nodes.spec.ts: writes the read models of a schema until it is lost, and says so.
import { writeSync } from 'node:fs';
import { PostgresReadStore } from '#readstore/postgres-store.js';

const [url = '', schema = ''] = process.argv.slice(2);
const store = await PostgresReadStore.open({ url, schema, connections: 1 });
const writer = store.writer('projections');
await writer.acquire(() => undefined, new AbortController().signal);
writeSync(1, 'held\n');
writer.lost.addEventListener('abort', () => writeSync(1, 'lost\n'));
setInterval(() => undefined, 1000);
