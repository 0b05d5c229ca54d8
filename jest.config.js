/** What every Jest run of this project shares: TypeScript sources, as node's own modules (tools/jest). */
export const shared = {
  rootDir: import.meta.dirname,
  runtime: '<rootDir>/tools/jest/runtime.cjs',
  globalSetup: '<rootDir>/tools/jest/build.mjs',
  testEnvironment: '<rootDir>/tools/jest/environment.cjs',
  transform: {},
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/libs/client/dist/', '<rootDir>/data/'],
  // One more than the cores of a small machine: some suites wait for processes they start.
  maxWorkers: 3,
};

export default {
  ...shared,
  testMatch: ['<rootDir>/test/**/*.spec.ts'],
  // `npm run test:engines` and `npm run test:programs`.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/(engines|programs)/'],
  testTimeout: 30_000,
};
