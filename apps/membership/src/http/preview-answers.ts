/** What a dry run says of what would be written. */
import { Field, ListOf } from './fields.js';

export class PreviewedEventAnswer {
  @Field.text({ example: 'member.invite', about: 'and beside it what the event says' })
  readonly type!: string;
}
export class PermissionChangeAnswer {
  @Field.text({ example: 'mem_01jx8q5v3mf2h9k7c4n6t0wzpd' }) readonly principal!: string;
  @Field.scope() readonly scope!: string;
  @ListOf.permission({ most: 5000 }) readonly gained!: readonly string[];
  @ListOf.permission({ most: 5000 }) readonly lost!: readonly string[];
}
export class PreviewAnswer {
  @Field.flag({ about: 'true: nothing was written' }) readonly dryRun!: boolean;
  @ListOf.object(() => PreviewedEventAnswer, { most: 1000 })
  readonly events!: readonly PreviewedEventAnswer[];
  @ListOf.object(() => PermissionChangeAnswer, { most: 5000 })
  readonly permissionChanges!: readonly PermissionChangeAnswer[];
  @Field.revision({ about: 'what it was decided on' }) readonly revision!: string;
}
