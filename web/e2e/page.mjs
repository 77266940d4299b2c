// The page in the words of a person: by role and label only.
export const composer = (page) => page.getByRole("textbox", { name: "Message", exact: true });
export const transcript = (page) => page.getByRole("log", { name: "Conversation" });
export const stopButton = (page) => page.getByRole("button", { name: "Stop", exact: true });
export const sendButton = (page) => page.getByRole("button", { name: "Send", exact: true });
export const answers = (page) => transcript(page).getByRole("article").filter({ has: page.getByRole("heading", { name: "Sluice answered" }) });
export const copyAnswer = (page) => answers(page).last().getByRole("button", { name: /^(Copy the answer|Copied)$/ });

/** An answer takes longer than anything else: many words at the pace of the model, on a machine that may do much besides. */
const ANSWER_MS = 60_000;

export async function send(page, text) {
  await composer(page).fill(text);
  await composer(page).press("Enter");
}

/** Waits until no answer is being written in this page. */
export async function settled(page) {
  await sendButton(page).waitFor({ timeout: ANSWER_MS });
  // It stands below the text, and never before that.
  await copyAnswer(page).waitFor({ timeout: ANSWER_MS });
}

/** What an answer took, as it says itself. */
export const tokens = (answer) => answer.getByText(/^[\d,]+ in · [\d,]+ out tokens$/);

/** Waits until what is called `label` has the focus. */
export const focusOn = (page, label) => page.waitForFunction((name) => document.activeElement?.getAttribute("aria-label") === name, label, { polling: 50 });

/** Until `check` does not fail any more: what is drawn follows what was done, some time later. */
export async function eventually(check) {
  for (const end = Date.now() + 15_000; ; ) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The messages that are shown, of both sides, as lines of text. */
export const messages = (page) => transcript(page).getByRole("article");

/** Which of how many versions the last message with others is. */
export const version = (page) => transcript(page).getByText(/^Version \d+ of \d+$/).last();

/** What a program would send: the address of the server and the page's own token, taken from its next request. */
export async function program(page, base) {
  const [request] = await Promise.all([page.waitForRequest((r) => r.url().includes("/api/chats?") && r.headers().authorization !== undefined), page.reload()]);
  const headers = { authorization: request.headers().authorization, "content-type": "application/json" };
  return async function send(path, body) {
    const response = await fetch(`${base}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (response.status === 429) {
      await new Promise((resolve) => setTimeout(resolve, 1000 * Number(response.headers.get("retry-after") ?? 1)));
      return send(path, body);
    }
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
}

export async function newChat(page) {
  await page.getByRole("button", { name: "New chat" }).first().click();
  await page.getByRole("heading", { name: "What would you like to know?" }).waitFor();
  // It is given the focus a moment later, and would take it from what is opened by then.
  await focusOn(page, "Message");
}

/** What is chosen in the menu of somebody who is signed in. */
export async function account(page, name) {
  await page.getByRole("button", { name: /^Account and theme/ }).click();
  await page.getByRole("menuitem", { name }).click();
}

/** Chooses any model by its name, listed or not. */
export async function chooseModel(page, name) {
  await page.getByRole("button", { name: /^Chat settings/ }).click();
  await page.getByRole("textbox", { name: "Model name" }).fill(name);
  await page.keyboard.press("Escape");
  await page.getByRole("textbox", { name: "Model name" }).waitFor({ state: "detached" });
}

export async function answerText(page) {
  return (await answers(page).last().innerText()).replace(/\s+/g, " ");
}

/** Waits until the last answer has at least `length` characters. */
export async function grown(page, length) {
  for (const end = Date.now() + ANSWER_MS; Date.now() < end; ) {
    if ((await answers(page).count()) > 0 && (await answerText(page)).length >= length) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new Error(`the answer did not reach ${length} characters`);
}
