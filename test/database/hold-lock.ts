// Child of lock.spec.ts: holds the lock of a directory until it is killed.
import { writeSync } from 'node:fs';
import { lockDirectory } from '#database/lock.js';

const [directory = ''] = process.argv.slice(2);
lockDirectory(directory);
writeSync(1, 'held\n');
setInterval(() => undefined, 1000);
