import { readdirSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AcceptInvitation } from '#commands/accept-invitation.js';
import { AdoptCatalogue } from '#commands/adopt-catalogue.js';
import { ChangeProfile } from '#commands/change-profile.js';
import { ChangeRoles } from '#commands/change-roles.js';
import { CreateApiKey } from '#commands/create-api-key.js';
import { CreateOrganization } from '#commands/create-organization.js';
import { CreateTeam } from '#commands/create-team.js';
import { DeclineInvitation } from '#commands/decline-invitation.js';
import { DeleteOrganization } from '#commands/delete-organization.js';
import { EraseInvitation } from '#commands/erase-invitation.js';
import { EraseMember } from '#commands/erase-member.js';
import { ErasePerson } from '#commands/erase-person.js';
import { followErasures } from '#commands/erasures.js';
import { COMMAND_HANDLERS } from '#commands/handlers.js';
import { InviteMember, type Invitee } from '#commands/invite-member.js';
import { InviteMembers } from '#commands/invite-members.js';
import { JoinOrganization } from '#commands/join-organization.js';
import { LookUpInvitation } from '#commands/look-up-invitation.js';
import type { CommandRequest, Outcome } from '#commands/request.js';
import { ResendInvitation } from '#commands/resend-invitation.js';
import { RotateApiKey } from '#commands/rotate-api-key.js';
import { SweepOrganization } from '#commands/sweep-organization.js';
import type { EventOf, EventType } from '#domain/events.js';
import {
  later,
  type InvitationId,
  type MemberId,
  type OrganizationId,
  type RoleId,
  type SpaceId,
} from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { rowsRead } from '../support/rows-read.js';
import { startBus, type TestBus } from './support/bus.js';
import { eventually } from './support/eventually.js';
import { by, keyed, person, remove, startNode, type TestNode } from './support/node.js';
import { rename } from './support/rules.js';

const acme = 'acme' as OrganizationId;
const viewer = 'viewer' as RoleId;

let node: TestNode;
let bus: TestBus;
beforeEach(async () => {
  node = await startNode({ platformAge: 0 });
  bus = await startBus(node);
});
afterEach(async () => {
  await bus.close();
  await node.close();
  remove(node.folder);
});

const signedIn = (name: string) => ({ ...person(name), authentication: 'local' as const });
const refusal = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'carried out',
    (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
  );
/** The first event of a type that a command led to. */
const fact = <T extends EventType>({ events }: Outcome, type: T): EventOf<T> => {
  const found = events.find((one) => one.event.type === type);
  if (found === undefined) throw new Error(`no ${type}`);
  return found.event as EventOf<T>;
};

const foundOn = (catalogue: string, id = 'acme', request = by('ada')) =>
  bus.commands.execute(
    new CreateOrganization(
      {
        id: id as OrganizationId,
        name: id,
        catalogue: catalogue as never,
        founder: signedIn('ada'),
        creation: 'anyone',
      },
      request,
    ),
  );
const invitee = (name: string, more: Partial<Invitee> = {}): Invitee => ({
  email: person(name).email,
  grants: [{ role: viewer, scope: 'organization' }],
  teams: [],
  onExisting: 'reject',
  ...more,
});
const invite = (name: string, more: Partial<Invitee> = {}, request = by('ada')) =>
  bus.commands.execute(new InviteMember(acme, invitee(name, more), request));
const tokenOf = (invitation: InvitationId, generation = 1): string =>
  bus.tokens.issue({ organization: acme, invitation, generation });
const accept = (name: string, token: string, request: CommandRequest = by(name)) =>
  bus.commands.execute(new AcceptInvitation({ token, ...signedIn(name) }, request));
const join = async (name: string): Promise<MemberId> => {
  const { invitation } = fact(await invite(name), 'member.invite');
  return fact(await accept(name, tokenOf(invitation)), 'member.accept').member;
};

