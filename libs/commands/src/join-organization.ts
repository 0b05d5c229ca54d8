import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Join, join } from '#domain/decide/join.js';
import type { OrganizationId } from '#domain/ids.js';
import { addressesOf, type Person } from './addresses.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';
import { unsealed } from './unsealed.js';

export interface Joining extends Pick<Join, 'source' | 'roles' | 'approvedBy'> {
  readonly person: Person;
  /** The directory's id of this person. */
  readonly externalId?: string;
}

/** Lets somebody in without an invitation; the service's own doing. */
export class JoinOrganization extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Joining,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(JoinOrganization)
export class JoinOrganizationHandler implements ICommandHandler<JoinOrganization> {
  constructor(private readonly transactor: Transactor) {}

  async execute({ organization, input, request }: JoinOrganization): Promise<Outcome> {
    const addresses = await addressesOf(this.transactor, organization);
    const { person, externalId, ...rest } = input;
    const command = {
      ...rest,
      newcomer: addresses.newcomer(person, this.transactor.ports.newId('member'), '/person/email'),
      ...(externalId === undefined ? {} : { externalId: unsealed('externalId', externalId) }),
    };
    return this.transactor.transact(organization, request, (context) => join(command, context));
  }
}
