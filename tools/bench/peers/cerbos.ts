/**
 * Cerbos, the binary that npm ships, over HTTP. It holds policies alone: one rule for every
 * permission of the catalogue, which looks through the grants that come with the question.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Catalogue } from '#domain/catalogue.js';
import type { Permission } from '#domain/ids.js';
import { freePort } from '../../../test/proof/support/running.js';
import type { Member, Memberships } from '../memberships.js';
import { grantsOf, type Question } from '../questions.js';
import { givers, rolesOfEverybody } from '../roles.js';
import type { Engine, Loaded, Sent, Spoken } from './engine.js';
import { fromNpm, VERSIONS } from './fetched.js';
import { post, Program } from './program.js';

/** What one person may do at one place, in one call. */
const TOGETHER = 100;

export const cerbos: Engine = {
  name: `Cerbos ${VERSIONS.cerbos}`,
  where: 'over HTTP',
  caller: "sends the member's grants, those of teams worked out, with every question",
  cannot: {
    'as of a past time': 'it stores no data',
    'at least as new as a write': 'it stores no data',
    'explain a yes': 'it names the policy, not the role held nor who gave it',
    'explain a no': 'it says nothing about what is missing',
    'who holds a permission': 'it stores no data (it gives a query plan to run over your own)',
    'where somebody holds one': 'it stores no data (it gives a query plan to run over your own)',
    'who gained and lost what': 'it stores no data',
  },
  async load(all): Promise<Loaded> {
    const require = await fromNpm('cerbos');
    const { platform, arch } = process;
    const binary = require.resolve(`@cerbos/cerbos-${platform}-${arch}/cerbos-${platform}-${arch}`);
    const program = new Program();
    const [http, grpc] = [await freePort(), await freePort()];
    writeFileSync(join(program.directory, 'place.yaml'), JSON.stringify(policy(all.catalogue)));
    const settings = {
      server: {
        httpListenAddr: `127.0.0.1:${http}`,
        grpcListenAddr: `127.0.0.1:${grpc}`,
        requestLimits: { maxActionsPerResource: TOGETHER },
      },
      storage: { driver: 'disk', disk: { directory: program.directory } },
      telemetry: { disabled: true },
    };
    // Beside the policies, it would be read as one.
    const named = `--config=${join(program.directory, '.cerbos.yaml')}`;
    writeFileSync(join(program.directory, '.cerbos.yaml'), JSON.stringify(settings));
    const url = `http://127.0.0.1:${http}`;
    const parameters = ['server', named, '--log-level=error'];
    await program.start(binary, parameters, `${url}/_cerbos/health`);
    const spoken = speaking(url, all);
    const ask = async (sent: Sent, asked: readonly Question[]): Promise<boolean[]> => {
      const { results } = await post<Checked>(url + sent.path, sent.body);
      return asked.map(({ permission }) => results[0]!.actions[permission] === 'EFFECT_ALLOW');
    };
    return {
      one: async (question) => (await ask(spoken.one(question), [question]))[0]!,
      many: {
        size: TOGETHER,
        about: 'person',
        ask: (asked) => ask(spoken.many(asked), asked),
      },
      http: spoken,
      memory: () => program.memory(),
      stop: () => program.stop(),
    };
  },
};

interface Checked {
  readonly results: readonly { readonly actions: Readonly<Record<string, string>> }[];
}

function policy(catalogue: Catalogue): object {
  const rolesThatGive = givers(catalogue);
  const everybody = rolesOfEverybody(catalogue);
  const rules = [...catalogue.permissions].map(([permission, level]) => {
    const roles = rolesThatGive.get(permission)!;
    const isOpen = catalogue.inactiveSpace.has(permission) ? [] : ['!R.attr.closed'];
    const scopes = ['g.scope == "organization"', ...(level === 'space' ? ['g.scope == R.id'] : [])];
    const grant = [
      `g.role in ${JSON.stringify(roles)}`,
      `(${scopes.join(' || ')})`,
      '(!has(g.notBefore) || timestamp(g.notBefore) <= now())',
      '(!has(g.expiresAt) || now() < timestamp(g.expiresAt))',
    ];
    const holds = everybody.some((role) => roles.includes(role))
      ? []
      : [`P.attr.grants.exists(g, ${grant.join(' && ')})`];
    const expr = ['P.attr.active', '!R.attr.suspended', ...isOpen, ...holds].join(' && ');
    const condition = { match: { expr } };
    return { actions: [permission], effect: 'EFFECT_ALLOW', roles: ['member'], condition };
  });
  const resourcePolicy = { version: 'default', resource: 'place', rules };
  return { apiVersion: 'api.cerbos.dev/v1', resourcePolicy };
}

/** With everything that has to come with a question, looked up as its caller would. */
function speaking(url: string, all: Memberships): Spoken {
  const known = new Map<string, Member>();
  for (const organization of all.organizations()) {
    for (const member of all.members(organization)) known.set(member.id, member);
  }
  const sent = (first: Question, actions: readonly Permission[]): Sent => {
    const { organization, space } = first;
    const member = known.get(first.member.id);
    const grants = member === undefined ? [] : grantsOf(member);
    const closed = organization.spaces.some(({ id, isActive }) => id === space && !isActive);
    const attr = { suspended: organization.isSuspended, closed };
    return {
      path: '/api/check/resources',
      body: {
        principal: {
          id: first.member.id,
          roles: [member === undefined ? 'nobody' : 'member'],
          attr: { active: member?.isActive ?? false, grants },
        },
        resources: [{ resource: { kind: 'place', id: space ?? organization.id, attr }, actions }],
      },
    };
  };
  return {
    url,
    headers: {},
    one: (question) => sent(question, [question.permission]),
    many: (questions) =>
      sent(
        questions[0]!,
        questions.map(({ permission }) => permission),
      ),
  };
}
