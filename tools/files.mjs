import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** The folders that hold sources, as tsconfig.json includes them. */
export const sourceFolders = [
  'apps',
  'libs',
  'test',
  'tools',
  'docs/example-service',
  'docs/example-subscriber',
];

/** Where the client's package is built: it is published as it stands there. */
export const clientOutput = 'libs/client/dist';

/** Every file below a folder, relative to the root and sorted; none when the folder is missing. */
export const filesBelow = (folder) =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
        .filter((path) => !path.includes('node_modules/'))
        .sort()
    : [];

/** Every TypeScript source that is compiled, relative to the root. */
export const typescriptSources = () =>
  sourceFolders.flatMap(filesBelow).filter((path) => /\.ts$/.test(path) && !/\.d\.ts$/.test(path));
