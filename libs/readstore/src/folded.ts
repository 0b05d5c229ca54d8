/** The form in which text is searched: no matter the case or the way it was typed. */
export const folded = (text: string): string => text.normalize('NFKC').toLowerCase();
