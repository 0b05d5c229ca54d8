import { shared } from './jest.config.js';

/** Long proofs, one after the other; `PROOF_SCALE` multiplies their size. */
export default {
  ...shared,
  testMatch: ['<rootDir>/test/proof/**/*.proof.ts'],
  testTimeout: 60 * 60_000,
  maxWorkers: 1,
};
