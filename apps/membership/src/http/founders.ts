/** Who founds an organization: whoever asks, or somebody the platform names. Whoever asks is who
 * they signed in as, whatever they say of themselves. */
import { Injectable } from '@nestjs/common';
import type { Person as Newcomer } from '#commands/addresses.js';
import { Authentication, requireSubject } from './authentication.js';
import { personOf, type Caller, type Person } from './caller.js';
import { optional } from './resources.js';

/** Somebody named by the subject they sign in with. */
export interface NamedPerson {
  readonly subject: string;
  readonly email?: string;
  readonly name?: string;
}

/** A signed-in person as commands take one in. */
export const newcomer = ({ user, email, name }: Person) => ({
  user,
  ...optional('email', email),
  ...optional('name', name),
  authentication: 'local' as const,
});

@Injectable()
export class Founders {
  constructor(private readonly authentication: Authentication) {}

  founder(caller: Caller, named: NamedPerson | undefined): Newcomer {
    if (named === undefined) return newcomer(personOf(caller));
    const { subject, email, name } = named;
    requireSubject(subject, 'founder.subject');
    const person = this.authentication.person(subject, email);
    const { person: self } = caller;
    const isSelf = self !== undefined && self.user === person.user;
    return newcomer({ ...(isSelf ? self : person), ...optional('name', name) });
  }
}
