/** What the searches of the Authorization API 1.0 of OpenID AuthZEN are asked, and answer. */
import {
  ActionBody,
  ContextBody,
  DecisionError,
  ResourceBody,
  ResourceTypeBody,
  SubjectBody,
  SubjectTypeBody,
} from './authzen-bodies.js';
import { sampleId } from './examples.js';
import { Field, ListOf } from './fields.js';
import { Open } from './shape-pipe.js';

@Open()
export class SearchPage {
  @Field.cursor({ optional: true, about: 'next_token of the page before' })
  readonly token?: string;
  @Field.integer(0, Number.MAX_SAFE_INTEGER, {
    optional: true,
    about: '50 where left out, and never over 200; after the first page as before, or left out',
  })
  readonly limit?: number;
}
@Open()
class SearchBody {
  @Field.object(() => ContextBody, { optional: true }) readonly context?: ContextBody;
  @Field.object(() => SearchPage, { optional: true }) readonly page?: SearchPage;
}
@Open()
export class SubjectSearchBody extends SearchBody {
  @Field.object(() => SubjectTypeBody) readonly subject!: SubjectTypeBody;
  @Field.object(() => ActionBody) readonly action!: ActionBody;
  @Field.object(() => ResourceBody) readonly resource!: ResourceBody;
}
@Open()
export class ResourceSearchBody extends SearchBody {
  @Field.object(() => SubjectBody) readonly subject!: SubjectBody;
  @Field.object(() => ActionBody) readonly action!: ActionBody;
  @Field.object(() => ResourceTypeBody) readonly resource!: ResourceTypeBody;
}
@Open()
export class ActionSearchBody extends SearchBody {
  @Field.object(() => SubjectBody) readonly subject!: SubjectBody;
  @Field.object(() => ResourceBody) readonly resource!: ResourceBody;
}

export class PageAnswer {
  @Field.text({ example: '', about: 'empty: this is the last page' }) readonly next_token!: string;
  @Field.integer(0, 200) readonly count!: number;
}
export class SearchContext {
  @Field.object(() => DecisionError, { optional: true, about: 'why nothing could be found' })
  readonly error?: DecisionError;
  @ListOf.organizationId({
    optional: true,
    about: 'of which nothing can be said until they are repaired',
  })
  readonly quarantined?: readonly string[];
}
class FoundAnswer {
  @Field.object(() => PageAnswer) readonly page!: PageAnswer;
  @Field.object(() => SearchContext, { optional: true }) readonly context?: SearchContext;
}
class SubjectAnswer {
  @Field.text({ example: 'member', about: 'as asked for' }) readonly type!: string;
  @Field.text({ example: sampleId('mem') }) readonly id!: string;
}
export class SubjectsAnswer extends FoundAnswer {
  @ListOf.object(() => SubjectAnswer) readonly results!: readonly SubjectAnswer[];
}
class SpaceProperties {
  @Field.organizationId() readonly organization!: string;
}
class ResourceAnswer {
  @Field.text({ example: 'organization', about: 'as asked for' }) readonly type!: string;
  @Field.text({ example: 'acme' }) readonly id!: string;
  @Field.object(() => SpaceProperties, { optional: true, about: 'of a space' })
  readonly properties?: SpaceProperties;
}
export class ResourcesAnswer extends FoundAnswer {
  @ListOf.object(() => ResourceAnswer) readonly results!: readonly ResourceAnswer[];
}
class ActionAnswer {
  @Field.permission() readonly name!: string;
}
export class ActionsAnswer extends FoundAnswer {
  @ListOf.object(() => ActionAnswer) readonly results!: readonly ActionAnswer[];
}
