'use strict';
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const { $schema: _, ...plain } = JSON.parse(readFileSync(join(__dirname, '../.swcrc'), 'utf8'));

/** What Node 20 does so slowly that everything is slow that reads the result: see ADR 20. */
const spreadByAssign = {
  jsc: {
    ...plain.jsc,
    target: undefined,
    assumptions: { setSpreadProperties: true, pureGetters: true, objectRestNoSymbols: true },
  },
  env: { targets: { node: '20.19' }, include: ['transform-object-rest-spread'] },
};

/** How sources are compiled, for the Node that compiles them. */
exports.settings = process.versions.node.startsWith('20.')
  ? { ...plain, ...spreadByAssign }
  : plain;
