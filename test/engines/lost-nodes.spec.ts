/** However the node that writes is lost, another goes on within ten seconds: each lock of a node is
 * held as this one. */
import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PostgresReadStore } from '#readstore/postgres-store.js';
import { PostgresCluster } from '../../tools/engines/postgres.mjs';
import { dropSchema, freshSchema, urlOf } from '../support/postgres.js';
import { eventually } from '../support/service.js';
import { Apart } from './support/apart.js';
import { onServer } from './support/servers.js';

const HOLDER = join(import.meta.dirname, 'hold-writer.ts');
const LOADER = join(import.meta.dirname, '../eventlog/typescript.mjs');
const ENV = { ...process.env, WITH_KYSELY: '1' };
/** Milliseconds; whoever lives may have nothing to write for longer than it may be silent. */
const NOTHING_TO_DO = 8_000;

await onServer('POSTGRES_URL', () => {
  let schema: string;
  let holder: ChildProcess;
  let told = '';
  beforeEach(() => {
    schema = freshSchema();
    told = '';
  });
  afterEach(() => void holder.kill('SIGKILL'));

  const holding = async (started: ChildProcess) => {
    holder = started;
    holder.stdout?.on('data', (bytes: Buffer) => (told += bytes.toString()));
    await says('held');
  };
  const says = (word: string) => eventually(() => told.includes(word) || undefined, word, 60_000);
  const here = (url: string) =>
    spawn(process.execPath, parameters(url), { env: ENV, stdio: ['ignore', 'pipe', 'inherit'] });
  const parameters = (url: string) => ['--import', LOADER, HOLDER, url, schema];

  /** The one that stands by holds the lock, within ten seconds of what `loses` the other. */
  const goesOn = async (url: string, loses: () => void, before = 0) => {
    const store = await PostgresReadStore.open({ url, schema, connections: 2 });
    try {
      const writer = store.writer('projections');
      let stood = 0;
      const held = writer.acquire(() => void (stood += 1), AbortSignal.timeout(60_000));
      await eventually(() => stood > 0 || undefined, 'standing by');
      await sleep(before);
      expect(writer.isHeld).toBe(false);
      const begun = performance.now();
      loses();
      await held;
      expect(writer.isHeld).toBe(true);
      expect(performance.now() - begun).toBeLessThan(10_000);
    } finally {
      await store.close();
      await dropSchema(schema, url);
    }
  };

  describe('another node goes on', () => {
    test('when the one that writes is killed', async () => {
      await holding(here(urlOf()));
      await goesOn(urlOf(), () => holder.kill('SIGKILL'));
    });

    test('when it stands still, though not while it has nothing to do; and it knows, once it goes on', async () => {
      await holding(here(urlOf()));
      await goesOn(urlOf(), () => holder.kill('SIGSTOP'), NOTHING_TO_DO);
      expect(told).not.toContain('lost');
      holder.kill('SIGCONT');
      await says('lost');
    });

    const missing = Apart.missing();
    if (missing !== undefined) console.log(missing);
    const apart = missing === undefined ? test : test.skip;
    apart(`when it is cut off, and it knows${missing ? `; ${missing}` : ''}`, async () => {
      const machine = new Apart();
      const listening = { listen_addresses: `127.0.0.1,${machine.here}` };
      const cluster = await PostgresCluster.start(listening);
      try {
        appendFileSync(
          join(cluster.data, 'pg_hba.conf'),
          `host all all ${machine.there}/32 trust\n`,
        );
        cluster.end();
        cluster.begin();
        const url = cluster.url.replace('127.0.0.1', machine.here);
        await holding(machine.spawn(process.execPath, parameters(url), ENV));
        await goesOn(cluster.url, () => machine.pull());
        await says('lost');
      } finally {
        holder.kill('SIGKILL');
        cluster.remove();
        machine.remove();
      }
    });
  });
});
