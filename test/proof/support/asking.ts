/** What one node has told is asked of another, which has to know it, or to say that it does not yet. */
import { expect } from '@jest/globals';
import type { Nodes } from './nodes.js';
import type { Lane, Trial } from './races.js';

/** Somebody joins and goes, and each time another node is asked with `atLeast`. @param wrong is told */
export const asking =
  (nodes: Nodes, wrong: string[]) =>
  async ({ organization, founder, other }: Lane): Promise<Trial> => {
    const base = `/organizations/${organization}`;
    /** Any node but the one before. */
    let node = nodes.any();
    const ask = (path: string, body?: unknown) => {
      node = nodes.other(node);
      return nodes.ask(node, founder, path, body);
    };
    const isMember = async (member: string, atLeast: string, should: boolean): Promise<void> => {
      const question = {
        principal: member,
        organization,
        permission: 'organization:view',
        atLeast,
      };
      const { status, body } = await ask('/access/check', question);
      if (status !== 200 || body.allowed !== should) {
        wrong.push(`${member} at ${atLeast}: ${status} ${JSON.stringify(body)}, not ${should}`);
      }
      const listed = await ask(`${base}/members/${member}?atLeast=${atLeast}`);
      const standing = should ? 'active' : 'removed';
      if (listed.status !== 200 || listed.body.status !== standing) {
        wrong.push(`${member} at ${atLeast}: ${JSON.stringify(listed)}, not ${standing}`);
      }
    };
    return async () => {
      const invited = await founder.call('POST', `${base}/invitations`, {
        email: other.email,
        roles: ['viewer'],
      });
      expect(invited).toMatchObject({ status: 201 });
      const { id, revision } = invited.body;
      const shown = await ask(`${base}/invitations/${id}?atLeast=${revision}`);
      if (shown.status !== 200 || shown.body.id !== id) {
        wrong.push(`${id} at ${revision}: ${JSON.stringify(shown)}`);
      }
      const token = nodes.link(organization, id as string);
      const accepted = await other.call('POST', '/invitations/accept', { token });
      expect(accepted).toMatchObject({ status: 200 });
      const member = accepted.body.id as string;
      await isMember(member, accepted.body.revision as string, true);
      const removed = await founder.call('DELETE', `${base}/members/${member}`);
      expect(removed).toMatchObject({ status: 200 });
      await isMember(member, removed.body.revision as string, false);
    };
  };
