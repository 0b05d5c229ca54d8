/** What the Authorization API 1.0 of OpenID AuthZEN is asked, and answers. */
import { Field, ListOf } from './fields.js';
import { Open } from './shape-pipe.js';

const SUBJECTS = ['member', 'service_account', 'api_key', 'user'] as const;
const RESOURCES = ['organization', 'space'] as const;
const SEMANTICS = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const;

@Open()
export class SubjectBody {
  @Field.oneOf(SUBJECTS) readonly type!: (typeof SUBJECTS)[number];
  @Field.text({
    example: 'mem_01jx8q5v3mf2h9k7c4n6t0wzpd',
    about: 'mem_…, svc_…, key_…; of a user usr_… or the subject at the issuer',
  })
  readonly id!: string;
}
@Open()
export class ActionBody {
  @Field.permission() readonly name!: string;
}
@Open()
class ResourceProperties {
  @Field.organizationId({ optional: true, about: 'which a space is of' })
  readonly organization?: string;
}
@Open()
export class ResourceBody {
  @Field.oneOf(RESOURCES) readonly type!: (typeof RESOURCES)[number];
  @Field.text({ example: 'acme' }) readonly id!: string;
  @Field.object(() => ResourceProperties, { optional: true })
  readonly properties?: ResourceProperties;
}
@Open()
export class ContextBody {
  @Field.revision({ optional: true, about: 'at least as fresh as this revision' })
  readonly atLeast?: string;
}

@Open()
export class EvaluationBody {
  @Field.object(() => SubjectBody) readonly subject!: SubjectBody;
  @Field.object(() => ActionBody) readonly action!: ActionBody;
  @Field.object(() => ResourceBody) readonly resource!: ResourceBody;
  @Field.object(() => ContextBody, { optional: true }) readonly context?: ContextBody;
}
/** An evaluation whose missing parts are those of the whole request. */
@Open()
export class EvaluationDefaults {
  @Field.object(() => SubjectBody, { optional: true }) readonly subject?: SubjectBody;
  @Field.object(() => ActionBody, { optional: true }) readonly action?: ActionBody;
  @Field.object(() => ResourceBody, { optional: true }) readonly resource?: ResourceBody;
  @Field.object(() => ContextBody, { optional: true }) readonly context?: ContextBody;
}
@Open()
class EvaluationsOptions {
  @Field.oneOf(SEMANTICS, { optional: true })
  readonly evaluations_semantic?: (typeof SEMANTICS)[number];
}
@Open()
export class EvaluationsBody extends EvaluationDefaults {
  @ListOf.object(() => EvaluationDefaults, { optional: true, most: 1000 })
  readonly evaluations?: readonly EvaluationDefaults[];
  @Field.object(() => EvaluationsOptions, { optional: true })
  readonly options?: EvaluationsOptions;
}

@Open()
export class SearchPage {
  @Field.cursor({ optional: true, about: 'next_token of the page before' })
  readonly token?: string;
  @Field.integer(1, 1_000_000, { optional: true, about: '50 where left out, and never over 200' })
  readonly limit?: number;
}
@Open()
export class ActionSearchBody {
  @Field.object(() => SubjectBody) readonly subject!: SubjectBody;
  @Field.object(() => ResourceBody) readonly resource!: ResourceBody;
  @Field.object(() => ContextBody, { optional: true }) readonly context?: ContextBody;
  @Field.object(() => SearchPage, { optional: true }) readonly page?: SearchPage;
}

class DecisionError {
  @Field.integer(400, 599) readonly status!: number;
  @Field.text({ example: 'There is no organization acme, or you are not a member of it.' })
  readonly message!: string;
}
class DecisionContext {
  @Field.text({ example: 'no_role', about: 'a reason of a check, or the code of a refusal' })
  readonly reason!: string;
  @Field.revision({ optional: true, about: 'the state it was answered from' })
  readonly revision?: string;
  @Field.object(() => DecisionError, { optional: true, about: 'why nothing could be evaluated' })
  readonly error?: DecisionError;
}
export class DecisionAnswer {
  @Field.flag() readonly decision!: boolean;
  @Field.object(() => DecisionContext) readonly context!: DecisionContext;
}
export class DecisionsAnswer {
  @ListOf.object(() => DecisionAnswer, {
    optional: true,
    most: 1000,
    about: 'in the order asked, up to the one that settles it',
  })
  readonly evaluations?: readonly DecisionAnswer[];
  @Field.flag({ optional: true, about: 'where no evaluations were listed' })
  readonly decision?: boolean;
  @Field.object(() => DecisionContext, { optional: true }) readonly context?: DecisionContext;
}

class PageAnswer {
  @Field.text({ example: '', about: 'empty: this is the last page' }) readonly next_token!: string;
  @Field.integer(0, 200) readonly count!: number;
}
class ActionAnswer {
  @Field.permission() readonly name!: string;
}
export class ActionsAnswer {
  @Field.object(() => PageAnswer) readonly page!: PageAnswer;
  @ListOf.object(() => ActionAnswer) readonly results!: readonly ActionAnswer[];
}

const url = (path: string) => ({ example: `https://members.example.com${path}` });
export class MetadataAnswer {
  @Field.text(url('')) readonly policy_decision_point!: string;
  @Field.text(url('/access/v1/evaluation')) readonly access_evaluation_endpoint!: string;
  @Field.text(url('/access/v1/evaluations')) readonly access_evaluations_endpoint!: string;
  @Field.text(url('/access/v1/search/action')) readonly search_action_endpoint!: string;
}
