/**
 * node-casbin: who has which role where are grouping rows (`g`), what a role gives is a row of
 * policy (`p`), what is closed are rows of a second grouping (`g2`). A team's role needs a row for
 * each of its members at that scope: a path through `g` stays in one domain.
 */
import type { Memberships } from '../memberships.js';
import type { Question } from '../questions.js';
import type { Engine, Loaded } from './engine.js';
import { fromNpm, VERSIONS } from './fetched.js';
import { givenByCatalogue, rolesOfEverybody } from '../roles.js';

/** As much of it as is used here. */
interface Casbin {
  newModelFromString(text: string): unknown;
  StringAdapter: new (text: string) => unknown;
  newEnforcer(model: unknown, adapter: unknown): Promise<Enforcer>;
}
interface Enforcer {
  enforceSync(...values: readonly string[]): boolean;
  batchEnforce(values: readonly (readonly string[])[]): Promise<boolean[]>;
}

// The action first: whatever follows is not evaluated for the rows of other actions.
const MODEL = `
[request_definition]
r = sub, org, dom, act
[policy_definition]
p = role, level, closed, act
[role_definition]
g = _, _, _
g2 = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.act == p.act && (g(r.sub, p.role, r.org) || p.level == "space" && g(r.sub, p.role, r.dom)) && !g2(r.org, "closed") && !g2(r.sub, "closed") && (p.closed == "open" || !g2(r.dom, "closed"))
`;

export const casbin: Engine = {
  name: `node-casbin ${VERSIONS.casbin}`,
  where: 'in process',
  cannot: {
    'time-boxed role': 'its role manager knows no conditions (that of Go does)',
    'as of a past time': 'rows have no history',
    'at least as new as a write': 'it has no revisions',
    'explain a yes': 'it names the row of policy, not the role held nor who gave it',
    'explain a no': 'it says nothing about a no',
    'who gained and lost what': 'rows have no history',
  },
  async load(all): Promise<Loaded> {
    const { newModelFromString, StringAdapter, newEnforcer } = (await fromNpm('casbin'))(
      'casbin',
    ) as Casbin;
    const adapter = new StringAdapter(rows(all).join('\n'));
    const enforcer = await newEnforcer(newModelFromString(MODEL), adapter);
    return {
      one: (question) => enforcer.enforceSync(...request(question)),
      many: {
        size: 100,
        about: 'anybody',
        ask: (questions) => enforcer.batchEnforce(questions.map(request)),
      },
    };
  },
};

const request = ({ member, organization, space, permission }: Question): string[] => [
  member.id,
  organization.id,
  space ?? organization.id,
  permission,
];

function rows(all: Memberships): string[] {
  const text: string[] = [];
  for (const { role, permission, level, leftWhenClosed } of givenByCatalogue(all.catalogue)) {
    text.push(`p, ${role}, ${level}, ${leftWhenClosed ? 'open' : 'shut'}, ${permission}`);
  }
  const everybody = rolesOfEverybody(all.catalogue);
  for (const organization of all.organizations()) {
    const domain = (scope: string): string => (scope === 'organization' ? organization.id : scope);
    const closed = organization.spaces.filter(({ isActive }) => !isActive);
    for (const { id } of closed) text.push(`g2, ${id}, closed`);
    if (organization.isSuspended) text.push(`g2, ${organization.id}, closed`);
    for (const { id, grants } of organization.teams) {
      for (const { role, scope } of grants) text.push(`g, ${id}, ${role}, ${domain(scope)}`);
    }
    for (const { id, isActive, grants, teams } of all.members(organization)) {
      if (!isActive) text.push(`g2, ${id}, closed`);
      for (const role of everybody) text.push(`g, ${id}, ${role}, ${organization.id}`);
      for (const { role, scope } of grants) text.push(`g, ${id}, ${role}, ${domain(scope)}`);
      const places = teams.flatMap((team) =>
        team.grants.map(({ scope }) => `g, ${id}, ${team.id}, ${domain(scope)}`),
      );
      text.push(...new Set(places));
    }
  }
  return text;
}
