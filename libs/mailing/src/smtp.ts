/** Mail over SMTP. The only file that knows nodemailer, and so the only one that makes MIME. */
import { createTransport } from 'nodemailer';
import type { InvitationId, OrganizationId } from '#domain/ids.js';
import { MailNotSent, MailTransport, type KeptMail, type Mail } from './mail.js';

export interface SmtpSettings {
  /** `smtp://user:password@host:587`, or `smtps:` for TLS from the first byte. */
  readonly url: string;
  /** `Membership <membership@example.com>` */
  readonly from: string;
  /** Refuse to go on without TLS. Where left out: with credentials, except to this machine. */
  readonly requireTls?: boolean;
  /** How long the server may be silent, in milliseconds. */
  readonly timeout?: number;
  readonly maxConnections?: number;
}

/** A mail server, over connections that are used again. */
export class SmtpTransport extends MailTransport {
  readonly #transport;
  readonly #from: string;

  constructor({ url, from, requireTls, timeout = 30_000, maxConnections = 4 }: SmtpSettings) {
    super();
    const { protocol, hostname, port, username, password } = new URL(url);
    const secure = protocol === 'smtps:';
    const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
    this.#from = from;
    this.#transport = createTransport({
      pool: true,
      maxConnections,
      // A mail whose connection breaks comes back here, where tries are counted.
      maxRequeues: 0,
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (secure ? 465 : 587) : Number(port),
      secure,
      requireTLS: requireTls ?? (username !== '' && !isHere),
      ...(username === ''
        ? {}
        : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
      connectionTimeout: timeout,
      greetingTimeout: timeout,
      socketTimeout: timeout,
    });
  }

  async send(mail: Mail): Promise<void> {
    checkAddress(mail.to);
    try {
      await this.#transport.sendMail(message(mail, this.#from));
    } catch (error) {
      throw notSent(error);
    }
  }

  /** Does the server let us in? Nothing is sent. @throws Error that says what to do about it */
  async verify(): Promise<void> {
    await this.#transport.verify().catch((error: Error) => {
      throw new Error(wordsFor(error), { cause: error });
    });
  }

  async kept(): Promise<readonly KeptMail[]> {
    return [];
  }

  async discard(_: OrganizationId, __?: InvitationId, ___?: number): Promise<void> {
    // What is sent is out of reach.
  }

  async close(): Promise<void> {
    this.#transport.close();
  }
}

const composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });

/** The mail as it goes over the wire. @throws MailNotSent for an address that is none. */
export async function mimeOf(mail: Mail, from: string): Promise<Buffer> {
  checkAddress(mail.to);
  const { message: bytes } = await composer.sendMail(message(mail, from));
  if (!Buffer.isBuffer(bytes)) throw new TypeError('the composer gave no bytes');
  return bytes;
}

/** Every header is a field here: nothing is taken from the content. */
const message = ({ to, subject, text, html, messageId, sentAt }: Mail, from: string) => ({
  from,
  // As an object, so that it is one address whatever it looks like.
  to: { name: '', address: to },
  subject,
  text,
  html,
  messageId,
  date: new Date(sentAt),
  textEncoding: 'base64' as const,
  headers: { 'Auto-Submitted': 'auto-generated' },
  disableFileAccess: true,
  disableUrlAccess: true,
});

/** No white space, no controls, nothing that is syntax in a header or an envelope. */
const ADDRESS = /^[^\s\p{C}<>()[\]\\,;:"@]+@[^\s\p{C}<>()[\]\\,;:"@]+$/u;

const checkAddress = (address: string): void => {
  if (!ADDRESS.test(address)) throw new MailNotSent(true, 'the address can not be written to');
};

/** What nodemailer tells; the texts of servers are left out, they quote addresses. */
interface SendError {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
}

/**
 * 5xx about this mail, its address or its text, is final; a connection, a login or a sender that is
 * refused is about all mails, and passes.
 */
function notSent(error: unknown): MailNotSent {
  const { code = 'error', command, responseCode } = error as SendError;
  const isAboutMail = command === 'RCPT TO' || command === 'DATA';
  const isFinal = isAboutMail && responseCode !== undefined && responseCode >= 500;
  const at = command === undefined ? '' : ` at ${command}`;
  const what = responseCode === undefined ? code : `the mail server answered ${responseCode}`;
  return new MailNotSent(isFinal && responseCode !== 503, `${what}${at}`);
}

/** What keeps us out, and what to do about it. */
function wordsFor(error: Error): string {
  const { code, responseCode } = error as SendError;
  const { message } = error;
  if (/certificate|altnames/i.test(message)) {
    return `the certificate of the mail server is not trusted (${message}); name the authority that has signed it: NODE_EXTRA_CA_CERTS=FILE`;
  }
  if (code === 'EAUTH') {
    return `the mail server does not let us in (${responseCode ?? message}); mind user and password`;
  }
  if (code === 'ETLS') {
    return `the mail server speaks no TLS (${message}), and gets no password without; correct the address`;
  }
  return `the mail server can't be reached (${message}); start it, or correct the address`;
}
