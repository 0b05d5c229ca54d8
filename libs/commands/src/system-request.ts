import type { SystemActor } from '#domain/events.js';
import type { NewId } from '#domain/ids.js';
import type { CommandRequest } from './request.js';

/**
 * A command of the service itself; what belongs together has one correlation id.
 *
 * @param cause id of the event it follows from, where there is one.
 */
export const systemRequest = (id: SystemActor, newId: NewId, cause?: string): CommandRequest => ({
  actor: { kind: 'system', id, via: 'internal' },
  correlationId: newId('command'),
  ...(cause === undefined ? {} : { causationId: cause }),
});
