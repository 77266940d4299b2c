// Listens to what happens to one's chats, for as long as somebody looks.
import { parseNews, type News } from "../wire/news.ts";
import type { pause } from "./backoff.ts";
import { stayConnected, type End } from "./connection.ts";

export interface Listening {
  open(signal: AbortSignal): Promise<Response>;
  onNews(news: News): void;
  signal: AbortSignal;
  pause?: typeof pause;
}

/** Only what happens from now on is told, so that every connection begins with `missed`. */
export function listen(l: Listening): Promise<End> {
  let opened = false;
  return stayConnected({
    open: (signal) => {
      opened = false;
      return l.open(signal);
    },
    onEvent: (event) => {
      const news = parseNews(event.data);
      if (news !== null) l.onNews(news);
    },
    onConnection: (state) => {
      if (state !== "open") return;
      opened = true;
      l.onNews({ type: "missed" });
    },
    finished: () => false,
    // Often there is nothing to tell.
    progressed: () => opened,
    signal: l.signal,
    pause: l.pause,
  });
}
