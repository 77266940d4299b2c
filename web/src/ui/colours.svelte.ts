// Whether code colours are loaded, for the components that show code.
import { highlighterReady, loadHighlighter } from "../markdown/highlight.ts";

class Colours {
  ready = $state(false);

  want(): void {
    if (this.ready) return;
    void loadHighlighter().then(() => (this.ready = highlighterReady()));
  }
}

export const colours = new Colours();
