/** The running service, as the command line asks it: over HTTP, for its data directory is locked. */

/** The service answered with a problem, or not at all. */
export class ServiceProblem extends Error {}

export interface Target {
  readonly url: string;
  readonly token?: string | undefined;
}

/** The service on this machine, where the settings put it. */
export const LOCAL = `http://127.0.0.1:${process.env['HTTP_PORT'] ?? 3000}`;

/** Where the service is: `--url`, or `MEMBERSHIP_URL`, or on this machine. */
export const targetOf = (options: { url?: string; token?: string }): Target => ({
  url: (options.url ?? process.env['MEMBERSHIP_URL'] ?? LOCAL).replace(/\/$/, ''),
  token: options.token ?? process.env['MEMBERSHIP_TOKEN'],
});

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
    throw new ServiceProblem(`nothing answers at ${url}; start the service or give --url`);
  }
  const text = await response.text();
  if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
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
