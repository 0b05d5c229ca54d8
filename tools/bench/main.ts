/**
 * `npm run bench`: what was measured, on which machine and engine. `npm run bench -- http` runs one
 * part; `BENCH_SECONDS` is how long each figure is measured. Judges nothing.
 */
import { cpus, totalmem } from 'node:os';
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
  `${cpus().length} × ${cpu?.model ?? 'unknown'}, ${whole(totalmem() / 2 ** 30)} GiB, Node ${process.version}, embedded engine (SQLite)`,
);

const parts: Readonly<Record<string, () => Promise<unknown>>> = {
  http: async () => {
    console.log(
      `${'over HTTP, 64 connections'.padEnd(44)} ${'rate'.padStart(14)}        p50        p99`,
    );
    await benchHttp(seconds, print);
  },
  log: async () => import('./log.js'),
  access: async () => import('./access.js'),
  past: async () => import('./past.js'),
};

const wanted = part === undefined ? Object.values(parts) : [parts[part]];
for (const run of wanted) {
  if (run === undefined) {
    console.error(`There is no part ${part}; there are ${Object.keys(parts).join(', ')}.`);
    process.exit(1);
  }
  await run();
}
