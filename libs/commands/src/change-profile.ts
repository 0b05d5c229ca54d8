import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { changeProfile } from '#domain/decide/member.js';
import type { Sealed } from '#domain/events.js';
import { organizationStream, type MemberId, type OrganizationId } from '#domain/ids.js';
import { sealedName } from './addresses.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

export interface Profile {
  readonly member: MemberId;
  /** `null` takes it away. */
  readonly name: string | null;
}

/** Changes a member's name: one's own, or with the right to. The same name again is no change. */
export class ChangeProfile extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Profile,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(ChangeProfile)
export class ChangeProfileHandler implements ICommandHandler<ChangeProfile> {
  constructor(private readonly transactor: Transactor) {}

  async execute({ organization, input, request }: ChangeProfile): Promise<Outcome> {
    const { member, name } = input;
    const sameAs = await this.#sameAs(organization, input);
    const command = { member, name: sealedName(name), ...(sameAs === undefined ? {} : { sameAs }) };
    return this.transactor.transact(organization, request, (context) =>
      changeProfile(command, context),
    );
  }

  /**
   * Rules can't read a name. So the one the member has is opened here, and the rule is told which
   * event holds the same; if another has come meanwhile, it is no longer that one.
   */
  async #sameAs(
    organization: OrganizationId,
    { member, name }: Profile,
  ): Promise<number | undefined> {
    const { log } = this.transactor.ports;
    const revision = (await this.transactor.latest(organization)).members.get(member)?.named;
    if (revision === undefined) return undefined;
    for await (const events of log.read(organizationStream(organization), revision, revision)) {
      for (const { event } of events) {
        const known = 'name' in event ? await this.#opened(organization, event.name) : undefined;
        if (known === name) return revision;
      }
    }
    return undefined;
  }

  async #opened(
    organization: OrganizationId,
    value: Sealed | string | null | undefined,
  ): Promise<string | null | undefined> {
    if (value === null || typeof value !== 'object') return value;
    const [name] = await this.transactor.ports.vault.open([{ organization, field: 'name', value }]);
    return name;
  }
}
