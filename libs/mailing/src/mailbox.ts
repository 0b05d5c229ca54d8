/** The embedded default: mails as `.eml` files in a folder, until the invitation ends. */
import { renameSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instant, InvitationId, OrganizationId } from '#domain/ids.js';
import { MailTransport, type KeptMail, type Mail } from './mail.js';
import { mimeOf } from './smtp.js';

/** A mail as it is shown to whoever develops. */
export interface MailboxMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The invitation's link. */
  readonly link: string | undefined;
  readonly sentAt: Instant;
}

/** `organization.invitation.generation.expiry.eml`: ids have no dots. */
const NAME = /^([a-z0-9_]+)\.([a-z0-9_]+)\.(\d+)\.(\d+)\.eml$/;
/** A file that is not finished, or was not when the process ended. */
const DRAFT = '.draft';
/** Files that are open at the same time. */
const AT_ONCE = 100;

/** A folder of `.eml` files, readable by its owner alone. */
export class Mailbox extends MailTransport {
  private constructor(
    private readonly folder: string,
    private readonly from: string,
  ) {
    super();
  }

  /** Makes the folder where it is missing, and clears away what was never finished. */
  static async open(folder: string, from: string): Promise<Mailbox> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      if (name.endsWith(DRAFT)) await rm(join(folder, name), { force: true });
    }
    return new Mailbox(folder, from);
  }

  async send(mail: Mail): Promise<void> {
    const { organization, invitation, generation, expiresAt } = mail;
    const name = `${organization}.${invitation}.${generation}.${Date.parse(expiresAt)}.eml`;
    if (!NAME.test(name)) throw new TypeError(`${name} is no name of a mail`);
    const path = join(this.folder, name);
    const bytes = await mimeOf(mail, this.from);
    // At once: handing a page or two to another thread takes longer than writing it.
    writeFileSync(`${path}${DRAFT}`, bytes, { mode: 0o600 });
    renameSync(`${path}${DRAFT}`, path);
  }

  async kept(): Promise<readonly KeptMail[]> {
    return (await readdir(this.folder)).flatMap((name) => {
      const [, organization, invitation, generation, expiry] = NAME.exec(name) ?? [];
      if (expiry === undefined) return [];
      return [
        {
          organization: organization as OrganizationId,
          invitation: invitation as InvitationId,
          generation: Number(generation),
          expiresAt: new Date(Number(expiry)).toISOString() as Instant,
        },
      ];
    });
  }

  async discard(
    organization: OrganizationId,
    invitation?: InvitationId,
    before = Infinity,
  ): Promise<void> {
    for (const name of await readdir(this.folder)) {
      const [, itsOrganization, itsInvitation, generation] = NAME.exec(name) ?? [];
      if (itsOrganization !== organization) continue;
      if (invitation !== undefined && itsInvitation !== invitation) continue;
      if (Number(generation) < before) await rm(join(this.folder, name), { force: true });
    }
  }

  /** Every mail kept here, the newest first. */
  async list(): Promise<readonly MailboxMail[]> {
    const names = (await readdir(this.folder)).filter((name) => NAME.test(name));
    const mails: (MailboxMail | undefined)[] = [];
    for (let at = 0; at < names.length; at += AT_ONCE) {
      const some = names.slice(at, at + AT_ONCE);
      mails.push(...(await Promise.all(some.map((name) => this.#read(name)))));
    }
    return mails
      .filter((mail) => mail !== undefined)
      .sort((a, b) => (a.sentAt < b.sentAt ? 1 : a.sentAt > b.sentAt ? -1 : 0));
  }

  /** `undefined` for one that has gone meanwhile. */
  async #read(name: string): Promise<MailboxMail | undefined> {
    try {
      return parse(await readFile(join(this.folder, name), 'utf8'));
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async close(): Promise<void> {}
}

/** Reads what `mimeOf` writes: two parts in base64, headers as in RFC 5322 and RFC 2047. */
function parse(mime: string): MailboxMail {
  const { headers, body } = split(mime);
  const boundary = /boundary="([^"]+)"/.exec(headers.get('content-type') ?? '')?.[1] ?? '';
  const parts = body.split(`--${boundary}`).map((part) => split(part.replace(/^\r\n/, '')));
  const part = (type: string): string => {
    const found = parts.find(({ headers: own }) => own.get('content-type')?.startsWith(type));
    return Buffer.from(found?.body ?? '', 'base64')
      .toString('utf8')
      .replaceAll('\r\n', '\n');
  };
  const text = part('text/plain');
  return {
    to: decodeWords(headers.get('to') ?? '').replace(/^<|>$/g, ''),
    subject: decodeWords(headers.get('subject') ?? ''),
    text,
    html: part('text/html'),
    link: /^https?:\/\/\S+#\S+$/m.exec(text)?.[0],
    sentAt: new Date(headers.get('date') ?? 0).toISOString() as Instant,
  };
}

function split(mime: string): { headers: Map<string, string>; body: string } {
  const end = mime.indexOf('\r\n\r\n');
  const unfolded = mime.slice(0, Math.max(end, 0)).replace(/\r\n[ \t]+/g, ' ');
  const headers = unfolded.split('\r\n').map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { headers: new Map(headers), body: mime.slice(end + 4) };
}

/** `=?UTF-8?B?…?=` and `=?UTF-8?Q?…?=`; white space between two of them is none. */
const decodeWords = (header: string): string =>
  header.replace(/(\?=)\s+(=\?)/g, '$1$2').replace(/(?:=\?[^?]+\?[BQ]\?[^?]*\?=)+/gi, (words) => {
    const bytes = [...words.matchAll(/=\?[^?]+\?([BQ])\?([^?]*)\?=/gi)].map(
      ([, encoding, text = '']) =>
        encoding?.toUpperCase() === 'B' ? Buffer.from(text, 'base64') : quotedPrintable(text),
    );
    return Buffer.concat(bytes).toString('utf8');
  });

const quotedPrintable = (text: string): Buffer =>
  Buffer.from(
    text
      .replaceAll('_', ' ')
      .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  );
