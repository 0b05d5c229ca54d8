/** The form in which text is searched: no matter the case or the way it was typed. */
export const folded = (text: string): string =>
  // What is one letter in lower case may be two in capitals, and a sigma or a dotted i is two in lower case.
  text
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .replaceAll('i\u0307', 'i')
    .normalize('NFKC');
