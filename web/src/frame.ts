// SPDX-License-Identifier: MIT
// What stands around every view: name, navigation, choices, and the bar that says that dsmr is away.
import { fill, h, say } from "./dom";
import { icon, type IconName } from "./icons";
import { isDark, language, setLanguage, setTheme } from "./preferences";
import { lineState } from "./notes";
import { duration, words } from "./words";
import { viewNames, type App, type ViewName } from "./view";

const icons: Record<ViewName, IconName> = { now: "now", history: "history", meter: "meter", settings: "settings" };
// A meter that sends each ten seconds may miss two of them before anything is said.
const silence = 35;

export class Frame {
    readonly main = h("main", { id: "content", tabindex: -1 });
    private readonly announcer = h("p", { class: "unseen", role: "status" });
    private readonly bar = h("section", { class: "lost", hidden: true });
    private readonly barHead = h("strong");
    private readonly barText = h("span");
    private readonly retry = h("button", { type: "button", class: "button", on: { click: () => this.app.model.retryNow() } });
    private wasSilent = false;
    private readonly pill = h("p", { class: "pill" }, h("span", { class: "dot", "aria-hidden": "true" }), h("span"));
    private links = new Map<ViewName, HTMLAnchorElement>();

    constructor(private readonly app: App, private readonly page: HTMLElement) {
        this.build();
    }

    build(): void {
        const w = words();
        document.documentElement.lang = language();
        this.bar.setAttribute("aria-label", w.connection);
        say(this.retry, w.retryNow);
        fill(this.bar, icon("alert"), this.barHead, this.barText, this.retry);
        fill(this.page, this.skip(),
            h("header", { class: this.app.model.meters.length > 1 ? "top several" : "top" }, this.brand(), this.navigation(),
                h("div", { class: "tools" }, this.pill, this.meterChoice(), ...this.switches())),
            this.bar, this.main, this.announcer);
    }

    mark(view: ViewName): void {
        for (const [name, link] of this.links) {
            link.href = this.app.link(name);
            if (name === view) link.setAttribute("aria-current", "page");
            else link.removeAttribute("aria-current");
        }
    }

    announce(text: string): void {
        say(this.announcer, text);
    }

    // Called each second, and when the link changes.
    tick(): void {
        const w = words(), { link, age, meter } = this.app.model;
        const lost = link.state === "lost", silent = !lost && age !== undefined && age > silence;
        const stale = (lost && age !== undefined) || silent;
        this.bar.hidden = !lost && !silent;
        this.retry.hidden = !lost;
        this.page.classList.toggle("stale", stale);
        this.pill.hidden = age === undefined;
        this.pill.classList.toggle("warn", stale);
        say(this.pill.lastElementChild as Element, stale ? w.ago(duration(age ?? 0)) : w.live);
        say(this.barHead, lost ? w.noAnswer : w.silent);
        if (link.state === "lost") {
            const seconds = Math.ceil((link.retryAt - Date.now()) / 1000);
            say(this.barText, seconds > 0 ? w.retryIn(seconds) : w.retrying);
            this.barText.removeAttribute("lang");
        } else if (meter) {
            const { text, lang } = lineState(meter);
            say(this.barText, text);
            this.barText.lang = lang ?? "";
        }
        if (silent !== this.wasSilent) this.announce(silent ? w.silent : "");
        this.wasSilent = silent;
    }

    private skip(): HTMLElement {
        return h("a", { class: "skip", href: "#content", on: { click: (event) => {
            event.preventDefault();
            this.main.focus();
        } } }, words().skip);
    }

    private brand(): HTMLElement {
        return h("a", { class: "brand", href: this.app.link("now") }, h("img", { src: "icon.svg", alt: "", width: 28, height: 28 }), h("span", {}, "dsmr"));
    }

    private navigation(): HTMLElement {
        const w = words();
        this.links = new Map(viewNames.map((name) =>
            [name, h("a", { href: this.app.link(name) }, icon(icons[name]), h("span", {}, w.views[name]))]));
        return h("nav", { "aria-label": w.navigation }, h("ul", {}, ...[...this.links.values()].map((link) => h("li", {}, link))));
    }

    private meterChoice(): HTMLElement | null {
        const { meters, name } = this.app.model;
        if (meters.length < 2) return null;
        return h("select", { "aria-label": words().meterChoice, on: { change: (event) => {
            const chosen = (event.target as HTMLSelectElement).value;
            this.app.go(this.app.link("now", { meter: chosen }));
        } } }, ...meters.map((meter) => h("option", { value: meter.name, selected: meter.name === name }, meter.name)));
    }

    private switches(): HTMLElement[] {
        const w = words(), dark = isDark(), other = language() === "nl" ? "en" : "nl";
        return [
            h("button", { type: "button", class: "plain", lang: other, on: { click: () => {
                setLanguage(other);
                this.app.restyle();
            } } }, w.toLanguage),
            h("button", { type: "button", class: "plain", "aria-label": dark ? w.toLight : w.toDark, title: dark ? w.toLight : w.toDark, on: { click: () => {
                setTheme(dark ? "light" : "dark");
                this.app.restyle();
            } } }, icon(dark ? "sun" : "moon")),
        ];
    }
}
