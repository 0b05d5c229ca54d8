/** What a column holds. Text must be well-formed and free of NUL; a NUL would cut it silently. */
export type SqlValue = string | number | bigint | null | Uint8Array;
/** What can be bound: also booleans, stored as 0 and 1. */
export type Bindable = SqlValue | boolean;

/** The text, if it is stored as it is. @throws TypeError for what engines cut, or change. */
export const storable = (text: string): string => {
  if (text.includes('\0') || !text.isWellFormed()) {
    throw new TypeError('text with a NUL or a lone surrogate');
  }
  return text;
};
