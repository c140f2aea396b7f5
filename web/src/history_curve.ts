// SPDX-License-Identifier: MIT
// The curve of power, voltage or current in a period, with its zoom, its summary and its table.
import type { Column, History, Series } from "./api";
import { csv, save } from "./csv";
import { Curve, withoutRest, type CurveLine, type CurvePlot } from "./curve";
import { h, say } from "./dom";
import { amount, clock, dateText, dayAndClock, decimal, powerText, unitText } from "./format";
import { curveItems } from "./history_load";
import { curveKinds, linkTo, type CurveKind, type Place } from "./history_place";
import { icon } from "./icons";
import { dateAt } from "./period";
import type { App } from "./view";
import { words } from "./words";

const tones = ["delivery", "second", "third"];
const tableRows = 48;
const leastZoom = 300;

export class HistoryCurve {
    readonly element = h("section", { class: "card" });
    private readonly readout = h("p", { class: "readout", "aria-hidden": "true" });
    private readonly curve: Curve;
    private readonly from: number;
    private readonly to: number;

    // whole: the period's ends, where zooming out stops.
    constructor(private readonly app: App, private readonly place: Place, private readonly answer: History,
        private readonly whole: [number, number]) {
        this.from = answer.times[0] ?? 0;
        this.to = answer.times[answer.times.length - 1] ?? 0;
        const plot = h("div", { class: "plot" });
        this.element.append(h("div", { class: "row" }, h("h3", {}, this.name(place.curve), h("span", { class: "in" }, place.curve === "power" ? "" : unitText(answer.series[0]?.unit))), this.legend(), this.tools()),
            this.readout, plot, h("p", { class: "hint" }, this.summary()), this.table());
        this.curve = new Curve(plot, this.plot());
        this.read(null);
    }

    leave(): void {
        this.curve.destroy();
    }

    private name(kind: CurveKind): string {
        return words()[kind];
    }

    private lineName(series: Series): string {
        const w = words();
        return series.id === "eActualDelivery" ? w.fromGrid : series.id === "eActualProduction" ? w.toGrid : series.id.slice(-2);
    }

    // Power jumps within a step: what it reached stands around its mean.
    private get banded(): boolean {
        return this.place.curve === "power" && this.answer.step !== "10s";
    }

    private plot(): CurvePlot {
        const isPower = this.place.curve === "power";
        const lines = this.answer.series.map((series, i): CurveLine => {
            const down = series.id === "eActualProduction";
            return { name: this.lineName(series), tone: down ? "production" : tones[i] ?? "delivery", down, fill: isPower,
                values: isPower ? withoutRest(series.mean ?? []) : series.mean ?? [], ...(this.banded ? { least: series.least, greatest: series.greatest } : {}) };
        });
        return {
            times: this.answer.times.slice(0, -1), lines, zone: this.answer.zone, from: this.from, to: this.to, height: 240, unit: this.answer.series[0]?.unit ?? "",
            fromZero: this.place.curve !== "voltage", leastSpan: this.place.curve === "voltage" ? 4 : 0.4,
            read: (i) => this.read(i), zoom: (from, to) => this.zoom(from, to),
        };
    }

    private value(series: Series, value: number): string {
        return series.unit === "kW" ? powerText(value) : amount(value, series.unit);
    }

    private read(i: number | null): void {
        this.readout.classList.toggle("pointer", i === null);
        if (i === null) {
            say(this.readout, words().zoomHint);
            return;
        }
        const parts = this.answer.series.flatMap((series) => {
            const value = series.mean?.[i];
            return typeof value === "number" ? [`${this.lineName(series)} ${this.value(series, value)}`] : [];
        });
        say(this.readout, `${this.when(this.answer.times[i] ?? 0)}  ${parts.join("  ·  ") || words().noValue}`);
    }

    private when(at: number): string {
        return this.place.scale === "day" ? clock(at, this.answer.zone)
            : this.answer.step === "day" ? dateText(at, this.answer.zone, { day: "numeric", month: "short" }) : dayAndClock(at, this.answer.zone);
    }

    private zoom(from: number, to: number): void {
        const [least, greatest] = this.whole;
        const width = Math.max(leastZoom, Math.min(to - from, greatest - least));
        const start = Math.round(Math.min(Math.max(from, least), greatest - width));
        const zoom: [number, number] | undefined = width >= greatest - least ? undefined : [start, start + Math.round(width)];
        this.app.go(linkTo(this.app, this.place, { zoom }));
    }

