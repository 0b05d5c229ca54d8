/** Races over HTTP: whoever wins, one does, and the others are told why not. */
import { expect } from '@jest/globals';
import type { Answer, Session } from './running.js';

/** Where they are run: against one service, or against several that are one. */
export interface Arena {
  signIn(name: string, options?: { platformAdmin?: boolean }): Promise<Session>;
  /** The token of an invitation's link, made with the installation's own keys. */
  link(organization: string, invitation: string): string;
}

/** An organization that is raced in. */
export interface Lane {
  readonly organization: string;
  readonly founder: Session;
  readonly other: Session;
}

interface Track extends Lane {
  readonly arena: Arena;
  /** Tells lanes apart. */
  readonly name: string;
}

/** Runs one race; throws where not exactly one won. */
export type Trial = (number: number) => Promise<void>;

/** Race → what it needs once in a lane, and then again and again. */
export const RACES: Readonly<Record<string, (track: Track) => Promise<Trial>>> = {
  'two owners demote each other at once': async (track) => {
    const { organization, founder, other } = track;
    const a = await memberId(founder, organization);
    const b = await join(track, founder, other, 'owner');
    const set = (by: Session, member: string, role: string): Promise<Answer> =>
      by.call('PUT', `/organizations/${organization}/members/${member}/roles`, { roles: [role] });
    return async () => {
      const answers = await Promise.all([set(founder, b, 'viewer'), set(other, a, 'viewer')]);
      oneWins(answers, 200, [
        'permission.denied',
        'member.last_holder',
        'delegation.may_not_manage',
      ]);
      const [winner, loser] = answers[0].status === 200 ? [founder, b] : [other, a];
      succeeded(await set(winner, loser, 'owner'));
    };
  },

  'both owners leave at once': async (track) => {
    const { organization, founder, other } = track;
    await join(track, founder, other, 'owner');
    const leave = (who: Session): Promise<Answer> =>
      who.call('POST', `/organizations/${organization}/leave`);
    return async () => {
      const answers = await Promise.all([leave(founder), leave(other)]);
      oneWins(answers, 200, ['member.last_holder']);
      const [stayed, left] = answers[0].status === 200 ? [other, founder] : [founder, other];
      await join(track, stayed, left, 'owner');
    };
  },

  '8 invitations of one address at once':
    async ({ name, organization, founder }) =>
    async (trial) => {
      const body = { email: `guest-${trial}-of-${name}@proof.example.org`, roles: ['viewer'] };
      const answers = await Promise.all(
        Array.from({ length: 8 }, () =>
          founder.call('POST', `/organizations/${organization}/invitations`, body),
        ),
      );
      oneWins(answers, 201, ['invitation.pending_exists']);
    },

  '16 accepts of one token at once': async (track) => {
    const { name, arena, organization, founder } = track;
    const guests = await Promise.all([0, 1, 2, 3].map((i) => arena.signIn(`${name}-${i}`)));
    return async (trial) => {
      const guest = guests[trial % 4]!;
      const stranger = guests[(trial + 1) % 4]!;
      const { invitation } = await invite(organization, founder, guest.email, 'viewer');
      const token = arena.link(organization, invitation);
      const answers = await Promise.all(
        Array.from({ length: 16 }, (_, i) =>
          (i % 4 === 3 ? stranger : guest).call('POST', '/invitations/accept', { token }),
        ),
      );
      const ids = new Set<string>();
      answers.forEach(({ status, body }, i) => {
        if (i % 4 === 3) {
          expect(['invitation.email_mismatch', 'invitation.link_invalid']).toContain(body.code);
        } else {
          succeeded({ status, body });
          ids.add(body.id as string);
        }
      });
      expect(ids.size).toBe(1);
      const [member] = ids;
      succeeded(await founder.call('DELETE', `/organizations/${organization}/members/${member}`));
    };
  },

  'the last free seat is taken by two': async ({ name, arena, organization, founder }) => {
    const platform = await arena.signIn(`${name}-platform`, { platformAdmin: true });
    const guests = await Promise.all([0, 1].map((i) => arena.signIn(`${name}-${i}`)));
    const base = `/organizations/${organization}`;
    const seats = async (count: number): Promise<void> => {
      succeeded(await platform.call('PATCH', base, { policies: { seats: count } }));
    };
    return async () => {
      await seats(3);
      const tokens = await Promise.all(
        guests.map(async (guest) => {
          const { invitation } = await invite(organization, founder, guest.email, 'viewer');
          return { invitation, token: arena.link(organization, invitation) };
        }),
      );
      await seats(2);
      const answers = await Promise.all(
        guests.map((guest, i) =>
          guest.call('POST', '/invitations/accept', { token: tokens[i]!.token }),
        ),
      );
      oneWins(answers, 200, ['seats.exhausted']);
      const winner = answers.findIndex((one) => one.status === 200);
      const member = answers[winner]!.body.id as string;
      succeeded(await founder.call('DELETE', `${base}/members/${member}`));
      const loser = tokens[1 - winner]!.invitation;
      succeeded(await founder.call('POST', `${base}/invitations/${loser}/revoke`));
    };
  },
};

/** An organization of its own, with a founder and somebody else. */
export async function found(arena: Arena, name: string): Promise<Track> {
  const founder = await arena.signIn(`${name}-founder`);
  const other = await arena.signIn(`${name}-other`);
  const { body, status } = await founder.call('POST', '/organizations', {
    name,
    catalogue: 'vygl',
  });
  succeeded({ status, body }, 201);
  return { arena, name, organization: body.id as string, founder, other };
}

/** Invites with the installation's own link and accepts; gives the member's id. */
async function join(
  { arena, organization }: Track,
  by: Session,
  guest: Session,
  role: string,
): Promise<string> {
  const { invitation } = await invite(organization, by, guest.email, role);
  const token = arena.link(organization, invitation);
  const { status, body } = await guest.call('POST', '/invitations/accept', { token });
  succeeded({ status, body });
  return body.id as string;
}

async function invite(
  organization: string,
  by: Session,
  email: string,
  role: string,
): Promise<{ invitation: string }> {
  const { status, body } = await by.call('POST', `/organizations/${organization}/invitations`, {
    email,
    roles: [role],
  });
  succeeded({ status, body }, 201);
  return { invitation: body.id as string };
}

const memberId = async (who: Session, organization: string): Promise<string> => {
  const { body } = await who.call('GET', '/me/memberships');
  return body.items.find(
    (one: { organization: string; status: string }) =>
      one.organization === organization && one.status === 'active',
  ).member as string;
};

/** Whatever else came is told whole. */
function succeeded(answer: Answer, status = 200): void {
  if (answer.status !== status) throw new Error(`not ${status}: ${JSON.stringify(answer)}`);
}

/** Exactly one took effect, and the others were told why not. */
function oneWins(answers: readonly Answer[], success: number, refusals: readonly string[]): void {
  const won = answers.filter((one) => one.status === success);
  const lost = answers.filter((one) => one.status !== success);
  if (won.length !== 1) throw new Error(`${won.length} won: ${JSON.stringify(answers)}`);
  for (const one of lost) expect(refusals).toContain(one.body.code);
}
