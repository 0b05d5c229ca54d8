import type { InvitationId, OrganizationId } from '#domain/ids.js';
import type { DeliveryTable } from './rows.js';
import { question, statement } from './statement.js';
import type { ReadStore } from './store.js';

export type Delivery = DeliveryTable;

const putDelivery = statement<keyof DeliveryTable>((db, row) => {
  const { organization, invitation, generation, status, reason, at } = row;
  return db
    .insertInto('deliveries')
    .values({ organization, invitation, generation, status, reason, at })
    .onConflict((conflict) =>
      conflict
        .columns(['organization', 'invitation', 'generation'])
        .doUpdateSet({ status, reason, at }),
    );
});

/**
 * Notes what became of the mail of one generation of an invitation, on disk when it returns. Not
 * part of any rebuild. A `reason` says what the mail server said in words that name no address.
 */
export const recordDelivery = (store: ReadStore, delivery: Delivery): void => {
  store.durably(() => store.statements.run(putDelivery, { ...delivery }));
};

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
): Delivery[] => store.statements.all(deliveriesOf, { organization, invitation });
