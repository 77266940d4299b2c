import { expect, test } from "vitest";
import { Asked } from "./asked.svelte.ts";

/** What is asked is answered by hand. */
function byHand() {
  const open: { of: string; answer: (text: string) => Promise<void>; fail: () => Promise<void> }[] = [];
  const settled = () => new Promise<void>((done) => setTimeout(done));
  const asked = new Asked<string, string>(
    (of) =>
      new Promise((resolve, reject) =>
        open.push({
          of,
          answer: (text) => (resolve(text), settled()),
          fail: () => (reject(new Error("away")), settled()),
        }),
      ),
  );
  const last = () => open[open.length - 1]!;
  return { asked, open, last };
}

test("nothing is known before the first answer, and then what was answered", async () => {
  const { asked, last } = byHand();
  void asked.look("a");
  expect([asked.answer, asked.missing]).toEqual([null, "Asking…"]);
  await last().answer("facts of a");
  expect([asked.answer, asked.failure]).toEqual(["facts of a", null]);
});

test("what belongs to one is not shown when another is asked of, nor what of it comes late", async () => {
  const { asked, open, last } = byHand();
  void asked.look("a");
  await last().answer("facts of a");
  void asked.look("a");
  void asked.look("b");
  expect(asked.answer).toBeNull();
  await open[1]!.answer("late facts of a");
  expect(asked.answer).toBeNull();
  await last().answer("facts of b");
  expect(asked.answer).toBe("facts of b");
});

test("an answer that was overtaken is not shown", async () => {
  const { asked, open } = byHand();
  void asked.look("a");
  void asked.look("a");
  await open[1]!.answer("queued");
  await open[0]!.answer("streaming");
  expect(asked.answer).toBe("queued");
});

test("what fails keeps what was known, and says so until it is answered", async () => {
  const { asked, last } = byHand();
  void asked.look("a");
  await last().fail();
  expect([asked.answer, asked.failure, asked.missing]).toEqual([null, "away", "Unknown."]);
  void asked.look("a");
  await last().answer("facts");
  void asked.look("a");
  await last().fail();
  expect([asked.answer, asked.failure]).toEqual(["facts", "away"]);
  void asked.look("a");
  await last().answer("other facts");
  expect([asked.answer, asked.failure]).toEqual(["other facts", null]);
});
