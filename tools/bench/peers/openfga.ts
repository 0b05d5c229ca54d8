/**
 * OpenFGA, built from its Go module, over HTTP, with SQLite as its store (its memory store looks
 * through everything for each question). Its caches are off, as they are by default: with them an
 * answer may be from before what was written. The catalogue is its model: a relation for each role, and
 * one for each permission, which is the union of the roles that give it.
 *
 * - A role at the organization reaches its spaces, also those made later: `can from organization`.
 * - Teams are usersets. Times are a condition on the tuple, compared with the `now` of the question.
 * - `closed` takes everything away from whoever is deactivated, from all while the organization is
 *   suspended, and while a space is deactivated all but what the catalogue leaves.
 * - What comes with access to a space is given by every role held at it, as in roles.ts.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Catalogue } from '#domain/catalogue.js';
import type { GrantFact } from '#domain/events.js';
import type { Permission } from '#domain/ids.js';
import { freePort } from '../../../test/proof/support/running.js';
import type { Member, Organization } from '../memberships.js';
import type { Question } from '../questions.js';
import { givers, rolesOfEverybody } from '../roles.js';
import type { Engine, Loaded, Many, Sent, Spoken } from './engine.js';
import { fromGo, VERSIONS } from './fetched.js';
import { post, Program } from './program.js';

const run = promisify(execFile);
const MODULE = 'github.com/openfga/openfga/cmd/openfga';
/** What it takes in one call unless it is told otherwise. */
const TOGETHER = 50;

export const openfga: Engine = {
  name: `OpenFGA ${VERSIONS[MODULE]}`,
  where: 'over HTTP',
  caller: 'sends the time',
  cannot: {
    'as of a past time': 'its changelog can be read, not asked',
    'at least as new as a write': 'it can be told to skip caches, not how new to be',
    'explain a no': 'it expands what it has, not what is missing',
    'explain a yes': 'it expands relations, not who gave them nor when',
    'who gained and lost what': 'its changelog has tuples, not permissions',
  },
  async load(all): Promise<Loaded> {
    const server = await started();
    try {
      return { ...(await stored(server, all)), stop: () => server.stop() };
    } catch (error) {
      await server.stop();
      throw error;
    }
  },
};

/** Everybody in some organizations on one catalogue. */
export interface Everybody {
  readonly catalogue: Catalogue;
  organizations(): Iterable<Organization>;
  members(organization: Organization): Iterable<Member>;
}

/** As much of a question as it is asked. */
export interface Put extends Pick<Question, 'space' | 'permission'> {
  readonly organization: Pick<Organization, 'id'>;
  readonly member: Pick<Member, 'id'>;
}

/** A store of a server, as it is asked. */
interface Asked extends Pick<Loaded, 'http' | 'memory'> {
  one(question: Put): Promise<boolean>;
  readonly many: Omit<Many, 'ask'> & { ask(questions: readonly Put[]): Promise<boolean[]> };
}

/**
 * Fills a store of its own on a server that runs.
 * @param now milliseconds: when the questions are asked.
 */
export async function stored(
  server: Server,
  all: Everybody,
  now: () => number = Date.now,
): Promise<Asked> {
  const store = await Store.made(server.url, all.catalogue, now);
  await store.write(tuplesOf(all));
  return {
    one: (question) => store.check(question),
    many: { size: TOGETHER, about: 'anybody', ask: (asked) => store.batch(asked) },
    http: store.spoken,
    memory: () => server.memory(),
  };
}

type Server = Program & { readonly url: string };

/** The path of the program, built when it is not there yet. Throws `NotHere`. */
export const program = (): Promise<string> => fromGo(MODULE);

