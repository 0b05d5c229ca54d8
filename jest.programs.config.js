import { shared } from './jest.config.js';

/** What is built, each program as a process of its own: it is started, killed, traced, restored. */
export default {
  ...shared,
  testMatch: ['<rootDir>/test/programs/**/*.spec.ts'],
  testTimeout: 120_000,
};
