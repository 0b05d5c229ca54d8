/** The running service, as the command line asks it: over HTTP, for its data directory is locked. */

/** The service answered with a problem, or not at all. */
export class ServiceProblem extends Error {}

export interface Target {
  readonly url: string;
  readonly token?: string | undefined;
}

/** The service on this machine, where the settings put it. */
function local(): string {
  const host = (process.env['HTTP_HOST'] || '127.0.0.1').replace(/^\[(.*)\]$/, '$1');
  // Who listens everywhere listens here.
  const here = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${here.includes(':') ? `[${here}]` : here}:${process.env['HTTP_PORT'] || 3000}`;
}

/** Where the service is: `--url`, or `MEMBERSHIP_URL`, or on this machine. */
export function targetOf(options: { url?: string; token?: string }): Target {
  const url = options.url || process.env['MEMBERSHIP_URL'] || local();
  if (!/^https?:/.test(url) || !URL.canParse(url)) {
    throw new ServiceProblem(`"${url}" is no address of a service; give one as http://host:port`);
  }
  return { url: url.replace(/\/$/, ''), token: options.token || process.env['MEMBERSHIP_TOKEN'] };
}

/** @throws ServiceProblem with the sentence of the service. */
export async function ask<T>(
  { url, token }: Target,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ServiceProblem(
      `nothing answers at ${url}; start the service, or say where it is with --url or MEMBERSHIP_URL`,
    );
  }
  const text = await response.text();
  if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
  if (response.status === 401 && token === undefined) {
    throw new ServiceProblem('this needs an access token; give --token, or set MEMBERSHIP_TOKEN');
  }
  throw new ServiceProblem(`${response.status}: ${detailOf(text)}`);
}

function detailOf(text: string): string {
  try {
    const { detail, code } = JSON.parse(text) as { detail?: string; code?: string };
    return `${detail ?? text} (${code ?? 'no code'})`;
  } catch {
    return text.slice(0, 200);
  }
}
