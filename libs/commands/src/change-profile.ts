import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { changeProfile } from '#domain/decide/member.js';
import type { MemberId, OrganizationId } from '#domain/ids.js';
import { sealedName } from './addresses.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

export interface Profile {
  readonly member: MemberId;
  /** `null` takes it away. */
  readonly name: string | null;
}

/** Changes a member's name: one's own, or with the right to. */
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

  execute({ organization, input, request }: ChangeProfile): Promise<Outcome> {
    const command = { member: input.member, name: sealedName(input.name) };
    return this.transactor.transact(organization, request, (context) =>
      changeProfile(command, context),
    );
  }
}
