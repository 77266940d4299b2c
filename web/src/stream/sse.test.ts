import { expect, test } from "vitest";
import { SseParser, type SseEvent } from "./sse.ts";

const wire = 'retry: 2000\n\nid: 1\ndata: {"type":"delta","delta":"Hé"}\n\n: hb\n\nid: 7\r\ndata: a\r\ndata: b\r\n\r\nid: 9\rdata:c\r\rdata: last\n\n';
const events: SseEvent[] = [
  { id: "1", data: '{"type":"delta","delta":"Hé"}' },
  { id: "7", data: "a\nb" },
  { id: "9", data: "c" },
  { id: "9", data: "last" },
];

function inPieces(text: string, size: number): SseEvent[] {
  const parser = new SseParser();
  const out: SseEvent[] = [];
  for (let i = 0; i < text.length; i += size) out.push(...parser.push(text.slice(i, i + size)));
  return out;
}

test.each([1, 2, 3, 7, 1000])("the same events come out of pieces of %i characters", (size) => {
  expect(inPieces(wire, size)).toEqual(events);
});

test("retry is kept, and only as a number", () => {
  const parser = new SseParser();
  parser.push("retry: 2000\nretry: soon\n\n");
  expect(parser.retry).toBe(2000);
});

test("a byte order mark is no part of the first field", () => {
  expect(inPieces("\uFEFFdata: x\n\n", 1)).toEqual([{ id: "", data: "x" }]);
});

test("an event that was not finished is not delivered", () => {
  expect(inPieces("data: whole\n\ndata: half\n", 4)).toEqual([{ id: "", data: "whole" }]);
});

test("an id with NUL is ignored, unknown fields too", () => {
  expect(inPieces("id: 3\nid: 4\0\nevent: error\nfoo\ndata: x\n\n", 5)).toEqual([{ id: "3", data: "x" }]);
});

test("a place without an event is kept, and is no event", () => {
  const parser = new SseParser();
  expect(parser.push("retry: 2000\nid: @1764500000000000\n\n: hb\n\n")).toEqual([]);
  expect([parser.retry, parser.lastId]).toEqual([2000, "@1764500000000000"]);
});
