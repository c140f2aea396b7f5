// SPDX-License-Identifier: MIT
// Today's totals, one card for each direction and kind, with its hours and the meter's reading.
import { get, unlessHistoryOff, type History } from "./api";
import { h, say } from "./dom";
import { amount, clock, decimal, fullTime, unitText } from "./format";
import { icon } from "./icons";
import { historyOff } from "./notes";
import { addDays, today } from "./period";
import { isStored, itemName, quantities, readingOf, unitOf } from "./quantities";
import { spark } from "./spark";
import type { App } from "./view";
import { words } from "./words";

interface Card { id: string; value: HTMLElement; unit: HTMLElement; hours: HTMLElement; hour: HTMLElement; reading: HTMLElement }

export class Today {
    readonly element: HTMLElement;
    private readonly cards: Card[] = [];
    private readonly abort = new AbortController();

    // Without a history there are no totals of today: the readings take their place.
    private get off(): boolean {
        const { status } = this.app.model;
        return status !== undefined && !status.history;
    }

    constructor(private readonly app: App) {
        const w = words(), { off } = this;
        const articles: HTMLElement[] = [];
        for (const quantity of quantities(app.model))
            for (const id of quantity.items) {
                const card: Card = { id, value: h("span", { class: "number" }, "–"), unit: h("span", { class: "unit" }), hours: h("div", { class: "hours" }), hour: h("dd", {}, "–"), reading: h("dd", {}, "–") };
                const tone = id === "eProduction" ? "production" : quantity.tone;
                this.cards.push(card);
                articles.push(h("article", { class: `card day tone-${tone}` },
                    h("h3", {}, icon(id === "eDelivery" || id === "eProduction" ? "arrow" : quantity.icon, `icon${id === "eProduction" ? " away" : ""}`), itemName(id)),
                    h("p", { class: "amount" }, card.value, " ", card.unit), card.hours,
                    h("dl", { class: "facts" }, h("div", { class: "hour" }, h("dt", {}, w.thisHour), card.hour), h("div", {}, h("dt", {}, w.reading), card.reading))));
            }
        this.element = h("section", { class: off ? "today readings" : "today" }, h("h2", {}, off ? w.readings : w.today), h("div", { class: `cards of-${articles.length}` }, ...articles), off ? historyOff() : null);
        this.update();
        void this.load();
    }

    leave(): void {
        this.abort.abort();
    }

    update(): void {
        const { model } = this.app, w = words();
        for (const card of this.cards) {
            const unit = unitOf(model, card.id), reading = readingOf(model, card.id);
            const value = this.off ? reading?.value : model.now?.today?.[card.id];
            say(card.value, typeof value === "number" ? decimal(value, 3) : "–");
            say(card.unit, typeof value === "number" ? unitText(unit) : "");
            if (!reading) continue;
            say(card.reading, amount(reading.value, unit));
            if (reading.time) card.reading.title = w.at(fullTime(reading.time, model.zone));
        }
    }

    // The hours of today; where the history is off there are none.
    async load(): Promise<void> {
        const { model } = this.app, day = today(model.zone);
        const items = this.cards.map((card) => card.id).filter((id) => isStored(model, id));
        if (!model.status?.history || items.length === 0) return;
        const query = { meter: model.name, items: items.join(","), from: day, to: addDays(day, 1), step: "1h" };
        const answer = await get<History>("history", query, this.abort.signal).catch(unlessHistoryOff).catch(() => undefined);
        if (!answer) return;
        const at = model.time;
        const current = answer.times.findIndex((time, i) => time <= at && at < (answer.times[i + 1] ?? 0));
        for (const card of this.cards) this.draw(card, answer, current);
    }

    private draw(card: Card, answer: History, current: number): void {
        const w = words(), used = answer.series.find((series) => series.id === card.id)?.used ?? [];
        const unit = unitOf(this.app.model, card.id), now = used[current];
        say(card.hour, typeof now === "number" ? amount(now, unit) : "–");
        if (!used.some((value) => value !== null)) return;
        const tone = card.id === "eProduction" ? "production" : card.id === "eDelivery" ? "delivery" : "own";
        const last = used.reduce<number>((found, value, i) => (value === null ? found : i), 0);
        const told = used.slice(0, last + 1).map((value, i) => `${clock(answer.times[i] ?? 0, answer.zone)} ${value === null ? w.noValue : amount(value, unit)}`);
        card.hours.replaceChildren(spark(used, tone, `${w.todayByHour(itemName(card.id))}: ${told.join("; ")}`, current));
    }
}
