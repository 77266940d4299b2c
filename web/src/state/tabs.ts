// Tabs of the same browser tell each other what changed; each then asks the server.
export type TabMessage = { type: "signed-in" } | { type: "signed-out" } | { type: "chats"; chatId: string | null };

export class Tabs {
  onMessage: (message: TabMessage) => void = () => {};
  private readonly channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("sluice");

  constructor() {
    this.channel?.addEventListener("message", (event: MessageEvent<TabMessage>) => this.onMessage(event.data));
  }

  post(message: TabMessage): void {
    this.channel?.postMessage(message);
  }
}
