/** The servers that the suites of this folder run on, each by the variable that names it. */
import { test } from '@jest/globals';

/** What `.ci/run` starts: there nothing is skipped for want of it. */
const STARTED = ['POSTGRES_URL', 'KAFKA_BROKERS'];

/** Runs a suite on the server that is named; where none is, it is skipped and says why. */
export async function onServer(
  variable: 'POSTGRES_URL' | 'KAFKA_BROKERS' | 'EVENTSTORE_URL',
  suite: (address: string) => void | Promise<void>,
): Promise<void> {
  const address = process.env[variable];
  if (address) return suite(address);
  const reason = `skipped: ${variable} names no server`;
  if (process.env['CI'] && STARTED.includes(variable)) throw new Error(reason);
  console.log(reason);
  test.skip(reason, () => undefined);
}
