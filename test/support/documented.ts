/** Commands that a document tells people to run, run. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The blocks of shell commands below a heading, up to the next one. */
export function commandsBelow(file: string, heading: string): readonly string[] {
  const sections = readFileSync(file, 'utf8').split(/^#+ /m);
  const section = sections.find((one) => one.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, commands]) => commands!);
}

/** All of them, from a heading on, whatever its level. */
export function commandsFrom(file: string, heading: string): readonly string[] {
  const [, ...after] = readFileSync(file, 'utf8').split(`# ${heading}\n`);
  return [...after.join('').matchAll(/^```sh\n([^]*?)^```/gm)].map(([, commands]) => commands!);
}

/** What they print; throws at the first that fails. */
export async function shell(
  commands: string | undefined,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  if (commands === undefined) throw new Error('the document has no such commands');
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, npm_config_offline: 'true', ...environment };
  return (await run('bash', ['-euc', commands], { env, timeout: 120_000 })).stdout;
}
