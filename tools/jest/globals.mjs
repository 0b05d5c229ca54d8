// What `@jest/globals` names, for modules that stay loaded from one test file to the next: each
// call goes to what Jest made for the file that is running.
const current = (name) =>
  new Proxy(() => undefined, {
    apply: (_target, _this, parameters) => globalThis[name](...parameters),
    get: (_target, key) => globalThis[name][key],
  });

export const afterAll = current('afterAll');
export const afterEach = current('afterEach');
export const beforeAll = current('beforeAll');
export const beforeEach = current('beforeEach');
export const describe = current('describe');
export const expect = current('expect');
export const it = current('it');
export const test = current('test');
