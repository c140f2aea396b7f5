// SPDX-License-Identifier: MIT
// History: a period, its bars and its curve. All that is chosen stands in the address.
import { Problem } from "./api";
import { h } from "./dom";
import { HistoryBars } from "./history_bars";
import { HistoryCurve } from "./history_curve";
import { curveItems, loadBars, loadCurve, type BarsAnswer } from "./history_load";
import { firstDate, linkTo, rangeOf, readPlace, type Place } from "./history_place";
import { HistoryPeaks, loadPeaks } from "./history_peaks";
import { icon } from "./icons";
import type { Change } from "./model";
import { failed, historyOff, noMeter, nothingStored } from "./notes";
import { isDate, move, scales, title, today } from "./period";
import { kindName, storedQuantities } from "./quantities";
import type { App, View } from "./view";
import { words } from "./words";

const reloadSeconds = 60;

export class HistoryView implements View {
    readonly element = h("div", { class: "view history" });
    private readonly controls = h("div", { class: "controls" });
    private readonly shown = h("div", { class: "shown" });
    private place: Place;
    private bars: HistoryBars | undefined;
    private curve: HistoryCurve | undefined;
    private peaks: HistoryPeaks | undefined;
    private abort = new AbortController();
    private age = 0;

    constructor(private readonly app: App, private parameters: URLSearchParams) {
        this.place = readPlace(app.model, parameters);
        this.element.append(h("h1", { class: "unseen" }, words().views.history), this.controls, this.shown);
        this.begin();
    }

    moved(parameters: URLSearchParams): void {
        this.parameters = parameters;
        this.place = readPlace(this.app.model, parameters);
        const within = this.shown.contains(document.activeElement);
        this.begin();
        this.app.announce(this.element.querySelector(".period")?.textContent ?? "");
        // Who went deeper by a bar goes on at the heading of where it led.
        if (within && !document.activeElement?.hasAttribute("data-key")) this.element.querySelector<HTMLElement>(".period")?.focus();
    }

    // The catalogue of items may come after the view.
    changed(change: Change): void {
        if (change !== "link" && !this.place.quantity && storedQuantities(this.app.model).length > 0) this.moved(this.parameters);
    }

    // A running period grows; a table that is open, or a place that is looked at, is left in peace.
    tick(): void {
        if (++this.age % reloadSeconds !== 0 || this.shown.contains(document.activeElement) || this.shown.querySelector("details[open]")) return;
        const [from, to] = rangeOf(this.app.model, this.place), day = today(this.app.model.zone);
        if (from <= day && day < to && this.app.model.link.state === "live") void this.load();
    }

    leave(): void {
        this.abort.abort();
        this.drop();
    }

    private begin(): void {
        const focused = document.activeElement?.getAttribute("data-key");
        this.control();
        if (focused) this.element.querySelector<HTMLElement>(`[data-key="${focused}"]`)?.focus();
        void this.load(focused ?? undefined);
    }

    private control(): void {
        const w = words(), { model } = this.app, { place } = this;
        const [from, to] = rangeOf(model, place), now = today(model.zone);
        const periods = scales.map((scale) => h("a", { href: linkTo(this.app, place, { scale }), "data-key": `scale-${scale}`, ...(scale === place.scale ? { "aria-current": "true" } : {}) }, w.scales[scale]));
        const all = storedQuantities(model);
        const kinds = all.length < 2 ? [] : all.map((one) => h("a", { href: linkTo(this.app, place, { quantity: one }), "data-key": `what-${one.name}`, ...(one === place.quantity || one.name === place.quantity?.name ? { "aria-current": "true" } : {}) }, icon(one.icon), kindName(one.name)));
        this.controls.replaceChildren(
            h("div", { class: "choices" },
                h("nav", { class: "segments", "aria-label": w.period }, ...periods),
                kinds.length ? h("nav", { class: "segments", "aria-label": w.what }, ...kinds) : ""),
            h("div", { class: "dates" },
                this.arrow("previous", linkTo(this.app, place, { date: move(place.scale, place.date, -1) }), place.scale === "all"),
                h("h2", { class: "period", tabindex: -1 }, title(place.scale, from, to)),
                this.arrow("next", linkTo(this.app, place, { date: move(place.scale, place.date, 1) }), to > now),
                h("div", { class: "goto" },
                    h("input", { type: "date", "aria-label": w.date, value: place.date, max: now, "data-key": "date", on: { change: (event) => this.picked(event) } }),
                    h("a", { class: "button", href: linkTo(this.app, place, { date: now }), "data-key": "today" }, w.goToday),
                    place.scale === "all" ? null : this.comparison())));
    }

