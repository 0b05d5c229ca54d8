/** What one node has told is asked of another, which has to know it, or to say that it does not yet. */
import { expect } from '@jest/globals';
import { eventually } from '../../support/service.js';
import type { Nodes } from './nodes.js';
import type { Lane, Trial } from './races.js';
import type { Session } from './running.js';

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

/**
 * What the platform gives somebody is taken, and somebody else joins; another node that knows of the
 * one knows of the other, and of each as of its revision, whoever asks. @param wrong is told
 */
export const askingOfThePlatform =
  (nodes: Nodes, wrong: string[]) =>
  async ({ organization, founder, other }: Lane): Promise<Trial> => {
    const platform = '/organizations/platform';
    const root = await nodes.signIn(`root-of-${organization}`, { platformAdmin: true });
    const sue = await nodes.signIn(`sue-of-${organization}`, { platformAdmin: true });
    const { id: principal } = (await sue.call('GET', '/me')).body as { id: string };
    // Any node is asked, also one that has not heard of them yet.
    const member = await eventually(async () => {
      const { body } = await root.call('GET', `${platform}/members?limit=200`);
      const items = body.items as readonly { id: string; user: string }[] | undefined;
      return items?.find(({ user }) => user === principal)?.id;
    }, `member of the platform ${principal}`);
    let node = nodes.any();
    /** Each named may look or not, as of this revision, or of any. */
    const are = async (
      asked: Readonly<Record<string, string | undefined>>,
      ...should: boolean[]
    ): Promise<void> => {
      const checks = Object.entries(asked).map(([who, as]) => ({
        principal: who,
        organization,
        permission: 'organization:view',
        ...(as === undefined ? {} : { atLeast: as }),
      }));
      for (const who of [root, founder]) {
        node = nodes.other(node);
        const { status, body } = await nodes.ask(node, who, '/access/check/batch', { checks });
        const told = (body.results as { allowed: boolean }[] | undefined)?.map(
          (one) => one.allowed,
        );
        if (status !== 200 || told?.join() !== should.join()) {
          wrong.push(`${JSON.stringify(asked)}: ${JSON.stringify(body)}, not ${should.join()}`);
        }
      }
    };
    const does = async (who: Session, method: string, path: string, body?: unknown) => {
      const answer = await who.call(method, path, body);
      expect([path, answer.status < 300, answer.body]).toEqual([path, true, answer.body]);
      return answer.body as { readonly id: string; readonly revision: string };
    };
    return async () => {
      const taken = await does(root, 'POST', `${platform}/members/${member}/deactivate`);
      await are({ [principal]: taken.revision }, false);
      const invitation = { email: other.email, roles: ['viewer'] };
      const { id } = await does(
        founder,
        'POST',
        `/organizations/${organization}/invitations`,
        invitation,
      );
      const token = nodes.link(organization, id);
      const joined = await does(other, 'POST', '/invitations/accept', { token });
      await are({ [joined.id]: joined.revision, [principal]: undefined }, true, false);
      await does(founder, 'DELETE', `/organizations/${organization}/members/${joined.id}`);
      const given = await does(root, 'POST', `${platform}/members/${member}/reactivate`);
      await are({ [principal]: given.revision }, true);
    };
  };
