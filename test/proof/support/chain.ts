/** An organization's events as an auditor gets them, and a fold that shares nothing with the service. */
import type { Session } from './running.js';

export interface ChainRecord {
  readonly revision: number;
  readonly type: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly data: any;
}

/** Every event of the organization, from the `chain` export. */
export async function chainOf(who: Session, organization: string): Promise<ChainRecord[]> {
  const { status, body } = await who.call(
    'GET',
    `/organizations/${organization}/audit/export?format=chain`,
  );
  if (status !== 200) throw new Error(`export: ${status} ${JSON.stringify(body)}`);
  return String(body)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { record: ChainRecord }).record);
}

interface Standing {
  status: 'active' | 'inactive' | 'removed';
  /** Grant id → role, at organization scope. */
  grants: Map<string, string>;
}

/**
 * Replays the events and reports every moment at which an invariant does not hold: no holder of the
 * protected role, an invitation accepted twice or after its end, two open invitations of an
 * address, more active members than seats.
 */
export function violations(records: readonly ChainRecord[], protectedRole: string): string[] {
  const found: string[] = [];
  const members = new Map<string, Standing>();
  /** Invitation → address, and the addresses that have one. */
  const open = new Map<string, string>();
  const invited = new Set<string>();
  const accepted = new Set<string>();
  /** Of the members: who is active, and who of them holds the protected role. */
  const active = new Set<Standing>();
  const holders = new Set<Standing>();
  let seats = Infinity;
  let had = false;
  const close = (invitation: string): void => {
    invited.delete(open.get(invitation)!);
    open.delete(invitation);
  };
  records.forEach(({ revision, type, data }, index) => {
    const say = (what: string): void => void found.push(`revision ${revision}, ${type}: ${what}`);
    if (revision !== index) say(`expected revision ${index}`);
    const member = members.get(data.member as string);
    const give = (
      standing: Standing,
      grants: { id: string; role: string; scope: string }[],
    ): void => {
      for (const one of grants)
        if (one.scope === 'organization') standing.grants.set(one.id, one.role);
    };
    switch (type) {
      case 'organization.policy_change':
        seats = data.changes.seats ?? seats;
        break;
      case 'member.invite':
        if (invited.has(data.tag)) say('a second open invitation of one address');
        invited.add(data.tag);
        open.set(data.invitation, data.tag);
        break;
      case 'member.invite_revoke':
      case 'member.invite_decline':
      case 'member.invite_expire':
        close(data.invitation);
        break;
      case 'member.accept':
      case 'member.join': {
        if (type === 'member.accept') {
          if (accepted.has(data.invitation)) say('accepted twice');
          if (!open.has(data.invitation)) say('accepted though not open');
          accepted.add(data.invitation);
          close(data.invitation);
        }
        if (member?.status === 'removed') say('a removed member is back under its old id');
        const standing = member ?? { status: 'active', grants: new Map() };
        members.set(data.member, standing);
        for (const id of data.replaced) standing.grants.delete(id);
        give(standing, data.grants);
        break;
      }
      case 'member.role_change':
        for (const id of data.removed) member?.grants.delete(id);
        if (member !== undefined) give(member, data.added);
        break;
      case 'member.deactivate':
        if (member !== undefined) member.status = 'inactive';
        break;
      case 'member.reactivate':
        if (member !== undefined) member.status = 'active';
        break;
      case 'member.remove':
        if (member !== undefined) member.status = 'removed';
        break;
    }
    const now = members.get(data.member as string);
    if (now !== undefined) {
      const isActive = now.status === 'active';
      put(active, now, isActive);
      put(holders, now, isActive && [...now.grants.values()].includes(protectedRole));
    }
    if (active.size > seats) say(`${active.size} active members on ${seats} seats`);
    had ||= holders.size > 0;
    // A transfer is two events of one append: looked at when both are there.
    const inTransfer = type === 'member.role_change' && data.cause === 'transfer';
    if (had && holders.size === 0 && !inTransfer) say(`nobody holds ${protectedRole}`);
  });
  return found;
}

function put<T>(set: Set<T>, one: T, isIn: boolean): void {
  if (isIn) set.add(one);
  else set.delete(one);
}
