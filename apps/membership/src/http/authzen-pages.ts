/**
 * Pages of searches. A token is good for the very request that it was given to: what was asked, down
 * to what is not looked at, and how many at a time. It begins with that number, which need not be said
 * again.
 */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import canonicalize from 'canonicalize';
import type { FastifyRequest } from 'fastify';
import { Refusal, refuse } from '#domain/refusals.js';
import { LIMIT, type Page, type PageRequest } from '#queries/pages.js';
import type { PageAnswer, SearchPage } from './authzen-search-bodies.js';
import { errorOf, isNotFound } from './authzen-words.js';

/** A search as it came, whatever of it is read. */
export interface SentSearch {
  readonly page?: object;
}
export const Sent = createParamDecorator(
  (_: unknown, context: ExecutionContext): unknown =>
    context.switchToHttp().getRequest<FastifyRequest>().body,
);

interface Found<Row> {
  readonly page: PageAnswer;
  readonly context?: { readonly error: ReturnType<typeof errorOf> };
  readonly results: readonly Row[];
}

export const NOTHING = { page: { next_token: '', count: 0 }, results: [] } as const;

/** Where there is nothing to search, nothing is found. Refuses `cursor.invalid`. */
export async function search<Row>(
  sent: SentSearch,
  asked: SearchPage | undefined,
  ask: (request: PageRequest) => Promise<Page<Row>>,
): Promise<Found<Row>> {
  const { limit, cursor } = begunWith(asked);
  const { page, ...entities } = sent;
  const alsoOf = canonicalize({ ...entities, page: { ...page, limit, token: undefined } })!;
  try {
    const { items, nextCursor } = await ask({
      alsoOf,
      ...(limit === undefined ? {} : { limit: Math.min(Math.max(limit, 1), LIMIT.most) }),
      ...(cursor ? { cursor } : {}),
    });
    const results = limit === 0 ? [] : items;
    // Whoever asks for no result has had them all.
    const isMore = nextCursor !== undefined && limit !== 0;
    const next_token = isMore ? `${limit ?? ''}.${nextCursor}` : '';
    return { page: { next_token, count: results.length }, results };
  } catch (error) {
    if (isNotFound(error)) return { ...NOTHING, context: { error: errorOf(error) } };
    if (error instanceof Refusal && error.code === 'cursor.invalid') return changed();
    throw error;
  }
}

function begunWith({ token, limit }: SearchPage = {}): {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
} {
  if (token === undefined) return { limit };
  const [, before, cursor] = /^(\d{0,16})\.(.+)$/.exec(token) ?? changed();
  const begun = before ? Number(before) : undefined;
  if (limit !== undefined && limit !== begun) changed();
  return { limit: begun, cursor };
}

const changed = (): never =>
  refuse('cursor.invalid', 'Use next_token with the request that it was the answer to.', [
    { pointer: '/page/token', detail: 'is not of this request' },
  ]);
