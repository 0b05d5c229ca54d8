import { shared } from './jest.config.js';

/** Long proofs, one after the other; `PROOF_SCALE` multiplies their size. */
export default {
  ...shared,
  testMatch: ['<rootDir>/test/proof/**/*.proof.ts'],
  testTimeout: 4 * 60 * 60_000,
  maxWorkers: 1,
  // The client of Kafka leaves timers behind, for which nobody waits.
  forceExit: true,
};
