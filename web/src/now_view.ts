// SPDX-License-Identifier: MIT
// Now: one big number, the last minutes, today, the phases and the running quarter hour.
import { h, say } from "./dom";
import { clockSeconds, power, powerText } from "./format";
import { icon } from "./icons";
import { Curve, withoutRest, type CurvePlot } from "./curve";
import { liveSpan, type Change } from "./model";
import { noMeter } from "./notes";
import { Phases } from "./phases";
import { QuarterCard } from "./quarter_card";
import { tariffText } from "./quantities";
import { Today } from "./today";
import type { App, View } from "./view";
import { words } from "./words";

type Direction = "from" | "to" | "none";
const refreshSeconds = 30;
const leastSpan = 60; // seconds that the curve shows when it has just begun

export class NowView implements View {
    readonly element = h("div", { class: "view now" });
    private readonly words = h("p", { class: "direction" });
    private readonly number = h("span", { class: "number" });
    private readonly unit = h("span", { class: "unit" });
    private readonly side = h("p", { class: "side" });
    private readonly hero = h("section", { class: "hero card" });
    private readonly readout = h("p", { class: "readout", "aria-hidden": "true" });
    private readonly summary = h("p", { class: "unseen" });
    private readonly plot = h("div", { class: "plot" });
    private curve: Curve | undefined;
    private today: Today | undefined;
    private phases: Phases | undefined;
    private quarter: QuarterCard | undefined;
    private direction: Direction | undefined;
    private age = 0;

    constructor(private readonly app: App) {
        this.build();
        this.update();
    }

    changed(change: Change): void {
        if (change === "telegram") {
            if (!this.today && this.app.model.now) this.build();
            this.update();
        } else if (change === "meters" && !this.today) this.build();
    }

    tick(): void {
        this.age++;
        if (this.age % refreshSeconds === 0 && this.app.model.link.state === "live") {
            void this.app.model.refresh().catch(() => undefined);
            void this.today?.load();
        }
        this.quarter?.update();
    }

    leave(): void {
        this.curve?.destroy();
        this.today?.leave();
    }

    private build(): void {
        const w = words(), { model } = this.app;
        this.leave();
        this.today = undefined;
        if (!model.now) {
            this.element.replaceChildren(h("h1", { class: "unseen" }, w.views.now), noMeter(model));
            return;
        }
        this.today = new Today(this.app);
        this.phases = new Phases(model);
        this.quarter = new QuarterCard(model);
        this.hero.replaceChildren(this.figure(), this.recent());
        this.element.replaceChildren(h("h1", { class: "unseen" }, w.views.now), this.hero, this.today.element,
            h("div", { class: "pair" }, this.quarter.element, this.phases.element));
        this.curve = new Curve(this.plot, this.living());
    }

    private figure(): HTMLElement {
        const w = words();
        return h("div", { class: "figure" },
            h("div", { class: "flow", "aria-hidden": "true" },
                h("span", {}, icon("pylon"), w.grid), icon("arrow", "icon flow-arrow"), h("span", {}, icon("house"), w.home)),
            this.words, h("p", { class: "power" }, this.number, " ", this.unit), this.side);
    }

    private recent(): HTMLElement {
        return h("div", { class: "recent" },
            h("div", { class: "row" }, h("h2", {}, words().lastMinutes), this.readout), this.plot, this.summary);
    }

    private update(): void {
        const { model } = this.app;
        if (!model.now || !this.today) return;
        this.updateFigure();
        this.curve?.update(this.living());
        this.updateSummary();
        this.today.update();
        this.phases?.update();
        this.quarter?.update();
    }

    private updateFigure(): void {
        const w = words(), { model } = this.app, value = model.power;
        this.hero.hidden = value === undefined; // a meter of heat alone has none
        const direction: Direction = !value ? "none" : value > 0 ? "from" : "to";
        const text = { from: w.fromGrid, to: w.toGrid, none: w.balance }[direction];
        const [number, unit] = value === undefined ? ["–", ""] : power(value);
        say(this.words, text);
        say(this.number, number);
        say(this.unit, unit);
        this.hero.dataset["direction"] = direction;
        const time = model.now?.time ?? model.now?.received;
        say(this.side, [tariffText(model), time ? clockSeconds(time, model.zone) : undefined].filter(Boolean).join(" · "));
        if (this.direction !== undefined && direction !== this.direction && value !== undefined)
            this.app.announce(w.announce(text, powerText(value)));
        this.direction = direction;
    }

    private updateSummary(): void {
        if (this.age % refreshSeconds !== 0 && this.summary.textContent) return;
        const { delivery, production } = this.app.model.trace, w = words();
        const net = delivery.map((value, i) => (value ?? 0) - (production[i] ?? 0));
        if (net.length === 0) return;
        const told = (value: number) => `${powerText(value)} ${value < 0 ? w.toGrid.toLowerCase() : w.fromGrid.toLowerCase()}`;
        say(this.summary, w.curveSummary(told(Math.min(...net)), told(Math.max(...net))));
    }

    private living(): CurvePlot {
        const { trace, zone, now } = this.app.model;
        const end = Math.max(trace.times[trace.times.length - 1] ?? 0, Date.parse(now?.received ?? "") / 1000 || 0) || this.app.model.time;
        const net = trace.delivery.map((value, i) => (value === null && trace.production[i] === null ? null : (value ?? 0) - (trace.production[i] ?? 0)));
        const from = Math.min(Math.max(trace.times[0] ?? end, end - liveSpan), end - leastSpan);
        return {
            times: trace.times, zone, from, to: end, height: 220, fromZero: true, leastSpan: 0.4, unit: "kW",
            lines: [
                { name: "delivery", tone: "delivery", fill: true, values: withoutRest(net.map((value) => (value === null ? null : Math.max(value, 0)))) },
                { name: "production", tone: "production", fill: true, values: withoutRest(net.map((value) => (value === null ? null : Math.min(value, 0)))) },
            ],
            read: (i) => this.read(i, trace.times, net),
        };
    }

    private read(i: number | null, times: number[], net: (number | null)[]): void {
        const time = i === null ? undefined : times[i], value = i === null ? null : net[i];
        const w = words();
        say(this.readout, time === undefined || value === null || value === undefined ? ""
            : `${clockSeconds(time, this.app.model.zone)}  ${value < 0 ? w.toGrid : w.fromGrid} ${powerText(value)}`);
    }
}
