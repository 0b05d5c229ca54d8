/** The calls that write. */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type * as grpc from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import type shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Fault, Faults } from './faults.js';
import {
  appendResponse,
  batchResponse,
  deletionRefused,
  expectedOf,
  failure,
  proposedEvent,
  streamOf,
} from './messages.js';
import type { Expected, MemoryStore, ProposedEvent } from './store.js';

/** What the calls need of the server they belong to. */
export interface Serving {
  readonly store: MemoryStore;
  readonly faults: Faults;
  /** Ends every connection, as a cable does that is pulled. */
  cut(): void;
}

type Unary<Req, Resp> = (
  call: grpc.ServerUnaryCall<Req, Resp>,
  callback: grpc.sendUnaryData<Resp>,
) => void;

/** What a fault makes of a call before it does anything; `undefined`: nothing. */
export const refusedAtOnce = (fault: Fault | undefined): grpc.ServiceError | undefined => {
  if (fault?.kind === 'not_ready') return failure(status.UNKNOWN, 'Server Is Not Ready');
  if (fault?.kind === 'unavailable') return failure(status.UNAVAILABLE, 'No calls are taken');
  if (fault?.kind === 'unknown_user') return failure(status.UNAUTHENTICATED, 'Unauthenticated');
  if (fault?.kind === 'access_denied') {
    return failure(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });
  }
  if (fault?.kind !== 'not_leader') return undefined;
  return failure(status.NOT_FOUND, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': '127.0.0.1',
    'leader-endpoint-port': String(fault.port),
  });
};

/** Whether a call that goes wrong like this writes all the same. */
const isWritten = (fault: Fault | undefined): boolean =>
  fault === undefined || !('written' in fault) || fault.written !== false;

/** Written, and on disk. */
const flushed = async (store: MemoryStore, { flushing }: Faults): Promise<void> => {
  if (flushing > 0) await pause(flushing);
  else await nextTurn();
  store.flush();
};

export const append =
  ({ store, faults, cut }: Serving) =>
  (
    call: grpc.ServerReadableStream<streams.AppendReq, streams.AppendResp>,
    callback: grpc.sendUnaryData<streams.AppendResp>,
  ): void => {
    const fault = faults.take('append');
    const events: ProposedEvent[] = [];
    let stream = '';
    let expected: Expected = 'any';
    call.on('data', (message: streams.AppendReq) => {
      const options = message.getOptions();
      const proposed = message.getProposedMessage();
      if (options !== undefined) {
        stream = streamOf(options.getStreamIdentifier());
        expected = expectedOf(options);
      }
      if (proposed !== undefined) events.push(proposedEvent(proposed));
      if (events.length > 0 && fault?.kind === 'cut' && !isWritten(fault)) cut();
    });
    call.on('error', () => undefined);
    call.on('end', () => void answer());
    const answer = async () => {
      // A call that was given up ends as well, with a part of what it was to hold.
      await nextTurn();
      if (call.cancelled) return;
      const refused = refusedAtOnce(fault);
      if (refused !== undefined) return callback(refused);
      if (!isWritten(fault)) {
        if (fault?.kind === 'half_close') callback(null, new streams.AppendResp());
        return;
      }
      const result = store.append(stream, expected, events);
      await flushed(store, faults);
      if (fault?.kind === 'cut') return cut();
      if (fault?.kind === 'never') return;
      if (fault?.kind === 'half_close') return callback(null, new streams.AppendResp());
      if (fault?.kind === 'late') await pause(fault.by);
      try {
        callback(null, appendResponse(stream, expected, result));
      } catch (refusal) {
        callback(refusal as grpc.ServiceError);
      }
    };
  };

/** An append that has not come whole. */
interface Incoming {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: ProposedEvent[];
  readonly fault: Fault | undefined;
}

export const batchAppend =
  ({ store, faults, cut }: Serving) =>
  (call: grpc.ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>): void => {
    const incoming = new Map<string, Incoming>();
    call.on('error', () => undefined);
    call.on('end', () => call.end());
    call.on('data', (message: streams.BatchAppendReq) => {
      const correlation = (message.getCorrelationId() as shared.UUID).getString();
      const options = message.getOptions();
      if (options !== undefined) {
        incoming.set(correlation, {
          stream: streamOf(options.getStreamIdentifier()),
          expected: expectedOf(options),
          events: [],
          fault: faults.take('batch'),
        });
      }
      const one = incoming.get(correlation) as Incoming;
      one.events.push(...message.getProposedMessagesList().map(proposedEvent));
      if (one.fault?.kind === 'cut' && !isWritten(one.fault)) return cut();
      if (!message.getIsFinal()) return;
      incoming.delete(correlation);
      void answer(correlation, one);
    });
    const answer = async (correlation: string, { stream, expected, events, fault }: Incoming) => {
      const refused = refusedAtOnce(fault);
      if (refused !== undefined) return void call.emit('error', refused);
      if (!isWritten(fault)) return fault?.kind === 'half_close' ? void call.end() : undefined;
      const result = store.append(stream, expected, events);
      await flushed(store, faults);
      if (fault?.kind === 'cut') return cut();
      if (fault?.kind === 'never') return;
      if (fault?.kind === 'half_close') return void call.end();
      if (fault?.kind === 'late') await pause(fault.by);
      const id = fault?.kind === 'unknown_correlation' ? crypto.randomUUID() : correlation;
      call.write(batchResponse(id, stream, expected, result));
    };
  };

const position = (at: bigint) => ({ commit: String(at), prepare: String(at) });

export const deleteStream =
  ({ store }: Serving): Unary<streams.DeleteReq, streams.DeleteResp> =>
  (call, callback) => {
    const options = call.request.getOptions() as streams.DeleteReq.Options;
    const stream = streamOf(options.getStreamIdentifier());
    const expected = expectedOf(options);
    const result = store.delete(stream, expected);
    store.flush();
    if (result.result !== 'success') return callback(deletionRefused(stream, expected, result));
    const { commit, prepare } = position(result.position);
    const at = new streams.DeleteResp.Position()
      .setCommitPosition(commit)
      .setPreparePosition(prepare);
    return callback(null, new streams.DeleteResp().setPosition(at));
  };

export const tombstone =
  ({ store }: Serving): Unary<streams.TombstoneReq, streams.TombstoneResp> =>
  (call, callback) => {
    const options = call.request.getOptions() as streams.TombstoneReq.Options;
    const stream = streamOf(options.getStreamIdentifier());
    const expected = expectedOf(options);
    const result = store.tombstone(stream, expected);
    store.flush();
    if (result.result !== 'success') return callback(deletionRefused(stream, expected, result));
    const { commit, prepare } = position(result.position);
    const at = new streams.TombstoneResp.Position()
      .setCommitPosition(commit)
      .setPreparePosition(prepare);
    return callback(null, new streams.TombstoneResp().setPosition(at));
  };
