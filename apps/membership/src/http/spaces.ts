/** Parts of an organization. */
import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { Organization } from '#domain/state.js';
import type { SpaceId } from '#domain/ids.js';
import { CreateSpace } from '#commands/create-space.js';
import { DeactivateSpace } from '#commands/deactivate-space.js';
import { DeleteSpace } from '#commands/delete-space.js';
import { ReactivateSpace } from '#commands/reactivate-space.js';
import { RenameSpace } from '#commands/rename-space.js';
import { GetSpace, ListSpaces } from '#queries/spaces.js';
import { PageOf, pageOf, PageQuery, ReadQuery } from './bodies.js';
import { Desk } from './desk.js';
import { Asked, made, type Ask } from './exchange.js';
import { Field } from './fields.js';
import { EndedAnswer, orGone, SpaceAnswer, spaceResource } from './resources.js';
import { Reading, ReadingDesk, type Reader } from './reading.js';
import { Reads, Writes } from './routes.js';

class NamedBody {
  @Field.name({ example: 'Berlin' }) readonly name!: string;
}

const SpacePage = PageOf(SpaceAnswer);

@ApiTags('spaces')
@Controller('organizations/:organization/spaces')
export class SpacesController {
  constructor(
    private readonly desk: Desk,
    private readonly reading: ReadingDesk,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Reads({ summary: 'The spaces the caller sees, oldest first', answers: SpacePage })
  async listSpaces(@Query() query: PageQuery, @Reading() reader: Reader) {
    const { organization, atLeast } = reader;
    const seen = await this.reading.where(reader, { operation: 'view_space' });
    const filters = seen === 'everywhere' ? {} : { among: seen };
    return this.queries.execute(new ListSpaces(organization, filters, pageOf(query), atLeast));
  }

  @Get(':space')
  @Reads({ summary: 'One space', answers: SpaceAnswer })
  getSpace(@Param('space') space: SpaceId, @Query() _: ReadQuery, @Reading() reader: Reader) {
    const question = new GetSpace(reader.organization, space, reader.atLeast);
    return this.reading.one(reader, { operation: 'view_space', scope: space }, question);
  }

  @Post()
  @Writes({ summary: 'Add a space', answers: SpaceAnswer, status: 201 })
  createSpace(@Body() { name }: NamedBody, @Asked() ask: Ask) {
    const command = new CreateSpace(ask.organization, { name }, ask.request);
    return this.desk.write(ask, command, (state, outcome) =>
      resource(state, made(outcome, 'space.create').space),
    );
  }

  @Patch(':space')
  @Writes({ summary: 'Rename a space', answers: SpaceAnswer })
  renameSpace(@Body() { name }: NamedBody, @Asked() ask: Ask) {
    const { organization, space, request } = ask;
    const command = new RenameSpace(organization, { space, name }, request);
    return this.desk.write(ask, command, (state) => resource(state, space));
  }

  @Post(':space/deactivate')
  @Writes({ summary: 'Leave nothing of it but its view', answers: SpaceAnswer })
  deactivateSpace(@Asked() ask: Ask) {
    const { organization, space, request } = ask;
    const command = new DeactivateSpace(organization, { space }, request);
    return this.desk.write(ask, command, (state) => resource(state, space));
  }

  @Post(':space/reactivate')
  @Writes({ summary: 'Make it what it was', answers: SpaceAnswer })
  reactivateSpace(@Asked() ask: Ask) {
    const { organization, space, request } = ask;
    const command = new ReactivateSpace(organization, { space }, request);
    return this.desk.write(ask, command, (state) => resource(state, space));
  }

  @Delete(':space')
  @Writes({ summary: 'Delete it with every grant there', answers: EndedAnswer })
  deleteSpace(@Asked() ask: Ask) {
    const { organization, space, request } = ask;
    const command = new DeleteSpace(organization, { space }, request);
    return this.desk.write(ask, command, (state) => resource(state, space));
  }
}

const resource = ({ id, spaces }: Organization, space: SpaceId) =>
  orGone(id, space, spaces.get(space), spaceResource);
