// Checks every import against .dependency-cruiser.cjs, and that no source file escaped the check.
import { readdirSync } from 'node:fs';
import { cruise } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { clientOutput, filesBelow, root, sourceFolders } from './files.mjs';

process.chdir(root);
const files = sourceFolders
  .flatMap(filesBelow)
  .filter((path) => /\.(ts|js|mjs|cjs)$/.test(path) && !path.startsWith(clientOutput));
const { output } = await cruise(
  files,
  await extractOptions(`${root}/.dependency-cruiser.cjs`),
  // `#lib/*.js` is the source here, whether or not it has been built.
  {
    alias: Object.fromEntries(
      readdirSync('libs').map((lib) => [`#${lib}`, `${root}/libs/${lib}/src`]),
    ),
  },
  { tsConfig: extractTsConfig(`${root}/tsconfig.json`) },
);

for (const { rule, from, to, cycle } of output.summary.violations) {
  const path = cycle ? cycle.map(({ name }) => name).join(' → ') : to;
  console.error(`${rule.name}: ${from}${path === from ? '' : ` → ${path}`}`);
}
const cruised = new Set(output.modules.map(({ source }) => source));
const missed = files.filter((path) => !cruised.has(path));
for (const path of missed) console.error(`not cruised: ${path}`);
console.log(`${files.length - missed.length} of ${files.length} source files checked`);
process.exit(output.summary.violations.length + missed.length > 0 ? 1 : 0);
