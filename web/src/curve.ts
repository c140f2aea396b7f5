// SPDX-License-Identifier: MIT
// Curves over time: uPlot with our colours, numbers and clock.
import uPlot from "uplot";
import type { Column } from "./api";
import { dateText, decimal, whole } from "./format";
import { dateAt } from "./period";
import { ticks, type Ticks } from "./scale";

export interface CurveLine {
    name: string; tone: string; values: Column; least?: Column | undefined; greatest?: Column | undefined;
    down?: boolean; // drawn below zero: what goes to the grid
    fill?: boolean;
}
export interface CurvePlot {
    times: number[]; lines: CurveLine[]; zone: string; from: number; to: number; height: number;
    fromZero: boolean; leastSpan: number; unit: string;
    read?(i: number | null): void; // the place under the pointer
    zoom?(from: number, to: number): void;
}

export function colour(name: string): string {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function faint(hex: string, alpha: string): string {
    return /^#[0-9a-f]{6}$/i.test(hex) ? hex + alpha : hex;
}

// Lines with a band have three columns each: the line, the greatest, the least.
function columns(plot: CurvePlot): uPlot.AlignedData {
    const rows: Column[] = [];
    for (const line of plot.lines) {
        const turned = (column: Column) => (line.down ? column.map((value) => (value === null ? null : -value || 0)) : column);
        rows.push(turned(line.values));
        if (line.least && line.greatest) rows.push(turned(line.greatest), turned(line.least));
    }
    return [plot.times, ...rows] as uPlot.AlignedData;
}

function series(plot: CurvePlot): { all: uPlot.Series[]; bands: uPlot.Band[] } {
    const all: uPlot.Series[] = [{}], bands: uPlot.Band[] = [];
    plot.lines.forEach((line, i) => {
        const stroke = colour(line.tone);
        all.push({
            stroke, width: 1.75, points: { show: (u) => u.data[0].length === 1, size: 7, fill: stroke }, spanGaps: false,
            ...(line.fill ? { fill: faint(stroke, "2e"), fillTo: () => 0 } : {}),
            ...(i > 0 && !line.fill ? { dash: i === 1 ? [7, 4] : [2, 3] } : {}),
        });
        if (!line.least || !line.greatest) return;
        const hidden: uPlot.Series = { stroke: "transparent", width: 0, points: { show: false } };
        bands.push({ series: line.down ? [all.length + 1, all.length] : [all.length, all.length + 1], fill: faint(stroke, "2e") });
        all.push(hidden, { ...hidden });
    });
    return { all, bands };
}

function clockLabels(zone: string, splits: number[]): string[] {
    const step = (splits[1] ?? 0) - (splits[0] ?? 0);
    const dayAndMonth: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
    return splits.map((at) => {
        if (step >= 20 * 86400) return dateText(at, zone, dateAt(at, zone).slice(5, 7) === "01" ? { year: "numeric" } : { month: "short" });
        const time = dateText(at, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(step < 60 ? { second: "2-digit" } : {}) });
        return step >= 80_000 || (step >= 21_600 && time === "00:00") ? dateText(at, zone, dayAndMonth) : time;
    });
}

// Each mark has its unit where that changes with its size: 400 W, 1.5 kW.
function mark(at: number, step: number, unit: string): string {
    const size = Math.abs(at), decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
    if (unit !== "kW") return decimal(size, decimals);
    if (size < step / 2) return "0";
    return size < 0.9995 ? `${whole(size * 1000)} W` : `${decimal(size, decimals)} kW`;
}

function axes(plot: CurvePlot, scale: () => Ticks): uPlot.Axis[] {
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const look = { stroke: colour("muted"), font, ticks: { show: false }, border: { show: false } };
    return [
        { ...look, grid: { show: false }, size: 28, gap: 8, space: 64, values: (_u, splits) => clockLabels(plot.zone, splits) },
        {
            ...look, size: plot.unit === "kW" ? 60 : 44, gap: 8, grid: { stroke: colour("rule"), width: 1 },
            splits: () => scale().at,
            values: (_u, splits) => splits.map((at) => mark(at, (splits[1] ?? 1) - (splits[0] ?? 0), plot.unit)),
        },
    ];
}

function reach(least: number | null, greatest: number | null, plot: CurvePlot): Ticks {
    const wanted = plot.height > 180 ? 5 : 3;
    let low = least ?? 0, high = greatest ?? 0;
    if (plot.fromZero) {
        if (high - low < plot.leastSpan) high = Math.max(high, Math.min(0, low) + plot.leastSpan);
        return ticks(low, high, wanted);
    }
    const middle = Math.round((low + high) / 2), half = Math.max(plot.leastSpan, high - low) / 2;
    const around = ticks(-half, half, wanted);
    return { ...around, least: around.least + middle, greatest: around.greatest + middle, at: around.at.map((at) => at + middle) };
}

// A line that rests at zero is not drawn, but for where it leaves it.
export function withoutRest(values: Column): Column {
    return values.map((value, i) => (value === 0 && !values[i - 1] && !values[i + 1] ? null : value));
}

export class Curve {
    private chart: uPlot | undefined;
    private plot: CurvePlot;
    private scale: Ticks = { least: 0, greatest: 1, at: [0, 1], decimals: 0 };
    private readonly observer: ResizeObserver;

    constructor(private readonly place: HTMLElement, plot: CurvePlot) {
        this.plot = plot;
        this.observer = new ResizeObserver(() => this.fit());
        this.observer.observe(place);
    }

    // New values, the same lines.
    update(plot: CurvePlot): void {
        this.plot = plot;
        if (!this.chart) return;
        this.chart.setData(columns(plot), false);
        this.chart.setScale("x", { min: plot.from, max: plot.to });
    }

    destroy(): void {
        this.observer.disconnect();
        this.chart?.destroy();
    }

    private fit(): void {
        const width = Math.floor(this.place.clientWidth);
        if (width <= 0) return;
        if (this.chart) {
            if (this.chart.width !== width) this.chart.setSize({ width, height: this.plot.height });
            return;
        }
        this.chart = new uPlot(this.options(width), columns(this.plot), this.place);
    }

    private options(width: number): uPlot.Options {
        const { all, bands } = series(this.plot);
        const zoomable = this.plot.zoom !== undefined;
        return {
            width, height: this.plot.height, series: all, bands, axes: axes(this.plot, () => this.scale),
            legend: { show: false }, padding: [10, 30, 0, 0],
            tzDate: (at) => this.local(at),
            cursor: { drag: { x: zoomable, y: false, setScale: false }, points: { show: false }, y: false },
            scales: {
                x: { time: true, min: this.plot.from, max: this.plot.to, range: () => [this.plot.from, this.plot.to] },
                y: { range: (_u, least, greatest) => this.reached(least, greatest) },
            },
            hooks: {
                setCursor: [(u) => this.plot.read?.(u.cursor.idx ?? null)],
                setSelect: [(u) => this.selected(u)],
            },
        };
    }

    private reached(least: number | null, greatest: number | null): [number, number] {
        this.scale = reach(least, greatest, this.plot);
        return [this.scale.least, this.scale.greatest];
    }

    // uPlot sets its marks at round times of this clock.
    private local(at: number): Date {
        try {
            return uPlot.tzDate(new Date(at * 1000), this.plot.zone);
        } catch {
            return new Date(at * 1000);
        }
    }

    private selected(u: uPlot): void {
        const { left, width } = u.select;
        if (width < 6) return;
        const from = u.posToVal(left, "x"), to = u.posToVal(left + width, "x");
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        this.plot.zoom?.(Math.floor(from), Math.ceil(to));
    }
}
