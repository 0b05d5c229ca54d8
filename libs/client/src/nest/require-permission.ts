/** What a route asks for. */
import { SetMetadata, type CustomDecorator } from '@nestjs/common';

/** What is found in a request, or nothing. A string names a parameter of the route. */
// A request is whatever the framework below Nest makes it.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Found = string | ((request: any) => string | undefined);

export interface Where {
  /** Default: the route's parameter `organization`. */
  readonly organization?: Found;
  /** Absent: the permission is asked for at the organization itself. */
  readonly space?: Found;
}

export interface Requirement extends Where {
  readonly permission: string;
}

export const REQUIREMENT = Symbol('membership: requirement');

/**
 * Whoever calls the route (or any route of the class) needs this permission: at the organization,
 * or at the space where one is named. What stands at the route goes before what stands at the class.
 */
export const RequirePermission = (permission: string, where: Where = {}): CustomDecorator<symbol> =>
  SetMetadata(REQUIREMENT, { ...where, permission } satisfies Requirement);

/** Anybody may call the route, signed in or not. */
export const Unprotected = (): CustomDecorator<symbol> => SetMetadata(REQUIREMENT, 'none');
