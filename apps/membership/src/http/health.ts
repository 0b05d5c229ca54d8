/** Is the process alive, and does it serve? */
import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Field, ListOf } from './fields.js';
import { Vitals, type Vital } from '../vitals.js';
import { Public } from './caller.js';

class Alive {
  @Field.oneOf(['ok']) readonly status!: string;
}
class FollowerAnswer {
  @Field.text({ example: 'members@1' }) readonly name!: string;
  @Field.integer(0, Number.MAX_SAFE_INTEGER, {
    about: 'how far behind the head: events, or bytes on EventStoreDB',
  })
  readonly lag!: number;
  @Field.text({
    optional: true,
    about: 'the position up to which a snapshot spared it the log at the start',
    example: '1000',
  })
  readonly restored?: string;
  @Field.flag() readonly running!: boolean;
  @Field.text({
    optional: true,
    about: 'why it does not go on',
    example: 'the vault has no key for mem_01 of acme; restore the vault that belongs to this log',
  })
  readonly reason?: string;
}
class QuarantinedAnswer {
  @Field.text({ example: 'members@1' }) readonly readModel!: string;
  @Field.organizationId() readonly organization!: string;
  @Field.text({ example: 'member.accept 41' }) readonly event!: string;
}
class Ready {
  @Field.flag() readonly ready!: boolean;
  @Field.text({
    optional: true,
    about: 'what keeps all of it from being ready: the log does not answer, or takes nothing',
    example: 'EventStoreDB: it did not answer in time',
  })
  readonly reason?: string;
  @Field.text({ nullable: true, example: '1024' }) readonly head!: string | null;
  @ListOf.object(() => FollowerAnswer) readonly followers!: readonly FollowerAnswer[];
  @ListOf.object(() => QuarantinedAnswer) readonly quarantined!: readonly QuarantinedAnswer[];
}

@ApiTags('service')
@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly vitals: Vitals) {}

  @Get('live')
  @ApiOperation({ operationId: 'live', summary: 'The process runs' })
  @ApiResponse({ status: 200, type: Alive, description: 'It does' })
  live(): Alive {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ operationId: 'ready', summary: 'Commands and reads are served' })
  @ApiResponse({ status: 200, type: Ready, description: 'They are' })
  @ApiResponse({ status: 503, type: Ready, description: 'Not yet, or not any more' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Vital> {
    const vital = await this.vitals.look();
    if (!vital.ready) void reply.status(503);
    return vital;
  }
}
