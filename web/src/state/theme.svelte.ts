// Dark, light, or what the system says. `early.js` does the same before the first paint.
import { read, write } from "./storage.ts";

export type ThemeChoice = "system" | "light" | "dark";

const KEY = "sluice:theme";

function stored(): ThemeChoice {
  const value = read(KEY);
  return value === "light" || value === "dark" ? value : "system";
}

class Theme {
  choice = $state<ThemeChoice>(stored());

  /** Applies the choice now and whenever the system changes; returns the way to stop. */
  start(): () => void {
    const system = matchMedia("(prefers-color-scheme: dark)");
    const apply = () => this.apply(system.matches);
    apply();
    system.addEventListener("change", apply);
    return () => system.removeEventListener("change", apply);
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    write(KEY, choice === "system" ? null : choice);
    this.apply(matchMedia("(prefers-color-scheme: dark)").matches);
  }

  private apply(systemIsDark: boolean): void {
    const dark = this.choice === "dark" || (this.choice === "system" && systemIsDark);
    document.documentElement.dataset.theme = dark ? "sluice-dark" : "sluice-light";
  }
}

export const theme = new Theme();
