/** For whoever operates the installation: read models built anew. */
import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { unknownOrganization } from '#domain/delegation.js';
import { organizationStream, PLATFORM, type OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { Access } from '#access/access.js';
import { EventLog } from '#eventlog/event-log.js';
import { RemoteReadSide } from '../read-side/remote.js';
import { Asker, type Caller } from './caller.js';
import { Field } from './fields.js';
import { Reads } from './routes.js';

const READ_MODELS = ['organizations', 'members', 'invitations', 'audit', 'access'] as const;

class RebuildBody {
  @Field.organizationId({ optional: true, about: 'only this one, ending its quarantine' })
  readonly organization?: string;
}
class RebuildAnswer {
  @Field.text({ example: 'members' }) readonly readModel!: string;
  @Field.oneOf(['started', 'done']) readonly status!: string;
}

@ApiTags('service')
@Controller('read-models')
export class ReadModelsController {
  constructor(
    private readonly access: Access,
    private readonly log: EventLog,
    private readonly readSide: RemoteReadSide,
  ) {}

  @Post(':readModel/rebuild')
  @Reads({
    summary: 'Build a read model anew from the first event, for platform members',
    answers: RebuildAnswer,
  })
  async rebuildReadModel(
    @Param('readModel') readModel: string,
    @Body() body: RebuildBody,
    @Asker() { actor }: Caller,
  ): Promise<RebuildAnswer> {
    const right = { actor, operation: 'update_organization' } as const;
    await this.access.mayRead({ organization: PLATFORM }, right);
    if (!READ_MODELS.some((one) => one === readModel)) {
      refuse('request.invalid', `The read models are ${READ_MODELS.join(', ')}.`);
    }
    const organization = body.organization as OrganizationId | undefined;
    if (organization !== undefined) {
      const last = await this.log.last(organizationStream(organization));
      if (last === undefined) unknownOrganization({ id: organization });
      await this.access.rebuild(organization);
      const still = await this.readSide.rebuildOrganization(organization);
      if (still !== undefined) {
        const { revision, projection } = still;
        refuse('read.quarantined', `Event ${revision} still can't be applied to ${projection}.`);
      }
      return { readModel, status: 'done' };
    }
    // It takes as long as the log is long; /health/ready shows how far it is.
    await this.readSide.rebuild(readModel);
    return { readModel, status: 'started' };
  }
}
