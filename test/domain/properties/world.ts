/**
 * A small installation driven by the real rules: one organization, the platform organization,
 * people who come and go, machines, and a clock. A command is decided, checked and folded; what it
 * did is kept in the plain fold too.
 */
import type { Address, Context } from '#domain/context.js';
import { becomesDue, settles, type Due } from '#domain/decide/agenda.js';
import { join } from '#domain/decide/join.js';
import type {
  ActorFact,
  MembershipEvent,
  Metadata,
  RecordedMembershipEvent,
} from '#domain/events.js';
import { evolve } from '#domain/evolve.js';
import {
  ID_PREFIX,
  PLATFORM,
  type CatalogueId,
  type CommandId,
  type IdKind,
  type Instant,
  type MemberId,
  type NewId,
  type OrganizationId,
  type RoleId,
  type ServiceAccountId,
  type Tag,
  type UserId,
} from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { emptyOrganization, overlay, type Organization } from '#domain/state.js';
import { createOrganization } from '#domain/decide/organization.js';
import { createServiceAccount } from '#domain/decide/service-account.js';
import { createApiKey } from '#domain/decide/api-key.js';
import type { Catalogue } from '#domain/catalogue.js';
import { after, nothing, type Plain } from './plain.js';
import { versions, type Product } from './versions.js';

/** Somebody outside, with one address. */
export interface Person {
  readonly user: UserId;
  readonly tag: Tag;
  readonly domain: string;
  readonly provider: 'business' | 'free' | 'disposable';
}

const person = (
  name: string,
  domain: string,
  provider: Person['provider'] = 'business',
): Person => ({ user: `usr_${name}` as UserId, tag: `tag_${name}` as Tag, domain, provider });

/** The first founds the organization. */
export const PEOPLE: readonly Person[] = [
  person('ada', 'own.example'),
  person('bea', 'own.example'),
  person('cyd', 'own.example'),
  person('dov', 'own.example'),
  person('eli', 'elsewhere.example'),
  person('fay', 'own.example'),
  person('gus', 'free.example', 'free'),
  person('hal', 'own.example'),
];
export const FOUNDER = PEOPLE[0]!;
export const ADMINISTRATOR = person('root', 'own.example');
const AUDITOR = person('audit', 'own.example');
const IAM = person('iam', 'own.example');
export const OPERATORS: readonly Person[] = [ADMINISTRATOR, AUDITOR, IAM];
export const TRUSTED = 'svc_trusted' as ServiceAccountId;

export const addressOf = (of: Person, subject: string): Address => ({
  tag: of.tag,
  domain: of.domain,
  provider: of.provider,
  email: { subject, sealed: 'address' },
  displayEmail: { subject, sealed: 'Address' },
});

export const asUser = ({ user }: Person): ActorFact => ({ kind: 'user', id: user, via: 'http' });
export const asSystem = (id: 'sweeper' | 'configuration' | 'catalogue' | 'scim' | 'sso') =>
  ({ kind: 'system', id, via: 'internal' }) as const satisfies ActorFact;

/** A rule with its command, waiting for its context. */
export type Decision = (context: Context) => (organization: Organization) => MembershipEvent[];

export interface Attempt {
  readonly name: string;
  readonly command: unknown;
  readonly actor: ActorFact;
  readonly decide: Decision;
  readonly on: 'main' | 'platform';
}

/** One organization: the state as the service keeps it, as overlays, and in the plain fold. */
export interface Side {
  readonly name: 'main' | 'platform';
  readonly catalogueId: string;
  readonly state: Organization;
  /** The same events, folded through overlays upon overlays. */
  layered: Organization;
  plain: Plain;
  events: number;
  /** What its events have made due. */
  readonly agenda: Map<Due['item'], Due>;
}

export interface World {
  readonly main: Side;
  readonly platform: Side;
  now: Instant;
  ids: number;
  /** Every id that any event has named first. */
  readonly seen: Set<string>;
  /** What happened, told only when somebody asks. */
  readonly story: (() => string)[];
}

const side = (name: Side['name'], id: string, catalogueId: string): Side => ({
  name,
  catalogueId,
  state: emptyOrganization(id as OrganizationId),
  layered: emptyOrganization(id as OrganizationId),
  plain: nothing(),
  events: 0,
  agenda: new Map(),
});

const START = Date.parse('2026-03-01T12:00:00.000Z');

/** @param ids numbers them; the same start gives the same ids. */
export const newIdOf =
  (ids: { next: number }): NewId =>
  <K extends IdKind>(kind: K) =>
    `${ID_PREFIX[kind]}_${ids.next++}` as ReturnType<NewId> as never;

export const catalogueOf = ({ catalogueId, plain }: Side): Catalogue => {
  const all = versions(catalogueId);
  return all.find(({ version }) => version === plain.catalogue.version) ?? all[0]!;
};

