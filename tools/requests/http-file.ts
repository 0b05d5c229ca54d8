/**
 * Runs a `.http` file: requests between `###`, `# @name` to refer to an answer as
 * `{{name.field}}` (`{{name.link#}}`: the fragment of a link). `# @expect 201` names the status (any
 * 2xx otherwise), `# @until items.0.link` repeats a request until its answer has that.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface Ran {
  readonly title: string;
  readonly request: string;
  readonly status: number;
  readonly isExpected: boolean;
  readonly body: string;
}

/** Milliseconds a request is repeated for, and between two of them. */
const PATIENCE = { longest: 10_000, pause: 50 } as const;

async function patiently<T>(ask: () => Promise<T | undefined>, what: string): Promise<T> {
  const end = Date.now() + PATIENCE.longest;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`there was no ${what}`);
    await delay(PATIENCE.pause);
  }
}

export async function runHttpFile(file: string, url: string): Promise<Ran[]> {
  const answers = new Map<string, unknown>();
  const ran: Ran[] = [];
  for (const block of readFileSync(file, 'utf8').split(/^###/m)) {
    const request = parse(block, (text) => filled(text, url, answers));
    if (request === undefined) continue;
    const { title, method, address, headers, body, name, expect, until } = request;
    const ask = async () => {
      const response = await fetch(address, { method, headers, ...(body === '' ? {} : { body }) });
      const text = await response.text();
      const answer = json(text);
      const isThere = until === undefined || at(answer, until.split('.')) !== undefined;
      return isThere ? { status: response.status, text, answer } : undefined;
    };
    const { status, text, answer } = await patiently(ask, `${until} in ${file}`);
    if (name !== undefined) answers.set(name, answer);
    const isExpected = expect === undefined ? status < 300 : status === Number(expect);
    ran.push({ title, request: `${method} ${address}`, status, isExpected, body: text });
  }
  return ran;
}

function parse(block: string, fill: (text: string) => string) {
  const [first = '', ...rest] = block.split('\n');
  const note = (key: string): string | undefined =>
    rest
      .find((line) => line.startsWith(`# @${key} `))
      ?.slice(key.length + 4)
      .trim();
  const lines = rest.filter((line) => !line.startsWith('#'));
  const start = lines.findIndex((line) => /^(GET|POST|PUT|PATCH|DELETE) /.test(line));
  if (start < 0) return undefined;
  const end = lines.findIndex((line, index) => index > start && line.trim() === '');
  const [method = '', address = ''] = lines[start]!.split(' ');
  const head = lines.slice(start + 1, end < 0 ? undefined : end);
  return {
    title: first.trim() || `${method} ${address}`,
    method,
    address: fill(address),
    headers: Object.fromEntries(
      head
        .map((line) => fill(line))
        .map((line) => {
          const colon = line.indexOf(':');
          return [line.slice(0, colon), line.slice(colon + 1).trim()];
        }),
    ),
    body: end < 0 ? '' : fill(lines.slice(end).join('\n')).trim(),
    name: note('name'),
    expect: note('expect'),
    until: note('until'),
  };
}

const filled = (text: string, url: string, answers: ReadonlyMap<string, unknown>): string =>
  text.replace(/\{\{([\w.]+)(#?)\}\}/g, (_, path: string, fragment: string) => {
    if (path === 'url') return url;
    const [name = '', ...fields] = path.split('.');
    const value = String(at(answers.get(name), fields));
    return fragment === '' ? value : new URL(value).hash.slice(1);
  });

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (one, field) => (one as Record<string, unknown> | undefined)?.[field],
    value,
  );

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
