/**
 * `npm run requests [-- docs/requests/members.http …]`: runs request files, all of them where none is
 * named, against the service at MEMBERSHIP_URL or on this machine, and shows what it answers.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runHttpFile } from './http-file.js';

const FOLDER = 'docs/requests';
/** Characters of an answer that are shown. */
const SHOWN = 600;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const url =
  process.env['MEMBERSHIP_URL'] ?? `http://127.0.0.1:${process.env['HTTP_PORT'] ?? '3000'}`;
const named = process.argv.slice(2);
const files = named.length > 0 ? named : readdirSync(FOLDER).map((name) => join(FOLDER, name));

const isThere = await fetch(`${url}/health/live`).then(
  () => true,
  () => false,
);
if (!isThere) {
  console.error(
    `No service answers at ${url}. Start it with \`npm start\`, or set MEMBERSHIP_URL.`,
  );
  process.exit(1);
}

for (const file of files) {
  say(`\n== ${file}`);
  for (const { title, request, status, isExpected, body } of await runHttpFile(file, url)) {
    const rest = body.length > SHOWN ? ' …' : '';
    say(
      `\n${isExpected ? '' : 'NOT EXPECTED: '}${title}\n${request}\n${status} ${body.slice(0, SHOWN)}${rest}`,
    );
    if (!isExpected) process.exitCode = 1;
  }
}
