import { organizationOf, type Recorded } from '#domain/events.js';
import type { MailChange } from './mails.js';

/** What an event changes about mails; of most events nothing. */
export function changesOf({ stream, event, metadata }: Recorded): MailChange[] {
  const organization = organizationOf(stream);
  if (organization === undefined) return [];
  const { occurredAt: at, traceparent } = metadata;
  switch (event.type) {
    case 'member.invite': {
      const { invitation, generation, message } = event;
      const id = { organization, invitation, generation };
      const sent = message === undefined ? {} : { message };
      return [{ kind: 'queue', id, at, traceparent, ...sent }];
    }
    case 'member.invite_resend': {
      const { invitation, generation } = event;
      const id = { organization, invitation, generation };
      return [{ kind: 'queue', id, at, traceparent }];
    }
    case 'member.accept':
    case 'member.invite_revoke':
    case 'member.invite_decline':
    case 'member.invite_erase':
      return [{ kind: 'end', organization, invitation: event.invitation }];
    case 'member.invite_expire':
      return [{ kind: 'end', organization, invitation: event.invitation, mayReturn: true }];
    case 'organization.resume':
      return [{ kind: 'hurry', organization, at }];
    case 'organization.delete':
      return [{ kind: 'end', organization }];
    default:
      return [];
  }
}
