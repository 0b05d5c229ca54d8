/** What inviting takes. */
import { WantedGrantBody } from './bodies.js';
import { Field, ListOf } from './fields.js';

export class InviteBody {
  @Field.email() readonly email!: string;
  @ListOf.role({ optional: true, about: 'roles at one scope; or give grants', most: 50 })
  readonly roles?: readonly string[];
  @Field.spaceId({ optional: true, about: 'where the roles hold; absent: the organization' })
  readonly space?: string;
  @ListOf.object(() => WantedGrantBody, {
    optional: true,
    about: 'roles each with a scope and times; instead of roles',
    most: 50,
  })
  readonly grants?: readonly WantedGrantBody[];
  @ListOf.teamId({ optional: true, about: 'teams to join', most: 50 })
  readonly teams?: readonly string[];
  @Field.duration({ optional: true, about: 'how long the link is good: 1 hour to 30 days' })
  readonly expiresIn?: string;
  @Field.message({ optional: true, about: 'goes into the mail' })
  readonly message?: string;
  @Field.oneOf(['reject', 'resend', 'replace'], {
    optional: true,
    about: 'where the address has an open invitation at one of these scopes; reject if left out',
  })
  readonly onExisting?: 'reject' | 'resend' | 'replace';
}

export class InviteManyBody {
  @ListOf.object(() => InviteBody, { least: 1, most: 1000 })
  readonly invitations!: readonly InviteBody[];
  @Field.flag({ optional: true, about: 'all or none; otherwise each row for itself' })
  readonly atomic?: boolean;
}

export class ResendBody {
  @Field.duration({ optional: true, about: 'how long the new link is good' })
  readonly expiresIn?: string;
}

export class LinkBody {
  @Field.token({ about: 'what stands behind the # of the link' }) readonly token!: string;
}

export class AcceptBody extends LinkBody {
  @Field.name({ optional: true, example: 'Ada Lovelace', about: 'how to be called here' })
  readonly name?: string;
}
