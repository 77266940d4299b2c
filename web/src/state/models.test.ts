import { afterEach, expect, test, vi } from "vitest";
import type { Api } from "../client/api.ts";
import { Models } from "./models.svelte.ts";

afterEach(() => void vi.useRealTimers());

const model = (id: string, available: boolean) => ({ id, provider: "openai", default: true, maxTokens: 1, available });

test("a look asks again for what is older than ten seconds, and once at a time", async () => {
  const asked = vi.fn(async () => [model("m", asked.mock.calls.length > 1)]);
  const models = new Models({ models: asked } as unknown as Api);
  expect(models.known).toBe(false);
  await models.load(0);
  await models.refresh(9_999);
  expect([models.known, models.items, asked.mock.calls.length]).toEqual([true, [model("m", false)], 1]);
  await Promise.all([models.refresh(10_000), models.refresh(10_001)]);
  expect([models.items, asked.mock.calls.length]).toEqual([[model("m", true)], 2]);
});

test("what was known stays when it cannot be asked for again, and the next look asks", async () => {
  const asked = vi.fn(async () => {
    if (asked.mock.calls.length === 2) throw new Error("away");
    return [model("m", true)];
  });
  const models = new Models({ models: asked } as unknown as Api);
  await models.load(0);
  await models.refresh(10_000);
  expect(models.items).toEqual([model("m", true)]);
  await models.refresh(10_001);
  expect(asked).toHaveBeenCalledTimes(3);
});

test("who could not learn of any is told, and goes on; the next look asks at once", async () => {
  const asked = vi.fn(async () => {
    if (asked.mock.calls.length === 1) throw new Error("away");
    return [model("m", true)];
  });
  const models = new Models({ models: asked } as unknown as Api);
  await expect(models.load(0)).rejects.toThrow("away");
  expect([models.known, models.items]).toEqual([true, []]);
  await models.refresh(1);
  expect([models.items, asked.mock.calls.length]).toEqual([[model("m", true)], 2]);
});

test("who hears nothing of them goes on, too", async () => {
  vi.useFakeTimers();
  const models = new Models({ models: () => new Promise(() => undefined) } as unknown as Api);
  const told = expect(models.load()).rejects.toThrow("in time");
  await vi.advanceTimersByTimeAsync(10_000);
  await told;
  expect(models.known).toBe(true);
});
