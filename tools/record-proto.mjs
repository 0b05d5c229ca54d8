// `npm run proto`: records the protos in docs/proto.binpb, what callers were promised. Refuses what
// would break callers of those recorded before, unless `--breaking` is given. With `--check` it
// writes nothing and fails where the two differ.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './files.mjs';

const recorded = join(root, 'docs/proto.binpb');
const buf = join(root, 'node_modules/.bin/buf');

const folder = mkdtempSync(join(tmpdir(), 'proto-'));
const image = join(folder, 'proto.binpb');
execFileSync(buf, ['build', '--exclude-source-info', '-o', image], { cwd: root });
const now = readFileSync(image);
rmSync(folder, { recursive: true });

const before = existsSync(recorded) ? readFileSync(recorded) : undefined;
const broken =
  before !== undefined &&
  spawnSync(buf, ['breaking', '--against', recorded], { cwd: root, stdio: 'inherit' }).status !== 0;

if (process.argv.includes('--check')) {
  const differs = before === undefined || !now.equals(before);
  if (differs) console.log('docs/proto.binpb is not what proto/ says; "npm run proto" records it');
  process.exitCode = broken || differs ? 1 : 0;
} else if (broken && !process.argv.includes('--breaking')) {
  console.log('docs/proto.binpb is left as it is; "npm run proto -- --breaking" records it');
  process.exitCode = 1;
} else {
  writeFileSync(recorded, now);
  console.log('docs/proto.binpb is written');
}
