// SPDX-License-Identifier: MIT
// The bars of a period, their totals and their table.
import { programTime, type Column, type History } from "./api";
import { showBars, type BarSeries } from "./bars";
import { csv, save } from "./csv";
import { h, type Child } from "./dom";
import { amount, decimal, total, unitText } from "./format";
import { linkTo, type Place } from "./history_place";
import type { BarsAnswer } from "./history_load";
import { icon } from "./icons";
import { barLabel, dateAt, deeper } from "./period";
import { itemName, tariffName } from "./quantities";
import type { App } from "./view";
import { words } from "./words";

interface Part { id: string; name: string; unit: string; values: Column; before: Column | undefined; down: boolean }

export class HistoryBars {
    readonly element: HTMLElement;
    private readonly parts: Part[];
    private readonly count: number;
    private end = () => {};

    constructor(private readonly app: App, private readonly place: Place, private readonly answer: BarsAnswer) {
        this.count = answer.now.times.length - 1;
        this.parts = (place.quantity?.items ?? []).map((id) => this.part(id));
        const w = words();
        const chart = h("div", { class: "chart" });
        this.element = h("section", { class: "card" }, this.totals(),
            h("div", { class: "row" }, h("h3", {}, w.barsTitle[place.scale], h("span", { class: "in" }, unitText(this.parts[0]?.unit))), this.legend(), this.exporter()),
            chart, place.compare && place.scale !== "all" && !this.compared() ? h("p", { class: "hint" }, w.noYearBefore) : null, this.table());
        this.draw(chart);
    }

    leave(): void {
        this.end();
    }

    private part(id: string): Part {
        const of = (history: History | undefined) => history?.series.find((series) => series.id === id);
        const now = of(this.answer.now), before = of(this.answer.before)?.used;
        return {
            id, name: itemName(id), unit: now?.unit ?? "", values: now?.used ?? [], down: id === "eProduction",
            before: before?.some((value) => value !== null) ? before : undefined,
        };
    }

    private compared(): boolean {
        return this.parts.some((part) => part.before);
    }

    private label(i: number, full: boolean): string {
        return barLabel(this.place.scale, this.answer.now.times[i] ?? 0, this.answer.now.zone, full);
    }

    private href(i: number): string | undefined {
        const { times, zone } = this.answer.now, from = times[i] ?? 0, to = times[i + 1] ?? 0;
        const scale = deeper[this.place.scale];
        if (this.parts.every((part) => part.values[i] === null)) return undefined;
        if (scale) return linkTo(this.app, this.place, { scale, date: dateAt(from, zone) });
        return this.place.quantity?.name === "electricity" ? linkTo(this.app, this.place, { zoom: [from, to] }) : undefined;
    }

    private tone(part: Part): string {
        return part.id === "eDelivery" ? "delivery" : part.down ? "production" : "own";
    }

    private draw(chart: HTMLElement): void {
        const w = words();
        const series: BarSeries[] = this.parts.map((part) =>
            ({ name: part.name, tone: this.tone(part), values: part.values, before: part.before, down: part.down }));
        this.element.classList.add(`tone-${this.place.quantity?.tone ?? "delivery"}`);
        this.end = showBars(chart, {
            count: this.count, height: 260, series,
            summary: this.parts.map((part) => w.barsSummary(part.name, this.amount(total(part.values), part))).join(" "),
            label: (i, full) => this.label(i, full),
            href: (i) => this.href(i), hint: w.deeperHint,
            describe: (i) => this.parts.flatMap((part) => [
                `${part.name} ${this.amount(part.values[i] ?? undefined, part)}`,
                ...(part.before ? [`${w.yearBefore} ${this.amount(part.before[i] ?? undefined, part)}`] : []),
            ]),
        });
    }

    private amount(value: number | undefined, part: Part): string {
        return value === undefined ? words().noValue : amount(value, part.unit);
    }

    private totals(): HTMLElement {
        const w = words(), boxes = this.parts.map((part) => this.totalBox(part));
        const [out, back] = this.parts.map((part) => total(part.values));
        if (this.parts.length === 2 && out !== undefined && back !== undefined)
            boxes.push(h("div", {}, h("dt", {}, w.balanceTotal), h("dd", {}, h("span", { class: "number" }, decimal((Math.round(out * 1000) - Math.round(back * 1000)) / 1000, 3)), ` ${unitText(this.parts[0]?.unit)}`)));
        return h("dl", { class: "totals" }, ...boxes);
    }

