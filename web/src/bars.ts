// SPDX-License-Identifier: MIT
// Bars as SVG. Each place along the axis is a link: a click, Enter or a tap goes deeper, arrows move.
import type { Column } from "./api";
import { h, onWidth, s } from "./dom";
import { decimal } from "./format";
import { ticks, type Ticks } from "./scale";

export interface BarSeries { name: string; tone: string; values: Column; before?: Column | undefined; down?: boolean }
export interface Bars {
    count: number; height: number; series: BarSeries[]; summary: string;
    label(i: number, full: boolean): string;
    href?(i: number): string | undefined;
    describe(i: number): string[]; // the lines of the tip
    hint?: string; // where a click leads, in the tip
}

const margin = { top: 10, right: 4, bottom: 26, left: 44 };
let patterns = 0;

interface Frame { width: number; height: number; slot: number; y(value: number): number; pattern: string }

// Returns what ends it.
export function showBars(place: HTMLElement, bars: Bars): () => void {
    const tip = h("div", { class: "tip", hidden: true, "aria-hidden": "true" });
    const field = h("div", { class: "bars" });
    place.replaceChildren(field, tip);
    let chosen = 0;
    const end = onWidth(place, (width) => {
        const svg = draw(bars, width, chosen);
        field.replaceChildren(svg);
        listen(svg, bars, tip, width, (i) => (chosen = i));
    });
    return end;
}

function extremes(series: BarSeries[]): [number, number] {
    let least = 0, greatest = 0;
    for (const one of series)
        for (const value of [...one.values, ...(one.before ?? [])]) {
            const at = one.down ? -(value ?? 0) : value ?? 0;
            least = Math.min(least, at);
            greatest = Math.max(greatest, at);
        }
    return [least, greatest];
}

function draw(bars: Bars, width: number, chosen: number): SVGSVGElement {
    const scale = ticks(...extremes(bars.series), bars.height > 200 ? 5 : 3);
    const inner = bars.height - margin.top - margin.bottom;
    const frame: Frame = {
        width, height: bars.height,
        slot: (width - margin.left - margin.right) / bars.count,
        y: (value) => margin.top + (inner * (scale.greatest - value)) / (scale.greatest - scale.least),
        pattern: `hatch${++patterns}`,
    };
    const svg = s("svg", { width, height: bars.height, viewBox: `0 0 ${width} ${bars.height}`, role: "group", "aria-label": bars.summary },
        hatch(frame.pattern), grid(scale, frame));
    for (let i = 0; i < bars.count; i++) svg.append(place(bars, i, frame, i === chosen));
    svg.append(s("line", { class: "zero", x1: margin.left, x2: width - margin.right, y1: frame.y(0), y2: frame.y(0) }));
    svg.append(labels(bars, frame));
    return svg;
}

