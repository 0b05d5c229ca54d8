/** How a story is told: every sentence is an act, and every act has an expected answer. */
import { mailTo, Person, tokenOf, type Answer } from './client.js';

/** An answer that is not the expected one. */
export class Unexpected extends Error {}

export class Story {
  organization = '';
  private readonly read = new Set<string>();

  constructor(
    readonly url: string,
    readonly catalogue: string,
    private readonly say: (line: string) => void,
    /** Makes addresses of this run differ from those of another. */
    private readonly run: string,
  ) {}

  /** A person with an address at a domain. */
  person(name: string, domain: string, options?: { platformAdmin?: boolean }): Promise<Person> {
    const email = `${name.toLowerCase()}.${this.run}@${domain}`;
    return Person.signIn(this.url, name, email, options);
  }

  async founds(founder: Person, name: string): Promise<void> {
    const { body } = await this.does(
      founder,
      `founds ${name} on ${this.catalogue}`,
      201,
      'POST',
      '/organizations',
      {
        name,
        catalogue: this.catalogue,
      },
    );
    this.organization = body.id as string;
  }

  /** An act that succeeds with this status. `…` in the path stands for the organization. */
  async does(
    who: Person,
    what: string,
    status: number,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer> {
    const answer = await who.call(method, this.path(path), body, headers);
    if (answer.status !== status) {
      throw new Unexpected(
        `${who.name} ${what}: expected ${status}, got ${answer.status} ${JSON.stringify(answer.body)}`,
      );
    }
    this.say(`  ${who.name} ${what}.`);
    return answer;
  }

  /** An act that is refused with this code. */
  async mayNot(
    who: Person,
    what: string,
    code: string,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<void> {
    const answer = await who.call(method, this.path(path), body);
    if (answer.status < 400 || answer.body.code !== code) {
      throw new Unexpected(
        `${who.name} ${what}: expected the refusal ${code}, got ${answer.status} ${JSON.stringify(answer.body)}`,
      );
    }
    this.say(`  ${who.name} may not ${what}: ${code}.`);
  }

  /** Invites, and waits for the mail. */
  async invites(who: Person, guest: Person, roles: string[], space?: string): Promise<string> {
    const where = space === undefined ? {} : { space };
    const { body } = await this.does(
      who,
      `invites ${guest.name} as ${roles.join(', ')}`,
      201,
      'POST',
      '/…/invitations',
      { email: guest.email, roles, ...where },
    );
    return body.id as string;
  }

  /** The token of the newest mail to a guest; waits for one not read yet. */
  async opensMail(guest: Person): Promise<string> {
    const mail = await mailTo(this.url, guest.email, this.read);
    this.read.add(mail.link);
    this.say(`  ${guest.name} opens the mail «${mail.subject}».`);
    return tokenOf(mail.link);
  }

  /** Accepts with the token of the newest mail and gives the member's id. */
  async accepts(guest: Person): Promise<string> {
    const token = await this.opensMail(guest);
    const { body } = await this.does(guest, 'accepts', 200, 'POST', '/invitations/accept', {
      token,
    });
    return body.id as string;
  }

  async joins(who: Person, guest: Person, roles: string[], space?: string): Promise<string> {
    await this.invites(who, guest, roles, space);
    return this.accepts(guest);
  }

  /** What the permission cache says about a principal, at least as new as everything above. */
  async can(
    asker: Person,
    principal: string,
    permission: string,
    expected: boolean,
    space?: string,
  ): Promise<void> {
    const { body, status } = await asker.call('POST', '/access/check', {
      principal,
      organization: this.organization,
      permission,
      ...(space === undefined ? {} : { space }),
    });
    if (status !== 200 || body.allowed !== expected) {
      throw new Unexpected(
        `check ${permission} of ${principal}: expected ${expected}, got ${status} ${JSON.stringify(body)}`,
      );
    }
    this.say(
      `  → ${permission}: ${expected ? 'allowed' : 'denied'}${space === undefined ? '' : ' in the space'}.`,
    );
  }

  /** The member a signed-in person is here. */
  async memberId(who: Person): Promise<string> {
    const { body } = await who.call('GET', '/me/memberships');
    const mine = (body.items as { organization: string; member: string }[]).find(
      (one) => one.organization === this.organization,
    );
    if (mine === undefined)
      throw new Unexpected(`${who.name} is no member of ${this.organization}`);
    return mine.member;
  }

  /** The audit log has exactly these types somewhere, in this order. */
  async remembers(who: Person, types: string[]): Promise<void> {
    const { body } = await who.call('GET', this.path('/…/audit?limit=200'));
    const seen = (body.items as { type: string }[]).map((row) => row.type);
    const inOrder = (list: string[]): boolean => {
      let at = 0;
      for (const type of list) if (type === types[at]) at++;
      return at === types.length;
    };
    if (!inOrder(seen) && !inOrder([...seen].reverse())) {
      throw new Unexpected(`the audit log lacks ${types.join(', ')}: ${seen.join(', ')}`);
    }
    this.say(`  The audit log tells it: ${types.join(', ')}.`);
  }

  private path(path: string): string {
    return path.replace('/…', `/organizations/${this.organization}`);
  }
}
