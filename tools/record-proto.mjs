// `npm run proto`: records the protos in proto/recorded.binpb: what callers were promised, and what
// reflection tells. Refuses what would break callers of those recorded before, unless `--breaking`
// is given. With `--check` it writes nothing and fails where the two differ.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './files.mjs';

const recorded = join(root, 'proto/recorded.binpb');
const buf = join(root, 'node_modules/.bin/buf');

const folder = mkdtempSync(join(tmpdir(), 'proto-'));
const image = join(folder, 'proto.binpb');
execFileSync(buf, ['build', '--exclude-source-info', '--as-file-descriptor-set', '-o', image], {
  cwd: root,
});
const now = readFileSync(image);
rmSync(folder, { recursive: true });

const before = existsSync(recorded) ? readFileSync(recorded) : undefined;
const broken =
  before !== undefined &&
  spawnSync(buf, ['breaking', '--against', recorded], { cwd: root, stdio: 'inherit' }).status !== 0;

if (process.argv.includes('--check')) {
  const differs = before === undefined || !now.equals(before);
  if (differs)
    console.log('proto/recorded.binpb is not what proto/ says; "npm run proto" records it');
  process.exitCode = broken || differs ? 1 : 0;
} else if (broken && !process.argv.includes('--breaking')) {
  console.log('proto/recorded.binpb is left as it is; "npm run proto -- --breaking" records it');
  process.exitCode = 1;
} else {
  writeFileSync(recorded, now);
  console.log('proto/recorded.binpb is written');
}
