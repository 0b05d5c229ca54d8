import { readFileSync } from 'node:fs';

const swc = JSON.parse(readFileSync(new URL('.swcrc', import.meta.url), 'utf8'));
delete swc.$schema;

/** What every Jest run of this project shares: TypeScript sources, as ES modules, without a build. */
export const shared = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  transform: { '\\.ts$': ['@swc/jest', { ...swc, swcrc: false, sourceMaps: 'inline' }] },
  // `#domain/ids.js` is dist/libs/domain/src/ids.js to node and libs/domain/src/ids.ts to a test.
  moduleNameMapper: {
    '^#(domain|catalogues|database|vault|eventlog|commands|readstore|projections|access|queries|mailing)/(.*)\\.js$':
      '<rootDir>/libs/$1/src/$2.ts',
    // What other services know by its name.
    '^@membership/client$': '<rootDir>/libs/client/src/index.ts',
    '^@membership/client/(.*)$': '<rootDir>/libs/client/src/$1/index.ts',
  },
  resolver: '<rootDir>/tools/jest-resolver.cjs',
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/libs/client/dist/', '<rootDir>/data/'],
  // One more than the cores of a small machine: some suites wait for processes they start.
  maxWorkers: 3,
};

export default {
  ...shared,
  testMatch: ['<rootDir>/test/**/*.spec.ts'],
  testTimeout: 30_000,
};
