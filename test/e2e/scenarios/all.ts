/** What is played over every transport. */
import { ACCESS } from './access.js';
import { AUTHZEN } from './authzen.js';
import type { Scenario } from './client.js';
import { EXPLAINING } from './explaining.js';
import { LIFECYCLE } from './lifecycle.js';
import { PUBLISHING } from './publishing.js';
import { READING } from './reading.js';
import { STRUCTURE } from './structure.js';

export const SCENARIOS: readonly Scenario[] = [
  ...[...LIFECYCLE, ...STRUCTURE, ...READING, ...ACCESS],
  ...[...EXPLAINING, ...AUTHZEN, ...PUBLISHING],
];
/** What spells the endpoints of another product is HTTP by nature. */
export const OF_EVERY_TRANSPORT = SCENARIOS.filter(({ about }) => about === undefined);

/** Where access that was denied can be asked for: only there its keys are. */
export const SETTINGS = {
  PUBLIC_URL: 'https://members.example.com',
  ACCESS_REQUEST_ENDPOINT: 'https://requests.example.com/access',
};
