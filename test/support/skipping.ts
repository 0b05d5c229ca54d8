/** Tests of what is not everywhere: where it is not they are skipped, and their name ends with why. */
export const told = (reason: string | undefined): string =>
  reason === undefined ? '' : `, skipped: ${reason}`;

/** Why something is not here; of what `.ci/run` sees to nothing is missing there, so that it fails. */
export const unlessInGate = (reason: string | undefined): string | undefined =>
  process.env['CI'] ? undefined : reason;
