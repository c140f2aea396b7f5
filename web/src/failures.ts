// SPDX-License-Identifier: MIT
// Power failures along time, and the voltage's sags and swells by phase.
import { programTime, type Failures } from "./api";
import { h, onWidth, s } from "./dom";
import { dateText, fullTime, whole } from "./format";
import { duration, words } from "./words";

const height = 84, side = 14, base = 56;

interface Failure { at: number; end: string; seconds: number }

// The longer, the larger: by the logarithm, as some take seconds and some a day.
function timeline(log: Failure[], zone: string, width: number): SVGElement {
    const now = programTime(), first = Math.min(...log.map((one) => one.at)), from = first - (now - first) * 0.04 - 1;
    const x = (at: number) => side + ((width - 2 * side) * (at - from)) / (now - from);
    const svg = s("svg", { class: "timeline", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words().failureLog },
        s("line", { class: "zero", x1: side, x2: width - side, y1: base, y2: base }));
    const firstYear = Number(dateText(from, zone, { year: "numeric" })), lastYear = Number(dateText(now, zone, { year: "numeric" }));
    const every = Math.max(1, Math.ceil((lastYear - firstYear + 1) / (width / 60)));
    for (let year = firstYear + 1; year <= lastYear; year += every) {
        const at = x(Date.UTC(year, 0, 1) / 1000);
        svg.append(s("line", { class: "zero", x1: at, x2: at, y1: base - 4, y2: base + 4 }), s("text", { x: at, y: height - 8, "text-anchor": "middle" }, year));
    }
    for (const one of log) {
        const radius = 3 + 2 * Math.log10(Math.max(10, one.seconds) / 10);
        svg.append(s("line", { class: "stem", x1: x(one.at), x2: x(one.at), y1: 20, y2: base }),
            s("circle", { class: "failure", cx: x(one.at), cy: 20, r: radius }, s("title", {}, words().failureAt(fullTime(one.end, zone), duration(one.seconds)))));
    }
    return svg;
}

// The card, and what ends it.
export function failuresCard(failures: Failures, zone: string): [HTMLElement, () => void] {
    const w = words();
    const log = failures.log.map((one) => ({ ...one, at: Date.parse(one.end) / 1000 })).filter((one) => Number.isFinite(one.at)).sort((a, b) => b.at - a.at);
    const count = (value: number | null | undefined) => (value === null || value === undefined ? "–" : whole(value));
    const unknown = failures.short === null && failures.long === null && log.length === 0;
    const card = h("section", { class: "card", hidden: unknown }, h("h2", {}, w.failures), h("dl", { class: "totals small" },
        h("div", {}, h("dt", {}, w.countedFailures), h("dd", {}, h("span", { class: "number" }, count(failures.short)))),
        h("div", {}, h("dt", {}, w.longFailures), h("dd", {}, h("span", { class: "number" }, count(failures.long))))));
    if (log.length === 0) {
        card.append(h("p", { class: "hint" }, w.noFailures));
        return [card, () => undefined];
    }
    const chart = h("div", { class: "chart" });
    card.append(chart, h("p", { class: "hint", "aria-hidden": "true" }, w.failureSize), h("table", { class: "left" },
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, w.failureEnd), h("th", { scope: "col" }, w.duration))),
        h("tbody", {}, ...log.map((one) => h("tr", {}, h("th", { scope: "row" }, fullTime(one.end, zone)), h("td", {}, duration(one.seconds)))))));
    return [card, onWidth(chart, (width) => chart.replaceChildren(timeline(log, zone, width)))];
}

export function voltageCard(failures: Failures): HTMLElement {
    const w = words(), phases = [...new Set([...Object.keys(failures.sags ?? {}), ...Object.keys(failures.swells ?? {})])].sort();
    const cell = (value: number | undefined) => h("td", {}, value === undefined || value === null ? "–" : whole(value));
    return h("section", { class: "card", hidden: phases.length === 0 }, h("h2", {}, w.quality), h("table", {},
        h("thead", {}, h("tr", {}, ...[w.phase, w.sags, w.swells].map((text) => h("th", { scope: "col" }, text)))),
        h("tbody", {}, ...phases.map((phase) => h("tr", {}, h("th", { scope: "row" }, phase), cell(failures.sags?.[phase]), cell(failures.swells?.[phase]))))));
}
