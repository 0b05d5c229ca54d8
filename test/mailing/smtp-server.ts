/** A mail server that does as it is told. */
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A reply, or what becomes of the connection once the whole mail is there. */
type Answer = { readonly code: number; readonly text: string } | 'drop';

export interface Received {
  readonly to: string;
  readonly mime: string;
}

export class MailServer {
  /** Mails that were taken, in that order; also those whose taking was never confirmed. */
  readonly received: Received[] = [];
  /** Mails that were offered to an address. */
  readonly tries: string[] = [];
  /** What an address is answered next, before it is accepted. */
  readonly atRecipient = new Map<string, Answer[]>();
  readonly atEnd = new Map<string, Answer[]>();
  /** Where it listens. */
  url = '';
  readonly #server: SMTPServer;

  constructor(options: SMTPServerOptions = {}) {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      logger: false,
      onRcptTo: ({ address }, _session, done) => {
        this.tries.push(address);
        const answer = this.atRecipient.get(address)?.shift();
        done(answer === undefined || answer === 'drop' ? null : failure(answer));
      },
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const [to = ''] = session.envelope.rcptTo.map(({ address }) => address);
          const answer = this.atEnd.get(to)?.shift();
          if (answer !== undefined && answer !== 'drop') return done(failure(answer));
          this.received.push({ to, mime: Buffer.concat(chunks).toString('utf8') });
          if (answer === undefined) return done(null);
          for (const connection of this.#server.connections) connection.close();
        });
      },
      ...options,
    });
    this.#server.on('error', () => undefined);
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = this.#server.server.address() as AddressInfo;
    this.url = `smtp://127.0.0.1:${port}`;
    return this.url;
  }

  to(address: string): Received[] {
    return this.received.filter(({ to }) => to === address);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}

const failure = ({ code, text }: Exclude<Answer, 'drop'>): Error =>
  Object.assign(new Error(text), { responseCode: code });

export const headerOf = (mime: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)$`, 'im').exec(mime)?.[1]?.trim();
