/**
 * Cedar, as WebAssembly. A member has, as tags, the names of the roles at each scope; what a role
 * gives is a group of actions, and each role has a policy for each level. Cedar stores nothing: a
 * question carries the entities it is about, which its caller keeps and picks. (Roles as groups that
 * members and teams are in, named by tags of the resource, can be written too and took more
 * than twice as long: the resource is then what is long.)
 */
import type { Catalogue, Level } from '#domain/catalogue.js';
import type { Instant, Permission, RoleId } from '#domain/ids.js';
import { inForce } from '#domain/permissions.js';
import type { Member, Memberships } from '../memberships.js';
import { grantsOf, type Question } from '../questions.js';
import { givenByCatalogue, rolesOfEverybody } from '../roles.js';
import type { Engine, Loaded } from './engine.js';
import { fromNpm, VERSIONS } from './fetched.js';

/** As much of it as is used here. */
interface Cedar {
  preparsePolicySet(name: string, policies: object): { readonly type: string };
  statefulIsAuthorized(call: object):
    | {
        readonly type: 'success';
        readonly response: {
          readonly decision: 'allow' | 'deny';
          readonly diagnostics: { readonly errors: readonly unknown[] };
        };
      }
    | { readonly type: 'failure'; readonly errors: readonly unknown[] };
}

interface Uid {
  readonly type: string;
  readonly id: string;
}
interface Entity {
  readonly uid: Uid;
  readonly attrs: object;
  readonly parents: readonly Uid[];
  readonly tags?: object;
}

export const cedar: Engine = {
  name: `cedar-wasm ${VERSIONS['@cedar-policy/cedar-wasm']}`,
  where: 'in process',
  caller:
    'keeps the entities and sends those in question, with the roles in force, those of teams too',
  cannot: {
    'as of a past time': 'it stores nothing',
    'at least as new as a write': 'it stores nothing',
    'explain a yes': 'it names the policy, not the role held nor who gave it',
    'explain a no': 'it names policies that forbid, not what is missing',
    'who holds a permission': 'it stores nothing',
    'where somebody holds one': 'it stores nothing',
    'who gained and lost what': 'it stores nothing',
  },
  async load(all): Promise<Loaded> {
    const { preparsePolicySet, statefulIsAuthorized } = (await fromNpm('@cedar-policy/cedar-wasm'))(
      '@cedar-policy/cedar-wasm/nodejs',
    ) as Cedar;
    const parsed = preparsePolicySet('catalogue', { staticPolicies: policies(all) });
    if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed));
    const store = new Store(all);
    return {
      one: (question) => {
        const answer = statefulIsAuthorized(store.call(question));
        if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors));
        const { decision, diagnostics } = answer.response;
        if (diagnostics.errors.length > 0) throw new Error(JSON.stringify(diagnostics.errors));
        return decision === 'allow';
      },
    };
  },
};

/** Two for each role: at the organization it gives everything, at a space what is of spaces. */
function policies({ catalogue }: Memberships): string {
  const text = rolesOf(catalogue).flatMap((role) => {
    const named = JSON.stringify(role);
    const policy = (resource: string, group: Uid, at: string): string =>
      `permit(principal, action in Action::${JSON.stringify(group.id)}, ${resource})
       when { principal.hasTag(${at}.name) && principal.getTag(${at}.name).contains(${named}) };`;
    return [
      policy('resource', given(role, 'organization'), 'resource.organization'),
      policy('resource is Space', given(role, 'space'), 'resource'),
    ];
  });
  const left = [...catalogue.inactiveSpace].map((one) => `Action::"${one}"`);
  return [
    ...text,
    'forbid(principal, action, resource) when { resource.organization.suspended };',
    'forbid(principal is Member, action, resource) unless { principal.active };',
    `forbid(principal, action, resource is Space) unless { resource.active || [${left.join(', ')}].contains(action) };`,
  ].join('\n');
}

const rolesOf = (catalogue: Catalogue): RoleId[] => [
  ...new Set(givenByCatalogue(catalogue).map(({ role }) => role)),
];

/** The group of what a role gives at a level. */
const given = (role: RoleId, level: Level): Uid => ({ type: 'Action', id: `${role} at ${level}` });

/** Every permission with the groups it is in. */
const actions = (catalogue: Catalogue): ReadonlyMap<Permission, Entity> => {
  const rows = givenByCatalogue(catalogue);
  return new Map(
    [...catalogue.permissions].map(([id, level]) => {
      const roles = rows.filter(({ permission }) => permission === id).map(({ role }) => role);
      const parents = roles.flatMap((role) => [
        given(role, 'organization'),
        ...(level === 'space' ? [given(role, 'space')] : []),
      ]);
      return [id, { uid: { type: 'Action', id }, attrs: {}, parents }];
    }),
  );
};

/** The caller's side: every entity by id, and what a question needs of them. */
class Store {
  readonly #members = new Map<string, Member>();
  readonly #places = new Map<string, Entity>();
  readonly #actions: ReadonlyMap<Permission, Entity>;
  readonly #everybody: readonly RoleId[];

  constructor(all: Memberships) {
    const { catalogue } = all;
    this.#actions = actions(catalogue);
    this.#everybody = rolesOfEverybody(catalogue);
    for (const organization of all.organizations()) {
      const { id, isSuspended, spaces } = organization;
      const root = { __entity: { type: 'Organization', id } };
      const add = (uid: Uid, attrs: object): void => {
        const all = { ...attrs, name: uid.id, organization: root };
        this.#places.set(uid.id, { uid, attrs: all, parents: [] });
      };
      add(root.__entity, { suspended: isSuspended });
      for (const { id: space, isActive } of spaces) {
        add({ type: 'Space', id: space }, { active: isActive });
      }
      for (const member of all.members(organization)) this.#members.set(member.id, member);
    }
  }

  call({ member: { id: named }, organization: { id }, space, permission }: Question): object {
    const resource = this.#places.get(space ?? id)!;
    const entities = [this.#actions.get(permission)!, resource];
    if (space !== undefined) entities.push(this.#places.get(id)!);
    const uid = { type: 'Member', id: named };
    const member = this.#members.get(named);
    const tags = member === undefined ? {} : this.#roles(member, id);
    entities.push({ uid, attrs: { active: member?.isActive ?? false }, parents: [], tags });
    return {
      principal: uid,
      action: { type: 'Action', id: permission },
      resource: resource.uid,
      context: {},
      preparsedPolicySetId: 'catalogue',
      entities,
    };
  }

  /** Scope → the roles in force there, those of teams too. */
  #roles(member: Member, organization: string): Record<string, RoleId[]> {
    const now = new Date().toISOString() as Instant;
    const roles: Record<string, RoleId[]> = { [organization]: [...this.#everybody] };
    for (const grant of grantsOf(member)) {
      if (!inForce(grant, now)) continue;
      const scope = grant.scope === 'organization' ? organization : grant.scope;
      (roles[scope] ??= []).push(grant.role);
    }
    return roles;
  }
}
