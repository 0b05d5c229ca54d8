import { EsdbEventLog } from '#eventlog/esdb.js';
import { eventLogContract } from '../contract/event-log.contract.js';
import { EventStoreDouble } from '../support/eventstoredb/server.js';

/** Milliseconds that a slow machine does not exceed: these tests are not about time. */
const times = { append: 15_000, read: 15_000, patience: 30_000, silence: 10_000 };

eventLogContract('EventStoreDB, its double,', async () => {
  const server = await EventStoreDouble.start();
  return {
    open: () => EsdbEventLog.open(server.url, { namespace: 'contract-', times }),
    remove: () => server.stop(),
  };
});
