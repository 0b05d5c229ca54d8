/** What is published of a log in EventStoreDB: topics and feed tell the same. */
import { afterAll } from '@jest/globals';
import { EventStoreDouble } from '../support/eventstoredb/server.js';
import { use } from '../support/service.js';

const server = await EventStoreDouble.start();
use(() => ({ EVENTSTORE_URL: server.url }));
afterAll(() => server.stop());
await import('./kafka.spec.js');
