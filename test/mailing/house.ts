/** Everything a mailer lives among, real but in memory: log, vault, read models, mail server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActorFact, DomainEvent, Sealed } from '#domain/events.js';
import type { Instant, InvitationId, OrganizationId } from '#domain/ids.js';
import { Catalogues } from '#catalogues/catalogues.js';
import { StoredInvitations, type CurrentInvitations } from '#mailing/current-invitation.js';
import type { MailTransport } from '#mailing/mail.js';
import { Mailer, type MailerOptions } from '#mailing/mailer.js';
import { Mails, type MailChange } from '#mailing/mails.js';
import { invitations } from '#projections/invitations.js';
import { members } from '#projections/members.js';
import { organizations } from '#projections/organizations.js';
import { ProjectionRunner } from '#projections/runner.js';
import { deliveriesFor } from '#readstore/deliveries.js';
import type { ReadStore } from '#readstore/store.js';
import { SqliteVault } from '#vault/sqlite-vault.js';
import { InvitationTokens } from '#vault/tokens.js';
import type { SealedField } from '#vault/vault.js';
import { versions } from '../access/catalogues.js';
import { TestLog } from '../access/log.js';
import { place, type Place } from '../support/stores.js';

export const NOON = Date.parse('2026-03-01T12:00:00.000Z');
export const acme = 'acme' as OrganizationId;
const ANN = { kind: 'user', id: 'usr_ann', member: 'mem_ann', via: 'http' } as ActorFact;
const RING = { current: 'k1', keys: new Map([['k1', Buffer.alloc(32, 7)]]) };

export const instant = (hours: number): Instant =>
  new Date(NOON + hours * 3_600_000).toISOString() as Instant;

export class House {
  readonly written = new TestLog();
  readonly vault = new SqliteVault(':memory:', RING);
  readonly tokens = new InvitationTokens(RING);
  readonly mails: Mails;
  readonly catalogues = new Catalogues();
  readonly errors: unknown[] = [];
  readonly invitations: CurrentInvitations;
  now = NOON;
  #runner: ProjectionRunner | undefined;
  #stop: AbortController | undefined;
  #running: Promise<void> | undefined;

  static async make(): Promise<House> {
    const folder = mkdtempSync(join(tmpdir(), 'mailing-'));
    const there = await place(join(folder, 'read.db'));
    return new House(folder, there, await there.open());
  }

  private constructor(
    readonly folder: string,
    private readonly place: Place,
    readonly store: ReadStore,
  ) {
    this.mails = new Mails(store);
    for (const content of versions) this.catalogues.add(content);
    const projections = [organizations, members, invitations];
    const { vault } = this;
    this.#runner = new ProjectionRunner({ log: this.log, vault, store, projections });
    this.invitations = new StoredInvitations(store, this.#runner, this.catalogues);
  }

  get log() {
    return this.written.log;
  }

  /** Projections run; the organization and its founder are there. */
  async settle(): Promise<void> {
    await this.#runner!.start();
    await this.vault.belongTo({ id: this.log.id, isEmpty: true });
    const created = { type: 'organization.create', name: 'Acme & Söhne', catalogue: 'works' };
    await this.happens(
      { ...created, version: 1, sha256: '', ownDomains: [] },
      { type: 'space.create', space: 'space_lab', name: 'Lab' },
      {
        type: 'member.join',
        source: 'founder',
        member: 'mem_ann',
        user: 'usr_ann',
        tag: null,
        email: await this.sealed('mem_ann', 'email', 'ann@acme.example'),
        displayEmail: await this.sealed('mem_ann', 'displayEmail', 'Ann@acme.example'),
        name: await this.sealed('mem_ann', 'name', 'Ann <Owner>'),
        authentication: 'local',
        grants: [],
        replaced: [],
        teams: [],
      },
    );
  }

  async sealed(subject: string, field: SealedField, text: string): Promise<Sealed> {
    await this.vault.ensure(acme, [subject]);
    return this.vault.seal(acme, subject, field, text);
  }

  /** What Ann does, unless it is somebody else. */
  actor: ActorFact = ANN;

  async happens(...events: object[]): Promise<void> {
    const stream = 'organization-acme';
    const { actor } = this;
    await this.written.append(
      events.map((event) => ({ stream, event: event as DomainEvent, actor })),
    );
  }

  async invite(id: string, to: string, more: object = {}): Promise<void> {
    const member = `mem_${id}`;
    await this.happens({
      type: 'member.invite',
      invitation: `inv_${id}`,
      member,
      tag: `tag_${id}`,
      email: await this.sealed(member, 'email', to),
      displayEmail: await this.sealed(member, 'displayEmail', to),
      grants: [
        { id: `grant_${id}_1`, role: 'viewer', scope: 'organization' },
        { id: `grant_${id}_2`, role: 'editor', scope: 'space_lab' },
      ],
      teams: [],
      expiresAt: instant(48),
      generation: 1,
      ...more,
    });
  }

  resend = (id: string, generation: number, expiresAt = instant(72)) =>
    this.happens({
      type: 'member.invite_resend',
      invitation: `inv_${id}`,
      generation,
      expiresAt,
    });
  revoke = (id: string) =>
    this.happens({ type: 'member.invite_revoke', invitation: `inv_${id}`, reason: 'asked' });

  mailer(transport: MailTransport, more: Partial<MailerOptions> = {}): Mailer {
    const { log, mails, vault, tokens } = this;
    return new Mailer({
      log,
      mails,
      vault,
      tokens,
      invitations: this.invitations,
      transport,
      publicUrl: () => 'https://members.example/app/',
      now: () => this.now,
      backoff: () => 0,
      onError: (error) => this.errors.push(error),
      ...more,
    });
  }

  /** Opens and runs a mailer until `stop`. */
  async run(transport: MailTransport, more: Partial<MailerOptions> = {}): Promise<Mailer> {
    const mailer = this.mailer(transport, more);
    await mailer.open();
    this.#stop = new AbortController();
    this.#running = mailer.run(this.#stop.signal);
    // Looked at when it is stopped.
    this.#running.catch(() => undefined);
    return mailer;
  }

  async stop(): Promise<void> {
    this.#stop?.abort();
    await this.#running;
  }

  /** As if a mailer had read this log up to here, whatever was before. */
  async begins(log: string, position: bigint | null): Promise<void> {
    await this.mails.acquire(() => undefined, AbortSignal.timeout(5000));
    await this.mails.begin(log, position);
    this.mails.release();
  }

  /** As if the log had gone on, with this generation of a mail to Bob, and was restored as it is. */
  async loses(generation: number, how: 'sent' | 'ended'): Promise<void> {
    await this.mails.acquire(() => undefined, AbortSignal.timeout(5000));
    const head = (await this.log.head())!;
    const { position } = (await this.mails.checkpoint())!;
    const invitation = { organization: acme, invitation: 'inv_bob' as InvitationId };
    const queue = { kind: 'queue', id: { ...invitation, generation }, at: instant(-1) } as const;
    const changes: MailChange[] = [{ ...queue, traceparent: undefined }];
    if (how === 'ended') changes.push({ kind: 'end', ...invitation });
    await this.mails.apply(changes, position, head + 1n);
    if (how === 'sent') await this.mails.sent((await this.mails.waiting(1))[0]!, instant(-1));
    this.mails.release();
  }

  /** What lies on disk of the read models, as text. */
  bytes(): Promise<string> {
    return this.place.bytes();
  }

  /** What is shown of an invitation's mails, the newest first. */
  async deliveries(id: string): Promise<string[]> {
    const all = await deliveriesFor(this.store, acme, `inv_${id}` as InvitationId);
    return all.map(({ generation, status, reason }) =>
      [generation, status, ...(reason === null ? [] : [reason])].join(' '),
    );
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#runner?.stop();
    await this.log.close();
    await this.vault.close();
    await this.store.close();
    await this.place.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Looks again and again until it is so, for at most fifteen seconds. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 15_000; !(await isSo());) {
    if (performance.now() > end) throw new Error(`never: ${what}`);
    await sleep(5);
  }
}
