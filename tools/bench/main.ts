/**
 * `npm run bench`: what was measured, on which machine and engine, and how busy others kept it.
 * `npm run bench -- http` runs one part; `BENCH_SECONDS` is how long each figure is measured. Judges
 * nothing.
 */
import { cpus, loadavg, totalmem } from 'node:os';
import { compile } from '#catalogues/compile.js';
import { readCatalogueFile } from '#catalogues/load.js';
import { benchAccess } from './access.js';
import { benchEngines } from './engines.js';
import { PEERS } from './peers/peers.js';
import { benchHttp, type Figure } from './http.js';

const seconds = Number(process.env['BENCH_SECONDS'] ?? 5);
const [part] = process.argv.slice(2);

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const milliseconds = (value: number | undefined): string =>
  value === undefined ? '' : `${value.toFixed(1)} ms`;

function print({ what, perSecond, p50, p99, milliseconds: time, share, ofRaw }: Figure): void {
  const rate = perSecond === undefined ? '' : `${whole(perSecond)}/s`;
  const plain = time === undefined ? share?.toFixed(2) : whole(time);
  const figures = [(plain ?? rate).padStart(14), milliseconds(p50), milliseconds(p99)];
  const ratio = ofRaw === undefined ? '' : `  ${ofRaw.toFixed(2)} × raw`;
  console.log(`${what.padEnd(44)} ${figures.map((one) => one.padStart(10)).join(' ')}${ratio}`);
}

const [cpu] = cpus();
console.log(
  `${cpus().length} × ${cpu?.model ?? 'unknown'}, ${whole(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${part === 'engines' ? 'engines as told below' : 'embedded engine (SQLite)'}, load before ${loadavg()[0]!.toFixed(1)}`,
);

/**
 * What the variables mean stands in docs/access.md. Asks all of `PEERS`, or those of which `BENCH_PEERS` has a part of the name (`casbin,cerbos`;
 * `none`). They are brought onto this machine when they are asked: see peers/fetched.ts.
 */
async function benchAccessByEnvironment(): Promise<void> {
  const {
    BENCH_SIZE,
    BENCH_CATALOGUE,
    BENCH_QUESTIONS,
    BENCH_PEERS,
    BENCH_MEMBERSHIPS,
    BENCH_STARTED,
    BENCH_WARM_UP,
  } = process.env;
  const [organizations = 10, members = 1000] = (BENCH_SIZE ?? '10x1000').split('x').map(Number);
  const named = (BENCH_PEERS ?? '').toLowerCase().split(',');
  const { content } = readCatalogueFile(`catalogues/${BENCH_CATALOGUE ?? 'mondoo'}.yaml`);
  if (content === undefined) throw new Error('There is no such catalogue.');
  await benchAccess(
    {
      catalogue: compile(content),
      shape: { organizations, members },
      questions: Number(BENCH_QUESTIONS ?? 2000),
      times: { warmUp: Number(BENCH_WARM_UP ?? 10), seconds },
      peers: PEERS.filter(({ name }) => named.some((part) => name.toLowerCase().includes(part))),
      memberships: (BENCH_MEMBERSHIPS ?? '10000,100000,1000000,10000000').split(',').map(Number),
      isServed: true,
      started: Number(BENCH_STARTED ?? 1_000_000),
    },
    (line) => console.log(line),
  );
}

/** What the variables mean stands in docs/operations.md. */
async function benchEnginesByEnvironment(): Promise<void> {
  const { BENCH_WARM_UP, BENCH_EVENTS, BENCH_PEERS = '' } = process.env;
  const times = { warmUp: Number(BENCH_WARM_UP ?? 10), seconds };
  const events = Number(BENCH_EVENTS ?? 1_000_000);
  const isAsked = (name: string) =>
    name.startsWith('membership') || BENCH_PEERS.split(',').some((part) => name.includes(part));
  await benchEngines({ times, events, isAsked }, (line) => console.log(line));
}

const parts: Readonly<Record<string, () => Promise<unknown>>> = {
  http: async () => {
    console.log(
      `${'over HTTP, 64 connections'.padEnd(44)} ${'rate'.padStart(14)}        p50        p99`,
    );
    await benchHttp(seconds, print);
  },
  log: async () => import('./log.js'),
  access: benchAccessByEnvironment,
  past: async () => import('./past.js'),
  engines: benchEnginesByEnvironment,
};

const wanted = part === undefined ? Object.values(parts) : [parts[part]];
for (const run of wanted) {
  if (run === undefined) {
    console.error(`There is no part ${part}; there are ${Object.keys(parts).join(', ')}.`);
    process.exit(1);
  }
  await run();
}
