// Loaded into the service (`--import`): on SIGUSR2 it collects garbage, and writes what it takes in
// memory into the file that MEMORY_FILE names; in bytes.
import { renameSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

const file = process.env['MEMORY_FILE'];
if (isMainThread && file !== undefined) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  process.on('SIGUSR2', () => {
    collect();
    collect();
    const { rss, heapUsed, external } = process.memoryUsage();
    writeFileSync(`${file}.part`, JSON.stringify({ rss, heap: heapUsed + external }));
    renameSync(`${file}.part`, file);
  });
}
