import { mount } from "svelte";
import "./app.css";
import { App } from "./state/app.svelte.ts";
import { theme } from "./state/theme.svelte.ts";
import Root from "./ui/Root.svelte";

const target = document.getElementById("app");
if (target === null) throw new Error("index.html has no #app");

theme.start();
const app = new App();
mount(Root, { target, props: { app } });
void app.start();
