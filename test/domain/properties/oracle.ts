/**
 * Who may give what, and act on whom, judged from tables written by hand and from the plain fold.
 * Shares no code with the rules.
 */
import type { ActorFact } from '#domain/events.js';
import { DELEGATION } from '../../catalogues/tables/delegation.js';
import type { Plain, PlainGrant } from './plain.js';
import { FACTS, type RoleFact } from './tables.js';

/** A role somebody holds, or is to be given. */
export interface Holding {
  readonly role: string;
  readonly scope: string;
  readonly notBefore?: string;
  /** Absent: without end. */
  readonly expiresAt?: string;
}

/** What somebody has to give from, at one moment. */
export interface Power {
  /** The service itself, or the installation's administrator. */
  readonly unlimited: boolean;
  /** Who of the members this is. */
  readonly member?: string;
  readonly held: readonly Holding[];
}

export const POWERLESS: Power = { unlimited: false, held: [] };

/** Where roles are looked up: the catalogue's by hand, the organization's own from the fold. */
export interface Setting {
  readonly catalogue: string;
  readonly plain: Plain;
}

export const isRunning = (grant: Omit<Holding, 'role' | 'scope'>, now: string): boolean =>
  (grant.notBefore === undefined || grant.notBefore <= now) && !isOver(grant, now);
export const isOver = (grant: Pick<Holding, 'expiresAt'>, now: string): boolean =>
  grant.expiresAt !== undefined && grant.expiresAt <= now;

const reaches = (from: string, scope: string): boolean => from === 'organization' || from === scope;
export const levelOf = (scope: string): 'organization' | 'space' =>
  scope === 'organization' ? 'organization' : 'space';

/** Every grant of a member: its own and those of its teams. */
export function grantsOfMember(plain: Plain, id: string): PlainGrant[] {
  const member = plain.members.get(id);
  if (member === undefined || member.status === 'removed') return [];
  const teams = new Set(member.teams.map(({ team }) => team));
  const theirs = [...teams].flatMap((team) => {
    const found = plain.teams.get(team);
    return found === undefined || found.deleted ? [] : found.grants;
  });
  return [...member.grants, ...theirs];
}

/** The person, or the machine, behind an actor here, as long as it is let act. */
export function standingOf(
  plain: Plain,
  actor: ActorFact,
  now: string,
): { readonly member?: string; readonly account?: string; readonly key?: string } | undefined {
  const byUser = (user: string): { member: string } | undefined => {
    for (const one of plain.members.values()) {
      if (one.user === user && one.status === 'active') return { member: one.id };
    }
    return undefined;
  };
  switch (actor.kind) {
    case 'user':
      return byUser(actor.id);
    case 'service_account': {
      if (actor.actingFor !== undefined) return byUser(actor.actingFor);
      const account = plain.accounts.get(actor.id);
      return account === undefined || account.deleted ? undefined : { account: actor.id };
    }
    case 'api_key': {
      if (actor.actingFor !== undefined) return byUser(actor.actingFor);
      const key = plain.keys.get(actor.id);
      if (key === undefined || key.revoked || isOver(key, now)) return undefined;
      if (key.owner === 'organization') return { key: key.id };
      if (plain.members.get(key.owner)?.status === 'active') return { member: key.owner };
      const account = plain.accounts.get(key.owner);
      return account === undefined || account.deleted ? undefined : { account: key.owner };
    }
    case 'link':
    case 'system':
      return undefined;
  }
}

const rolesOf = (plain: Plain, actor: ActorFact, now: string): PlainGrant[] => {
  if (plain.status !== 'active') return [];
  const standing = standingOf(plain, actor, now);
  const all =
    standing?.member !== undefined
      ? grantsOfMember(plain, standing.member)
      : (plain.accounts.get(standing?.account ?? '')?.grants ?? []);
  return all.filter((grant) => isRunning(grant, now));
};

/** Only a service that the platform trusts acts for somebody. */
function mayStandIn(platform: Plain, actor: ActorFact, now: string): boolean {
  if (actor.kind !== 'service_account' && actor.kind !== 'api_key') return true;
  if (actor.actingFor === undefined) return true;
  const { actingFor: _, ...itself } = actor;
  return (
    standingOf(platform, itself, now)?.account !== undefined &&
    rolesOf(platform, itself, now).some(({ role }) =>
      ['platform-service', 'platform-admin'].includes(role),
    )
  );
}

/** "Every team member also implicitly receives" one role for the organization, and one wherever
 * they have access, for as long as they have it. */
export function withImplicit(catalogue: string, held: readonly Holding[]): Holding[] {
  if (catalogue !== 'mondoo') return [...held];
  const spaces = held.map(({ scope, expiresAt }) => ({
    role: 'space-member',
    scope,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }));
  return [...held, { role: 'org-member', scope: 'organization' }, ...spaces];
}

export function powerOf(setting: Setting, platform: Plain, actor: ActorFact, now: string): Power {
  if (actor.kind === 'system') return { unlimited: true, held: [] };
  if (actor.kind === 'link' || !mayStandIn(platform, actor, now)) return POWERLESS;
  const member = standingOf(setting.plain, actor, now)?.member;
  const here = rolesOf(setting.plain, actor, now);
  const there = rolesOf(platform, actor, now);
  const abroad =
    setting.catalogue === 'platform' || setting.plain.status !== 'active'
      ? []
      : there
          .filter(({ role }) => role.startsWith(`${setting.catalogue}/`))
          .map((grant) => ({ ...grant, role: grant.role.slice(setting.catalogue.length + 1) }));
  return {
    unlimited: there.some(({ role }) => role === 'platform-admin'),
    ...(member === undefined ? {} : { member }),
    held: [
      ...(member === undefined || setting.plain.status !== 'active'
        ? here
        : withImplicit(setting.catalogue, here)),
      ...abroad,
    ],
  };
}