export const contextOf = (
  world: World,
  of: Side,
  actor: ActorFact,
  ids: { next: number },
  platform: Organization = world.platform.state,
): Context => ({
  now: world.now,
  actor,
  catalogue: catalogueOf(of),
  platform: { organization: platform, catalogue: catalogueOf(world.platform) },
  latest: (id: CatalogueId) => (id === 'nothing' ? undefined : versions(id)[0]),
  newId: newIdOf(ids),
});

/** What came of a command: events, or a refusal. Anything else thrown goes through. */
export type Outcome =
  | { readonly events: readonly MembershipEvent[]; readonly refused?: undefined }
  | { readonly events: readonly []; readonly refused: Refusal };

export function decided(decide: () => MembershipEvent[]): Outcome {
  try {
    const events = decide();
    if (!Array.isArray(events)) throw new TypeError('a rule gives an array');
    return { events };
  } catch (error) {
    if (error instanceof Refusal) return { events: [], refused: error };
    throw error;
  }
}

export function attempted(
  world: World,
  { decide, actor, on }: Attempt,
  ids: { next: number },
  state: Organization = world[on].state,
): Outcome {
  const platform = on === 'platform' ? state : world.platform.state;
  const context = contextOf(world, world[on], actor, ids, platform);
  return decided(() => decide(context)(state));
}

export const recorded = (
  event: MembershipEvent,
  actor: ActorFact,
  now: Instant,
  revision: number,
): Pick<RecordedMembershipEvent, 'event' | 'metadata' | 'revision'> => ({
  event,
  revision,
  metadata: { commandId: 'cmd_0' as CommandId, occurredAt: now, actor } as Metadata,
});

/** Folds what was decided into all three forms. */
export function commit(
  world: World,
  of: Side,
  events: readonly MembershipEvent[],
  actor: ActorFact,
): void {
  if (of.events % 7 === 0) of.layered = overlay(of.layered);
  for (const event of events) {
    const record = recorded(event, actor, world.now, of.events++);
    evolve(of.state, record);
    evolve(of.layered, record);
    for (const item of settles(event)) of.agenda.delete(item);
    for (const due of becomesDue(event, world.now)) of.agenda.set(due.item, due);
  }
  of.plain = after(of.plain, events, world.now, actor);
}

/** Decides and commits; for setting a scene, where nothing may be refused. */
export function must(
  world: World,
  on: Side['name'],
  actor: ActorFact,
  decide: Decision,
): readonly MembershipEvent[] {
  const ids = { next: world.ids };
  const outcome = attempted(world, { name: '', command: {}, decide, actor, on }, ids);
  if (outcome.refused !== undefined) throw outcome.refused;
  world.ids = ids.next;
  commit(world, world[on], outcome.events, actor);
  return outcome.events;
}

const newcomer = (of: Person, member: string) => ({
  member: member as MemberId,
  user: of.user,
  address: addressOf(of, member),
  name: null,
  authentication: 'local' as const,
});

/** Founded by the first of the people, on a platform with an administrator and a trusted service. */
export function foundWorld(product: Product): World {
  const world: World = {
    main: side('main', 'org_main', product),
    platform: side('platform', PLATFORM, 'platform'),
    now: new Date(START).toISOString() as Instant,
    ids: 1,
    seen: new Set(),
    story: [],
  };
  const configuration = asSystem('configuration');
  const found = (name: Side['name'], founder: Person, actor: ActorFact): void => {
    const founders = [newcomer(founder, `mem_${founder.user}`)];
    must(world, name, actor, (context) =>
      createOrganization({ name: `The ${name}`, founders, creation: 'anyone' }, context),
    );
  };
  found('platform', ADMINISTRATOR, configuration);
  const enlist = (who: Person, role: string): void => {
    const command = {
      newcomer: newcomer(who, `mem_${who.user}`),
      source: 'configuration' as const,
      roles: [role as RoleId],
    };
    must(world, 'platform', configuration, (context) => join(command, context));
  };
  enlist(AUDITOR, 'platform-auditor');
  if (product === 'mondoo') enlist(IAM, 'mondoo/iam-manager');
  const trusted = {
    account: TRUSTED,
    name: 'Trusted',
    grants: [{ role: 'platform-service' as RoleId, scope: 'organization' as const }],
  };
  must(world, 'platform', asUser(ADMINISTRATOR), (context) =>
    createServiceAccount(trusted, context),
  );
  const key = {
    key: 'key_trusted' as never,
    owner: TRUSTED,
    name: 'trusted',
    scopes: [],
    secretHash: 'hash',
  };
  must(world, 'platform', asUser(ADMINISTRATOR), (context) => createApiKey(key, context));
  found('main', FOUNDER, asUser(FOUNDER));
  return world;
}

export const wait = (world: World, milliseconds: number): void => {
  world.now = new Date(Date.parse(world.now) + milliseconds).toISOString() as Instant;
};
