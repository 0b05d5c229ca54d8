/** How a topic has to be so that nothing that is published is lost from it. */

/** Bytes of one message: an event is at most half of that. */
const MESSAGE_BYTES = 2 * 1024 * 1024;

/** Kept for ever: it can be read from the first event on. */
export const configuration = (replication: number): Readonly<Record<string, string>> => ({
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'max.message.bytes': String(MESSAGE_BYTES),
  'message.timestamp.type': 'CreateTime',
  'min.insync.replicas': replication > 1 ? '2' : '1',
  'unclean.leader.election.enable': 'false',
});

/** More than that does no harm. */
const AT_LEAST = ['max.message.bytes', 'min.insync.replicas'];

/** What of a topic is otherwise, each in words. */
export const faultsOf = (
  found: Readonly<Record<string, string | undefined>>,
  replication: number,
): string[] =>
  Object.entries(configuration(replication)).flatMap(([name, wanted]) => {
    const value = found[name];
    const isEnough = AT_LEAST.includes(name) && Number(value) >= Number(wanted);
    if (value === wanted || isEnough) return [];
    return [`its ${name} is ${value ?? 'unknown'}, and has to be ${wanted}`];
  });

/** What stands in the way to the brokers, and what to do about it. */
export function wordsFor(message: string): string {
  if (/certificate|altnames/i.test(message)) {
    return `the certificate of Kafka is not trusted (${message}); name the authority that has signed it: KAFKA_CA`;
  }
  if (/SASL|authenticat/i.test(message)) {
    return `Kafka does not let us in (${message}); mind KAFKA_SASL`;
  }
  if (/connect|closed|ECONN|ENOTFOUND|timed? ?out/i.test(message)) {
    return `Kafka can't be reached (${message}); start it, or correct KAFKA_BROKERS and KAFKA_TLS`;
  }
  return message;
}
