// The next release, as far as it matters here: it writes `organization.rename` in version 2, and reads
// both. `NODE_OPTIONS='--import …/next-release.mjs'` makes the built service one.
import { VERSIONS } from '#eventlog/upcasts.js';

const { current, steps } = VERSIONS;

/** This process is of the next release until the function it gives is called. */
export const upgrade = () => {
  current['organization.rename'] = 2;
  steps['organization.rename@1'] = (data) => data;
  return () => {
    current['organization.rename'] = 1;
    delete steps['organization.rename@1'];
  };
};
if (process.env['NEXT_RELEASE']) upgrade();
