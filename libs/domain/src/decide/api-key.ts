import type { Operation } from '../catalogue.js';
import type { Context } from '../context.js';
import {
  authorizeAt,
  authorizeSomewhere,
  authorizeToEnd,
  enter,
  mayAssign,
  mayManage,
  requireLasting,
  type RoleAtScope,
} from '../delegation.js';
import type { ApiKeyEvent, KeyOwner, MembershipEvent } from '../events.js';
import type { ApiKeyId, Instant, MemberId, Scope, ServiceAccountId } from '../ids.js';
import { grantsOf, lasts, unended, type Rights } from '../permissions.js';
import { refuse } from '../refusals.js';
import type { ApiKey, Member, Organization } from '../state.js';
import { activeMember, isMade, memberOf } from './requirements.js';
import { accountOf, scopes } from './service-account.js';

export interface CreateApiKey {
  readonly key: ApiKeyId;
  readonly owner: KeyOwner;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAt?: Instant;
  /** SHA-256 of the secret, base64url. */
  readonly secretHash: string;
}

export const createApiKey =
  (command: CreateApiKey, context: Context) =>
  (organization: Organization): ApiKeyEvent[] => {
    const rights = authorizeSomewhere(organization, context, 'create_api_key');
    mayMint(organization, context, rights, 'create_api_key', command);
    outlivesNoKey(organization, context, command.expiresAt);
    requireScopes(command.scopes, context);
    requireExpiry(command.expiresAt, context.now);
    if (isMade(organization, organization.apiKeys, command.key)) return [];
    const { key, owner, name, expiresAt, secretHash } = command;
    return [
      {
        type: 'api_key.create',
        key,
        owner,
        name,
        scopes: [...new Set(command.scopes)],
        ...(expiresAt === undefined ? {} : { expiresAt }),
        secretHash,
      },
    ];
  };

export interface ChangeApiKey {
  readonly key: ApiKeyId;
  readonly name?: string;
  readonly scopes?: readonly string[];
  /** `null`: without end. */
  readonly expiresAt?: Instant | null;
}

export const changeApiKey =
  (command: ChangeApiKey, context: Context) =>
  (organization: Organization): ApiKeyEvent[] => {
    const rights = authorizeSomewhere(organization, context, 'update_api_key');
    const key = keyOf(organization, command.key);
    const end = command.expiresAt === undefined ? key.expiresAt : (command.expiresAt ?? undefined);
    const { owner, scopes: before } = key;
    mayMint(organization, context, rights, 'update_api_key', {
      owner,
      scopes: command.scopes ?? before,
      ...(end === undefined ? {} : { expiresAt: end }),
    });
    outlivesNoKey(organization, context, end);
    requireScopes(command.scopes ?? [], context);
    requireExpiry(command.expiresAt ?? undefined, context.now);
    const { name, expiresAt } = command;
    const wanted = command.scopes === undefined ? undefined : [...new Set(command.scopes)];
    const changed = {
      ...(name === undefined || name === key.name ? {} : { name }),
      ...(wanted === undefined || sameScopes(wanted, key.scopes) ? {} : { scopes: wanted }),
      ...(expiresAt === undefined || expiresAt === (key.expiresAt ?? null) ? {} : { expiresAt }),
    };
    if (Object.keys(changed).length === 0) return [];
    return [{ type: 'api_key.change', key: key.id, ...changed }];
  };

const sameScopes = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((scope) => b.includes(scope));

export interface RotateApiKey {
  readonly key: ApiKeyId;
  readonly secretHash: string;
}

/** A new secret; the old one is dead at once. */
export const rotateApiKey =
  ({ key: id, secretHash }: RotateApiKey, context: Context) =>
  (organization: Organization): ApiKeyEvent[] => {
    const rights = authorizeSomewhere(organization, context, 'rotate_api_key');
    const key = keyOf(organization, id);
    mayMint(organization, context, rights, 'rotate_api_key', key);
    outlivesNoKey(organization, context, key.expiresAt);
    return key.secretHash === secretHash ? [] : [{ type: 'api_key.rotate', key: id, secretHash }];
  };

export interface OneApiKey {
  readonly key: ApiKeyId;
}

