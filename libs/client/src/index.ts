export type { components, operations } from './api.js';
