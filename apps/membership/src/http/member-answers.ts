/** How members are shown. */
import { Field, ListOf } from './fields.js';
import { ActorAnswer, GrantAnswer, TeamPlaceAnswer } from './resources.js';

export class MemberAnswer {
  @Field.memberId() readonly id!: string;
  @Field.organizationId() readonly organization!: string;
  @Field.oneOf(['invited', 'active', 'inactive', 'removed']) readonly status!: string;
  @Field.userId({ optional: true, nullable: true, about: 'null: has never signed in' })
  readonly user?: string | null;
  @Field.email({ optional: true, nullable: true, about: 'null: erased, or not known' })
  readonly email?: string | null;
  @Field.name({ optional: true, nullable: true, example: 'Ada Lovelace' })
  readonly name?: string | null;
  @Field.oneOf(['local', 'sso', 'scim'], { optional: true, nullable: true })
  readonly authentication?: string | null;
  @ListOf.object(() => GrantAnswer, { optional: true, most: 1000 })
  readonly grants?: readonly GrantAnswer[];
  @ListOf.object(() => TeamPlaceAnswer, { optional: true, most: 1000 })
  readonly teams?: readonly TeamPlaceAnswer[];
  @Field.text({ optional: true, nullable: true, about: 'the address as it was typed' })
  readonly displayEmail?: string | null;
  @Field.text({ optional: true, example: 'invitation', about: 'how the member came in' })
  readonly source?: string;
  @Field.invitationId({ optional: true }) readonly invitation?: string;
  @Field.object(() => ActorAnswer, { optional: true }) readonly invitedBy?: ActorAnswer;
  @Field.instant({ optional: true }) readonly joinedAt?: string;
  @Field.instant({ optional: true }) readonly updatedAt?: string;
  @Field.revision() readonly revision!: string;
}
