/**
 * `kill -9` under concurrent writers, again and again: what was acknowledged is there, once; every
 * chain of the log is whole; the read models are the fold of the log; mails resume.
 */
import { afterAll, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { verify } from '#eventlog/chain.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { differencesIn } from '../projections/comparing.js';
import { chainOf, violations } from './support/chain.js';
import { RunningService, randomness, scaled, type Session } from './support/running.js';

const ROUNDS = scaled(200);
const WRITERS = 32;
/** A restart may take this long where others want the machine too, in milliseconds; it is printed. */
const RESTART = 5 * 60_000;
const service = new RunningService();
afterAll(() => service.dispose());

interface Invited {
  readonly email: string;
  readonly id: string;
}

test(`kill -9, ${ROUNDS} rounds under ${WRITERS} writers`, async () => {
  const random = randomness('kill');
  await service.start();
  const founder = await service.signIn('founder');
  const organizations: string[] = [];
  for (let i = 0; i < 4; i++) {
    const { body } = await founder.call('POST', '/organizations', {
      name: `O${i}`,
      catalogue: 'vygl',
    });
    organizations.push(body.id as string);
  }
  const acknowledged = new Map<string, Invited[]>(organizations.map((id) => [id, []]));
  /** Unanswered requests, to be repeated with the same key. */
  const open: { organization: string; key: string; email: string }[] = [];
  let unanswered = 0;
  let count = 0;

  for (let round = 0; round < ROUNDS; round++) {
    const stop = new AbortController();
    const writers = Array.from({ length: WRITERS }, (_, i) =>
      write(founder, organizations[i % organizations.length]!, stop.signal),
    );
    await sleep(100 + random() * 400);
    await service.kill();
    stop.abort();
    await Promise.all(writers);
    const took = await service.start({}, RESTART);
    if (round % 10 === 9 || round === ROUNDS - 1) {
      console.log(
        `round ${round + 1}: ${count} acknowledged, ${unanswered} unanswered and repeated, start ${took.toFixed(0)} ms`,
      );
    }
    await repeatUnanswered();
  }

  for (const organization of organizations) {
    const records = await chainOf(founder, organization);
    expect(violations(records, 'owner')).toEqual([]);
    const invited = records.filter((one) => one.type === 'member.invite');
    const ids = invited.map((one) => one.data.invitation as string);
    expect(new Set(ids).size).toBe(ids.length);
    const there = new Set(ids);
    const lost = acknowledged.get(organization)!.filter((one) => !there.has(one.id));
    expect(lost).toEqual([]);
    // Everything acknowledged or repeated is there once, and nothing else is.
    expect(ids.length).toBe(new Set(acknowledged.get(organization)!.map((one) => one.id)).size);
    const listed = await everyInvitation(founder, organization);
    expect(listed.map((one) => one.id).sort()).toEqual([...ids].sort());
    await everyMailSent(organization, ids.length);
  }

  // Everything is applied: every mail was sent after its rows were there.
  await service.kill('SIGTERM');
  await everyChainIsWhole();
  expect(await differencesIn(service.directory)).toEqual([]);

  /** What `membership verify` finds in the file that survived. */
  async function everyChainIsWhole(): Promise<void> {
    const log = new SqliteEventLog(join(service.directory, 'events.db'));
    try {
      const { events, streams, findings, more } = await verify(log);
      console.log(`verified ${events} events in ${streams} streams`);
      expect({ findings, more }).toEqual({ findings: [], more: 0 });
      const invited = [...acknowledged.values()].flat().map((one) => one.id);
      expect(events).toBeGreaterThan(new Set(invited).size);
    } finally {
      await log.close();
    }
  }

  async function write(who: Session, organization: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const email = `guest-${count++}-${Math.floor(random() * 1e9)}@proof.example.org`;
      const key = `key-${email}`;
      if (!(await attempt(who, organization, key, email))) {
        unanswered++;
        open.push({ organization, key, email });
        return;
      }
    }
  }

  async function attempt(
    who: Session,
    organization: string,
    key: string,
    email: string,
  ): Promise<boolean> {
    const answer = await who
      .call(
        'POST',
        `/organizations/${organization}/invitations`,
        { email, roles: ['viewer'] },
        { 'idempotency-key': key },
      )
      .catch(() => undefined);
    if (answer === undefined || answer.status >= 500) return false;
    expect({ status: answer.status, body: answer.body }).toMatchObject({ status: 201 });
    acknowledged.get(organization)!.push({ email, id: answer.body.id as string });
    return true;
  }

  async function repeatUnanswered(): Promise<void> {
    for (const { organization, key, email } of open.splice(0)) {
      expect(await attempt(founder, organization, key, email)).toBe(true);
    }
  }

  async function everyInvitation(who: Session, organization: string): Promise<{ id: string }[]> {
    const all: { id: string }[] = [];
    for (let cursor = ''; ;) {
      const { body } = await who.call(
        'GET',
        `/organizations/${organization}/invitations?limit=200${cursor}`,
      );
      all.push(...body.items);
      if (body.nextCursor == null) return all;
      cursor = `&cursor=${encodeURIComponent(body.nextCursor as string)}`;
    }
  }

  async function everyMailSent(organization: string, expected: number): Promise<void> {
    for (let waited = 0; ; waited++) {
      const rows = (await everyInvitation(founder, organization)) as {
        delivery?: { status: string };
      }[];
      const sent = rows.filter((row) => row.delivery?.status === 'sent').length;
      if (sent === expected) return;
      if (waited > 600) throw new Error(`${sent} of ${expected} mails were sent`);
      await sleep(1000);
    }
  }
});