    private arrow(direction: "previous" | "next", href: string, off: boolean): HTMLElement {
        const label = words()[direction][this.place.scale], shape = { class: "button square", "aria-label": label, title: label, "data-key": direction };
        return off ? h("span", { ...shape, class: "button square off", role: "link", "aria-disabled": "true" }, icon(direction)) : h("a", { ...shape, href }, icon(direction));
    }

    private comparison(): HTMLElement {
        return h("label", { class: "check" }, h("input", { type: "checkbox", checked: this.place.compare, "data-key": "compare", on: { change: (event) =>
            this.app.go(linkTo(this.app, this.place, { compare: (event.target as HTMLInputElement).checked, zoom: this.place.zoom })) } }), words().compare);
    }

    private picked(event: Event): void {
        const { value } = event.target as HTMLInputElement;
        if (isDate(value)) this.app.go(linkTo(this.app, this.place, { date: value }));
    }

    private async load(focused?: string): Promise<void> {
        this.abort.abort();
        const abort = (this.abort = new AbortController());
        this.shown.setAttribute("aria-busy", "true");
        try {
            await this.fetchAndShow(abort.signal);
        } catch (error) {
            if (abort.signal.aborted) return;
            this.put(this.explain(error));
        }
        if (abort.signal.aborted) return;
        this.shown.removeAttribute("aria-busy");
        if (focused && document.activeElement === document.body) this.element.querySelector<HTMLElement>(`[data-key="${focused}"]`)?.focus();
    }

    private explain(error: unknown): HTMLElement {
        const { model } = this.app;
        if (!(error instanceof Problem) || (error.status !== 404 && error.status !== 503)) return failed(error);
        if (!model.status?.history) return historyOff();
        return firstDate(model) === undefined ? nothingStored(model, undefined, undefined) : failed(error);
    }

    private async fetchAndShow(signal: AbortSignal): Promise<void> {
        const { model } = this.app, { place } = this;
        if (!place.quantity) {
            this.put(noMeter(model));
            return;
        }
        if (model.status && !model.status.history) {
            this.put(historyOff());
            return;
        }
        if (firstDate(model) === undefined) await model.lookAtMeters(); // it may have begun since
        const answer = await loadBars(model, place, signal);
        const electric = place.quantity.name === "electricity";
        const curve = electric ? await this.fetchCurve(answer, signal) : undefined;
        const peaks = electric && place.scale === "year" ? await loadPeaks(model, signal) : undefined;
        if (signal.aborted) {
            curve?.leave();
            return;
        }
        const card = peaks && new HistoryPeaks(peaks, place.date.slice(0, 4), answer.now.zone, model.meter?.origin ?? "");
        if (!stored(answer)) {
            const first = firstDate(model);
            this.put(nothingStored(model, (date) => linkTo(this.app, place, { date }), first));
            this.show(card);
            return;
        }
        this.drop();
        this.bars = new HistoryBars(this.app, place, answer);
        this.curve = curve;
        this.shown.replaceChildren(this.bars.element);
        this.show(card);
        if (curve) this.shown.append(curve.element);
    }

    // A meter may know the peaks of months before the history began.
    private show(peaks: HistoryPeaks | undefined): void {
        this.peaks = peaks;
        if (peaks?.present) this.shown.append(peaks.element);
    }

    private async fetchCurve(answer: BarsAnswer, signal: AbortSignal): Promise<HistoryCurve | undefined> {
        const items = curveItems(this.app.model, this.place.curve), { times } = answer.now;
        if (items.length === 0 || !stored(answer)) return undefined;
        const curve = await loadCurve(this.app.model, items, answer.now, this.place, signal);
        return signal.aborted ? undefined : new HistoryCurve(this.app, this.place, curve, [times[0] ?? 0, times[times.length - 1] ?? 0]);
    }

    private drop(): void {
        this.bars?.leave();
        this.curve?.leave();
        this.peaks?.leave();
        this.bars = this.curve = this.peaks = undefined;
    }

    private put(element: HTMLElement): void {
        this.drop();
        this.shown.replaceChildren(element);
    }
}

function stored(answer: BarsAnswer): boolean {
    return [answer.now, answer.before].some((history) => history?.series.some((series) => series.used?.some((value) => value !== null)));
}
