import { expect, test } from "vitest";
import { fileName } from "./download.ts";

test.each([
  ["Rivers, and the sea", "Rivers-and-the-sea.md"],
  ["../../etc/passwd", "etc-passwd.md"],
  ["Über größe\n\u202Etxt", "Über-größe-txt.md"],
  ["***", "chat.md"],
  ["", "chat.md"],
  ["a".repeat(99), `${"a".repeat(60)}.md`],
])("a chat called %j is saved as %j", (title, name) => expect(fileName(title, "md")).toBe(name));
