// SPDX-License-Identifier: MIT
// Begins: asks for the meters, shows the view that the address names, and follows both.
import { Problem } from "./api";
import { fill, h } from "./dom";
import { Frame } from "./frame";
import { HistoryView } from "./history_view";
import { loginForm } from "./login";
import { MeterView } from "./meter_view";
import { Model } from "./model";
import { NowView } from "./now_view";
import { applyTheme } from "./preferences";
import { SettingsView } from "./settings_view";
import { viewNames, type App, type View, type ViewName } from "./view";
import { words } from "./words";

interface Place { view: ViewName; parameters: URLSearchParams }

function place(): Place {
    const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
    const view = viewNames.find((name) => name === path) ?? "now";
    return { view, parameters: new URLSearchParams(query) };
}

class Page implements App {
    readonly model = new Model();
    private readonly frame: Frame;
    private view: View | undefined;
    private shown: ViewName | undefined;
    private locked = false;
    private wasLost = false;

    constructor(private readonly page: HTMLElement) {
        this.frame = new Frame(this, page);
        this.model.listen((change) => {
            this.view?.changed?.(change);
            if (change === "link") this.linkChanged();
            this.frame.tick();
        });
        window.addEventListener("hashchange", () => void this.follow());
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.restyle());
        setInterval(() => {
            this.frame.tick();
            this.view?.tick?.();
        }, 1000);
    }

    link(view: ViewName, parameters: Record<string, string | undefined> = {}): string {
        const all = new URLSearchParams();
        const meter = parameters["meter"] ?? this.model.name;
        if (meter && meter !== this.model.meters[0]?.name) all.set("meter", meter);
        for (const [name, value] of Object.entries(parameters))
            if (value !== undefined && name !== "meter") all.set(name, value);
        const query = all.toString();
        return `#/${view}${query ? `?${query}` : ""}`;
    }

    go(address: string): void {
        location.hash = address;
    }

    announce(text: string): void {
        this.frame.announce(text);
    }

    restyle(): void {
        applyTheme();
        this.frame.build();
        this.show(place());
    }

    // Asks until there is an answer; a token that is missing or wrong is asked for.
    async start(): Promise<void> {
        applyTheme();
        this.frame.mark(place().view);
        fill(this.frame.main, h("p", { class: "loading", role: "status" }, words().loading));
        try {
            await this.model.start(place().parameters.get("meter") ?? undefined);
        } catch (error) {
            if (error instanceof Problem && error.status === 401) this.login();
            else this.startAgain();
            return;
        }
        this.lock(false);
        this.frame.build();
        this.show(place());
    }

    private startAgain(): void {
        this.model.link = { state: "lost", retryAt: Date.now() + 5000 };
        this.frame.tick();
        setTimeout(() => {
            this.model.link = { state: "connecting" };
            void this.start();
        }, 5000);
    }

    // No view can be shown without the token.
    private lock(locked: boolean): void {
        this.locked = locked;
        this.page.classList.toggle("locked", locked);
    }

    private login(): void {
        this.view?.leave?.();
        this.view = undefined;
        this.lock(true);
        fill(this.frame.main, loginForm(() => this.start()));
        this.frame.main.querySelector("input")?.focus();
    }

    private async follow(): Promise<void> {
        if (this.locked) return;
        const to = place(), meter = to.parameters.get("meter") ?? this.model.meters[0]?.name;
        if (this.model.name !== undefined && meter !== this.model.name) {
            await this.start();
            return;
        }
        if (to.view === this.shown && this.view?.moved) {
            this.view.moved(to.parameters);
            return;
        }
        this.show(to);
        this.frame.main.focus({ preventScroll: true });
        window.scrollTo(0, 0);
    }

    private show(to: Place): void {
        this.view?.leave?.();
        this.view = this.make(to);
        this.shown = to.view;
        fill(this.frame.main, this.view.element);
        this.frame.mark(to.view);
        this.frame.tick();
        document.title = `${words().views[to.view]} – dsmr`;
    }

    private make(to: Place): View {
        switch (to.view) {
            case "now": return new NowView(this);
            case "history": return new HistoryView(this, to.parameters);
            case "meter": return new MeterView(this);
            case "settings": return new SettingsView(this);
        }
    }

    private linkChanged(): void {
        const { link } = this.model;
        if (link.state === "lost") this.announce(words().noAnswer);
        else if (link.state === "live" && this.wasLost) this.announce(words().back);
        else if (link.state === "locked") this.login();
        this.wasLost = link.state === "lost" || (this.wasLost && link.state === "connecting");
    }
}

const root = document.getElementById("page");
if (root) void new Page(root).start();
