/** What a question is answered from. */
import type { Catalogue } from '#domain/catalogue.js';
import { PLATFORM } from '#domain/ids.js';
import type { Platform } from '#domain/permissions.js';
import { emptyOrganization, type Organization } from '#domain/state.js';

/** An organization as it stands, with what decides in it. Nobody changes it. */
export interface Place {
  readonly organization: Organization;
  readonly catalogue: Catalogue;
  readonly platform: Platform;
}

/** The platform while there is none, or none that can be trusted: it gives nobody anything. */
export const NO_PLATFORM = emptyOrganization(PLATFORM);