    private totalBox(part: Part): HTMLElement {
        const w = words(), sum = total(part.values), before = part.before && total(part.before);
        const more: Child[] = [this.tariffs(part)];
        if (before !== undefined && sum !== undefined) {
            more.push(h("dd", { class: "small" }, `${w.yearBefore} ${amount(before, part.unit)}${this.change(part)}`));
        }
        return h("div", { class: `tone-${this.tone(part)}` }, h("dt", {}, part.name),
            h("dd", {}, h("span", { class: "number" }, sum === undefined ? "–" : decimal(sum, 3)), ` ${unitText(part.unit)}`), ...more);
    }

    // In per cent, over the places that have ended and have values in both years.
    private change(part: Part): string {
        const { times } = this.answer.now, now = programTime();
        const shared = part.values.map((value, i) => value !== null && part.before?.[i] != null && (times[i + 1] ?? 0) <= now);
        const sum = total(part.values.filter((_value, i) => shared[i])), before = total((part.before ?? []).filter((_value, i) => shared[i]));
        if (sum === undefined || !before) return "";
        const change = `${sum >= before ? "+" : "−"}${decimal((100 * Math.abs(sum - before)) / before, 0)}%`;
        return (times[times.length - 1] ?? 0) <= now ? ` (${change})` : ` (${change} ${words().soFar})`;
    }

    private tariffs(part: Part): HTMLElement | null {
        const apart = this.answer.now.series.filter((series) => series.id.startsWith(`${part.id}Tariff`));
        if (apart.length === 0) return null;
        const text = apart.map((series) => `${tariffName(this.app.model, series.id.replace(/^.*Tariff/, ""))}\u00a0${decimal(total(series.used ?? []) ?? 0, 3)}`).join(" · ");
        return h("dd", { class: "small" }, text);
    }

    private legend(): HTMLElement | null {
        if (this.parts.length < 2 && !this.compared()) return null;
        const marks = this.parts.map((part) => h("span", { class: `mark tone-${this.tone(part)}${part.down ? " striped" : ""}` }, part.name));
        if (this.compared()) marks.push(h("span", { class: "mark before" }, words().yearBefore));
        return h("p", { class: "legend", "aria-hidden": "true" }, ...marks);
    }

    private exporter(): HTMLElement {
        const { now, before } = this.answer;
        return h("button", { type: "button", class: "button quiet", "aria-label": words().exportCsv, title: words().exportCsv, on: { click: () =>
            save(`dsmr-${now.meter}-${this.place.scale}-${dateAt(now.times[0] ?? 0, now.zone)}.csv`, csv(now, before)) } }, icon("save"), h("span", { class: "wide" }, words().exportCsv));
    }

    private table(): HTMLElement {
        const w = words(), head: Child[] = [h("th", { scope: "col" }, w.period)];
        for (const part of this.parts) {
            head.push(h("th", { scope: "col" }, `${part.name} (${unitText(part.unit)})`));
            if (part.before) head.push(h("th", { scope: "col" }, w.yearBefore));
        }
        const rows: HTMLElement[] = [];
        for (let i = 0; i < this.count; i++) {
            if (this.parts.every((part) => part.values[i] == null && part.before?.[i] == null)) continue;
            const href = this.href(i), label = this.label(i, true);
            rows.push(h("tr", {}, h("th", { scope: "row" }, href ? h("a", { href }, label) : label), ...this.cells((column) => column[i] ?? undefined)));
        }
        return h("details", { class: "table" }, h("summary", {}, w.asTable), h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": w.barsTitle[this.place.scale] },
            h("table", {}, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows),
                h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, w.total), ...this.cells((column) => total(column)))))));
    }

    private cells(value: (column: Column) => number | undefined): HTMLElement[] {
        const cell = (column: Column) => {
            const number = value(column);
            return h("td", {}, number === undefined ? "–" : decimal(number, 3));
        };
        return this.parts.flatMap((part) => (part.before ? [cell(part.values), cell(part.before)] : [cell(part.values)]));
    }
}
