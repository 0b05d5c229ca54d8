// `npm run lock`: gives package-lock.json the platform builds (optional packages for another system
// or processor) that npm left out because it could not see them where it resolved the tree.
// Without them `npm ci` calls the lock out of step with package.json. An added entry has no
// integrity hash: npm fills that in on the platform that installs it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './files.mjs';

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const processors = {
  ...{ aarch64: 'arm64', arm64: 'arm64', arm: 'arm', armv7: 'arm', ia32: 'ia32', x64: 'x64' },
  ...{ loong64: 'loong64', ppc64: 'ppc64', riscv64: 'riscv64', s390x: 's390x', wasm32: 'wasm32' },
};
const libraries = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' };

const file = join(root, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = [];
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    const words = name.split(/[/-]/);
    const os = systems.filter((system) => words.includes(system));
    const cpu = words.flatMap((word) => processors[word] ?? []);
    // Anything but one exact version for one platform is npm's own business.
    if (lock.packages[path] || os.length !== 1 || cpu.length !== 1) continue;
    if (!/^\d+\.\d+\.\d+/.test(version)) continue;
    const libc = os[0] === 'linux' ? words.flatMap((word) => libraries[word] ?? []) : [];
    lock.packages[path] = {
      version,
      cpu,
      ...(entry.dev && { dev: true }),
      ...(libc.length > 0 && { libc }),
      optional: true,
      os,
    };
    added.push(`${name}@${version}`);
  }
}
// The root entry comes first, the others in npm's order.
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')),
);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added.length} platform builds added`);
