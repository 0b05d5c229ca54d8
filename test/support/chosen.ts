/**
 * The engine that a suite runs on: the embedded one, or, in a suite of `test/engines`, the one that
 * `use` has named, from there on and for the whole suite.
 */
export function chosen<Engine extends (file: string) => unknown>(embedded: Engine) {
  let engine = embedded;
  return {
    use: (other: Engine): void => {
      engine = other;
    },
    /** True where there are files that can be looked into. */
    isEmbedded: (): boolean => engine === embedded,
    /** @param file where to put a file, if it is to be one. */
    place: (file: string) => engine(file) as ReturnType<Engine>,
  };
}
