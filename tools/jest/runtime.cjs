'use strict';
const hooks = require('node:async_hooks');
const { register } = require('node:module');
const { fileURLToPath, pathToFileURL } = require('node:url');
const { compiled } = require('./compile.cjs');

register('./sources.mjs', pathToFileURL(__filename));

/**
 * Runs test files as node's own modules, where Jest would load everything anew for each into a
 * context of its own: Nest alone takes longer to load than most files take to run. What is below
 * `test/` is loaded anew for each file; all else stays loaded in its worker. This is the part of
 * `jest-runtime` that Jest calls.
 */
module.exports = class {
  /** Jest's own code: anew for each file, since it keeps the tests it was told of. */
  requireInternalModule(path) {
    delete globalThis[Symbol.for('EVENT_HANDLERS')];
    delete require.cache[path];
    // A value on some versions of Node, a getter on others.
    const usual = Object.getOwnPropertyDescriptor(hooks, 'AsyncLocalStorage');
    Object.defineProperty(hooks, 'AsyncLocalStorage', { value: OneAtATime, configurable: true });
    try {
      return require(path);
    } finally {
      Object.defineProperty(hooks, 'AsyncLocalStorage', usual);
    }
  }

  requireModule(path) {
    return require(path);
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  unstable_importModule(path) {
    runs += 1;
    return import(`${pathToFileURL(path).href}?run=${runs}`);
  }

  setGlobalsForRuntime(globals) {
    Object.assign(globalThis, globals);
  }

  getSourceMaps() {
    return new SourceMaps();
  }

  getAllCoverageInfoCopy() {
    return undefined;
  }

  enterTestCode() {}

  leaveTestCode() {}

  teardown() {}
};

/**
 * By which Jest knows whose a rejection is that nobody has handled. The tests of a file run one after
 * the other, so it needs no `AsyncLocalStorage`: the first makes every promise slower, and each of the
 * files that a worker runs would leave one more.
 */
class OneAtATime {
  #store;

  getStore() {
    return this.#store;
  }

  run(store, callback) {
    const before = this.#store;
    this.#store = store;
    const over = () => {
      this.#store = before;
    };
    const running = callback();
    if (typeof running?.then === 'function') return running.finally(over);
    over();
    return running;
  }
}

let runs = 0;

/** By the name a stack gives a file. */
class SourceMaps extends Map {
  get(name) {
    const [file] = name.split('?', 1);
    const path = file.startsWith('file:') ? fileURLToPath(file) : file;
    return path.endsWith('.ts') ? compiled(path).map : undefined;
  }
}
