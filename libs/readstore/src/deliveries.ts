import type { InvitationId, OrganizationId } from '#domain/ids.js';
import type { DeliveryTable } from './rows.js';
import { question } from './statement.js';
import type { ReadStore } from './store.js';

export type Delivery = DeliveryTable;

const deliveriesOf = question<'organization' | 'invitation', Delivery>(
  (db, { organization, invitation }) =>
    db
      .selectFrom('deliveries')
      .selectAll()
      .where('organization', '=', organization)
      .where('invitation', '=', invitation)
      .orderBy('generation', 'desc'),
);

/** What became of an invitation's mails, the newest generation first. */
export const deliveriesFor = (
  store: ReadStore,
  organization: OrganizationId,
  invitation: InvitationId,
): Promise<Delivery[]> => store.all(deliveriesOf, { organization, invitation });