export async function started(): Promise<Server> {
  const binary = await program();
  const [http, grpc] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${http}`;
  const server = new Program();
  const store = ['--datastore-engine=sqlite', '--datastore-uri=file:openfga.db'];
  await run(binary, ['migrate', ...store], { cwd: server.directory });
  const parameters = [
    ...['run', ...store],
    ...[`--http-addr=127.0.0.1:${http}`, `--grpc-addr=127.0.0.1:${grpc}`],
    ...['--log-level=none', '--playground-enabled=false', '--metrics-enabled=false'],
    // A batch over 40 roles takes longer than the 3 s it allows by default, on a busy machine.
    '--request-timeout=60s',
    // A catalogue of 200 permissions and 40 roles is more than the 256 KiB it allows by default.
    `--max-authorization-model-size-in-bytes=${2 ** 22}`,
  ];
  await server.start(binary, parameters, `${url}/healthz`);
  return Object.assign(server, { url });
}

// ── The catalogue as a model ────────────────────────────────────────────────────────────────

/** Names of relations have no colon. */
const can = (permission: Permission): string => permission.replace(':', '.');
const roleAs = (role: string): string => `role.${role}`;

type Rewrite = object;
const computed = (relation: string): Rewrite => ({ computedUserset: { relation } });
const above = (relation: string): Rewrite => ({
  tupleToUserset: {
    tupleset: { relation: 'organization' },
    computedUserset: { relation },
  },
});
const union = (child: readonly Rewrite[]): Rewrite =>
  child.length === 1 ? child[0]! : { union: { child } };
const but = (base: Rewrite, relation: string): Rewrite => ({
  difference: { base, subtract: computed(relation) },
});

const MEMBERS = [{ type: 'member' }, { type: 'team', relation: 'member' }];
const HOLDERS = [...MEMBERS, ...MEMBERS.map((one) => ({ ...one, condition: 'in_force' }))];
const ALL = { type: 'member', wildcard: {} };

/** The model of a catalogue, as `POST /stores/{id}/authorization-models` takes it. */
export function modelOf(catalogue: Catalogue): object {
  const rolesThatGive = givers(catalogue);
  const everybody = new Set(rolesOfEverybody(catalogue));
  const roles = [...new Set([...rolesThatGive.values()].flat())];
  const type = (name: string): Type => new Type(name);
  const organization = type('organization').direct('closed', [{ type: 'member' }, ALL]);
  const space = type('space')
    .direct('organization', [{ type: 'organization' }])
    .direct('inactive', [ALL])
    .rewritten('closed', above('closed'))
    .rewritten('shut', union([computed('inactive'), above('closed')]));
  for (const role of roles) {
    organization.direct(roleAs(role), everybody.has(role) ? [{ type: 'member' }] : HOLDERS);
    if (!everybody.has(role)) space.direct(roleAs(role), HOLDERS);
  }
  for (const [permission, level] of catalogue.permissions) {
    const givenBy = rolesThatGive.get(permission)!;
    if (givenBy.length === 0) {
      // It has to be somebody's: no tuple says so of a team.
      organization.direct(can(permission), [{ type: 'team' }]);
      space.direct(can(permission), [{ type: 'team' }]);
      continue;
    }
    const held = givenBy.map((role) => computed(roleAs(role)));
    organization.rewritten(can(permission), but(union(held), 'closed'));
    const ofSpace = givenBy
      .filter((role) => level === 'space' && !everybody.has(role))
      .map((role) => computed(roleAs(role)));
    const closes = catalogue.inactiveSpace.has(permission) ? 'closed' : 'shut';
    const both = union([...ofSpace, above(can(permission))]);
    space.rewritten(can(permission), but(both, closes));
  }
  const team = type('team').direct('member', [{ type: 'member' }]);
  return {
    schema_version: '1.1',
    type_definitions: [{ type: 'member' }, ...[team, organization, space].map((one) => one.json)],
    conditions: { in_force: IN_FORCE },
  };
}

const TIMESTAMP = { type_name: 'TYPE_NAME_TIMESTAMP' };
const IN_FORCE = {
  name: 'in_force',
  expression: 'from <= now && now < until',
  parameters: { now: TIMESTAMP, from: TIMESTAMP, until: TIMESTAMP },
};

class Type {
  readonly #relations: Record<string, object> = {};
  readonly #metadata: Record<string, object> = {};

  constructor(readonly name: string) {}

  direct(relation: string, types: readonly object[]): this {
    this.#relations[relation] = { this: {} };
    this.#metadata[relation] = { directly_related_user_types: types };
    return this;
  }

  rewritten(relation: string, rewrite: Rewrite): this {
    this.#relations[relation] = rewrite;
    return this;
  }

  get json(): object {
    const metadata = { relations: this.#metadata };
    return { type: this.name, relations: this.#relations, metadata };
  }
}

// ── What is held, as tuples ─────────────────────────────────────────────────────────────────

interface Tuple {
  readonly user: string;
  readonly relation: string;
  readonly object: string;
  readonly condition?: object;
}

export function* tuplesOf(all: Everybody): Generator<Tuple> {
  const everybody = rolesOfEverybody(all.catalogue);
  for (const organization of all.organizations()) {
    const object = `organization:${organization.id}`;
    if (organization.isSuspended) yield { user: 'member:*', relation: 'closed', object };
    for (const { id, isActive } of organization.spaces) {
      yield { user: object, relation: 'organization', object: `space:${id}` };
      if (!isActive) yield { user: 'member:*', relation: 'inactive', object: `space:${id}` };
    }
    for (const { id, grants } of organization.teams) {
      for (const grant of grants) yield tupleOf(`team:${id}#member`, grant, organization);
    }
    for (const { id, isActive, grants, teams } of all.members(organization)) {
      const user = `member:${id}`;
      for (const role of everybody) yield { user, relation: roleAs(role), object };
      if (!isActive) yield { user, relation: 'closed', object };
      for (const grant of grants) yield tupleOf(user, grant, organization);
      for (const team of teams) yield { user, relation: 'member', object: `team:${team.id}` };
    }
  }
}

