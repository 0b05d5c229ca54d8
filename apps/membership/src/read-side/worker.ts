/** The thread of the read side: begun by the service, and ended when that ends. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Config } from '../config.js';
import { serveReadSide } from './read-side.js';

if (parentPort === null) throw new Error('this is run as a thread of the service');
serveReadSide(parentPort, workerData as Config);
