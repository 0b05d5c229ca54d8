/** What somebody would use in the place of this project's permission checks. */
import { casbin } from './casbin.js';
import { cedar } from './cedar.js';
import { cerbos } from './cerbos.js';
import type { Engine } from './engine.js';
import { openfga } from './openfga.js';

export const PEERS: readonly Engine[] = [casbin, cedar, cerbos, openfga];
