/** The probes of `test/engines/eventstoredb`, and what a real server answered. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const folder = join(import.meta.dirname, '../../engines/eventstoredb');

export const PROBES = ['semantics', 'reads', 'subscriptions', 'values'];

/** What the probe prints of the server at `url`. */
export const printedBy = async (probe: string, url: string): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, `${probe}.cjs`)], {
    env: { ...process.env, EVENTSTORE_URL: url },
    timeout: 120_000,
  });
  return stdout;
};

export const recordedOf = (probe: string): string =>
  readFileSync(join(folder, `${probe}.recorded.txt`), 'utf8');
