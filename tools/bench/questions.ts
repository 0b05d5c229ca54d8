/** Random questions about memberships, and what is special about each. */
import type { Permission, RoleId } from '#domain/ids.js';
import type { AccessQuestion } from '#access/questions.js';
import { givers, rolesOfEverybody } from './roles.js';
import { draw, type Member, type Memberships, type Organization } from './memberships.js';

/** What decides a question; of several, the first. The names are printed. */
export const KINDS = [
  'nobody there',
  'suspended organization',
  'deactivated member',
  'time-boxed role',
  'deactivated space',
  'implicit role',
  'no role gives it',
  'role of a team',
  'role at a space',
  'role at the organization, asked at a space',
  'role at the organization',
] as const;
export type Kind = (typeof KINDS)[number];

/** Questions that are no checks: what somebody who has the one engine or the other can ask. */
export const OTHERS = [
  'as of a past time',
  'at least as new as a write',
  'explain a yes',
  'explain a no',
  'who holds a permission',
  'where somebody holds one',
  'who gained and lost what',
] as const;
export type Other = (typeof OTHERS)[number];

export interface Question {
  readonly kind: Kind;
  readonly organization: Organization;
  readonly member: Member;
  /** Absent: at the organization itself. */
  readonly space?: string;
  readonly permission: Permission;
  /** As this project's own interface is asked. */
  readonly asked: AccessQuestion;
}

export interface Among {
  readonly seed?: number;
  /** Asks about the first ones only. */
  readonly organizations?: number;
  readonly members?: number;
}

/** Half of them about something that one of the roles held gives. */
export function questions(all: Memberships, count: number, among: Among = {}): Question[] {
  const { seed = 1, organizations = all.shape.organizations, members = all.shape.members } = among;
  const everybody = rolesOfEverybody(all.catalogue);
  const rolesThatGive = givers(all.catalogue);
  const permissions = [...rolesThatGive.keys()];
  const gives = new Map([...all.catalogue.roles].map(([id, role]) => [id, [...role.permissions]]));
  return Array.from({ length: count }, (_, n) => {
    const organization = all.organization(draw(organizations, seed, n, 1));
    const known = all.member(organization, draw(members, seed, n, 2));
    const isKnown = draw(100, seed, n, 3) > 0;
    const member = isKnown ? known : { ...known, id: `${known.id}0`, grants: [], teams: [] };
    const held = draw(2, seed, n, 4) === 0 ? grantsOf(known) : [];
    const one = held[draw(held.length + 1, seed, n, 8)];
    const wanted = one === undefined ? permissions : gives.get(one.role)!;
    const permission = wanted[draw(wanted.length, seed, n, 5)]!;
    const { spaces } = organization;
    const isAtSpace = spaces.length > 0 && draw(5, seed, n, 6) > 1;
    const at = isAtSpace ? { space: spaces[draw(spaces.length, seed, n, 7)]!.id } : {};
    const about = { organization, member, permission, ...at };
    const kind = kindOf(about, rolesThatGive.get(permission)!, everybody);
    const asked = { organization: organization.id, principal: member.id, permission, ...at };
    // As they come off a wire: texts that are put together are not in one piece yet.
    const received = JSON.parse(JSON.stringify(asked)) as AccessQuestion;
    return { ...about, kind: isKnown ? kind : 'nobody there', asked: received };
  });
}

/** What a member holds, through teams too. */
export const grantsOf = ({ grants, teams }: Member): Member['grants'] =>
  teams.length === 0 ? grants : [...grants, ...teams.flatMap((team) => team.grants)];

function kindOf(
  { organization, member, space }: Omit<Question, 'kind' | 'asked'>,
  roles: readonly RoleId[],
  everybody: readonly RoleId[],
): Kind {
  if (organization.isSuspended) return 'suspended organization';
  if (!member.isActive) return 'deactivated member';
  const gives = grantsOf(member).filter(({ role }) => roles.includes(role));
  if (gives.some((one) => one.notBefore ?? one.expiresAt)) return 'time-boxed role';
  const isClosed = organization.spaces.some(({ id, isActive }) => id === space && !isActive);
  if (isClosed) return 'deactivated space';
  if (everybody.some((role) => roles.includes(role))) return 'implicit role';
  if (gives.length === 0) return 'no role gives it';
  if (gives.some((one) => !member.grants.includes(one))) return 'role of a team';
  if (gives.some(({ scope }) => scope !== 'organization')) return 'role at a space';
  return space === undefined
    ? 'role at the organization'
    : 'role at the organization, asked at a space';
}
