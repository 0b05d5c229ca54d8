/** What is sent as fast as it is read: nothing piles up for one who reads slowly, or never. */
import { once, type EventEmitter } from 'node:events';
import { refuse } from '#domain/refusals.js';

/** Milliseconds for which everything that was sent may wait to be read. */
const PATIENCE = 10_000;

/**
 * Resolves once there is room for more. Refuses `stream.too_slow`; throws what the signal was
 * aborted with.
 */
export async function roomIn(stream: EventEmitter, signal: AbortSignal): Promise<void> {
  const given = new AbortController();
  const timer = setTimeout(() => given.abort(), PATIENCE);
  const left = (): void => given.abort();
  signal.addEventListener('abort', left);
  try {
    signal.throwIfAborted();
    await once(stream, 'drain', { signal: given.signal });
  } catch {
    signal.throwIfAborted();
    refuse('stream.too_slow', 'What was sent is not read; begin again where you had come to.');
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', left);
  }
}
