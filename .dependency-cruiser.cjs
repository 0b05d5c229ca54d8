// The imports that ARCHITECTURE.md allows, one row per lib. Everything not listed is refused.
// `node tools/check-dependencies.mjs` runs it, as a step of `npm run check`.

/** lib → the libs it may import besides itself. */
const allowed = {
  domain: [],
  catalogues: ['domain'],
  database: [],
  vault: ['domain', 'database'],
  eventlog: ['domain', 'database'],
  commands: ['domain', 'catalogues', 'eventlog', 'vault'],
  readstore: ['domain', 'database'],
  projections: ['domain', 'catalogues', 'eventlog', 'readstore', 'vault'],
  mailing: ['domain', 'catalogues', 'eventlog', 'readstore', 'vault'],
  access: ['domain', 'catalogues', 'eventlog', 'database'],
  // Published: other services have it, and nothing else of ours.
  client: [],
  publishing: ['domain', 'eventlog', 'readstore', 'vault', 'access'],
  queries: ['domain', 'catalogues', 'eventlog', 'readstore', 'access', 'vault'],
};

/** The libs that speak to Nest's command and query bus. */
const onTheBus = ['commands', 'queries'];

/** Clients of other systems: each is imported by one file, behind a port. */
const vendorClients = ['@eventstore/db-client', 'kafkajs', 'pg', 'libsql', 'nodemailer'].concat(
  ['api', 'core', 'resources', 'sdk-trace', 'exporter-trace-otlp-http'].map(
    (part) => `@opentelemetry/${part}`,
  ),
);

const npmPackage = (name) => `(^|/)node_modules/(@types/)?${name}/|^${name}(/|$)`;

module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Two files that import each other are one file, or a third one is missing.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^dist/' },
    },
    {
      name: 'no-build-output',
      comment: 'Sources import sources; `#lib/*.js` names those of another lib.',
      severity: 'error',
      from: { pathNot: '^dist/' },
      to: { path: '^(dist|libs/client/dist)/' },
    },
    {
      name: 'known-lib',
      comment: 'A new lib first gets its row in the table above.',
      severity: 'error',
      from: { path: '^libs/', pathNot: `^libs/(${Object.keys(allowed).join('|')})/src/` },
      to: {},
    },
    {
      name: 'domain-is-pure',
      comment: 'The rules import nothing: no npm package, no node: module, no other lib.',
      severity: 'error',
      from: { path: '^libs/domain/' },
      to: { pathNot: '^libs/domain/' },
    },
    ...Object.entries(allowed).map(([lib, others]) => ({
      name: `imports-of-${lib}`,
      comment: `${lib} may import ${others.join(', ') || 'no other lib'}.`,
      severity: 'error',
      from: { path: `^libs/${lib}/` },
      to: {
        path: '^(apps|libs|test|tools)/',
        pathNot: `^libs/(${[lib, ...others].join('|')})/`,
      },
    })),
    {
      name: 'bus-at-the-edge',
      comment: 'Only commands and queries know the bus; nothing durable goes over it.',
      severity: 'error',
      from: { path: '^libs/', pathNot: `^libs/(${onTheBus.join('|')})/` },
      to: { path: npmPackage('@nestjs/cqrs') },
    },
    {
      name: 'apps-ship-no-tests',
      comment: 'What runs in production imports neither tests nor tools.',
      severity: 'error',
      from: { path: '^apps/' },
      to: { path: '^(test|tools)/' },
    },
    {
      name: 'no-development-package',
      comment: 'What runs in production imports what is installed in production.',
      severity: 'error',
      from: { path: '^(apps|libs)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'listed-package',
      comment: 'A package that is imported is a dependency in package.json.',
      severity: 'error',
      from: {},
      // An optional peer is listed twice, and taken for unlisted where it says that it is optional.
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
    ...vendorClients.map((name) => ({
      name: `one-file-for-${name.replace(/[@/]/g, '-').replace(/^-/, '')}`,
      comment: `${name} is imported by one file, which stands behind a port.`,
      severity: 'error',
      from: { path: '^(apps|libs)/' },
      module: { path: npmPackage(name), numberOfDependentsMoreThan: 1 },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
