/** Pieces of request bodies that several routes share. */
import { Field, ListOf } from './fields.js';

/** A role that is asked for, at a scope, for a time. */
export class WantedGrantBody {
  @Field.role() readonly role!: string;
  @Field.spaceId({ optional: true, about: 'absent: the whole organization' })
  readonly space?: string;
  @Field.instant({ optional: true, about: 'in force from then on; absent: at once' })
  readonly notBefore?: string;
  @Field.instant({ optional: true, about: 'in force until just before; absent: without end' })
  readonly expiresAt?: string;
}

/** Every role held at one scope from now on. */
export class RolesBody {
  @ListOf.role({ about: 'every role held there from now on', most: 50 })
  readonly roles!: readonly string[];
  @Field.spaceId({ optional: true, about: 'absent: the whole organization' })
  readonly space?: string;
}

/** Where a list begins and how long it is. */
export class PageQuery {
  @Field.count(1, 200, { optional: true, about: 'how many; 50 where left out' })
  readonly limit?: number;
  @Field.cursor({ optional: true, about: 'nextCursor of the page before' })
  readonly cursor?: string;
  @Field.revision({ optional: true, about: 'at least as fresh as this revision' })
  readonly atLeast?: string;
}

/** How fresh an answer has to be. */
export class ReadQuery {
  @Field.revision({ optional: true, about: 'at least as fresh as this revision' })
  readonly atLeast?: string;
}

/** What every write takes. */
export class WriteQuery {
  @Field.truth({ optional: true, about: 'say what would happen and write nothing' })
  readonly dryRun?: boolean;
}
