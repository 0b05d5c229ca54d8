/**
 * Explanations of long histories, now and of any past moment: what is named for a yes is taken away one
 * by one, and the yes falls with the last; what is proposed for a no, by any kind of principal and with
 * the organization's own roles among it, is the smallest that would do, can be given by the real rule by
 * those who are named and by nobody else, and turns it into a yes.
 */
import { expect, test } from '@jest/globals';
import { explained, type Tally } from '../access/explaining.js';
import { randomness, scaled } from './support/running.js';

const HISTORIES = 1_000;
const MOVES = 300;
const QUESTIONS = 60;

test('what is named falls one by one, and what is proposed does it', async () => {
  const random = randomness('explain');
  const number = (): number => Math.floor(random() * 2 ** 31);
  const numbers = (length: number): number[] => Array.from({ length }, number);
  const tally: Tally = { allowed: 0, several: 0, cured: 0, given: 0, past: 0, kinds: new Set() };
  const runs = scaled(HISTORIES);
  for (let run = 1; run <= runs; run++) {
    const moves = Array.from({ length: MOVES }, () => ({ what: number(), choices: numbers(8) }));
    const questions = Array.from({ length: QUESTIONS }, () => numbers(7));
    await explained({ moves, questions }, tally);
    if (run % 100 === 0) console.log(`${run} of ${runs} histories`);
  }
  const { kinds, ...counts } = tally;
  console.log(JSON.stringify({ histories: runs, ...counts, kinds: [...kinds].sort() }));
  if (runs >= 10) expect([...kinds].sort()).toEqual(['key', 'mem', 'svc', 'usr']);
});
