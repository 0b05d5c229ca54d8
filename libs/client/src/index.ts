export { MembershipClient, type ClientOptions } from './client.js';
export type { Answer, Api, CallOptions, Input, Operation, Preview } from './calls.js';
export type { Question, Reason, Verdict } from './checks.js';
export { MembershipError, type ErrorCode } from './errors.js';
export type { Patience } from './retries.js';
export type { Watch } from './watch.js';
export type { components, operations } from './api.js';
