/**
 * Ten million questions of histories of two thousand events, with everything in them that can happen:
 * the index answers as the naive oracle does, now and of any past moment. A principal is asked about
 * every permission at every place, for the oracle goes through all the events for each principal; a
 * list answers a question about everybody and every place that might be in it.
 */
import { expect, test } from '@jest/globals';
import type { Tally } from '../access/histories.js';
import { randomness, scaled } from './support/running.js';
import { EVENTS, Story } from './support/story.js';

const HISTORIES = 100;
/** Where one of these is never the answer, of ten histories or more, they say too little. */
const SEEN = [
  ['granted', 'no_role', 'wrong_scope', 'expired', 'not_yet', 'no_membership', 'deactivated'],
  ['suspended', 'organization_deleted', 'space_inactive', 'space_not_found'],
  ['key_revoked', 'key_expired', 'key granted', 'key scope_missing', 'route granted'],
  ['route route.unknown', 'permissions listed', 'holders listed', 'places listed'],
].flat();

test('the index answers as the naive oracle does, ten million times', async () => {
  const random = randomness('questions');
  const tally: Tally = new Map();
  let asked = 0;
  let events = 0;
  const runs = scaled(HISTORIES);
  const began = Date.now();
  for (let run = 1; run <= runs; run++) {
    // In half of them an organization may be deleted early.
    const lasts = run % 2 === 0 ? Math.floor((random() * EVENTS) / 2) : EVENTS;
    const story = new Story(random, tally, lasts);
    try {
      asked += await story.isAskedWhileItIsWritten();
      asked += await story.isAskedAboutItsPast();
    } finally {
      await story.end();
    }
    events += story.world.events.length;
    const seconds = Math.round((Date.now() - began) / 1000);
    console.log(`${run} of ${runs} histories, ${asked} questions, ${seconds} s`);
  }
  const told = [...tally].sort(([, a], [, b]) => b - a).map(([what, n]) => `  ${n} ${what}`);
  console.log(`${asked} questions of ${events} events, no disagreement\n${told.join('\n')}`);
  // One or two histories may be without one of them.
  for (const what of runs < 10 ? [] : SEEN)
    expect([what, tally.get(what) ?? 0]).not.toEqual([what, 0]);
});
