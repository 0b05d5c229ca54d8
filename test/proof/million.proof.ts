/**
 * A million calls on one connection of HTTP, a million on one channel of gRPC, and a million questions
 * on one stream of it: each is answered as it has to be, and the service takes no more memory in the
 * end than it did in the beginning.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { GrpcClient } from '../support/grpc.js';
import { freePort, RunningService, scaled, type Session } from './support/running.js';

const CALLS = scaled(1_000_000);
/** Parts of them; memory is looked at after each. */
const PARTS = 20;
/** What is taken after a collection may differ by so many bytes between the second and the last
 * quarter, in which half of the calls lie between: 20 bytes a call would be told. */
const MOST = { heap: 10 * 2 ** 20, rss: 48 * 2 ** 20 } as const;
/** Milliseconds that all calls of one kind may take. */
const PATIENCE = 4 * 60 * 60_000;
/** Calls of gRPC under way at a time. */
const TOGETHER = 32;
const CHECK = '/membership.v1.AccessService/Check';
const STREAM = '/membership.v1.AccessService/CheckStream';

interface Memory {
  readonly heap: number;
  readonly rss: number;
}
/** A question, and what it has to be answered with. */
interface Asked {
  readonly question: Record<string, string>;
  readonly expected: string;
}

/** Counts the connections it makes: there is never more than one at a time. */
class Connection extends Agent {
  made = 0;

  constructor() {
    super({ keepAlive: true, maxSockets: 1 });
  }

  override createConnection(...given: Parameters<Agent['createConnection']>) {
    this.made += 1;
    return super.createConnection(...given);
  }
}

const connection = new Connection();
const service = new RunningService(connection);
const file = join(service.directory, 'memory.json');
let address: string;
let ada: Session;

beforeAll(async () => {
  const port = await freePort();
  address = `127.0.0.1:${port}`;
  const loaded = join(import.meta.dirname, 'support/memory.mjs');
  await service.start({
    GRPC_PORT: String(port),
    MEMORY_FILE: file,
    NODE_OPTIONS: `--import=${loaded}`,
  });
  ada = await service.signIn('ada');
  const acme = { id: 'acme', name: 'Acme', catalogue: 'vygl' };
  expect((await ada.call('POST', '/organizations', acme)).status).toBe(201);
});
afterAll(() => service.dispose());

const memory = async (): Promise<Memory> => {
  rmSync(file, { force: true });
  process.kill(service.pid!, 'SIGUSR2');
  for (let tries = 0; !existsSync(file); tries += 1) {
    if (tries > 3000) throw new Error('it did not say what it takes');
    await sleep(10);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Memory;
};

/** Allowed, denied, of nobody (each time another one), and of no organization. */
function asked(n: number): Asked {
  const principal = `user:${ada.email}`;
  const question = { principal, organization: 'acme', permission: 'scans:run' };
  const nobody = `mem_${String(n).padStart(26, '0')}`;
  switch (n % 4) {
    case 0:
      return { question, expected: 'granted' };
    case 1:
      return {
        question: { ...question, space: `space_${'0'.repeat(26)}` },
        expected: 'space_not_found',
      };
    case 2:
      return { question: { ...question, principal: nobody }, expected: 'no_membership' };
    default:
      return {
        question: { ...question, organization: `nowhere_${n}` },
        expected: 'organization.not_found',
      };
  }
}

/** Asks them all, part by part, each with a token that is good for long enough. */
async function asks(
  name: string,
  together: number,
  ask: (one: Asked, token: string) => Promise<void>,
) {
  const memories: Memory[] = [];
  const begun = performance.now();
  for (let part = 0; part < PARTS; part += 1) {
    const [first, end] = [part, part + 1].map((one) => Math.round((one * CALLS) / PARTS));
    const { token } = await service.signIn('ada');
    let next = first!;
    const lane = async (): Promise<void> => {
      while (next < end!) await ask(asked(next++), token);
    };
    await Promise.all(Array.from({ length: together }, lane));
    memories.push(await memory());
  }
  const rate = CALLS / ((performance.now() - begun) / 1000);
  const shown = memories.map(({ heap, rss }) => `${mebi(heap)}/${mebi(rss)}`).join(' ');
  console.log(`${CALLS} calls, ${name}: ${rate.toFixed(0)}/s; heap/RSS in MiB: ${shown}`);
  for (const kind of ['heap', 'rss'] as const) {
    const taken = memories.map((one) => one[kind]);
    const quarter = PARTS / 4;
    const grown = median(taken.slice(-quarter)) - median(taken.slice(quarter, 2 * quarter));
    expect([kind, grown, grown <= MOST[kind]]).toEqual([kind, grown, true]);
  }
}

const mebi = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

test(
  'on one connection of HTTP',
  async () => {
    // Those by which it was waited for are over.
    connection.destroy();
    connection.made = 0;
    await asks('one connection of HTTP', 1, async ({ question, expected }, token) => {
      const authorization = `Bearer ${token}`;
      const { body } = await service.send('POST', '/api/v1/access/check', question, {
        authorization,
      });
      if ((body.reason ?? body.code) !== expected)
        throw new Error(JSON.stringify([question, body]));
    });
    expect(connection.made).toBe(1);
  },
  PATIENCE,
);

test(
  'on one channel of gRPC',
  async () => {
    const client = new GrpcClient(address);
    await asks('one channel of gRPC', TOGETHER, async ({ question, expected }, token) => {
      const { code, body } = await client.as(token).call(CHECK, question);
      if ((code === 'ok' ? body['reason'] : code) !== expected) {
        throw new Error(JSON.stringify([question, code, body]));
      }
    });
    client.close();
  },
  PATIENCE,
);

/** What is told of one question of a stream. */
interface Answered {
  readonly answer?: { readonly reason: string } | null;
  readonly refusal?: { readonly code: number } | null;
}

test(
  'on one stream of gRPC',
  async () => {
    const client = new GrpcClient(address);
    const { token } = await service.signIn('ada');
    const stream = client.as(token).converse(STREAM, { deadline: PATIENCE });
    const waiting: ((answered: Answered) => void)[] = [];
    stream.on('data', (answered: Answered) => waiting.shift()!(answered));
    const failed = new Promise<never>((_, reject) => {
      stream.on('error', reject);
    });
    const asking = asks('one stream of gRPC', TOGETHER, async ({ question, expected }) => {
      const { answer, refusal } = await new Promise<Answered>((resolve) => {
        waiting.push(resolve);
        stream.write({ id: 'one', check: question });
      });
      const told = answer?.reason ?? (refusal?.code === 5 ? 'organization.not_found' : refusal);
      if (told !== expected) throw new Error(JSON.stringify([question, answer, refusal]));
    });
    await Promise.race([asking, failed]);
    stream.end();
    client.close();
  },
  PATIENCE,
);
