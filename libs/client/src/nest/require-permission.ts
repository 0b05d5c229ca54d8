/** What a route asks for. */
import 'reflect-metadata';

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

/** What all a route, or a class of routes, asks for; nothing: anybody may call it. */
export type Requirements = readonly Requirement[];

export const REQUIREMENTS = Symbol('membership: requirements');

/**
 * Whoever calls the route (or any route of the class) needs this permission: at the organization,
 * or at the space where one is named. Of several all are needed. What stands at the route goes
 * before what stands at the class.
 */
export const RequirePermission = (permission: string, where: Where = {}): Decorator =>
  asking({ ...where, permission });

/** Anybody may call the route, signed in or not, unless it asks for something beside. */
export const Unprotected = (): Decorator => asking();

type Decorator = MethodDecorator & ClassDecorator;

/** What a class asks for that it is made from is not among it. */
const asking =
  (...more: Requirements): Decorator =>
  (target: object, _?: string | symbol, descriptor?: { readonly value?: unknown }): void => {
    const at = descriptor?.value ?? target;
    const before = (Reflect.getOwnMetadata(REQUIREMENTS, at) ?? []) as Requirements;
    Reflect.defineMetadata(REQUIREMENTS, [...before, ...more], at);
  };
