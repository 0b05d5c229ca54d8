/** The command bus as Nest wires it, on the test's node. */
import { CommandBus, CqrsModule, QueryBus } from '@nestjs/cqrs';
import { Test } from '@nestjs/testing';
import { COMMAND_HANDLERS } from '#commands/handlers.js';
import { InvitationRecords, MembershipsOfPerson } from '#commands/ports.js';
import { Transactor } from '#commands/transact.js';
import type { InvitationId, OrganizationId, UserId } from '#domain/ids.js';
import { tagOf } from '#vault/tags.js';
import { InvitationTokens } from '#vault/tokens.js';
import type { TestNode } from './node.js';

export interface TestBus {
  readonly commands: CommandBus;
  readonly queries: QueryBus;
  readonly tokens: InvitationTokens;
  close(): Promise<void>;
}

/** Reads the log where the read models would be asked. */
class Records extends InvitationRecords {
  constructor(private readonly node: TestNode) {
    super();
  }

  async find(organization: OrganizationId, invitation: InvitationId) {
    for (const { event } of await this.node.events(organization)) {
      if (event.type !== 'member.invite' || event.invitation !== invitation) continue;
      const opening = { organization, field: 'displayEmail', value: event.displayEmail } as const;
      const [email] = await this.node.vault.open([opening]);
      return { member: event.member, email: email ?? null };
    }
    return undefined;
  }
}

class Memberships extends MembershipsOfPerson {
  constructor(private readonly node: TestNode) {
    super();
  }

  async organizations(user: UserId, email = '') {
    const found: OrganizationId[] = [];
    for await (const { stream } of this.node.log.heads()) {
      if (!stream.startsWith('organization-')) continue;
      const organization = stream.slice('organization-'.length) as OrganizationId;
      const events = await this.node.events(organization);
      const tag = tagOf(await this.node.vault.tagKey(organization), email);
      const isIn = events.some(
        ({ event }) =>
          ('user' in event && event.user === user) ||
          (event.type === 'member.invite' && event.tag === tag),
      );
      if (isIn) found.push(organization);
    }
    return found;
  }
}

export async function startBus(node: TestNode): Promise<TestBus> {
  const ring = { current: 't1', keys: new Map([['t1', Buffer.alloc(32, 7)]]) };
  const tokens = new InvitationTokens(ring);
  const module = await Test.createTestingModule({
    imports: [CqrsModule.forRoot()],
    providers: [
      ...COMMAND_HANDLERS,
      { provide: Transactor, useValue: node.transactor },
      { provide: InvitationTokens, useValue: tokens },
      { provide: InvitationRecords, useValue: new Records(node) },
      { provide: MembershipsOfPerson, useValue: new Memberships(node) },
    ],
  }).compile();
  await module.init();
  return {
    commands: module.get(CommandBus),
    queries: module.get(QueryBus),
    tokens,
    close: () => module.close(),
  };
}
