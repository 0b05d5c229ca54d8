import { AppendTooLarge, type EncodedEvent, LIMITS } from './event-log.js';

/**
 * The bodies of an append that may be tried: one stream, in order, chained, within `LIMITS`. Throws
 * `TypeError` or `AppendTooLarge`.
 */
export const checked = (events: readonly EncodedEvent[]): Buffer[] => {
  const [first] = events;
  if (first === undefined) throw new TypeError('an append holds at least one event');
  if (events.length > LIMITS.appendEvents) {
    throw new AppendTooLarge(`${events.length} events, at most ${LIMITS.appendEvents} fit`);
  }
  let bytes = 0;
  return events.map(({ stream, revision, canonical, event, metadata, dataBytes }, index) => {
    if (stream !== first.stream || revision !== first.revision + index) {
      throw new TypeError('the events of an append follow one another in one stream');
    }
    if (index > 0 && metadata.previousHash !== events[index - 1]?.metadata.hash) {
      throw new TypeError('the events of an append are chained to one another');
    }
    const body = Buffer.from(canonical);
    const limit =
      event.type === 'catalogue.publish' ? LIMITS.catalogueEventBytes : LIMITS.eventBytes;
    if (body.length > limit) {
      throw new AppendTooLarge(`${event.type} of ${body.length} bytes, at most ${limit} fit`);
    }
    bytes += dataBytes;
    if (bytes > LIMITS.appendBytes) {
      throw new AppendTooLarge(`over ${LIMITS.appendBytes} bytes of data in one append`);
    }
    return body;
  });
};