test('every command has its one handler, and every handler is handed to Nest', () => {
  const folder = fileURLToPath(new URL('../../libs/commands/src', import.meta.url));
  const names = readdirSync(folder).flatMap((file) =>
    [...readFileSync(`${folder}/${file}`, 'utf8').matchAll(/^@\w+Handler\((\w+)\)$/gm)].map(
      ([, name]) => `${name}Handler`,
    ),
  );
  expect(COMMAND_HANDLERS.map((one) => one.name).sort()).toEqual(names.sort());
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(40);
});

describe('founding', () => {
  test('makes an id that is the same for the same key', async () => {
    const input = {
      name: 'Acme',
      catalogue: 'vygl' as never,
      founder: signedIn('ada'),
      creation: 'anyone' as const,
    };
    const request = keyed('ada', 'k1');
    const once = await bus.commands.execute(new CreateOrganization(input, request));
    const again = await bus.commands.execute(new CreateOrganization(input, request));
    expect(once.events[0]?.stream).toMatch(/^organization-org_/);
    expect(again).toMatchObject({ replayed: true, revision: once.revision });
    const other = await bus.commands.execute(new CreateOrganization(input, by('ada')));
    expect(other.events[0]?.stream).not.toBe(once.events[0]?.stream);
    // Once the key is forgotten it founds another; and that one is repeatable.
    node.clock.turn(25 * 3_600_000);
    const nextDay = await bus.commands.execute(new CreateOrganization(input, request));
    expect(nextDay.replayed).toBe(false);
    expect(nextDay.events[0]?.stream).not.toBe(once.events[0]?.stream);
    const repeated = await bus.commands.execute(new CreateOrganization(input, request));
    expect(repeated.events[0]?.id).toBe(nextDay.events[0]?.id);
  });

  test('leaves no key where it is refused', async () => {
    const before = node.keys();
    const founder = signedIn('bob');
    const input = { id: 'beta', name: 'B', catalogue: 'vygl', founder, creation: 'anyone' };
    for (const request of [by('eve'), keyed('eve', 'k1')]) {
      const command = new CreateOrganization(input as never, request);
      expect(await refusal(bus.commands.execute(command))).toBe('permission.denied');
    }
    expect(node.keys()).toBe(before);
  });

  test('refuses a catalogue that nobody published, and an address that is none', async () => {
    expect(await refusal(foundOn('nobodys'))).toBe('catalogue.not_found');
    await expect(foundOn('vigl')).rejects.toThrow(
      'unknown catalogue "vigl": did you mean "vygl"? (GET /api/v1/catalogues lists them)',
    );
    const founder = { ...signedIn('ada'), email: 'ada at acme' };
    const input = { id: acme, name: 'A', catalogue: 'vygl', founder, creation: 'anyone' };
    const command = new CreateOrganization(input as never, by('ada'));
    expect(await refusal(bus.commands.execute(command))).toBe('email.invalid');
  });

  test('takes the domain of a business address for its own, never that of a provider', async () => {
    const created = fact(await foundOn('vygl'), 'organization.create');
    expect(created.ownDomains).toEqual(['acme.example']);
    const founder = { ...signedIn('ada'), email: 'ada@gmail.com' };
    const input = { id: 'beta', name: 'B', catalogue: 'vygl', founder, creation: 'anyone' };
    const outcome = await bus.commands.execute(new CreateOrganization(input as never, by('ada')));
    expect(fact(outcome, 'organization.create').ownDomains).toEqual([]);
  });
});

