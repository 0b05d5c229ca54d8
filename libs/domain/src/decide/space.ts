import type { Context } from '../context.js';
import { authorize, authorizeAt, authorizeSomewhere, givesOperation } from '../delegation.js';
import type { SpaceEvent } from '../events.js';
import type { SpaceId } from '../ids.js';
import { refuse } from '../refusals.js';
import type { Organization, Space } from '../state.js';
import { isMade } from './requirements.js';

export interface CreateSpace {
  readonly space: SpaceId;
  readonly name: string;
}

export const createSpace =
  ({ space, name }: CreateSpace, context: Context) =>
  (organization: Organization): SpaceEvent[] => {
    authorize(organization, context, 'create_space');
    const { catalogue } = context;
    if (!catalogue.scopes.has('space')) {
      refuse('space.not_offered', `The catalogue ${catalogue.id} knows no spaces.`);
    }
    if (isMade(organization, organization.spaces, space)) return [];
    return [{ type: 'space.create', space, name }];
  };

export interface RenameSpace {
  readonly space: SpaceId;
  readonly name: string;
}

export const renameSpace =
  ({ space: id, name }: RenameSpace, context: Context) =>
  (organization: Organization): SpaceEvent[] => {
    const rights = authorizeSomewhere(organization, context, 'update_space');
    const space = spaceOf(organization, id);
    authorizeAt(organization, context, rights, 'update_space', id);
    return space.name === name ? [] : [{ type: 'space.rename', space: id, name }];
  };

export interface OneSpace {
  readonly space: SpaceId;
}

export const deactivateSpace =
  ({ space: id }: OneSpace, context: Context) =>
  (organization: Organization): SpaceEvent[] => {
    const rights = authorizeSomewhere(organization, context, 'deactivate_space');
    const { status } = spaceOf(organization, id);
    const may = givesOperation(context, rights, 'deactivate_space', id);
    if (status === 'inactive' && may) return [];
    authorizeAt(organization, context, rights, 'deactivate_space', id);
    return [{ type: 'space.deactivate', space: id }];
  };

export const reactivateSpace =
  ({ space: id }: OneSpace, context: Context) =>
  (organization: Organization): SpaceEvent[] => {
    const rights = authorizeSomewhere(organization, context, 'reactivate_space');
    const { status } = spaceOf(organization, id);
    authorizeAt(organization, context, rights, 'reactivate_space', id);
    return status === 'active' ? [] : [{ type: 'space.reactivate', space: id }];
  };

export const deleteSpace =
  ({ space: id }: OneSpace, context: Context) =>
  (organization: Organization): SpaceEvent[] => {
    const rights = authorizeSomewhere(organization, context, 'delete_space');
    if (organization.ended.get(id) === 'deleted') return [];
    spaceOf(organization, id);
    authorizeAt(organization, context, rights, 'delete_space', id);
    return [{ type: 'space.delete', space: id }];
  };

const spaceOf = (organization: Organization, id: SpaceId): Space =>
  organization.spaces.get(id) ??
  refuse('space.not_found', `There is no space ${id} in this organization.`);