/** Does this role, held in the whole organization, say yes to the permission (or to all it matches)? */
const includes = ({ permissions, except = [] }: RoleFact, wanted: string): boolean =>
  permissions.some((one) => isPartOf(wanted, one)) && !except.some((one) => isPartOf(one, wanted));

const isPartOf = (permission: string, pattern: string): boolean =>
  pattern === '*' ||
  pattern === permission ||
  (pattern.endsWith(':*') && permission.startsWith(pattern.slice(0, -1)));

export function factOf({ catalogue, plain }: Setting, role: string): RoleFact | undefined {
  const roles = FACTS[catalogue]?.roles ?? {};
  if (Object.hasOwn(roles, role)) return roles[role];
  const custom = plain.roles.get(role);
  if (custom === undefined || custom.retired) return undefined;
  const { permissions } = custom;
  return {
    kind: 'specialized',
    scopes: custom.scopes as RoleFact['scopes'],
    permissions,
    explicit: false,
    subset: true,
  };
}

/** What a role gives at a scope of this level. */
const givenAt = (setting: Setting, fact: RoleFact, scope: string): readonly string[] =>
  scope === 'organization'
    ? fact.permissions
    : fact.permissions.filter((one) => !FACTS[setting.catalogue]!.isOrganizationLevel(one));

/** Is every one of these permissions given, at the scope, by one of the roles held? */
function allGiven(
  setting: Setting,
  permissions: readonly string[],
  held: readonly Holding[],
): boolean {
  const facts = held.flatMap((one) => factOf(setting, one.role) ?? []);
  return permissions.every((permission) => facts.some((fact) => includes(fact, permission)));
}

const lasts = (one: Holding, until: string | undefined): boolean =>
  one.expiresAt === undefined || (until !== undefined && until <= one.expiresAt);

/**
 * @param anySubset what custom roles can be made of counts for the subset rule whoever holds it:
 * for the closure, where those who can make one are among them.
 */
function may(
  setting: Setting,
  power: Power,
  act: 'mayAssign' | 'mayManage',
  { role, scope, expiresAt }: Holding,
  anySubset = false,
): boolean {
  if (power.unlimited) return true;
  const fact = factOf(setting, role);
  if (fact === undefined) return false;
  const lasting = power.held.filter((one) => reaches(one.scope, scope) && lasts(one, expiresAt));
  const permissions = givenAt(setting, fact, scope);
  const isCustom = setting.plain.roles.has(role);
  if (isCustom) return allGiven(setting, permissions, lasting);
  const rows = DELEGATION[setting.catalogue]![levelOf(scope)];
  const named = rows.filter((row) => row[act].includes(role)).map((row) => row.holder);
  if (lasting.some((one) => named.includes(one.role))) return true;
  if (fact.explicit || fact.kind === 'implicit') return false;
  const bySubset = lasting.filter((one) => anySubset || factOf(setting, one.role)?.subset);
  return bySubset.length > 0 && allGiven(setting, permissions, bySubset);
}

/** May whoever holds this give that role there, for as long? */
export const mayGive = (setting: Setting, power: Power, wanted: Holding): boolean =>
  may(setting, power, 'mayAssign', wanted);

/** May whoever holds this act on a holder of that role there? */
export const mayActOn = (setting: Setting, power: Power, on: Holding, now: string): boolean =>
  may(setting, power, 'mayManage', { role: on.role, scope: on.scope, expiresAt: now });

/** Has this power the permission in the whole organization, without end? */
export const hasForGood = (setting: Setting, power: Power, permission: string): boolean =>
  power.unlimited ||
  power.held.some(
    (one) =>
      one.scope === 'organization' &&
      one.expiresAt === undefined &&
      allGiven(setting, [permission], [one]),
  );

/**
 * Everything a group can ever come to hold at these scopes, starting from what it holds: the least
 * set closed under giving. Times are those of the start, or without end.
 */
export function closure(
  setting: Setting,
  start: readonly Holding[],
  scopes: readonly string[],
): Holding[] {
  const facts = FACTS[setting.catalogue]!;
  const ends = [undefined, ...new Set(start.flatMap(({ expiresAt }) => expiresAt ?? []))];
  const reached = [...start];
  const isIn = ({ role, scope, expiresAt }: Holding): boolean =>
    reached.some((one) => one.role === role && one.scope === scope && lasts(one, expiresAt));
  const candidates = scopes.flatMap((scope) =>
    Object.entries(facts.roles)
      .filter(([, fact]) => fact.kind !== 'implicit' && fact.scopes.includes(levelOf(scope)))
      .flatMap(([role]) =>
        ends.map((expiresAt) => ({
          role,
          scope,
          ...(expiresAt === undefined ? {} : { expiresAt }),
        })),
      ),
  );
  for (let before = -1; before !== reached.length;) {
    before = reached.length;
    for (const candidate of candidates) {
      if (isIn(candidate)) continue;
      const anySubset = reached.some(
        ({ role, scope }) => role === facts.protectedRole && scope === 'organization',
      );
      const power = { unlimited: false, held: reached };
      if (may(setting, power, 'mayAssign', candidate, anySubset)) reached.push(candidate);
    }
  }
  return reached;
}