const objectOf = ({ id }: Pick<Organization, 'id'>, scope: string | undefined): string =>
  scope === undefined || scope === 'organization' ? `organization:${id}` : `space:${scope}`;

const tupleOf = (user: string, grant: GrantFact, organization: Organization): Tuple => {
  const { role, scope, notBefore, expiresAt } = grant;
  const tuple = { user, relation: roleAs(role), object: objectOf(organization, scope) };
  if (notBefore === undefined && expiresAt === undefined) return tuple;
  const context = {
    from: notBefore ?? '0001-01-01T00:00:00Z',
    until: expiresAt ?? '9999-12-31T23:59:59Z',
  };
  return { ...tuple, condition: { name: 'in_force', context } };
};

// ── Asking ──────────────────────────────────────────────────────────────────────────────────

/** `Spoken`, of any question that can be put. */
interface Spelt extends Spoken {
  one(question: Put): Sent;
  many(questions: readonly Put[]): Sent;
}

class Store {
  private constructor(
    readonly path: string,
    readonly spoken: Spelt,
  ) {}

  static async made(url: string, catalogue: Catalogue, now: () => number): Promise<Store> {
    const { id } = await post<{ id: string }>(`${url}/stores`, { name: catalogue.id });
    const path = `/stores/${id}`;
    const named = await post<object>(`${url}${path}/authorization-models`, modelOf(catalogue));
    return new Store(path, {
      url,
      headers: {},
      one: (question) => ({ path: `${path}/check`, body: { ...named, ...keyed(question, now()) } }),
      many: (questions) => {
        const checks = questions.map((one, n) => ({
          ...keyed(one, now()),
          correlation_id: `n${n}`,
        }));
        return { path: `${path}/batch-check`, body: { ...named, checks } };
      },
    });
  }

  async write(tuples: Iterable<Tuple>): Promise<void> {
    let batch: Tuple[] = [];
    const flush = async (): Promise<void> => {
      if (batch.length === 0) return;
      await this.#send({ path: `${this.path}/write`, body: { writes: { tuple_keys: batch } } });
      batch = [];
    };
    for (const one of tuples) {
      batch.push(one);
      if (batch.length === 100) await flush();
    }
    await flush();
  }

  async check(question: Put): Promise<boolean> {
    return (await this.#send<{ allowed: boolean }>(this.spoken.one(question))).allowed;
  }

  /** At most `TOGETHER`. */
  async batch(questions: readonly Put[]): Promise<boolean[]> {
    const { result } = await this.#send<{ result: Readonly<Record<string, Checked>> }>(
      this.spoken.many(questions),
    );
    return questions.map((_, n) => {
      const { allowed, error } = result[`n${n}`]!;
      if (allowed === undefined) throw new Error(JSON.stringify(error));
      return allowed;
    });
  }

  #send<T>({ path, body }: Sent): Promise<T> {
    return post<T>(this.spoken.url + path, body);
  }
}

const keyed = ({ member, organization, space, permission }: Put, now: number): object => ({
  tuple_key: {
    user: `member:${member.id}`,
    relation: can(permission),
    object: objectOf(organization, space),
  },
  context: { now: new Date(now).toISOString() },
});

interface Checked {
  readonly allowed?: boolean;
  readonly error?: unknown;
}