    private tools(): HTMLElement {
        const w = words(), width = this.to - this.from, middle = this.from + width / 2;
        const zoomed = this.place.zoom !== undefined;
        const button = (key: string, label: string, picture: "zoomIn" | "zoomOut" | "previous" | "next", off: boolean, from: number, to: number) =>
            h("button", { type: "button", class: "button quiet square", "data-key": key, "aria-label": label, title: label, disabled: off,
                on: { click: () => this.zoom(from, to) } }, icon(picture));
        return h("div", { class: "row-tools" }, this.choice(),
            button("earlier", w.earlier, "previous", !zoomed, this.from - width / 2, this.to - width / 2),
            button("zoom-in", w.zoomIn, "zoomIn", width <= leastZoom, middle - width / 4, middle + width / 4),
            button("zoom-out", w.zoomOut, "zoomOut", !zoomed, middle - width, middle + width),
            button("later", w.later, "next", !zoomed, this.from + width / 2, this.to + width / 2),
            h("button", { type: "button", class: "button quiet", "aria-label": w.exportCsv, title: w.exportCsv, on: { click: () =>
                save(`dsmr-${this.answer.meter}-${this.place.curve}-${dateAt(this.from, this.answer.zone)}.csv`, csv(this.answer)) } }, icon("save"), h("span", { class: "wide" }, w.exportCsv)));
    }

    private choice(): HTMLElement | null {
        const kinds = curveKinds.filter((kind) => curveItems(this.app.model, kind).length > 0);
        if (kinds.length < 2) return null;
        return h("select", { "aria-label": words().curveOf, "data-key": "curve", on: { change: (event) =>
            this.app.go(linkTo(this.app, this.place, { curve: (event.target as HTMLSelectElement).value as CurveKind, zoom: this.place.zoom })) } },
        ...kinds.map((kind) => h("option", { value: kind, selected: kind === this.place.curve }, this.name(kind))));
    }

    private legend(): HTMLElement | null {
        const marks = this.answer.series.length < 2 ? [] : this.answer.series.map((series, i) =>
            h("span", { class: `mark line tone-${series.id === "eActualProduction" ? "production" : tones[i] ?? "delivery"}` }, this.lineName(series)));
        if (this.banded) marks.push(h("span", { class: "mark band" }, words().band));
        return marks.length === 0 ? null : h("p", { class: "legend", "aria-hidden": "true" }, ...marks);
    }

    private summary(): string {
        const w = words();
        return this.answer.series.map((series) => {
            const greatest = extreme(series.greatest ?? series.mean ?? [], 1), least = extreme(series.least ?? series.mean ?? [], -1);
            if (!greatest || !least) return `${this.lineName(series)}: ${w.noValue}.`;
            const at = (i: number) => this.when(this.answer.times[i] ?? 0);
            const low = series.unit === "V" ? `, ${w.leastAt(this.value(series, least.value), at(least.at))}` : "";
            return `${this.lineName(series)}: ${w.greatestAt(this.value(series, greatest.value), at(greatest.at))}${low}.`;
        }).join(" ");
    }

    // Some dozens of rows say in numbers what the curve shows.
    private table(): HTMLElement {
        const w = words(), count = this.answer.times.length - 1, every = Math.max(1, Math.ceil(count / tableRows));
        const head = this.answer.series.flatMap((series) =>
            [w.mean, w.least, w.greatest].map((part) => h("th", { scope: "col" }, `${this.lineName(series)}, ${part.toLowerCase()} (${unitText(series.unit)})`)));
        const rows: HTMLElement[] = [];
        for (let i = 0; i < count; i += every) {
            const cells = this.answer.series.flatMap((series) => this.cells(series, i, i + every));
            if (cells.some((cell) => cell !== "–"))
                rows.push(h("tr", {}, h("th", { scope: "row" }, this.when(this.answer.times[i] ?? 0)), ...cells.map((cell) => h("td", {}, cell))));
        }
        return h("details", { class: "table" }, h("summary", {}, w.asTable), h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": this.name(this.place.curve) },
            h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, w.time), ...head)), h("tbody", {}, ...rows))));
    }

    private cells(series: Series, from: number, to: number): string[] {
        const part = (column: Column | undefined) => (column ?? []).slice(from, to).filter((value): value is number => value !== null);
        const mean = part(series.mean), least = part(series.least ?? series.mean), greatest = part(series.greatest ?? series.mean);
        if (mean.length === 0) return ["–", "–", "–"];
        const decimals = series.unit === "kW" ? 3 : 1;
        return [mean.reduce((sum, value) => sum + value, 0) / mean.length, Math.min(...least), Math.max(...greatest)]
            .map((value) => decimal(value, decimals));
    }
}

function extreme(column: Column, sign: 1 | -1): { value: number; at: number } | undefined {
    let best: { value: number; at: number } | undefined;
    column.forEach((value, at) => {
        if (value !== null && (!best || sign * value > sign * best.value)) best = { value, at };
    });
    return best;
}