describe('inviting and accepting', () => {
  beforeEach(() => foundOn('vygl'));

  test('seals the address and the message for the member that is to be', async () => {
    const outcome = await invite('bob', { email: ' Bob@ACME.example ', message: 'Welcome, Bob' });
    const { member, email, displayEmail, message } = fact(outcome, 'member.invite');
    expect([email.subject, displayEmail.subject, message?.subject]).toEqual([
      member,
      member,
      member,
    ]);
    const openings = [
      { organization: acme, field: 'email', value: email },
      { organization: acme, field: 'displayEmail', value: displayEmail },
      { organization: acme, field: 'message', value: message! },
    ] as const;
    expect(await node.vault.open(openings)).toEqual([
      'bob@acme.example',
      'Bob@ACME.example',
      'Welcome, Bob',
    ]);
    expect(await refusal(invite('BOB'))).toBe('invitation.pending_exists');
  });

  test('refuses a message of more than 500 bytes and a broken address, with a pointer', async () => {
    const long = invite('bob', { message: '€'.repeat(167) });
    await expect(long).rejects.toMatchObject({
      code: 'request.invalid',
      errors: [{ pointer: '/message' }],
    });
    await expect(invite('bob', { email: 'b\u043eb@acme.example' })).rejects.toMatchObject({
      code: 'email.invalid',
      errors: [{ pointer: '/email' }],
    });
  });

  test('a link shows what it is to, and makes a member of its holder', async () => {
    const { invitation, member } = fact(await invite('bob'), 'member.invite');
    const token = tokenOf(invitation);
    expect(await bus.queries.execute(new LookUpInvitation(token))).toMatchObject({
      organization: { id: 'acme', name: 'acme' },
      invitation,
      roles: [{ role: 'viewer', scope: 'organization' }],
    });
    const outcome = await accept('bob', token, by('bob', { clientAddress: '192.0.2.9' }));
    const accepted = fact(outcome, 'member.accept');
    expect(accepted).toMatchObject({ member, user: person('bob').user });
    const subjects = [accepted.email, accepted.name!, outcome.events[0]!.metadata.clientAddress!];
    expect(subjects.map((one) => one.subject)).toEqual([member, member, member]);
    expect((await accept('bob', token)).events).toEqual([]);
    expect(await refusal(bus.queries.execute(new LookUpInvitation(token)))).toBe(
      'invitation.link_invalid',
    );
  });

  test('a link shows what is left, and is dead once nothing is', async () => {
    const at = (milliseconds: number) => later(node.clock.now(), milliseconds);
    const scope = 'organization' as const;
    const grants = [
      { role: viewer, scope, expiresAt: at(1000) },
      { role: 'member' as RoleId, scope, notBefore: at(1000), expiresAt: at(2000) },
    ];
    const { invitation } = fact(await invite('bob', { grants }), 'member.invite');
    const token = tokenOf(invitation);
    const lookUp = () => bus.queries.execute(new LookUpInvitation(token));
    expect((await lookUp()).roles.map(({ role }) => role)).toEqual(['viewer', 'member']);
    expect((await lookUp()).expiresAt).toBe(at(2000));
    node.clock.turn(1000);
    expect((await lookUp()).roles).toEqual([{ role: 'member', name: 'Member', scope }]);
    node.clock.turn(1000);
    expect(await refusal(lookUp())).toBe('invitation.link_invalid');
    expect(await refusal(accept('bob', token))).toBe('invitation.link_invalid');
  });

  test('whoever had come in meanwhile keeps one identity, and everything sealed is theirs', async () => {
    const { invitation } = fact(await invite('bob'), 'member.invite');
    const request = {
      ...by('ada'),
      actor: { kind: 'system', id: 'sso', via: 'internal' },
    } as const;
    const joining = { source: 'sso', person: signedIn('bob'), roles: [viewer] } as const;
    const joined = await bus.commands.execute(new JoinOrganization(acme, joining, request));
    const { member } = fact(joined, 'member.join');
    const accepted = fact(await accept('bob', tokenOf(invitation)), 'member.accept');
    expect(accepted.member).toBe(member);
    expect(accepted.email.subject).toBe(member);
  });

  test('every token that is not good is refused alike', async () => {
    const { invitation } = fact(await invite('bob'), 'member.invite');
    const good = tokenOf(invitation);
    const elsewhere = { organization: 'nowhere' as OrganizationId, invitation, generation: 1 };
    const tokens = [
      '',
      'nonsense',
      `${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}`,
      tokenOf(invitation, 2),
      tokenOf('inv_unknown' as InvitationId),
      bus.tokens.issue(elsewhere),
    ];
    const answers = tokens.flatMap((token) => [
      accept('bob', token).catch((error: unknown) => error),
      bus.commands.execute(new DeclineInvitation({ token }, by('bob'))).catch((e: unknown) => e),
      bus.queries.execute(new LookUpInvitation(token)).catch((error: unknown) => error),
    ]);
    const said = (await Promise.all(answers)).map((one) => (one as Refusal).message);
    expect(new Set(said).size).toBe(1);
    expect(await node.types('nowhere' as OrganizationId)).toEqual([]);
  });

  test('a resend kills the old link, a decline the last one', async () => {
    const { invitation } = fact(await invite('bob'), 'member.invite');
    const again = new ResendInvitation(acme, { invitation }, by('ada'));
    expect(fact(await bus.commands.execute(again), 'member.invite_resend').generation).toBe(2);
    expect(await refusal(accept('bob', tokenOf(invitation)))).toBe('invitation.link_invalid');
    const no = new DeclineInvitation({ token: tokenOf(invitation, 2) }, by('bob'));
    const outcome = await bus.commands.execute(no);
    expect(outcome.events[0]?.metadata.actor).toEqual({
      kind: 'link',
      id: invitation,
      via: 'http',
    });
    const unknown = new ResendInvitation(acme, { invitation: 'inv_x' as never }, by('ada'));
    expect(await refusal(bus.commands.execute(unknown))).toBe('invitation.not_found');
    const stranger = new ResendInvitation(acme, { invitation }, by('eve'));
    expect(await refusal(bus.commands.execute(stranger))).toBe('organization.not_found');
  });

  test('of any number of concurrent accepts exactly one takes effect', async () => {
    const { invitation } = fact(await invite('bob'), 'member.invite');
    const token = tokenOf(invitation);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => accept('bob', token)));
    expect(outcomes.filter((one) => one.events.length > 0)).toHaveLength(1);
  });

  test('a stranger learns nothing of an organization, and makes no keys in it', async () => {
    const before = node.keys();
    const refused = await Promise.all([
      refusal(invite('bob', {}, by('eve'))),
      refusal(bus.commands.execute(new AdoptCatalogue(acme, { version: 9, remap: {} }, by('eve')))),
      refusal(bus.commands.execute(new InviteMember('none' as never, invitee('b'), by('eve')))),
    ]);
    expect(new Set(refused)).toEqual(new Set(['organization.not_found']));
    expect(node.keys()).toBe(before);
  });
});

