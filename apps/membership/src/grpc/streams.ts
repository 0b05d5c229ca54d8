/** Calls that go on: questions as they come, and what happens as it happens. */
import { setTimeout as delay } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import type { OrganizationId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { writeRevision } from '#queries/revisions.js';
import { failureOf } from './failures.js';
import type { Incoming } from './incoming.js';
import type { News } from '#eventlog/news.js';
import type { Operations } from './operations.js';

type Plain = { readonly [field: string]: unknown };

/** A call that goes on, as the transport has it. */
export interface Stream {
  readonly call: Incoming;
  /** Aborted when the caller leaves, or the service stops. */
  readonly signal: AbortSignal;
  /** Resolves when there is room for the next: a caller who does not read is waited for. */
  readonly send: (answer: object) => Promise<void>;
}

/** `CheckStream`: each question as one of its own, with the credentials as they are then. */
export async function checkStream(
  operations: Operations,
  stream: Stream,
  questions: AsyncIterable<Plain>,
): Promise<void> {
  for await (const { id = '', check = {} } of questions) {
    await stream.send({ id, ...(await answered(operations, stream.call, check as Plain)) });
  }
}

/** A refusal is an answer, unless it is of the caller as such. */
async function answered(operations: Operations, call: Incoming, check: Plain): Promise<object> {
  try {
    return { answer: await operations.carryOut('checkAccess', check, call) };
  } catch (error) {
    const { isUnexpected, ...refusal } = failureOf(error, call.request);
    if (isUnexpected || refusal.code === status.UNAUTHENTICATED) throw error;
    return { refusal };
  }
}

/** What the operation tells, message by message, for as long as it goes on. */
export async function watch(
  operations: Operations,
  operation: string,
  question: Plain,
  { call, send }: Stream,
): Promise<void> {
  const messages = await operations.carryOut(operation, question, call);
  for await (const message of messages as AsyncIterable<object>) await send(message);
}

/** Entries that are read at a time. */
const PAGE = 100;
/** Milliseconds after which one who waits for news is asked again who they are. */
const RECHECK = 60_000;
/** Milliseconds a read model that is behind is given. */
const BEHIND = 500;

interface Entries {
  readonly items: readonly { readonly streamRevision: number }[];
  readonly nextCursor?: string;
}

/** `Tail`: the audit log, read on whenever something has happened; who may not any more is told. */
export async function tail(
  operations: Operations,
  news: News,
  question: Plain,
  stream: Stream,
): Promise<void> {
  const { after, beginning, ...filters } = question;
  const ask = async (more: Plain): Promise<Entries> => {
    const asked = { ...filters, order: 'oldest', limit: PAGE, ...more };
    return (await operations.carryOut('listAudit', asked, stream.call)) as Entries;
  };
  // Whoever may not see it learns nothing, not even that something happens.
  await ask({ limit: 1, ...(after === undefined ? {} : { after }) });
  const organization = String(question['organization']) as OrganizationId;
  const heard = await news.of(organization);
  try {
    let from = beginning === true ? writeRevision(organization, -1) : after;
    from ??= writeRevision(organization, heard.revision);
    while (!stream.signal.aborted) {
      const known = heard.revision;
      const atLeast = known < 0 ? {} : { atLeast: writeRevision(organization, known) };
      const page = await ask({ after: from, ...atLeast }).catch(orBehind);
      if (page === undefined) {
        await delay(BEHIND, undefined, { signal: stream.signal }).catch(() => undefined);
        continue;
      }
      for (const entry of page.items) await stream.send({ entry });
      const last = page.items.at(-1)?.streamRevision ?? -1;
      const isAll = page.nextCursor === undefined;
      const reached = isAll ? Math.max(last, known) : last;
      if (reached >= 0) from = writeRevision(organization, reached);
      if (isAll) await heard.beyond(known, RECHECK, stream.signal);
    }
  } finally {
    heard.end();
  }
}

function orBehind(error: unknown): undefined {
  if (error instanceof Refusal && error.code === 'read.not_yet') return undefined;
  throw error;
}
