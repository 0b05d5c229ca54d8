/** Commands that come to more than one append holds. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AcceptInvitation } from '#commands/accept-invitation.js';
import { CreateOrganization } from '#commands/create-organization.js';
import { EraseMember } from '#commands/erase-member.js';
import { ErasePerson } from '#commands/erase-person.js';
import { InviteMembers } from '#commands/invite-members.js';
import { LeaveOrganization } from '#commands/leave-organization.js';
import { RemoveMember } from '#commands/remove-member.js';
import type { CommandRequest } from '#commands/request.js';
import type { CatalogueId, MemberId, OrganizationId, RoleId, SpaceId } from '#domain/ids.js';
import { LIMITS } from '#eventlog/event-log.js';
import { startBus, type TestBus } from './support/bus.js';
import { by, keyed, person, remove, startNode, type TestNode } from './support/node.js';
import { spaces } from './support/rules.js';

const acme = 'acme' as OrganizationId;
const bob = person('bob');

let node: TestNode;
let bus: TestBus;
beforeEach(async () => {
  node = await startNode({ platformAge: 0 });
  bus = await startBus(node);
  const founder = { ...person('ada'), authentication: 'local' } as const;
  const input = { id: acme, name: 'Acme', catalogue: 'mondoo' as CatalogueId, founder };
  await bus.commands.execute(new CreateOrganization({ ...input, creation: 'anyone' }, by('ada')));
});
afterEach(async () => {
  await bus.close();
  await node.close();
  remove(node.folder);
});

/** Invites Bob so often, each in the place of the one before. */
async function inviteBob(often: number): Promise<void> {
  const grants = [{ role: 'viewer' as RoleId, scope: 'organization' as const }];
  const row = { email: bob.email, grants, teams: [], onExisting: 'replace' } as const;
  const input = { invitations: Array.from({ length: often }, () => row), atomic: false };
  await bus.commands.execute(new InviteMembers(acme, input, by('ada')));
}

/** Makes Bob a member, and invites him to as many spaces; gives the member. */
async function inviteBobEverywhere(places: number): Promise<MemberId> {
  await inviteBob(1);
  const member = await acceptAsBob();
  await node.transactor.transact(acme, by('ada'), spaces('s', places));
  const invitations = Array.from({ length: places }, (_, index) => ({
    email: bob.email,
    grants: [{ role: 'viewer' as RoleId, scope: `s${index}` as SpaceId }],
    teams: [],
    onExisting: 'reject' as const,
  }));
  const input = { invitations, atomic: false };
  await bus.commands.execute(new InviteMembers(acme, input, by('ada')));
  expect((await node.transactor.state(acme)).invitations.size).toBe(places);
  return member;
}

/** By the one invitation that is left. */
async function acceptAsBob(): Promise<MemberId> {
  const [invitation] = (await node.transactor.state(acme)).invitations.keys();
  const token = bus.tokens.issue({ organization: acme, invitation: invitation!, generation: 1 });
  const input = { token, ...bob, authentication: 'local' } as const;
  await bus.commands.execute(new AcceptInvitation(input, by('bob')));
  return (await node.transactor.state(acme)).memberByUser.get(bob.user)!;
}

/** Whom the log says to be forgotten, and whom it should. */
async function forgotten(): Promise<{ is: Set<string>; shouldBe: Set<string> }> {
  const events = (await node.events(acme)).map(({ event }) => event);
  const members = (types: readonly string[]) =>
    new Set(
      events.flatMap((one) => ('member' in one && types.includes(one.type) ? one.member : [])),
    );
  return {
    is: members(['member.personal_data_erase', 'member.invite_erase']),
    shouldBe: members(['member.invite']),
  };
}

const OFTEN = LIMITS.appendEvents;

describe('however often somebody was invited', () => {
  test('they are forgotten everywhere, by themselves', async () => {
    await inviteBob(OFTEN);
    const command = new ErasePerson({ user: bob.user, email: bob.email }, by('bob'));
    expect(await bus.commands.execute(command)).toMatchObject([
      { organization: acme, outcome: {} },
    ]);
    const { is, shouldBe } = await forgotten();
    expect(shouldBe.size).toBe(OFTEN);
    expect([...shouldBe].filter((one) => !is.has(one))).toEqual([]);
    expect(await bus.commands.execute(command)).toMatchObject([{ outcome: { events: [] } }]);
  });

  test.each(['ada', 'bob'])('they are forgotten as a member, by %s', async (name) => {
    await inviteBob(OFTEN);
    const member = await acceptAsBob();
    const command = (request: CommandRequest) => new EraseMember(acme, { member }, request);
    const request = keyed(name, 'k');
    const foreseen = await bus.commands.execute(command({ ...request, dryRun: true }));
    const erased = await bus.commands.execute(command(request));
    const { is, shouldBe } = await forgotten();
    expect([...is].sort()).toEqual([...shouldBe].sort());
    expect(erased.events[0]!.event).toMatchObject({ type: 'member.remove', member });
    expect(erased.events.at(-1)!.event).toMatchObject({ user: bob.user, member });
    expect(foreseen.dryRun!.events).toEqual(erased.events.map(({ event }) => event));
    // The same key is answered the same, by the same events.
    const again = await bus.commands.execute(command(request));
    expect(again.events.map(({ id }) => id)).toEqual(erased.events.map(({ id }) => id));
  });

  test('what was cut short goes on with the same key', async () => {
    await inviteBob(OFTEN);
    const member = await acceptAsBob();
    const command = new EraseMember(acme, { member }, keyed('bob', 'k'));
    node.log.faults = ['pass', 'pass', 'throw'];
    await expect(bus.commands.execute(command)).rejects.toThrow();
    expect((await node.transactor.latest(acme)).members.has(member)).toBe(false);
    node.log.faults = [];
    await bus.commands.execute(command);
    const { is, shouldBe } = await forgotten();
    expect([...is].sort()).toEqual([...shouldBe].sort());
  });
});

describe('whoever is invited to however many spaces', () => {
  test.each(['removed', 'left'] as const)(
    'can be %s, and nothing stays open for them',
    async (reason) => {
      const member = await inviteBobEverywhere(LIMITS.appendEvents);
      const removal = { member, scope: 'organization', reason: 'removed' } as const;
      const outcome =
        reason === 'left'
          ? await bus.commands.execute(new LeaveOrganization(acme, {}, by('bob')))
          : await bus.commands.execute(new RemoveMember(acme, removal, by('ada')));
      const facts = outcome.events.map(({ event }) => event);
      expect(facts).toHaveLength(1 + LIMITS.appendEvents);
      expect(facts).toContainEqual({ type: 'member.remove', member, reason });
      const { members, invitations } = await node.transactor.state(acme);
      expect([members.has(member), invitations.size]).toEqual([false, 0]);
    },
  );
});
