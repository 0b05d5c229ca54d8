/** Structured logs: one JSON object a line, without personal data and without secrets. */
import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger } from 'pino';

/** What must never be in a log, however it got there: what it holds, how it looks, what is said. */
const SECRETS: readonly (readonly [string, RegExp, string])[] = [
  ['eyJ', /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[token]'],
  ['key_', /\bkey_[0-9a-z]{26}_[\w-]+/g, '[key]'],
  ['.inv_', /\b\w{1,16}\.\w{3,64}\.inv_\w+\.\d+\.[\w-]+/g, '[link]'],
  ['@', /[^\s"'`@<>()/\\:=]+@[^\s"'`@<>()/\\]+\.\p{L}{2,}/gu, '[email]'],
];

/** The line with everything that looks personal or secret taken out: the last line of defence. */
export const withoutSecrets = (line: string): string =>
  SECRETS.reduce(
    (text, [part, pattern, instead]) =>
      text.includes(part) ? text.replace(pattern, instead) : text,
    line,
  );

export const createLog = (level: string, destination?: DestinationStream): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: withoutSecrets },
    },
    destination ?? pino.destination({ dest: 1, sync: false }),
  );

/** Nest's own words, in the same form. */
export class NestLog implements LoggerService {
  constructor(private readonly to: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.#write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.#write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.#write('trace', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.#write('fatal', message, rest);
  }

  #write(
    level: 'trace' | 'debug' | 'warn' | 'error' | 'fatal',
    message: unknown,
    rest: unknown[],
  ): void {
    const from = rest.at(-1);
    const about = typeof from === 'string' && !from.includes('\n') ? { from } : {};
    if (typeof message === 'object' && message !== null) this.to[level]({ ...about, ...message });
    else this.to[level](about, String(message));
  }
}
