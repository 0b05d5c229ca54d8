/**
 * The naive oracle: who may do what, worked out from the whole list of events again for every
 * question. Written from the documents of the domain alone; it shares nothing with what it judges
 * but the types of events. Slow, and meant to be read.
 */
import type { CatalogueContent } from '#domain/catalogue.js';
import type { DomainEvent, GrantFact } from '#domain/events.js';

/** An event and the stream it stands in; everything else about it decides nothing. */
export interface Happened {
  readonly stream: string;
  readonly event: DomainEvent;
}

export interface Asked {
  readonly organization: string;
  readonly principal: string;
  readonly permission: string;
  readonly space?: string | undefined;
}

export interface Told {
  readonly allowed: boolean;
  readonly reason: string;
}

const no = (reason: string): Told => ({ allowed: false, reason });

const eventsOf = (log: readonly Happened[], organization: string): DomainEvent[] =>
  log.filter(({ stream }) => stream === `organization-${organization}`).map(({ event }) => event);

/** Is `permission` allowed at the moment `now`? */
export const judge = (log: readonly Happened[], asked: Asked, now: string): Told =>
  judgeEach(log, asked, [asked], now)[0]!;

/** The same of one principal for each of many questions: the events are gone through once. */
export function judgeEach(
  log: readonly Happened[],
  { organization, principal }: Pick<Asked, 'organization' | 'principal'>,
  questions: readonly Pick<Asked, 'permission' | 'space'>[],
  now: string,
): Told[] {
  const events = eventsOf(log, organization);
  const catalogue = catalogueOf(log, events);
  const status = statusOf(events);
  if (status !== 'active') return questions.map(() => no(status));
  const who = identify(log, organization, principal, now);
  const power = powerOf(log, who, organization, now);
  const roles = rolesInHand(log, organization, catalogue, who, now);
  const spaces = new Map(
    questions.map(({ space }) => [
      space,
      space === undefined ? 'active' : spaceStatus(events, space),
    ]),
  );

  return questions.map(({ permission, space }) => {
    const spaceIs = spaces.get(space);
    if (spaceIs === 'missing') return no('space_not_found');

    // A deactivated space gives only what the catalogue lists, whoever asks.
    const left: readonly string[] = catalogue.inactiveSpace;
    const open = spaceIs === 'active' || left.includes(permission);
    if (open && powerAllows(power, catalogue, permission)) return yes;
    const fits = (role: InHand) => covers(catalogue, role, permission, space);
    if (open && roles.some((role) => role.when === 'now' && fits(role))) return yes;

    // Whom the platform lets in is somebody, member or not, and told of the space.
    const isLetIn =
      powerAllows(power, catalogue, permission) ||
      roles.some((role) => role.when === 'now' && fits(role));
    if (!open && isLetIn) return no('space_inactive');
    if (who.absent !== undefined) return no(who.absent);
    if (!open) return no('space_inactive');
    const giving = roles.filter((role) => !role.abroad && role.permissions.has(permission));
    if (giving.some((role) => role.when === 'later' && fits(role))) return no('not_yet');
    if (giving.some((role) => role.when === 'before' && fits(role))) return no('expired');
    if (giving.some((role) => role.when === 'now' && !role.implicit)) return no('wrong_scope');
    return no('no_role');
  });
}

const yes: Told = { allowed: true, reason: 'granted' };
/** Of a request that the product does not know. */
export const unrouted: Told = no('route.unknown');

/** Everything `principal` may do at `space`, or at the organization. */
export const judgeAll = (
  log: readonly Happened[],
  asked: Omit<Asked, 'permission'>,
  now: string,
): string[] =>
  [...levels(catalogueOf(log, eventsOf(log, asked.organization))).keys()]
    .filter((permission) => judge(log, { ...asked, permission }, now).allowed)
    .sort();

/** May `principal` send this request to the product? Its path has no parts but those of a template. */
export function judgeRoute(
  log: readonly Happened[],
  { method, path, ...asked }: Omit<Asked, 'permission'> & { method: string; path: string },
  now: string,
): Told {
  const permission = permissionOfRoute(log, asked.organization, { method, path });
  return permission === undefined ? unrouted : judge(log, { ...asked, permission }, now);
}

/** The permission that a request to the product needs, where it has such a route. */
export function permissionOfRoute(
  log: readonly Happened[],
  organization: string,
  { method, path }: { method: string; path: string },
): string | undefined {
  const { routes } = catalogueOf(log, eventsOf(log, organization));
  const fits = (template: string) =>
    new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path);
  return routes.find((one) => one.method === method && fits(one.path))?.permission;
}

