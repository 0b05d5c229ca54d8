// The AsyncAPI 3 document: what is on which topic, in which envelope, with what in it.

const text = (description, example) => ({
  type: 'string',
  description,
  ...(example === undefined ? {} : { examples: [example] }),
});

/** What every message carries as headers: CloudEvents in binary mode. */
const headers = {
  type: 'object',
  required: [
    ...['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_time', 'ce_dataschema'],
    ...['ce_partitionkey', 'ce_stream', 'ce_streamrevision', 'content-type'],
  ],
  properties: {
    ce_specversion: { type: 'string', const: '1.0' },
    ce_id: text('The event; the same however often it comes'),
    ce_source: text('The installation', 'urn:membership:0198c6a1-…'),
    ce_type: text('What has happened', 'member.role_change'),
    ce_time: text('When it has happened', '2026-03-01T12:00:00.000Z'),
    ce_dataschema: text('The schema of the value', 'urn:membership:events:1#/$defs/member.join'),
    ce_partitionkey: text('The key of the message', 'acme'),
    ce_stream: text('The stream the event stands in', 'organization-acme'),
    ce_streamrevision: text('Its place there, as a whole number, without gaps', '41'),
    ce_revision: text('The same, as the API takes it in atLeast; none of a catalogue'),
    ce_traceparent: text(
      'The trace it was made in, as W3C Trace Context has it; none where none was',
    ),
    'content-type': { type: 'string', const: 'application/json' },
  },
};
const key = text(
  'What keeps its order: the organization, or the stream of a catalogue, which is of none',
  'acme',
);
const part = text('Which part of what the event changes in the organization, from 0', '0');

const message = (name, headers, schema) => ({
  name,
  contentType: 'application/json',
  headers: { $ref: `#/components/schemas/${headers}` },
  payload: { $ref: `./${schema}.schema.json#/$defs/${name}` },
  bindings: { $ref: '#/components/messageBindings/keyed' },
});

/** @param types of events, each a message. */
export const asyncapi = (types) => {
  const messages = Object.fromEntries(
    types.map((type) => [type, message(type, 'headers', 'events')]),
  );
  const change = message('permissions.change', 'headersOfParts', 'permission-changes');
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'What a membership service publishes',
      version: '1',
      description:
        'At least once, in the order of each key. Whoever remembers the last ce_streamrevision of each ce_stream drops what comes again; of permission changes, with ce_part. Pass over types, fields and values you do not know.',
    },
    defaultContentType: 'application/json',
    channels: {
      events: channel(
        'membership.events',
        'Everything that happens, from the first event on; the key is the organization',
        Object.keys(messages),
      ),
      permissionChanges: channel(
        'membership.permission-changes',
        'What each event changes of what anybody may do, as docs/change-stream.md folds it; the key is the organization',
        [change.name],
      ),
    },
    operations: {
      publishEvents: { action: 'send', channel: { $ref: '#/channels/events' } },
      publishPermissionChanges: {
        action: 'send',
        channel: { $ref: '#/channels/permissionChanges' },
      },
    },
    components: {
      messages: { ...messages, [change.name]: change },
      messageBindings: { keyed: { kafka: { key } } },
      schemas: {
        headers,
        headersOfParts: {
          ...headers,
          required: [...headers.required, 'ce_part'],
          properties: { ...headers.properties, ce_part: part },
        },
      },
    },
  };
};

const channel = (address, description, names) => ({
  address,
  description,
  bindings: { kafka: { topicConfiguration: { 'cleanup.policy': ['delete'], 'retention.ms': -1 } } },
  messages: Object.fromEntries(
    names.map((name) => [name, { $ref: `#/components/messages/${name}` }]),
  ),
});