// What goes to the grid is striped: it is told apart without colours, too.
function hatch(id: string): SVGElement {
    return s("defs", {}, s("pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        s("rect", { class: "hatch-ground", width: 6, height: 6 }), s("rect", { class: "hatch-line", width: 2.5, height: 6 })));
}

function grid(scale: Ticks, frame: Frame): SVGElement {
    const group = s("g", { class: "grid", "aria-hidden": "true" });
    for (const at of scale.at) {
        const y = Math.round(frame.y(at)) + 0.5;
        group.append(
            s("line", { x1: margin.left, x2: frame.width - margin.right, y1: y, y2: y }),
            s("text", { x: margin.left - 8, y: y + 4, "text-anchor": "end" }, decimal(Math.abs(at), Math.abs(at) < 1e-9 ? 0 : scale.decimals)));
    }
    return group;
}

function place(bars: Bars, i: number, frame: Frame, chosen: boolean): SVGElement {
    const x = margin.left + i * frame.slot;
    const href = bars.href?.(i);
    const link = s("a", {
        class: "slot", "data-slot": i, tabindex: chosen ? 0 : -1,
        "aria-label": [bars.label(i, true), ...bars.describe(i)].join(", "),
        ...(href ? { href } : { role: "img" }),
    }, s("rect", { class: "reach", x, y: margin.top, width: frame.slot, height: frame.height - margin.top - margin.bottom }));
    const compared = bars.series.some((one) => one.before);
    const gap = Math.min(8, Math.max(2, frame.slot * 0.18)), room = frame.slot - gap;
    for (const one of bars.series) {
        const width = Math.min(compared ? room * 0.48 : room, 44), middle = x + frame.slot / 2;
        if (compared) bar(link, one, one.before?.[i], middle - 1 - width, width, frame, " before");
        bar(link, one, one.values[i], compared ? middle + 1 : middle - width / 2, width, frame, "");
    }
    return link;
}

function bar(to: SVGElement, one: BarSeries, value: number | null | undefined, left: number, w: number, frame: Frame, extra: string): void {
    if (!value) return;
    const zero = frame.y(0), end = frame.y(one.down ? -value : value);
    const down = end > zero, height = Math.max(1, Math.abs(end - zero)), r = Math.min(3, w / 3, height);
    const tip = down ? zero + height : zero - height, turn = down ? -r : r;
    to.append(s("path", {
        class: `bar tone-${one.tone}${extra}${one.down ? " striped" : ""}`,
        fill: one.down && !extra ? `url(#${frame.pattern})` : undefined,
        d: `M${left} ${zero}V${tip + turn}Q${left} ${tip} ${left + r} ${tip}H${left + w - r}Q${left + w} ${tip} ${left + w} ${tip + turn}V${zero}Z`,
    }));
}

function labels(bars: Bars, frame: Frame): SVGElement {
    const group = s("g", { class: "labels", "aria-hidden": "true" });
    let widest = 1;
    for (let i = 0; i < bars.count; i++) widest = Math.max(widest, bars.label(i, false).length);
    const every = [1, 2, 3, 4, 5, 6, 12].find((n) => n * frame.slot > widest * 7.2 + 8) ?? 12;
    for (let i = 0; i < bars.count; i += every)
        group.append(s("text", { x: margin.left + (i + 0.5) * frame.slot, y: frame.height - 6, "text-anchor": "middle" }, bars.label(i, false)));
    return group;
}

function listen(svg: SVGSVGElement, bars: Bars, tip: HTMLElement, width: number, choose: (i: number) => void): void {
    const slotOf = (event: Event) => (event.target as Element).closest<SVGAElement>("[data-slot]");
    const show = (event: Event) => {
        const slot = slotOf(event);
        if (slot) showTip(tip, bars, Number(slot.dataset["slot"]), width);
    };
    const hide = () => (tip.hidden = true);
    svg.addEventListener("pointerover", show);
    svg.addEventListener("focusin", show);
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("focusout", hide);
    svg.addEventListener("keydown", (event) => {
        const slot = slotOf(event);
        if (!slot) return;
        if (event.key === "Escape") hide();
        const i = Number(slot.dataset["slot"]);
        const to = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: bars.count - 1 }[event.key];
        const next = to === undefined ? null : svg.querySelector<SVGAElement>(`[data-slot="${to}"]`);
        if (!next) return;
        event.preventDefault();
        slot.setAttribute("tabindex", "-1");
        next.setAttribute("tabindex", "0");
        next.focus();
        choose(Number(to));
    });
}

function showTip(tip: HTMLElement, bars: Bars, i: number, width: number): void {
    const slot = (width - margin.left - margin.right) / bars.count;
    tip.replaceChildren(h("strong", {}, bars.label(i, true)), ...bars.describe(i).map((line) => h("span", {}, line)),
        bars.hint && bars.href?.(i) ? h("span", { class: "tip-hint" }, bars.hint) : "");
    tip.hidden = false;
    // Beside the bar, on the side with more room.
    const left = margin.left + i * slot, right = left + slot + 6, room = tip.offsetWidth;
    const at = right + room <= width ? right : left - 6 - room;
    tip.style.left = `${Math.min(Math.max(at, 0), Math.max(0, width - room))}px`;
}
