// Child of handover.spec.ts: writes the read models of a schema until it is killed.
import { writeSync } from 'node:fs';
import { PostgresReadStore } from '#readstore/postgres-store.js';

const [url = '', schema = ''] = process.argv.slice(2);
const store = await PostgresReadStore.open({ url, schema, connections: 1 });
await store.writer('projections').acquire(() => undefined, new AbortController().signal);
writeSync(1, 'held\n');
setInterval(() => undefined, 1000);
