/** The server double of the tests as a process of its own; says where it is, and ends with its parent. */
import { EventStoreDouble } from '../../../test/support/eventstoredb/server.js';

const double = await EventStoreDouble.start();
process.send?.(double.url);
process.on('disconnect', () => process.exit(0));
