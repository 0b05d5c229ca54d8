import { shared } from './jest.config.js';

/**
 * What every engine must pass, on each that is to be had: the embedded ones, a double, and servers
 * that the environment names (`POSTGRES_URL`, `KAFKA_BROKERS`, `EVENTSTORE_URL`). A suite without its
 * server is skipped, with the reason.
 */
export default {
  ...shared,
  testMatch: ['<rootDir>/test/engines/**/*.spec.ts', '<rootDir>/test/eventlog/sqlite.spec.ts'],
  testTimeout: 120_000,
  maxWorkers: 1,
  // A test that failed may have left a connection open, for which nobody waits.
  forceExit: true,
};
