/** What the evaluations of the Authorization API 1.0 of OpenID AuthZEN are asked, and answer. */
import { ApiExtraModels, getSchemaPath } from '@nestjs/swagger';
import { sampleId } from './examples.js';
import { MissingAnswer } from './explain.js';
import { Field, ListOf } from './fields.js';
import { Open } from './shape-pipe.js';

const SEMANTICS = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const;

/** Whatever else is known of something: it makes no difference here. */
const PROPERTIES = [
  { additionalProperties: true, example: {} },
  () => undefined,
  { optional: true, about: 'not looked at' },
] as const;

@Open()
export class SubjectTypeBody {
  @Field.text({ example: 'member', about: 'member, service_account, api_key or user' })
  readonly type!: string;
  @Field.record(...PROPERTIES) readonly properties?: object;
}
@Open()
export class SubjectBody extends SubjectTypeBody {
  @Field.text({
    example: sampleId('mem'),
    about: 'mem_…, svc_…, key_…; of a user usr_… or the subject at the issuer',
  })
  readonly id!: string;
}
@Open()
export class ActionBody {
  @Field.text({ example: 'policies:assign', about: "a permission of the organization's catalogue" })
  readonly name!: string;
  @Field.record(...PROPERTIES) readonly properties?: object;
}
/** What is known of a resource: whichever others there are, they stay. */
interface ResourceProperties {
  readonly organization?: string;
}
const ORGANIZATION = { type: 'string', example: 'acme', description: 'which a space is of' };
@Open()
export class ResourceTypeBody {
  @Field.text({ example: 'organization', about: 'organization or space' }) readonly type!: string;
  @Field.record(
    { properties: { organization: ORGANIZATION }, additionalProperties: true },
    ({ organization = '' }: ResourceProperties) =>
      typeof organization === 'string' ? undefined : 'must have a string as organization',
    { optional: true },
  )
  readonly properties?: ResourceProperties;
}
@Open()
export class ResourceBody extends ResourceTypeBody {
  @Field.text({ example: 'acme' }) readonly id!: string;
}
@Open()
export class ContextBody {
  @Field.revision({ optional: true, about: 'at least as fresh as this revision' })
  readonly atLeast?: string;
  @Field.flag({ optional: true, about: 'say, where it is denied, what could be asked for' })
  readonly requestable?: boolean;
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
@ApiExtraModels(EvaluationDefaults)
export class EvaluationsBody extends EvaluationDefaults {
  /** As they came: what is wrong with one is the answer to that one. */
  @ListOf.record({ $ref: getSchemaPath(EvaluationDefaults) }, { optional: true, most: 1000 })
  readonly evaluations?: readonly object[];
  @Field.object(() => EvaluationsOptions, { optional: true })
  readonly options?: EvaluationsOptions;
}

export class DecisionError {
  @Field.integer(400, 599) readonly status!: number;
  @Field.text({ example: 'There is no organization acme, or you are not a member of it.' })
  readonly message!: string;
}
class AccessRequest {
  @Field.instant({ about: 'until then access can be asked for with this' })
  readonly expires_at!: string;
  @Field.jws() readonly binding_token!: string;
}
/** What would end a denial, where that was asked. */
export class Requestable {
  @ListOf.object(() => MissingAnswer, {
    optional: true,
    most: 10_000,
    about: 'the smallest grants that would permit it, as of POST /access/explain',
  })
  readonly missing?: readonly MissingAnswer[];
  @Field.text({ optional: true, example: 'eval_0b5f1c2e6d0a4c3b9a517d2f4e6a8b90' })
  readonly evaluation_id?: string;
  @Field.instant({ optional: true }) readonly evaluated_at?: string;
  @Field.object(() => AccessRequest, { optional: true, about: 'access can be asked for' })
  readonly access_request?: AccessRequest;
}
class DecisionContext extends Requestable {
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
