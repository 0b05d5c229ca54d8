/** Lets through whoever holds what the route asks for, and nobody else. */
import {
  ForbiddenException,
  Inject,
  Injectable,
  Logger,
  ServiceUnavailableException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Question } from '../checks.js';
import { MembershipClient } from '../client.js';
import { MembershipError, type ErrorCode } from '../errors.js';
import {
  REQUIREMENTS,
  type Found,
  type Requirement,
  type Requirements,
} from './require-permission.js';

export interface GuardOptions {
  /**
   * Who calls: `mem_…`, `svc_…`, `key_…`, `usr_…` or `user:<issuer>|<subject>`; nothing: nobody.
   * Default: by the claims `iss` and `sub` in `request.user`, where what runs before leaves whoever
   * has signed in.
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly principal?: (request: any) => string | undefined | Promise<string | undefined>;
  /** Routes that ask for nothing: refused (the default), or left alone. */
  readonly undecorated?: 'refuse' | 'allow';
}

export const GUARD_OPTIONS = Symbol('membership: guard options');

/** What the service says of an organization or a name that a caller made up: a no like others. */
const NO: readonly ErrorCode[] = [
  'organization.not_found',
  'space.not_found',
  'principal.invalid',
  'request.invalid',
];

@Injectable()
export class PermissionGuard implements CanActivate {
  readonly #log = new Logger('Membership');

  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(MembershipClient) private readonly client: MembershipClient,
    @Inject(GUARD_OPTIONS) private readonly options: GuardOptions,
  ) {}

  /**
   * Refuses with `ForbiddenException`; with `ServiceUnavailableException` where nothing can be said:
   * without an answer nobody passes.
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const requirements = this.reflector.getAllAndOverride<Requirements | undefined>(REQUIREMENTS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (requirements?.length === 0) return true;
    if (requirements === undefined && this.options.undecorated === 'allow') return true;
    if (requirements === undefined) throw new ForbiddenException();
    // Elsewhere than over HTTP the message itself would say who sends it.
    if (context.getType() !== 'http') throw new ForbiddenException();
    const request = context.switchToHttp().getRequest<Http>();
    const principal = await (this.options.principal ?? signedIn)(request);
    if (principal === undefined) throw new ForbiddenException();
    const questions = requirements.map((one) => questionOf(one, principal, request));
    const allowed = await Promise.all(questions.map((one) => this.#isAllowed(one)));
    if (!allowed.every(Boolean)) throw new ForbiddenException();
    return true;
  }

  async #isAllowed(asked: Question | undefined): Promise<boolean> {
    if (asked === undefined) return false;
    try {
      return (await this.client.check(asked)).allowed;
    } catch (error) {
      if (error instanceof MembershipError && NO.includes(error.code)) return false;
      this.#log.error(`whether ${asked.permission} is held is not known: ${String(error)}`);
      throw new ServiceUnavailableException();
    }
  }
}

/** `undefined`: the request does not say where. */
function questionOf(requirement: Requirement, principal: string, request: Http) {
  const { permission, organization: where = 'organization', space: there } = requirement;
  const organization = find(where, request);
  const space = there && find(there, request);
  // A space that is asked for and not found is no reason to ask about the organization.
  if (organization === undefined || (there !== undefined && space === undefined)) return undefined;
  return { principal, organization, permission, ...(space !== undefined && { space }) };
}

interface Http {
  readonly user?: { readonly iss?: unknown; readonly sub?: unknown };
  readonly params?: Readonly<Record<string, unknown>>;
}

/** With the issuer, or a subject could be made to look like another issuer's. */
const signedIn = ({ user: { iss, sub } = {} }: Http): string | undefined =>
  typeof iss === 'string' && typeof sub === 'string' ? `user:${iss}|${sub}` : undefined;

function find(found: Found, request: Http): string | undefined {
  const value = typeof found === 'string' ? request.params?.[found] : found(request);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
