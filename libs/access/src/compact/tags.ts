/** Numbers that name one of two kinds of things: the highest bit says of which. */
const TAG = 0x8000_0000;
export const isTagged = (value: number): boolean => value >= TAG;
export const tagged = (number: number): number => number + TAG;
export const untagged = (value: number): number => value - TAG;
