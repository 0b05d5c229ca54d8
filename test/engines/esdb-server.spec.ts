/** Against the EventStoreDB that EVENTSTORE_URL names. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { EsdbEventLog } from '#eventlog/esdb.js';
import { eventLogContract } from '../contract/event-log.contract.js';
import { PROBES, printedBy, recordedOf } from '../support/eventstoredb/probes.js';
import { onServer } from './support/servers.js';

await onServer('EVENTSTORE_URL', (url) => {
  // A server can't be emptied: each log has a name of its own.
  eventLogContract('EventStoreDB', async () => {
    const namespace = `contract-${randomUUID()}-`;
    return { open: () => EsdbEventLog.open(url, { namespace }), remove: async () => undefined };
  });

  describe('EventStoreDB answers as it did when it was recorded', () => {
    test.each(PROBES)('%s', async (probe) => {
      expect(await printedBy(probe, url)).toBe(recordedOf(probe));
    });
  });
});
