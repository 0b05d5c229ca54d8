/** The people who have power over the installation: those configured, and, in development, anybody. */
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { PLATFORM, type RoleId, type UserId } from '#domain/ids.js';
import { foundPlatform } from '#commands/found-platform.js';
import { JoinOrganization } from '#commands/join-organization.js';
import { systemRequest } from '#commands/system-request.js';
import { Transactor } from '#commands/transact.js';
import { Acknowledged } from './acknowledged.js';
import { Authentication } from './http/authentication.js';

const NAME = 'Platform';
const ADMIN = 'platform-admin' as RoleId;

@Injectable()
export class PlatformAdmins {
  constructor(
    private readonly transactor: Transactor,
    private readonly commands: CommandBus,
    private readonly authentication: Authentication,
    private readonly acknowledged: Acknowledged,
  ) {}

  /** Founds the platform with these subjects, unless it is there: then they change nothing. */
  async found(subjects: readonly string[]): Promise<void> {
    const members = subjects.map((subject) => ({ user: this.authentication.person(subject).user }));
    const outcome = await foundPlatform(this.transactor, NAME, members);
    if (outcome !== undefined) this.acknowledged.note(PLATFORM, outcome.revision);
  }

  /** Lets somebody join, for the development issuer; founds the platform where there is none. */
  async join(subject: string, email: string): Promise<void> {
    const { user } = this.authentication.person(subject);
    if (await this.#isIn(user)) return;
    const founded = await foundPlatform(this.transactor, NAME, [{ user, email }]);
    const person = { user, email, authentication: 'local' } as const;
    const outcome =
      founded ??
      (await this.commands.execute(
        new JoinOrganization(
          PLATFORM,
          { person, source: 'configuration', roles: [ADMIN] },
          systemRequest('configuration', this.transactor.ports.newId),
        ),
      ));
    this.acknowledged.note(PLATFORM, outcome.revision);
  }

  async #isIn(user: UserId): Promise<boolean> {
    return (await this.transactor.latest(PLATFORM)).memberByUser.has(user);
  }
}