/** Does the key carry the scope, and is it good at this moment? */
export function judgeKey(
  log: readonly Happened[],
  organization: string,
  key: string,
  scope: string,
  now: string,
): Told {
  const events = eventsOf(log, organization);
  const status = statusOf(events);
  if (status !== 'active') return no(status);
  const found = keyOf(events, key);
  if (found === undefined || found === 'revoked') {
    return no(found === 'revoked' ? 'key_revoked' : 'no_membership');
  }
  if (memberStatus(events, found.owner) === 'inactive') return no('deactivated');
  if (found.expiresAt !== undefined && found.expiresAt <= now) return no('key_expired');
  return found.scopes.includes(scope) ? yes : no('scope_missing');
}

// ── Catalogues ──────────────────────────────────────────────────────────────────────────────

/** The version that the organization was created on or adopted last. */
function catalogueOf(log: readonly Happened[], events: readonly DomainEvent[]): CatalogueContent {
  let id = '';
  let version = 0;
  for (const event of events) {
    if (event.type === 'organization.create') [id, version] = [event.catalogue, event.version];
    if (event.type === 'organization.catalogue_adopt') version = event.to;
  }
  const published = log.flatMap(({ event }) =>
    event.type === 'catalogue.publish' && event.catalogue === id && event.version === version
      ? [event.content]
      : [],
  );
  return published[0]!;
}

/** Permission → the level it is at. */
function levels(catalogue: CatalogueContent): Map<string, 'organization' | 'space'> {
  const all = new Map<string, 'organization' | 'space'>();
  for (const [resource, actions] of Object.entries(catalogue.permissions)) {
    if (Array.isArray(actions)) {
      for (const action of actions as string[]) all.set(`${resource}:${action}`, 'organization');
    } else {
      const { organization = [], space = [] } = actions as { [level: string]: string[] };
      for (const action of organization) all.set(`${resource}:${action}`, 'organization');
      for (const action of space) all.set(`${resource}:${action}`, 'space');
    }
  }
  return all;
}

/** Everything a role of the catalogue gives: patterns and included roles, less the exceptions. */
function rolePermissions(catalogue: CatalogueContent, id: string): Set<string> | undefined {
  const role = catalogue.roles.find((one) => (one.id as string) === id);
  if (role === undefined) return undefined;
  const all = [...levels(catalogue).keys()];
  const meant = (patterns: readonly string[]) =>
    all.filter((permission) =>
      patterns.some((pattern) => {
        if (pattern === '*') return true;
        const [resource, action] = pattern.split(':');
        const [itsResource, itsAction] = permission.split(':');
        return (
          (resource === '*' || resource === itsResource) && (action === '*' || action === itsAction)
        );
      }),
    );
  const has = new Set(meant(role.permissions));
  for (const included of role.includes ?? []) {
    for (const permission of rolePermissions(catalogue, included) ?? []) has.add(permission);
  }
  for (const permission of meant(role.except ?? [])) has.delete(permission);
  return has;
}

/** What a role gives in this organization: the catalogue's, or its own custom one. */
function permissionsOfRole(
  events: readonly DomainEvent[],
  catalogue: CatalogueContent,
  id: string,
): Set<string> | undefined {
  const fromCatalogue = rolePermissions(catalogue, id);
  if (fromCatalogue !== undefined) return fromCatalogue;
  let custom: readonly string[] | undefined;
  for (const event of events) {
    if (event.type === 'role.define' && event.role === id) custom = event.permissions;
    if (event.type === 'role.change' && event.role === id) custom = event.permissions ?? custom;
    if (event.type === 'role.retire' && event.role === id) custom = undefined;
  }
  const known = levels(catalogue);
  return custom === undefined ? undefined : new Set(custom.filter((one) => known.has(one)));
}

// ── The organization and its spaces ─────────────────────────────────────────────────────────

function statusOf(events: readonly DomainEvent[]): 'active' | 'suspended' | 'organization_deleted' {
  if (events.some((event) => event.type === 'organization.delete')) return 'organization_deleted';
  const last = events.findLast(
    (event) => event.type === 'organization.suspend' || event.type === 'organization.resume',
  );
  return last?.type === 'organization.suspend' ? 'suspended' : 'active';
}

