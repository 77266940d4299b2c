import { mount } from "svelte";
import "./app.css";
import { App } from "./state/app.svelte.ts";
import { theme } from "./state/theme.svelte.ts";
import Root from "./ui/Root.svelte";

const target = document.getElementById("app");
if (target === null) throw new Error("index.html has no #app");

theme.start();
const app = new App();
// Menus and code colours load when they are needed; a server that was replaced meanwhile no longer has the old files.
window.addEventListener("vite:preloadError", () => app.say("A part of the page could not be loaded. Reload the page.", true));
mount(Root, { target, props: { app } });
void app.start();