describe('inviting many', () => {
  beforeEach(() => foundOn('vygl'));
  const many = (names: readonly string[], atomic: boolean, request = by('ada')) =>
    bus.commands.execute(
      new InviteMembers(acme, { invitations: names.map((one) => invitee(one)), atomic }, request),
    );

  test('gives a result per row, and the good ones go through', async () => {
    const { rows } = await many(['bob', 'not an address', 'cyd', 'bob'], false);
    expect(rows.map((one) => (one.status === 'refused' ? one.refusal.code : one.status))).toEqual([
      'invited',
      'email.invalid',
      'invited',
      'invitation.pending_exists',
    ]);
    const batches = (await node.events(acme)).flatMap(({ event }) =>
      event.type === 'member.invite' ? [event.batch] : [],
    );
    expect(new Set(batches).size).toBe(1);
  });

  test('atomic: all of them in one append, or none', async () => {
    node.log.attempts.length = 0;
    const refused = many(['bob', 'cyd', 'bob'], true);
    await expect(refused).rejects.toMatchObject({ errors: [{ pointer: '/invitations/2' }] });
    expect(node.log.attempts).toHaveLength(0);
    const { rows } = await many(['bob', 'cyd'], true);
    expect(rows).toEqual([
      { status: 'invited', invitations: [expect.stringMatching(/^inv_/)] },
      { status: 'invited', invitations: [expect.stringMatching(/^inv_/)] },
    ]);
    expect(node.log.attempts).toHaveLength(1);
    const again = [invitee('cyd', { onExisting: 'resend' }), invitee('dan')];
    const mixed = await bus.commands.execute(
      new InviteMembers(acme, { invitations: again, atomic: true }, by('ada')),
    );
    expect(mixed.rows[0]).toEqual({ ...rows[1], status: 'resent' });
    expect(mixed.rows[1]).toMatchObject({ status: 'invited' });
  });

  test.each([true, false])(
    'each row is told what became of it, also of one address (atomic %s)',
    async (atomic) => {
      await foundOn('mondoo', 'spacious');
      const spacious = 'spacious' as OrganizationId;
      const space = 'space_one' as SpaceId;
      await node.transactor.transact(spacious, by('ada'), () => () => [
        { type: 'space.create', space, name: 'One' },
      ]);
      const bob = (more: Partial<Invitee> = {}) => invitee('bob', more);
      const first = await bus.commands.execute(new InviteMember(spacious, bob(), by('ada')));
      const known = fact(first, 'member.invite').invitation;
      const invitations = [
        bob({ onExisting: 'resend' }),
        bob({ grants: [{ role: viewer, scope: space }] }),
      ];
      const { rows } = await bus.commands.execute(
        new InviteMembers(spacious, { invitations, atomic }, by('ada', { dryRun: !atomic })),
      );
      expect(rows).toEqual([
        { status: 'resent', invitations: [known] },
        { status: 'invited', invitations: [expect.not.stringMatching(known)] },
      ]);
    },
  );

  test('1,000 rows: few appends, and a repetition answers the same', async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `person${index}`);
    node.log.attempts.length = 0;
    const once = await many(names, false, keyed('ada', 'k1'));
    expect(once.rows.every((one) => one.status === 'invited')).toBe(true);
    expect(node.log.attempts.length).toBeLessThan(20);
    const again = await many(names, false, keyed('ada', 'k1'));
    expect(again).toMatchObject({ replayed: true, rows: once.rows });
    expect(await node.types(acme)).toHaveLength(1002);
  }, 120_000);

  test.each([true, false])(
    '1,000 rows, all or none: a dry run says what becomes of them (long messages: %s)',
    async (isLong) => {
      const message = isLong ? { message: 'm'.repeat(500) } : {};
      const invitations = Array.from({ length: 1000 }, (_, index) =>
        invitee(`a.rather.long.name.of.person.${index}`, message),
      );
      const outcome = (dryRun: boolean) => {
        const input = { invitations, atomic: true };
        return refusal(bus.commands.execute(new InviteMembers(acme, input, by('ada', { dryRun }))));
      };
      const expected = isLong ? 'batch.too_large' : 'carried out';
      expect(await outcome(true)).toBe(expected);
      expect(await outcome(false)).toBe(expected);
      const apart = { invitations, atomic: false };
      const foreseen = new InviteMembers(acme, apart, by('ada', { dryRun: true }));
      expect((await bus.commands.execute(foreseen)).rows).toHaveLength(1000);
    },
    60_000,
  );

  test('another batch under the same key is refused, whatever form either has', async () => {
    const reused = { code: 'idempotency.key_reused' };
    const before = ['x', 'z', 'w', 'v'].map((name) => many([name], true, by('ada')));
    await Promise.all(before);
    const types = () => node.types(acme);
    // Atomic, then not; not atomic with a first row that is refused, then fewer, then more.
    await many(['bob'], true, keyed('ada', 'k1'));
    await many(['x', 'cyd'], false, keyed('ada', 'k2'));
    await many(['dan', 'x'], false, keyed('ada', 'k3'));
    const stored = await types();
    for (const [names, atomic, key] of [
      [['eve'], false, 'k1'],
      [['bob'], false, 'k1'],
      [['eve'], false, 'k2'],
      [['eve', 'fay', 'gil'], false, 'k2'],
      [['eve'], true, 'k2'],
      [['eve', 'fay'], false, 'k3'],
    ] as const) {
      await expect(many(names, atomic, keyed('ada', key))).rejects.toMatchObject(reused);
    }
    expect(await types()).toEqual(stored);
    const { rows } = await many(['x', 'cyd'], false, keyed('ada', 'k2'));
    expect(rows.map(({ status }) => status)).toEqual(['refused', 'invited']);
    expect(await types()).toEqual(stored);
  });

  test('a repetition tells what was sent again, also once it has been accepted', async () => {
    const { invitation } = fact(await invite('bob'), 'member.invite');
    const input = {
      invitations: [invitee('bob', { onExisting: 'resend' })],
      atomic: true,
    } as const;
    const resend = () => bus.commands.execute(new InviteMembers(acme, input, keyed('ada', 'k1')));
    const once = await resend();
    expect(once.rows).toEqual([{ status: 'resent', invitations: [invitation] }]);
    await accept('bob', tokenOf(invitation, 2));
    expect(await resend()).toMatchObject({ replayed: true, rows: once.rows });
  });

  test('the body is gone through once for its key, however many rows it has', async () => {
    /** How often the first of so many rows is taken apart. */
    const looks = async (count: number): Promise<number> => {
      let looked = 0;
      const rows = Array.from({ length: count }, (_, index) => invitee(`p${count}x${index}`));
      const [first, ...rest] = rows;
      const watched = new Proxy(first!, {
        ownKeys: (target) => (looked++, Reflect.ownKeys(target)),
      });
      const input = { invitations: [watched, ...rest], atomic: false };
      await bus.commands.execute(new InviteMembers(acme, input, keyed('ada', `of ${count}`)));
      return looked;
    };
    expect(await looks(40)).toBe(await looks(2));
  });

  test('a dry run where seats are limited costs the same a row, however many there are', async () => {
    const limited = { type: 'organization.policy_change', changes: { seats: 5000 } } as const;
    await node.transactor.transact(acme, by('ada'), () => () => [limited]);
    /** Rows of the state that are looked at for each row of the batch. */
    const cost = async (count: number): Promise<number> => {
      const names = Array.from({ length: count }, (_, index) => `person${index}`);
      const rows = await rowsRead(() => many(names, false, by('ada', { dryRun: true })));
      return rows / count;
    };
    const [few, lots] = [await cost(100), await cost(1000)];
    console.log(`a dry run reads ${few} rows for each of 100, ${lots} for each of 1,000`);
    expect(lots).toBeLessThan(2 * few);
  });

  test('a dry run foresees every row upon those before it', async () => {
    const request = by('ada', { dryRun: true });
    const { rows, dryRun } = await many(['bob', 'nobody', 'bob', 'x y'], false, request);
    expect(rows.map((one) => (one.status === 'refused' ? one.refusal.code : one.status))).toEqual([
      'invited',
      'invited',
      'invitation.pending_exists',
      'email.invalid',
    ]);
    expect(dryRun?.events).toHaveLength(2);
    expect(await node.types(acme)).toHaveLength(2);
  });
});