function spaceStatus(
  events: readonly DomainEvent[],
  space: string,
): 'active' | 'inactive' | 'missing' {
  const about = events.filter((event) => 'space' in event && event.space === space);
  const created = about.some((event) => event.type === 'space.create');
  if (!created || about.some((event) => event.type === 'space.delete')) return 'missing';
  const last = about.findLast(
    (event) => event.type === 'space.deactivate' || event.type === 'space.reactivate',
  );
  return last?.type === 'space.deactivate' ? 'inactive' : 'active';
}

// ── Principals ──────────────────────────────────────────────────────────────────────────────

type Status = 'active' | 'inactive' | 'nobody';

function memberStatus(events: readonly DomainEvent[], member: string): Status {
  let status: Status = 'nobody';
  for (const event of events) {
    if (!('member' in event) || event.member !== member) continue;
    if (event.type === 'member.accept' || event.type === 'member.join') status = 'active';
    if (event.type === 'member.deactivate') status = 'inactive';
    if (event.type === 'member.reactivate') status = 'active';
    if (event.type === 'member.remove') status = 'nobody';
  }
  return status;
}

/** The user a member is, as far as anybody knows. */
function userOf(events: readonly DomainEvent[], member: string): string | undefined {
  let user: string | undefined;
  for (const event of events) {
    if (!('member' in event) || event.member !== member) continue;
    if (event.type === 'member.accept' || event.type === 'member.identity_link') user = event.user;
    if (event.type === 'member.join') user = event.user ?? user;
    if (event.type === 'member.remove') user = undefined;
    if (event.type === 'member.personal_data_erase') user = undefined;
  }
  return user;
}

/** The member that a user is in an organization now. */
const memberOfUser = (events: readonly DomainEvent[], user: string): string | undefined => {
  const members = new Set(
    events.flatMap((event) =>
      event.type === 'member.accept' || event.type === 'member.join' ? [event.member] : [],
    ),
  );
  return [...members].find((member) => userOf(events, member) === user);
};

const accountExists = (events: readonly DomainEvent[], account: string): boolean =>
  events.some((event) => event.type === 'service_account.create' && event.account === account) &&
  !events.some((event) => event.type === 'service_account.delete' && event.account === account);

interface Key {
  owner: string;
  scopes: readonly string[];
  expiresAt?: string | undefined;
}

/** A key as it is, or that it is no more: revoked, or gone with its owner. */
function keyOf(events: readonly DomainEvent[], id: string): Key | 'revoked' | undefined {
  let key: Key | 'revoked' | undefined;
  for (const event of events) {
    if (event.type === 'api_key.create' && event.key === id) {
      key = { owner: event.owner, scopes: event.scopes, expiresAt: event.expiresAt };
    }
    if (key === undefined || key === 'revoked') continue;
    if (event.type === 'api_key.change' && event.key === id) {
      if (event.scopes !== undefined) key.scopes = event.scopes;
      if (event.expiresAt !== undefined) key.expiresAt = event.expiresAt ?? undefined;
    }
    if (event.type === 'api_key.revoke' && event.key === id) key = 'revoked';
    else if (event.type === 'member.remove' && event.member === key.owner) key = 'revoked';
    else if (event.type === 'service_account.delete' && event.account === key.owner) {
      key = 'revoked';
    }
  }
  return key;
}

interface Who {
  /** Whose grants decide here: a member or service account of this organization. */
  readonly here?: string | undefined;
  /** And whose of the platform organization. */
  readonly there?: string | undefined;
  readonly absent?: string | undefined;
}

/** Who the principal is in the organization and in the platform. */
function identify(
  log: readonly Happened[],
  organization: string,
  principal: string,
  now: string,
): Who {
  const here = holder(eventsOf(log, organization), principal, now);
  if (principal.startsWith('mem_')) {
    // A member is a person: what the platform gives to that person counts as well.
    const user = userOf(eventsOf(log, organization), principal);
    const isActive = here.holder !== undefined;
    const there =
      isActive && user !== undefined ? holder(eventsOf(log, 'platform'), user, now) : {};
    return { here: here.holder, there: there.holder, absent: here.absent };
  }
  const there = holder(eventsOf(log, 'platform'), principal, now);
  const unknownHere = here.absent === 'no_membership';
  return {
    here: here.holder,
    there: there.holder,
    absent: unknownHere ? (there.absent ?? 'no_membership') : here.absent,
  };
}

