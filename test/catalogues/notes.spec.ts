/** What was decided where a source is silent is told to whoever reads the catalogue. */
import { describe, expect, test } from '@jest/globals';
import { catalogue } from './support/files.js';
import { READINGS } from './tables/notes.js';

describe.each(Object.entries(READINGS))('the notes of %s', (id, readings) => {
  test.each(readings)('%s', (_, ...words) => {
    const { notes } = catalogue(id).content;
    const said = notes.filter((note) => words.every((word) => word.test(note)));
    expect(said).not.toEqual([]);
  });
});