describe('members, teams and keys', () => {
  test('roles are changed, names sealed, teams made', async () => {
    await foundOn('vygl');
    const member = await join('bob');
    const wanted = { kind: 'set', roles: ['member' as RoleId] } as const;
    const change = { member, scope: 'organization', wanted } as const;
    const changed = await bus.commands.execute(new ChangeRoles(acme, change, by('ada')));
    expect(fact(changed, 'member.role_change').added).toMatchObject([{ role: 'member' }]);
    const profile = new ChangeProfile(acme, { member, name: 'Robert' }, by('bob'));
    const { name } = fact(await bus.commands.execute(profile), 'member.profile_change');
    const opening = { organization: acme, field: 'name', value: name! } as const;
    expect(await node.vault.open([opening])).toEqual(['Robert']);
    const again = (text: string | null, request = by('bob')) =>
      bus.commands.execute(new ChangeProfile(acme, { member, name: text }, request));
    expect((await again('Robert')).events).toEqual([]);
    expect(await refusal(again('Robert', by('eve')))).toBe('organization.not_found');
    // Each is decided upon the other: one of two alike is enough, and the last of two counts.
    expect((await again(null)).events).toHaveLength(1);
    expect((await again(null)).events).toEqual([]);
    const both = await Promise.all([again('Rob'), again(null)]);
    expect(both.map(({ events }) => events.length)).toEqual([1, 1]);
    const team = new CreateTeam(acme, { name: 'T', scope: 'organization' }, by('bob'));
    expect(['permission.denied', 'operation.not_offered']).toContain(
      await refusal(bus.commands.execute(team)),
    );
  });

  test('the secret of an API key is shown once, and only its hash is stored', async () => {
    await foundOn('vygl');
    const [scope] = [...node.catalogues.latest('vygl' as never)!.apiScopes];
    const input = { owner: 'organization', name: 'CI', scopes: scope ? [scope] : [] } as const;
    const request = keyed('ada', 'k1');
    const once = await bus.commands.execute(new CreateApiKey(acme, input, request));
    const { key, secretHash } = fact(once, 'api_key.create');
    expect(once.secret).toMatch(new RegExp(`^${key}_[A-Za-z0-9_-]{43}$`));
    expect(createHash('sha256').update(once.secret!).digest('base64url')).toBe(secretHash);
    const again = await bus.commands.execute(new CreateApiKey(acme, input, request));
    expect(again.replayed).toBe(true);
    expect(again.secret).toBeUndefined();
    const dry = await bus.commands.execute(
      new CreateApiKey(acme, input, by('ada', { dryRun: true })),
    );
    expect(dry.secret).toBeUndefined();
    const rotated = await bus.commands.execute(new RotateApiKey(acme, { key }, by('ada')));
    expect(rotated.secret).not.toBe(once.secret);
    expect(rotated.secret).toMatch(new RegExp(`^${key}_`));
  });
});

