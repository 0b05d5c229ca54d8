/** Between the messages of the wire, as the client package defines them, and what the store knows. */
import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import statuses from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import googleEmpty from 'google-protobuf/google/protobuf/empty_pb.js';
import { LRUCache } from 'lru-cache';
import type { AppendResult, Expected, ProposedEvent, StoredEvent } from './store.js';

const TICKS_PER_MILLISECOND = 10_000n;

const identifier = (stream: string) =>
  new shared.StreamIdentifier().setStreamName(Buffer.from(stream));

export const streamOf = (from: shared.StreamIdentifier | undefined): string =>
  Buffer.from(from?.getStreamName_asU8() ?? []).toString();

/** Messages of events that are kept: many read the same ones at about the same time. */
const KEPT = 20_000;

const made = new LRUCache<StoredEvent, streams.ReadResp>({ max: KEPT });
/** Messages are made into bytes once. */
const serialized = new WeakMap<streams.ReadResp, Buffer>();

export const serialize = (message: streams.ReadResp): Buffer => {
  const bytes = serialized.get(message) ?? Buffer.from(message.serializeBinary());
  serialized.set(message, bytes);
  return bytes;
};

/** An answer of a read, or what a subscription says. */
export const response = {
  event: (stored: StoredEvent): streams.ReadResp => {
    const message = made.get(stored) ?? eventMessage(stored);
    made.set(stored, message);
    return message;
  },
  notFound: (stream: string): streams.ReadResp => {
    const found = new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifier(stream));
    return new streams.ReadResp().setStreamNotFound(found);
  },
  confirmation: (): streams.ReadResp => {
    const id = crypto.randomUUID();
    const confirmed = new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(id);
    return new streams.ReadResp().setConfirmation(confirmed);
  },
  caughtUp: (): streams.ReadResp =>
    new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()),
  checkpoint: (commit: bigint, prepare: bigint): streams.ReadResp => {
    const checkpoint = new streams.ReadResp.Checkpoint()
      .setCommitPosition(String(commit))
      .setPreparePosition(String(prepare));
    return new streams.ReadResp().setCheckpoint(checkpoint);
  },
};

const eventMessage = (stored: StoredEvent): streams.ReadResp => {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(stored.id))
    .setStreamIdentifier(identifier(stored.stream))
    .setStreamRevision(String(stored.revision))
    .setCommitPosition(String(stored.position))
    .setPreparePosition(String(stored.position))
    .setCustomMetadata(stored.metadata)
    .setData(stored.data);
  recorded
    .getMetadataMap()
    .set('type', stored.type)
    .set('content-type', stored.contentType)
    .set('created', String(BigInt(stored.created) * TICKS_PER_MILLISECOND));
  const event = new streams.ReadResp.ReadEvent()
    .setEvent(recorded)
    .setCommitPosition(String(stored.position));
  return new streams.ReadResp().setEvent(event);
};

interface Proposed {
  getId(): shared.UUID | undefined;
  getMetadataMap(): { get(key: string): string | undefined };
  getCustomMetadata_asU8(): Uint8Array;
  getData_asU8(): Uint8Array;
}

export const proposedEvent = (message: Proposed): ProposedEvent => ({
  id: message.getId()?.getString() ?? '',
  type: message.getMetadataMap().get('type') ?? '',
  contentType: message.getMetadataMap().get('content-type') ?? '',
  metadata: message.getCustomMetadata_asU8(),
  data: message.getData_asU8(),
});

interface ExpectedOption {
  hasNoStream(): boolean;
  hasStreamExists?(): boolean;
  hasRevision?(): boolean;
  getRevision?(): string;
  hasStreamPosition?(): boolean;
  getStreamPosition?(): string;
}

export const expectedOf = (options: ExpectedOption): Expected => {
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasStreamExists?.() === true) return 'stream_exists';
  if (options.hasRevision?.() === true) return Number(options.getRevision?.());
  if (options.hasStreamPosition?.() === true) return Number(options.getStreamPosition?.());
  return 'any';
};

