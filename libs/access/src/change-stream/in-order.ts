import type { Recorded } from '#domain/events.js';

/** Events of several streams, each read in batches, in the order they were committed in. */
export async function* inOrder(
  streams: readonly AsyncIterable<readonly Recorded[]>[],
): AsyncGenerator<Recorded> {
  const readers = streams.map(oneByOne);
  try {
    const heads = await Promise.all(readers.map((reader) => reader.next()));
    for (;;) {
      let first = -1;
      heads.forEach(({ done, value }, place) => {
        if (done) return;
        const least = first < 0 ? undefined : heads[first]!.value!.position;
        if (least === undefined || value.position < least) first = place;
      });
      if (first < 0) return;
      yield heads[first]!.value!;
      heads[first] = await readers[first]!.next();
    }
  } finally {
    await Promise.all(readers.map((reader) => reader.return(undefined)));
  }
}

async function* oneByOne(
  batches: AsyncIterable<readonly Recorded[]>,
): AsyncGenerator<Recorded, undefined> {
  for await (const batch of batches) yield* batch;
}
