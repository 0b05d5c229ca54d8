/** Races over HTTP against the running service: whatever the order, the invariants hold. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chainOf, violations } from './support/chain.js';
import { RunningService, scaled, type Answer, type Session } from './support/running.js';

const TRIALS = scaled(10_000);
/** Organizations that are raced in at the same time. */
const LANES = 8;
const service = new RunningService();

beforeAll(async () => {
  await service.start();
});
afterAll(() => service.dispose());

interface Lane {
  readonly organization: string;
  readonly founder: Session;
  readonly other: Session;
}

async function found(catalogue: string, name: string): Promise<Lane> {
  const founder = await service.signIn(`${name}-founder`);
  const other = await service.signIn(`${name}-other`);
  const { body, status } = await founder.call('POST', '/organizations', { name, catalogue });
  expect(status).toBe(201);
  return { organization: body.id as string, founder, other };
}

/** Invites with the installation's own link and accepts; gives the member's id. */
async function join(
  organization: string,
  by: Session,
  guest: Session,
  role: string,
): Promise<string> {
  const { invitation } = await invite(organization, by, guest.email, role);
  const accepted = await guest.call('POST', '/invitations/accept', {
    token: service.link(organization, invitation),
  });
  expect(accepted.status).toBe(200);
  return accepted.body.id as string;
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
  expect({ status, body }).toMatchObject({ status: 201 });
  return { invitation: body.id as string };
}

const memberId = async (who: Session, organization: string): Promise<string> => {
  const { body } = await who.call('GET', '/me/memberships');
  return body.items.find(
    (one: { organization: string; status: string }) =>
      one.organization === organization && one.status === 'active',
  ).member as string;
};

/** Runs the trials over the lanes, then has every organization's whole history looked at. */
async function race(
  name: string,
  catalogue: string,
  protectedRole: string,
  prepare: (lane: Lane, index: number) => Promise<(trial: number) => Promise<void>>,
): Promise<void> {
  const started = performance.now();
  const lanes = await Promise.all(
    Array.from({ length: LANES }, (_, i) => found(catalogue, `${name}-${i}`)),
  );
  let done = 0;
  await Promise.all(
    lanes.map(async (lane, index) => {
      const trial = await prepare(lane, index);
      while (done < TRIALS) await trial(done++);
    }),
  );
  const problems = await Promise.all(
    lanes.map(async ({ founder, other, organization }) => {
      const reader = (await founder.call('GET', `/organizations/${organization}`)).status === 200;
      const records = await chainOf(reader ? founder : other, organization);
      return violations(records, protectedRole);
    }),
  );
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`${name}: ${done} trials in ${seconds} s, ${problems.flat().length} violations`);
  expect(problems.flat()).toEqual([]);
  expect(done).toBeGreaterThanOrEqual(TRIALS);
}

/** Exactly one took effect, and the others were told why not. */
function oneWins(answers: readonly Answer[], success: number, refusals: readonly string[]): void {
  const won = answers.filter((one) => one.status === success);
  const lost = answers.filter((one) => one.status !== success);
  if (won.length !== 1) throw new Error(`${won.length} won: ${JSON.stringify(answers)}`);
  for (const one of lost) expect(refusals).toContain(one.body.code);
}

test('two owners demote each other at once', () =>
  race('demote', 'vygl', 'owner', async ({ organization, founder, other }) => {
    const a = await memberId(founder, organization);
    const b = await join(organization, founder, other, 'owner');
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
      expect((await set(winner, loser, 'owner')).status).toBe(200);
    };
  }));

test('both owners leave at once', () =>
  race('leave', 'vygl', 'owner', async ({ organization, founder, other }) => {
    await join(organization, founder, other, 'owner');
    const leave = (who: Session): Promise<Answer> =>
      who.call('POST', `/organizations/${organization}/leave`);
    return async () => {
      const answers = await Promise.all([leave(founder), leave(other)]);
      oneWins(answers, 200, ['member.last_holder']);
      const [stayed, left] = answers[0].status === 200 ? [other, founder] : [founder, other];
      await join(organization, stayed, left, 'owner');
    };
  }));

test('8 invitations of one address at once', () =>
  race('invite', 'vygl', 'owner', async ({ organization, founder }) => async (trial) => {
    const email = `guest-${trial}@proof.example.org`;
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        founder.call('POST', `/organizations/${organization}/invitations`, {
          email,
          roles: ['viewer'],
        }),
      ),
    );
    oneWins(answers, 201, ['invitation.pending_exists']);
  }));

test('16 accepts of one token at once', () =>
  race('accept', 'vygl', 'owner', async ({ organization, founder }, index) => {
    const guests = await Promise.all(
      Array.from({ length: 4 }, (_, i) => service.signIn(`accept-${index}-${i}`)),
    );
    return async (trial) => {
      const guest = guests[trial % 4]!;
      const stranger = guests[(trial + 1) % 4]!;
      const { invitation } = await invite(organization, founder, guest.email, 'viewer');
      const token = service.link(organization, invitation);
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
          expect({ status, body }).toMatchObject({ status: 200 });
          ids.add(body.id as string);
        }
      });
      expect(ids.size).toBe(1);
      const [member] = ids;
      const gone = await founder.call('DELETE', `/organizations/${organization}/members/${member}`);
      expect(gone.status).toBe(200);
    };
  }));

test('the last free seat is taken by two', async () => {
  const platform = await service.signIn('seats-platform', { platformAdmin: true });
  await race('seat', 'vygl', 'owner', async ({ organization, founder }, index) => {
    const guests = await Promise.all([0, 1].map((i) => service.signIn(`seat-${index}-${i}`)));
    const seats = async (count: number): Promise<void> => {
      const changed = await platform.call('PATCH', `/organizations/${organization}`, {
        policies: { seats: count },
      });
      expect({ status: changed.status, body: changed.body }).toMatchObject({ status: 200 });
    };
    return async () => {
      await seats(3);
      const tokens = await Promise.all(
        guests.map(async (guest) => {
          const { invitation } = await invite(organization, founder, guest.email, 'viewer');
          return { invitation, token: service.link(organization, invitation) };
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
      const base = `/organizations/${organization}`;
      expect((await founder.call('DELETE', `${base}/members/${member}`)).status).toBe(200);
      const loser = tokens[1 - winner]!.invitation;
      const revoked = await founder.call('POST', `${base}/invitations/${loser}/revoke`);
      expect(revoked.status).toBe(200);
    };
  });
});
