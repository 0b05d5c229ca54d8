/** `membership events | verify | heads`: only read the event log, beside a running service too. */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Recorded } from '#domain/events.js';
import { verifyExport } from '#eventlog/chain-export.js';
import { exportHeads, verify, type Heads } from '#eventlog/chain.js';
import type { EventLog } from '#eventlog/event-log.js';
import { readSetting } from '../../membership/src/config.js';
import { FILES } from '../../membership/src/files.js';
import { logOf } from '../../membership/src/installation.js';
import { checkMoved } from '../../membership/src/moved.js';
import { counted } from './counted.js';
import { dataDirOf, withData, type DataOptions } from './data.js';

/** Milliseconds between two looks at what the service has appended. */
const LOOK = 250;

/**
 * Opens the log there is, to be read only; a missing one is an error, never made. A folder that is
 * named is read as it is, be it a backup or what was left behind.
 */
async function withLog<T>(
  options: DataOptions,
  work: (log: EventLog, refresh?: () => void) => Promise<T>,
): Promise<T> {
  const folder = dataDirOf(options);
  const url =
    options.dataDir === undefined ? readSetting('EVENTSTORE_URL', process.env) : undefined;
  if (url === undefined && !existsSync(join(folder, FILES.events))) {
    throw new Error(`there is no event log in ${folder}; give --data-dir, or set DATA_DIR`);
  }
  const config = { DATA_DIR: folder, EVENTSTORE_URL: url };
  if (options.dataDir === undefined) checkMoved(config, ['EVENTSTORE_URL']);
  const { log, refresh } = await logOf(config, { readonly: true });
  try {
    return await work(log, refresh);
  } finally {
    await log.close();
  }
}

export const eventsCommand = (): Command =>
  withData(new Command('events'))
    .description('Print events as JSON lines; personal data stays sealed')
    .option('--stream <name>', 'of one stream, such as organization-acme')
    .option('--tail', 'go on as new events come, until interrupted')
    .action(async (options: DataOptions & { stream?: string; tail?: boolean }) => {
      const { stream, tail } = options;
      await withLog(options, async (log, refresh) => {
        if (tail)
          await follow(log, refresh, (one) => stream === undefined || one.stream === stream);
        else if (stream === undefined) await printAll(log);
        else await printStream(log, stream);
      });
    });

async function follow(
  log: EventLog,
  refresh: (() => void) | undefined,
  isWanted: (one: Recorded) => boolean,
): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const looking = refresh && setInterval(refresh, LOOK);
  try {
    for await (const batch of log.follow(null, stop.signal)) batch.filter(isWanted).forEach(print);
  } finally {
    clearInterval(looking);
  }
}

async function printAll(log: EventLog): Promise<void> {
  const head = await log.head();
  if (head === null) return;
  for await (const batch of log.follow(null, new AbortController().signal)) {
    batch.forEach(print);
    if ((batch.at(-1)?.position ?? head) >= head) return;
  }
}

async function printStream(log: EventLog, stream: string): Promise<void> {
  if ((await log.last(stream)) === undefined) {
    throw new Error(`the log has no stream ${stream}; organizations are organization-<id>`);
  }
  for await (const batch of log.read(stream)) batch.forEach(print);
}

const print = ({ position, ...recorded }: Recorded): void => {
  console.log(JSON.stringify({ position: String(position), ...recorded }));
};

export const verifyCommand = (): Command =>
  withData(new Command('verify'))
    .description('Check every chain of the log; 1 if anything is found')
    .option('--heads <file>', 'ends of all streams exported earlier by "membership heads"')
    .option(
      '--export <file>',
      'check this chain export of an audit log instead (needs neither log nor keys; -: standard input)',
    )
    .action(async (options: DataOptions & { heads?: string; export?: string }) => {
      const heads = options.heads === undefined ? {} : { heads: headsIn(options.heads) };
      const report =
        options.export === undefined
          ? await withLog(options, (log) => verify(log, heads))
          : await verifyExport(textOf(options.export), heads);
      const { findings, more, unknown } = report;
      for (const { stream, revision, problem, detail } of findings) {
        const where = stream === '' ? '' : ` ${stream}/${revision}`;
        console.error(`${problem}${where}: ${detail}`);
      }
      if (more > 0) console.error(`and ${more} more`);
      if ('ends' in report) {
        for (const [stream, revision] of report.ends) console.log(`${stream}, 0 to ${revision}`);
        console.log(`${counted(report.events, 'event')} in the file`);
      } else {
        const events = counted(report.events, 'event');
        const streams = counted(report.streams, 'stream');
        console.log(`${events} in ${streams} of log ${report.log}`);
      }
      console.log(
        findings.length === 0 ? 'every chain is whole' : counted(findings.length + more, 'finding'),
      );
      for (const sentence of unknown) console.log(`not known: ${sentence}`);
      if (findings.length > 0) process.exitCode = 1;
    });

/** @throws Error for what can't be read. */
async function* textOf(file: string): AsyncGenerator<string> {
  const text = file === '-' ? process.stdin : createReadStream(file);
  try {
    for await (const piece of text.setEncoding('utf8')) yield piece as string;
  } catch {
    throw new Error(`${file} can't be read; give a chain export of an audit log`);
  }
}

/** @throws Error for what "membership heads" has not written. */
function headsIn(file: string): Heads {
  let read: Partial<Heads> | null;
  try {
    read = JSON.parse(readFileSync(file, 'utf8')) as Partial<Heads> | null;
  } catch {
    throw new Error(`${file} can't be read; give the file that "membership heads" has written`);
  }
  if (typeof read?.log === 'string' && Array.isArray(read.heads)) return read as Heads;
  throw new Error(`${file} holds no heads; give the file that "membership heads" has written`);
}

export const headsCommand = (): Command =>
  withData(new Command('heads'))
    .description('Print the end of every stream; keep it where the log can not reach')
    .action(async (options: DataOptions) => {
      console.log(JSON.stringify(await withLog(options, exportHeads), undefined, 2));
    });