/** Whose grants a principal has in one organization, or why nobody's. */
function holder(
  events: readonly DomainEvent[],
  principal: string,
  now: string,
): { holder?: string; absent?: string } {
  switch (principal.split('_')[0]) {
    case 'usr': {
      const member = memberOfUser(events, principal);
      return member === undefined ? { absent: 'no_membership' } : holder(events, member, now);
    }
    case 'mem': {
      const status = memberStatus(events, principal);
      if (status === 'active') return { holder: principal };
      return { absent: status === 'inactive' ? 'deactivated' : 'no_membership' };
    }
    case 'svc':
      return accountExists(events, principal) ? { holder: principal } : { absent: 'no_membership' };
    default: {
      const key = keyOf(events, principal);
      if (key === undefined) return { absent: 'no_membership' };
      if (key === 'revoked') return { absent: 'key_revoked' };
      if (memberStatus(events, key.owner) === 'inactive') return { absent: 'deactivated' };
      if (key.expiresAt !== undefined && key.expiresAt <= now) return { absent: 'key_expired' };
      // Behind an organization's own key stands nobody.
      return key.owner === 'organization' ? {} : holder(events, key.owner, now);
    }
  }
}

// ── Grants ──────────────────────────────────────────────────────────────────────────────────

interface Given extends Omit<GrantFact, 'role'> {
  role: string;
}

/** The grants given to one member, team or service account, and not taken away since. */
function grantsGivenTo(events: readonly DomainEvent[], whom: string): Given[] {
  let given: Given[] = [];
  const give = (grants: readonly GrantFact[]) => given.push(...grants.map((one) => ({ ...one })));
  const take = (ids: readonly string[]) => {
    given = given.filter(({ id }) => !ids.includes(id));
  };
  for (const event of events) {
    switch (event.type) {
      case 'member.accept':
      case 'member.join':
        if (event.member !== whom) break;
        take(event.replaced);
        give(event.grants);
        break;
      case 'service_account.create':
        if (event.account === whom) give(event.grants);
        break;
      case 'member.role_change':
      case 'team.role_change':
      case 'service_account.role_change': {
        const subject =
          'member' in event ? event.member : 'team' in event ? event.team : event.account;
        if (subject !== whom) break;
        take(event.removed);
        give(event.added);
        break;
      }
      case 'member.grant_expire':
        if (event.member === whom) take([event.grant]);
        break;
      case 'member.remove':
        if (event.member === whom) given = [];
        break;
      case 'team.delete':
        if (event.team === whom) given = [];
        break;
      case 'service_account.delete':
        if (event.account === whom) given = [];
        break;
      case 'space.delete':
        given = given.filter(({ scope }) => scope !== event.space);
        break;
      case 'organization.catalogue_adopt':
        given = renamed(given, event.remap);
        break;
      case 'role.retire':
        if (event.remapTo !== undefined) given = renamed(given, { [event.role]: event.remapTo });
        break;
      default:
    }
  }
  return given;
}

/** All at once. Whoever held one of these roles then has each role once for a place and a time: the
 * grant that came first. */
function renamed(given: readonly Given[], names: { readonly [role: string]: string }): Given[] {
  if (!given.some(({ role }) => role in names)) return [...given];
  const kept: Given[] = [];
  for (const one of given) {
    const role = names[one.role] ?? one.role;
    const isThere = kept.some(
      (other) =>
        other.role === role &&
        other.scope === one.scope &&
        other.notBefore === one.notBefore &&
        other.expiresAt === one.expiresAt,
    );
    if (!isThere) kept.push({ ...one, role });
  }
  return kept;
}

/** The teams a member is in: for as long as one source has put it there. */
function teamsOf(events: readonly DomainEvent[], member: string): Set<string> {
  const places = new Set<string>();
  const place = (team: string, source: string, group = '') => `${team}/${source}/${group}`;
  for (const event of events) {
    if (event.type === 'member.accept' && event.member === member) {
      for (const team of event.teams) places.add(place(team, 'invitation'));
    }
    if (event.type === 'member.join' && event.member === member) {
      for (const team of event.teams) places.add(place(team, 'direct'));
    }
    if (event.type === 'team.member_add' && event.member === member) {
      places.add(place(event.team, event.source, event.group));
    }
    if (event.type === 'team.member_remove' && event.member === member) {
      places.delete(place(event.team, event.source, event.group));
    }
    if (event.type === 'member.remove' && event.member === member) places.clear();
  }
  return new Set([...places].map((one) => one.split('/')[0]!));
}

