/** This process is of the next release, until the function it gives is called. */
export const upgrade: () => () => void;
