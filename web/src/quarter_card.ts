// SPDX-License-Identifier: MIT
// What the running quarter hour has come to, as the mean of all of it, beside the month's highest: what a Belgian tariff asks for.
import { h, s, say } from "./dom";
import { dayAndClock, powerText } from "./format";
import type { Model } from "./model";
import { duration, words } from "./words";

const quarterSeconds = 900;

export class QuarterCard {
    readonly element = h("section", { class: "card quarter" });
    private readonly left = h("p", { class: "readout" });
    private readonly mean = h("dd");
    private readonly expected = h("dd");
    private readonly peak = h("dd");
    private readonly verdict = h("p", { class: "verdict" });
    private readonly done = s("rect", { class: "done", x: 0, y: 8, height: 20, rx: 4 });
    private readonly hoped = s("rect", { class: "hoped", x: 0, y: 8, height: 20, rx: 4 });
    private readonly limit = s("line", { class: "limit", y1: 2, y2: 34 });

    constructor(private readonly model: Model) {
        const w = words();
        this.element.append(
            h("div", { class: "row" }, h("h2", {}, w.quarter), this.left),
            s("svg", { class: "beam", viewBox: "0 0 400 36", preserveAspectRatio: "none", "aria-hidden": "true" },
                s("rect", { class: "ground", x: 0, y: 8, width: 400, height: 20, rx: 4 }), this.hoped, this.done, this.limit),
            h("dl", { class: "facts three" },
                h("div", {}, h("dt", {}, w.quarterMean), this.mean),
                h("div", {}, h("dt", {}, w.quarterExpected), this.expected),
                h("div", {}, h("dt", {}, w.monthPeak), this.peak)),
            this.verdict);
        this.update();
    }

    update(): void {
        const quarter = this.model.now?.quarter, w = words();
        this.element.hidden = !quarter;
        if (!quarter) return;
        // What has been counted until now, as if nothing more came: the beam fills while the quarter runs.
        const past = Math.min(Math.max(this.model.meterTime - Date.parse(quarter.start) / 1000, 0), quarterSeconds);
        const done = (quarter.mean * past) / quarterSeconds;
        const expected = Math.max(done, quarter.expected ?? done), peak = quarter.month_peak ?? undefined;
        const reach = 1.15 * Math.max(peak?.value ?? 0, expected, 0.1);
        const x = (value: number) => String((400 * Math.max(0, value)) / reach);
        this.done.setAttribute("width", x(done));
        this.hoped.setAttribute("width", x(expected));
        for (const end of ["x1", "x2"]) this.limit.setAttribute(end, x(peak?.value ?? 0));
        this.limit.classList.toggle("none", !peak);
        say(this.mean, powerText(done));
        say(this.expected, quarter.expected === null || quarter.expected === undefined ? "–" : powerText(expected));
        say(this.peak, peak ? powerText(peak.value) + (peak.time ? `, ${dayAndClock(peak.time, this.model.zone)}` : "") : "–");
        say(this.left, past < quarterSeconds ? w.quarterLeft(duration(quarterSeconds - past)) : "");
        const exceeds = peak !== undefined && expected > peak.value;
        this.element.classList.toggle("exceeds", exceeds);
        say(this.verdict, peak ? (exceeds ? w.quarterExceeds : w.quarterFits) : "");
    }
}
