import { execFileSync } from 'node:child_process';

/** Before the first test of any run: compiles what has changed, for suites that start what is built. */
export default () => {
  execFileSync(process.execPath, ['tools/build.mjs'], { stdio: ['ignore', 'ignore', 'inherit'] });
};