/** How the one-call append says what became of it. @throws ServiceError */
export const appendResponse = (
  stream: string,
  expected: Expected,
  result: AppendResult,
): streams.AppendResp => {
  switch (result.result) {
    case 'success': {
      const position = new streams.AppendResp.Position()
        .setCommitPosition(String(result.position))
        .setPreparePosition(String(result.position));
      const success = new streams.AppendResp.Success()
        .setCurrentRevision(String(result.revision))
        .setPosition(position);
      return new streams.AppendResp().setSuccess(success);
    }
    case 'wrong_version': {
      const wrong = new streams.AppendResp.WrongExpectedVersion();
      if (result.current === -1) wrong.setCurrentNoStream(new shared.Empty());
      else wrong.setCurrentRevision(String(result.current));
      if (expected === 'any') wrong.setExpectedAny(new shared.Empty());
      else if (expected === 'no_stream') wrong.setExpectedNoStream(new shared.Empty());
      else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new shared.Empty());
      else wrong.setExpectedRevision(String(expected));
      return new streams.AppendResp().setWrongExpectedVersion(wrong);
    }
    case 'deleted':
      throw deleted(stream);
    case 'too_large':
      throw failure(status.INVALID_ARGUMENT, `Maximum Append Size of ${result.most} Exceeded.`, {
        exception: 'maximum-append-size-exceeded',
        'maximum-append-size': String(result.most),
      });
    case 'bad_request':
      throw failure(status.INVALID_ARGUMENT, 'BadRequest');
  }
};

/** How the shared append stream says what became of one append. */
export const batchResponse = (
  correlation: string,
  stream: string,
  expected: Expected,
  result: AppendResult,
): streams.BatchAppendResp => {
  const answer = new streams.BatchAppendResp()
    .setCorrelationId(new shared.UUID().setString(correlation))
    .setStreamIdentifier(identifier(stream));
  const refusal = (code: number, message: string, name: string, details: Uint8Array) => {
    const packed = new any.Any();
    packed.pack(details, `event_store.client.${name}`);
    return answer.setError(
      new statuses.Status().setCode(code).setMessage(message).setDetails(packed),
    );
  };
  switch (result.result) {
    case 'success': {
      const position = new shared.AllStreamPosition()
        .setCommitPosition(String(result.position))
        .setPreparePosition(String(result.position));
      return answer.setSuccess(
        new streams.BatchAppendResp.Success()
          .setCurrentRevision(String(result.revision))
          .setPosition(position),
      );
    }
    case 'wrong_version': {
      const wrong = new shared.WrongExpectedVersion();
      const empty = new googleEmpty.Empty();
      if (result.current === -1) wrong.setCurrentNoStream(empty);
      else wrong.setCurrentStreamRevision(String(result.current));
      if (expected === 'any') wrong.setExpectedAny(empty);
      else if (expected === 'no_stream') wrong.setExpectedNoStream(empty);
      else if (expected === 'stream_exists') wrong.setExpectedStreamExists(empty);
      else wrong.setExpectedStreamPosition(String(expected));
      return refusal(6, 'WrongExpectedVersion', 'WrongExpectedVersion', wrong.serializeBinary());
    }
    case 'deleted': {
      const gone = new shared.StreamDeleted().setStreamIdentifier(identifier(stream));
      return refusal(9, 'StreamDeleted', 'StreamDeleted', gone.serializeBinary());
    }
    case 'too_large': {
      const most = new shared.MaximumAppendSizeExceeded().setMaxappendsize(result.most);
      const name = 'MaximumAppendSizeExceeded';
      return refusal(3, name, name, most.serializeBinary());
    }
    case 'bad_request':
      return refusal(
        3,
        'BadRequest',
        'BadRequest',
        new shared.BadRequest().setMessage('').serializeBinary(),
      );
  }
};

/** How a deletion says what stood against it. */
export const deletionRefused = (
  stream: string,
  expected: Expected,
  result: AppendResult,
): ServiceError => {
  if (result.result !== 'wrong_version') return deleted(stream);
  const version = { any: -2, no_stream: -1, stream_exists: -4 };
  const wanted = typeof expected === 'number' ? expected : version[expected];
  return failure(
    status.FAILED_PRECONDITION,
    `Delete failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${wanted}, Actual version: ${result.current}`,
    {
      exception: 'wrong-expected-version',
      'stream-name': stream,
      'expected-version': String(wanted),
      'actual-version': String(result.current),
    },
  );
};

export const deleted = (stream: string): ServiceError =>
  failure(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });

export const failure = (
  code: status,
  details: string,
  trailers: Readonly<Record<string, string>> = {},
): ServiceError => {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(trailers)) metadata.set(name, value);
  return Object.assign(new Error(details), { code, details, metadata });
};
