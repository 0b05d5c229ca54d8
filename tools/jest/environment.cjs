'use strict';

/** Node itself, as the service runs in it: no context of its own for each test file. */
module.exports = class {
  global = globalThis;
  setup = async () => undefined;
  teardown = async () => undefined;
  getVmContext = () => null;
  exportConditions = () => ['node', 'import'];
};
