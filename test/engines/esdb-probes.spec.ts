/**
 * The probes of `eventstoredb/` ran against a real server; on the double they are to print the same,
 * to the letter.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PROBES, printedBy, recordedOf } from '../support/eventstoredb/probes.js';
import { EventStoreDouble } from '../support/eventstoredb/server.js';

describe('the double of EventStoreDB answers as the real server did', () => {
  let server: EventStoreDouble;
  beforeAll(async () => {
    server = await EventStoreDouble.start();
  });
  afterAll(() => server.stop());

  test.each(PROBES)(
    '%s',
    async (probe) => expect(await printedBy(probe, server.url)).toBe(recordedOf(probe)),
    120_000,
  );
});