interface InHand {
  readonly permissions: ReadonlySet<string>;
  readonly scope: string;
  readonly when: 'before' | 'now' | 'later';
  /** Given by the platform organization. */
  readonly abroad?: boolean;
  readonly implicit?: boolean;
}

const when = ({ notBefore, expiresAt }: Pick<Given, 'notBefore' | 'expiresAt'>, now: string) => {
  if (notBefore !== undefined && now < notBefore) return 'later';
  return expiresAt !== undefined && now >= expiresAt ? 'before' : 'now';
};

const allGrantsOf = (events: readonly DomainEvent[], whom: string): Given[] =>
  [whom, ...teamsOf(events, whom)].flatMap((one) => grantsGivenTo(events, one));

/** Every role that has been put in this principal's hands here, in force or not. */
function rolesInHand(
  log: readonly Happened[],
  organization: string,
  catalogue: CatalogueContent,
  who: Who,
  now: string,
): InHand[] {
  const events = eventsOf(log, organization);
  const roles: InHand[] = [];
  if (who.here !== undefined) {
    for (const grant of allGrantsOf(events, who.here)) {
      const permissions = permissionsOfRole(events, catalogue, grant.role);
      if (permissions !== undefined) {
        roles.push({ permissions, scope: grant.scope, when: when(grant, now) });
      }
    }
    if (who.here.startsWith('mem_')) roles.push(...implicitRoles(catalogue, roles));
  }
  if (who.there !== undefined && organization !== 'platform') {
    roles.push(...platformGrants(log, catalogue, who.there, now));
  }
  return roles;
}

/** Implicit roles: of every member at the organization, and at each space they can access. */
function implicitRoles(catalogue: CatalogueContent, roles: readonly InHand[]): InHand[] {
  const accessible = roles.filter((role) => role.when === 'now').map(({ scope }) => scope);
  return catalogue.roles
    .filter(({ kind }) => kind === 'implicit')
    .flatMap(({ id, scopes }): InHand[] => {
      const permissions = rolePermissions(catalogue, id)!;
      const where = scopes.includes('organization') ? ['organization'] : accessible;
      return where.map((scope) => ({ permissions, scope, when: 'now', implicit: true }));
    });
}

/** `mondoo/iam-manager` and its like reach the organizations on that catalogue. */
function platformGrants(
  log: readonly Happened[],
  catalogue: CatalogueContent,
  there: string,
  now: string,
): InHand[] {
  const events = eventsOf(log, 'platform');
  if (statusOf(events) !== 'active') return [];
  return allGrantsOf(events, there).flatMap((grant): InHand[] => {
    const [id, role] = grant.role.split('/');
    const permissions = role === undefined ? undefined : rolePermissions(catalogue, role);
    if (id !== catalogue.id || permissions === undefined) return [];
    return [{ permissions, scope: 'organization', when: when(grant, now), abroad: true }];
  });
}

/** Does the role, where it is held, reach the place asked about? */
function covers(
  catalogue: CatalogueContent,
  role: InHand,
  permission: string,
  space: string | undefined,
): boolean {
  if (!role.permissions.has(permission)) return false;
  if (role.scope === 'organization') return true;
  return role.scope === space && levels(catalogue).get(permission) === 'space';
}

/** What the platform organization gives. */
function powerOf(
  log: readonly Happened[],
  who: Who,
  organization: string,
  now: string,
): ReadonlySet<string> {
  const whom = organization === 'platform' ? who.here : who.there;
  const events = eventsOf(log, 'platform');
  if (whom === undefined || statusOf(events) !== 'active') return new Set();
  const platform = catalogueOf(log, events);
  return new Set(
    allGrantsOf(events, whom)
      .filter((grant) => when(grant, now) === 'now')
      .flatMap((grant) => [...(permissionsOfRole(events, platform, grant.role) ?? [])]),
  );
}

/** Power over all organizations: everything, or everything that only reads. */
function powerAllows(
  power: ReadonlySet<string>,
  catalogue: CatalogueContent,
  permission: string,
): boolean {
  if (power.has('organizations:operate')) return levels(catalogue).has(permission);
  const reading = Object.entries(catalogue.operations)
    .filter(([operation]) => operation.startsWith('view_') || operation === 'read_access')
    .map(([, needed]) => needed as string);
  return power.has('organizations:read') && reading.includes(permission);
}
