import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json, from the sources as from the build. */
export function projectRoot(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return join(here, here.includes(join('dist', 'apps')) ? '../../../..' : '../../..');
}
