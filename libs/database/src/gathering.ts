/** The longest that the first waits for others, in milliseconds. */
const PATIENCE = 4;

/**
 * Lets what comes in at about the same time be done together: `work` is run once a turn of the
 * event loop has brought nothing more. Who comes alone waits for nobody.
 */
export class Gathering {
  #waiting = false;
  #known = 0;
  #until = 0;

  constructor(
    /** How much there is to do. */
    private readonly count: () => number,
    private readonly work: () => void,
  ) {}

  /** There is something to do. */
  note(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#known = this.count();
    this.#until = performance.now() + PATIENCE;
    setImmediate(this.#look);
  }

  readonly #look = (): void => {
    const count = this.count();
    if (count > this.#known && performance.now() < this.#until) {
      this.#known = count;
      setImmediate(this.#look);
      return;
    }
    this.#waiting = false;
    this.work();
  };
}
