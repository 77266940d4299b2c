// The answer to a question that is asked again and again, of one thing at a time.
import { explain } from "../wire/problem.ts";

export class Asked<Of, Answer> {
  /** Null until it is known. What failed keeps what was known, and says so. */
  answer: Answer | null = $state.raw(null);
  failure: string | null = $state(null);
  private of: Of | undefined;
  private turns = 0;
  /** The turn whose answer is shown: answers may overtake each other. */
  private shown = 0;
  private readonly ask: (of: Of) => Promise<Answer>;

  constructor(ask: (of: Of) => Promise<Answer>) {
    this.ask = ask;
  }

  /** Asks of `of`; from now on nothing is shown that belongs to another. */
  async look(of: Of): Promise<void> {
    if (of !== this.of) this.begin(of);
    const turn = ++this.turns;
    const put = (answer: Answer | null, failure: string | null) => {
      if (of !== this.of || turn < this.shown) return;
      this.shown = turn;
      this.answer = answer;
      this.failure = failure;
    };
    await this.ask(of).then(
      (answer) => put(answer, null),
      (error: unknown) => put(this.answer, explain(error)),
    );
  }

  /** In place of what has no answer. */
  get missing(): string {
    return this.failure === null ? "Asking…" : "Unknown.";
  }

  private begin(of: Of): void {
    this.of = of;
    this.answer = null;
    this.failure = null;
  }
}
