/**
 * `npm run tour`: the life of an organization on each of the five catalogues, told against the
 * running service. Ends with exit code 1 at the first answer that is not the expected one.
 */
import { STORIES } from './stories.js';
import { request } from './client.js';
import { Story } from './story.js';

const url = process.env['MEMBERSHIP_URL'] ?? `http://127.0.0.1:${process.env['HTTP_PORT'] ?? 3000}`;

const isThere = async (): Promise<boolean> =>
  request(url, 'GET', '/health/ready').then(
    ({ status }) => status === 200,
    () => false,
  );

if (!(await isThere())) {
  console.error(
    `No service answers at ${url}. Start it with \`npm start\`, or set MEMBERSHIP_URL.`,
  );
  process.exit(1);
}

const only = process.argv[2];
const run = Date.now().toString(36);
let told = 0;
for (const [catalogue, tell] of STORIES) {
  if (only !== undefined && only !== catalogue) continue;
  console.log(`\n${catalogue}`);
  try {
    await tell(new Story(url, catalogue, (line) => console.log(line), run));
    told++;
  } catch (error) {
    console.error(`\n✗ ${catalogue}: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}
if (told === 0) {
  console.error(`There is no story about ${only}.`);
  process.exit(1);
}
console.log(`\nAll ${told} stories went as they should.`);