/** One's own key can always be revoked; taking it away gives nobody anything. */
export const revokeApiKey =
  ({ key: id }: OneApiKey, context: Context) =>
  (organization: Organization): MembershipEvent[] => {
    const rights = enter(organization, context);
    const ended = organization.ended.get(id);
    const former = typeof ended === 'object' ? ended.revokedFrom : undefined;
    const owner = organization.apiKeys.get(id)?.owner ?? former;
    const isOwn = owner !== undefined && owner === rights.member?.id;
    if (!isOwn) authorizeSomewhere(organization, context, 'revoke_api_key');
    if (former !== undefined) return [];
    const key = keyOf(organization, id);
    if (!isOwn) {
      const reached = scopesOfOwner(organization, key.owner, context.now);
      authorizeToEnd(organization, context, rights, 'revoke_api_key', reached);
      mayManage(organization, context, rights, rolesOfOwner(organization, key.owner, memberOf));
    }
    return [{ type: 'api_key.revoke', key: id }];
  };

/**
 * A key acts with its owner's roles: whoever mints one could as well be given them all, for as long
 * as the owner has them. That the key ends sooner is not enough, because what is given by it stays.
 * What it may by its scopes alone, or by roles to come, lasts no longer than the right to mint it.
 */
function mayMint(
  organization: Organization,
  context: Context,
  rights: Rights,
  operation: Operation,
  { owner, scopes: named, expiresAt }: Pick<CreateApiKey, 'owner' | 'scopes' | 'expiresAt'>,
): void {
  // For oneself the right is enough, at any scope one has a role at.
  if (rights.member !== undefined && rights.member.id === owner) {
    const own = rights.held.map(({ scope }) => scope);
    if (named.length > 0) requireLasting(context, rights, operation, own, expiresAt);
    return;
  }
  const reached = scopesOfOwner(organization, owner, context.now);
  for (const scope of reached) {
    authorizeAt(organization, context, rights, operation, scope);
  }
  const roles = unended(rolesOfOwner(organization, owner, activeMember), context.now);
  mayAssign(organization, context, rights, roles);
  mayManage(organization, context, rights, roles);
  if (named.length === 0 && roles.length > 0) return;
  for (const scope of reached) {
    requireLasting(context, rights, operation, [scope], expiresAt);
  }
}

/** With a key that ends nobody gets one that lasts longer, be it the key itself. */
function outlivesNoKey(
  organization: Organization,
  { actor, platform }: Context,
  expiresAt: Instant | undefined,
): void {
  // What is done for somebody rests on what that person holds.
  if (actor.kind !== 'api_key' || actor.actingFor !== undefined) return;
  const key = organization.apiKeys.get(actor.id) ?? platform.organization.apiKeys.get(actor.id);
  const end = key?.expiresAt;
  if (end === undefined || lasts(end, expiresAt)) return;
  refuse('delegation.beyond_expiry', `The key you use ends ${end}; no key it makes lasts longer.`);
}

function rolesOfOwner(
  organization: Organization,
  owner: KeyOwner,
  memberBy: (organization: Organization, id: MemberId) => Member,
): readonly RoleAtScope[] {
  if (owner === 'organization') return [];
  return owner.startsWith('svc_')
    ? accountOf(organization, owner as ServiceAccountId).grants
    : grantsOf(organization, memberBy(organization, owner as MemberId));
}

const scopesOfOwner = (organization: Organization, owner: KeyOwner, now: Instant): Set<Scope> =>
  owner !== 'organization' && owner.startsWith('svc_')
    ? scopes(unended(accountOf(organization, owner as ServiceAccountId).grants, now))
    : new Set(['organization']);

function requireScopes(wanted: readonly string[], { catalogue }: Context): void {
  const unknown = wanted.filter((scope) => !catalogue.apiScopes.has(scope));
  if (unknown.length === 0) return;
  const known = [...catalogue.apiScopes].join(', ');
  const detail =
    known === ''
      ? `The catalogue ${catalogue.id} has no scopes; leave the list empty.`
      : `There is no scope ${unknown.join(', ')}; there are ${known}.`;
  refuse('api_key.scope_unknown', detail);
}

function requireExpiry(expiresAt: Instant | undefined, now: Instant): void {
  if (expiresAt !== undefined && expiresAt <= now) {
    refuse('grant.times_invalid', 'expiresAt must lie in the future.');
  }
}

const keyOf = (organization: Organization, id: ApiKeyId): ApiKey =>
  organization.apiKeys.get(id) ??
  refuse('api_key.not_found', `There is no API key ${id} in this organization.`);
