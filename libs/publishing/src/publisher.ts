import type { Message } from './envelope.js';

/** Where messages go, topic by topic. */
export abstract class Publisher {
  /**
   * Makes the topic, unless there is one. Throws `TopicUnusable` for one that would lose what is
   * published.
   * @param isBegun something was published there: one that is missing is a `TopicLost`.
   */
  abstract prepare(topic: string, isBegun?: boolean): Promise<void>;

  /** What is wrong with the topic, in words; makes nothing. Throws `NotPublished` where nobody says. */
  abstract examine(topic: string): Promise<readonly string[]>;

  /**
   * Ends once all are acknowledged, in the order given for each key. When it throws, any of them
   * may be there: they are published again, in the same order. One call at a time of each topic.
   */
  abstract publish(topic: string, messages: readonly Message[]): Promise<void>;

  abstract close(): Promise<void>;
}

/** Something is in the way that may pass; says what, and names nobody. */
export class NotPublished extends Error {}

/** A topic that is there, and not as it has to be; an operator's to mend. */
export class TopicUnusable extends Error {}

/** What was published is gone: an empty topic in its place would begin in the middle. */
export class TopicLost extends TopicUnusable {
  constructor(topic: string) {
    super(
      `${topic} is gone, and all that was published there; stop the service, have "membership replay" with its prefix make it again, and start the service`,
    );
  }
}
