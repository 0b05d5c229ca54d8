export { MembershipModule, type MembershipModuleOptions } from './membership.module.js';
export { PermissionGuard, type GuardOptions } from './permission.guard.js';
export { RequirePermission, Unprotected, type Found, type Where } from './require-permission.js';
