// SPDX-License-Identifier: MIT
// The highest quarter hour of each month of a year, by which Belgium's tariff for capacity goes.
import { get, unlessHistoryOff, type Peaks } from "./api";
import { showBars } from "./bars";
import { h } from "./dom";
import { dateText, dayAndClock, decimal, powerText } from "./format";
import type { Model } from "./model";
import { words } from "./words";

const months = 12;
// kW: in Flanders a month counts as no less.
const leastPeak = 2.5;

export async function loadPeaks(model: Model, signal: AbortSignal): Promise<Peaks | undefined> {
    return get<Peaks>("peaks", { meter: model.name }, signal).catch(unlessHistoryOff);
}

export class HistoryPeaks {
    readonly element: HTMLElement;
    private end = () => {};
    private readonly peaks: (Peaks["months"][number] | undefined)[];

    constructor(private readonly answer: Peaks, private readonly year: string, private readonly zone: string, private readonly origin: string) {
        const w = words(), chart = h("div", { class: "chart" });
        this.peaks = Array.from({ length: months }, (_value, i) => answer.months.find((one) => one.month === this.month(i)));
        this.element = h("section", { class: "card tone-delivery" },
            h("h3", {}, w.peaksTitle, h("span", { class: "in" }, "kW")), chart, h("p", { class: "hint" }, this.summary()), this.billed(), this.table());
        this.end = showBars(chart, {
            count: months, height: 240, summary: w.peaksTitle,
            series: [{ name: w.peaksTitle, tone: "delivery", values: this.peaks.map((peak) => peak?.value ?? null) }],
            label: (i, full) => this.name(i, full), describe: (i) => [this.told(i)],
        });
    }

    get present(): boolean {
        return this.peaks.some((peak) => peak);
    }

    leave(): void {
        this.end();
    }

    private month(i: number): string {
        return `${this.year}-${String(i + 1).padStart(2, "0")}`;
    }

    private name(i: number, full: boolean): string {
        return dateText(`${this.month(i)}-15T12:00:00Z`, "UTC", { month: full ? "long" : "short" });
    }

    private told(i: number): string {
        const peak = this.peaks[i];
        return peak ? powerText(peak.value, 3) + (peak.time ? `, ${dayAndClock(peak.time, this.zone)}` : "") : words().noValue;
    }

    private summary(): string {
        const values = this.peaks.flatMap((peak) => (peak ? [peak.value] : []));
        return values.length === 0 ? "" : words().peaksMean(powerText(values.reduce((sum, value) => sum + value, 0) / values.length, 3));
    }

    // What the tariff for capacity goes by: twelve months, the running one among them.
    private billed(): HTMLElement | null {
        const last = this.answer.months.slice(-months), newest = last[last.length - 1];
        if (!/Fluvius/.test(this.origin) || !newest?.month.startsWith(this.year)) return null;
        const mean = last.reduce((sum, { value }) => sum + Math.max(value, leastPeak), 0) / last.length;
        return h("p", { class: "hint" }, words().peaksBilled(powerText(mean, 3), last.length, powerText(leastPeak, 1)));
    }

    private table(): HTMLElement {
        const w = words();
        const rows = this.peaks.flatMap((peak, i) => (peak ? [h("tr", {}, h("th", { scope: "row" }, this.name(i, true)),
            h("td", {}, decimal(peak.value, 3)), h("td", {}, peak.time ? dayAndClock(peak.time, this.zone) : "–"))] : []));
        return h("details", { class: "table" }, h("summary", {}, w.asTable), h("table", {},
            h("thead", {}, h("tr", {}, ...[w.period, "kW", w.time].map((text) => h("th", { scope: "col" }, text)))), h("tbody", {}, ...rows)));
    }
}
