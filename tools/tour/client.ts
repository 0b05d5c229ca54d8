import { setTimeout as sleep } from 'node:timers/promises';

/** The service as one person uses it: a signed-in session that speaks HTTP. */

export interface Answer {
  readonly status: number;
  readonly etag: string | null;
  // Whatever the service answered; the stories look at a field or two.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

export class Person {
  private constructor(
    readonly name: string,
    readonly email: string,
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** Signs in with the local token issuer. */
  static async signIn(
    url: string,
    name: string,
    email: string,
    options: { platformAdmin?: boolean } = {},
  ): Promise<Person> {
    const answer = await request(url, 'POST', '/dev/token', { email, name, ...options });
    if (answer.status >= 300) throw new Error(`/dev/token answered ${answer.status}`);
    return new Person(name, email, url, answer.body.accessToken as string);
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return request(this.url, method, `/api/v1${path}`, body, {
      authorization: `Bearer ${this.token}`,
      ...headers,
    });
  }
}

/** The newest mail to an address that was not read before, once it has arrived. */
export async function mailTo(
  url: string,
  email: string,
  read: ReadonlySet<string>,
): Promise<{ subject: string; text: string; link: string }> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { body } = await request(url, 'GET', `/dev/mailbox?to=${encodeURIComponent(email)}`);
    const items = body.items as { subject: string; text: string; link: string }[];
    const fresh = items.find((mail) => !read.has(mail.link));
    if (fresh !== undefined) return fresh;
    await sleep(50);
  }
  throw new Error(`no mail to ${email} within 5 s`);
}

/** The token a mailed link carries in its fragment. */
export const tokenOf = (link: string): string => link.slice(link.indexOf('#') + 1);

export async function request(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    etag: response.headers.get('etag'),
    body: isJson && text !== '' ? JSON.parse(text) : text,
  };
}