describe('time and erasure', () => {
  test('the sweeper writes down what has passed, in portions', async () => {
    await foundOn('vygl');
    for (const name of ['bob', 'cyd', 'dan']) await invite(name);
    node.clock.turn(40 * 24 * 60 * 60 * 1000);
    const request = {
      ...by('ada'),
      actor: { kind: 'system', id: 'sweeper', via: 'internal' },
    } as const;
    const sweep = () => bus.commands.execute(new SweepOrganization(acme, { limit: 2 }, request));
    expect((await sweep()).events).toHaveLength(2);
    expect((await sweep()).events).toHaveLength(1);
    expect((await sweep()).events).toHaveLength(0);
  });

  test('a person is erased everywhere, with an answer per organization, and again', async () => {
    await foundOn('vygl');
    await foundOn('vygl', 'beta');
    await join('bob');
    const input = { user: person('bob').user };
    const erasures = await bus.commands.execute(new ErasePerson(input, by('bob')));
    expect(erasures).toMatchObject([
      { organization: 'acme', outcome: { events: [expect.anything(), expect.anything()] } },
    ]);
    const again = await bus.commands.execute(new ErasePerson(input, by('bob')));
    expect(again).toMatchObject([{ outcome: { events: [] } }]);
    const founder = { user: person('ada').user };
    const refused = await bus.commands.execute(new ErasePerson(founder, by('ada')));
    expect(refused.map((one) => 'refusal' in one && one.refusal.code)).toEqual([
      'member.last_holder',
      'member.last_holder',
    ]);
  });

  test('a person is erased where it was invited, and where it acted without joining', async () => {
    for (const id of ['acme', 'beta', 'gamma', 'delta']) await foundOn('vygl', id);
    const at = (id: string) => id as OrganizationId;
    await invite('bob');
    const beta = new InviteMember(at('beta'), invitee('bob'), by('ada'));
    const { invitation } = fact(await bus.commands.execute(beta), 'member.invite');
    const token = bus.tokens.issue({ organization: at('beta'), invitation, generation: 1 });
    await bus.commands.execute(new DeclineInvitation({ token }, by('bob')));
    const from = { clientAddress: '192.0.2.7' };
    await node.transactor.transact(at('gamma'), by('bob', from), rename('G'));
    const user = person('bob').user;
    const stop = new AbortController();
    const erasing = followErasures(node.log, node.vault, stop.signal);
    const input = { user, email: 'Bob@ACME.example' };
    const erased = await bus.commands.execute(new ErasePerson(input, by('bob', from)));
    const told = erased.map((one) => [
      one.organization,
      'outcome' in one && one.outcome.events.map(({ event }) => event.type),
    ]);
    expect(told).toEqual([
      ['acme', ['member.invite_revoke', 'member.invite_erase', 'member.personal_data_erase']],
      ['beta', ['member.personal_data_erase', 'member.personal_data_erase']],
      ['gamma', ['member.personal_data_erase']],
    ]);
    await eventually(async () => expect(await node.vault.organizationsOf(user)).toEqual([]));
    for (const id of ['acme', 'beta', 'gamma']) {
      for (const { event, metadata } of await node.events(at(id))) {
        const organization = at(id);
        const { clientAddress } = metadata;
        if (clientAddress?.subject === user) {
          const value = { organization, field: 'clientAddress', value: clientAddress } as const;
          expect(await node.vault.open([value])).toEqual([null]);
        }
        if (event.type !== 'member.invite') continue;
        const value = { organization, field: 'email', value: event.email } as const;
        await eventually(async () => expect(await node.vault.open([value])).toEqual([null]));
      }
    }
    const again = await bus.commands.execute(new ErasePerson(input, by('bob', from)));
    expect(again.every((one) => 'outcome' in one && one.outcome.events.length === 0)).toBe(true);
    stop.abort();
    await erasing;
  });

  test('an invitation is erased, and nothing can be stored for its member again', async () => {
    await foundOn('vygl');
    const { invitation } = fact(await invite('bob'), 'member.invite');
    const erase = new EraseInvitation(acme, { invitation }, by('ada'));
    expect((await bus.commands.execute(erase)).events.map((one) => one.event.type)).toEqual([
      'member.invite_revoke',
      'member.invite_erase',
    ]);
    const unknown = new EraseInvitation(acme, { invitation: 'inv_x' as never }, by('ada'));
    expect(await refusal(bus.commands.execute(unknown))).toBe('invitation.not_found');
    const member = await join('cyd');
    expect(await refusal(bus.commands.execute(new EraseMember(acme, { member }, by('ada'))))).toBe(
      'carried out',
    );
  });

  test('what is deleted takes no commands', async () => {
    await foundOn('vygl');
    const { invitation } = fact(await invite('bob'), 'member.invite');
    await bus.commands.execute(new DeleteOrganization(acme, {}, by('ada')));
    expect(await refusal(invite('cyd'))).toBe('organization.not_found');
    expect(await refusal(invite('cyd', {}, keyed('ada', 'k')))).toBe('organization.not_found');
    expect(await refusal(foundOn('vygl', 'acme', keyed('ada', 'k')))).toBe('organization.exists');
    expect(await refusal(accept('bob', tokenOf(invitation)))).toBe('invitation.link_invalid');
  });
});
