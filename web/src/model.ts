// SPDX-License-Identifier: MIT
// What the page knows, and who wants to hear when it changes. One meter is looked at at a time.
import { get, parse, programTime, unlessRefused, type Column, type History, type Item, type ItemFacts, type Meter, type Now, type Status } from "./api";
import { Stream } from "./stream";

export type Link =
    | { state: "connecting" }
    | { state: "live" }
    | { state: "lost"; retryAt: number }
    | { state: "locked" };

export type Change = "telegram" | "link" | "meters";

// Seconds of power that the living curve holds.
export const liveSpan = 900;

// Seconds that the history may be behind a telegram without a gap in between.
const seam = 25;
// Seconds after which all that there is to write has been written.
const written = 150;

export interface Trace { times: number[]; delivery: (number | null)[]; production: (number | null)[] }

export class Model {
    meters: Meter[] = [];
    name: string | undefined;
    now: Now | undefined;
    facts: ItemFacts[] = [];
    status: Status | undefined;
    link: Link = { state: "connecting" };
    trace: Trace = { times: [], delivery: [], production: [] };
    private followedFrom = Infinity; // the first telegram of the trace that came while we looked
    private unwritten = false; // the history did not have all before it yet
    private stream: Stream | undefined;
    private starts = 0;
    private readonly listeners = new Set<(change: Change) => void>();

    listen(listener: (change: Change) => void): () => void {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
    }

    get meter(): Meter | undefined {
        return this.meters.find((meter) => meter.name === this.name) ?? this.meters[0];
    }

    // Seconds since 1970, by the program's clock.
    get time(): number {
        return programTime();
    }

    // Seconds since the last telegram; undefined when there is none.
    get age(): number | undefined {
        const at = Date.parse(this.now?.received ?? "") / 1000;
        return Number.isFinite(at) ? Math.max(0, this.time - at) : undefined;
    }

    // Seconds since 1970 of the last telegram, by the meter's clock.
    get meterTime(): number {
        const at = Date.parse(this.now?.time ?? "") / 1000;
        return Number.isFinite(at) ? at : this.time;
    }

    get zone(): string {
        return this.meter?.zone || "Europe/Amsterdam";
    }

    item(id: string): Item | undefined {
        return this.now?.items.find((item) => item.id === id && !item.superseded);
    }

    number(id: string): number | undefined {
        const value = this.item(id)?.value;
        return typeof value === "number" ? value : undefined;
    }

    // kW, negative to the grid; undefined where the meter sends neither.
    get power(): number | undefined {
        const delivery = this.number("eActualDelivery"), production = this.number("eActualProduction");
        if (delivery === undefined && production === undefined) return undefined;
        return (delivery ?? 0) - (production ?? 0);
    }

    // Throws a Problem. Only the last start counts.
    async start(name: string | undefined): Promise<void> {
        const start = ++this.starts;
        this.stream?.stop();
        const answers = await Promise.all([
            get<{ meters: Meter[] }>("meters"),
            get<Status>("status").catch(unlessRefused),
        ]);
        if (start !== this.starts) return;
        this.meters = answers[0].meters;
        this.status = answers[1];
        this.name = this.meters.some((meter) => meter.name === name) ? name : this.meters[0]?.name;
        this.now = undefined;
        this.facts = [];
        this.trace = { times: [], delivery: [], production: [] };
        this.followedFrom = Infinity;
        this.unwritten = false;
        await this.refresh();
        if (start !== this.starts) return;
        void this.fillTrace().catch(() => undefined);
        this.stream = new Stream(this.name, {
            telegram: (text) => this.take(text),
            line: () => void this.lookAtMeters().catch(() => undefined),
            open: () => this.opened(),
            lost: (retryAt) => this.turn({ state: "lost", retryAt }),
            refused: () => this.turn({ state: "locked" }),
        });
    }

    retryNow(): void {
        this.stream?.retryNow();
    }

    // The day's totals, the running quarter and the list of items change slowly: asked for now and then.
    async refresh(): Promise<void> {
        const query = { meter: this.name };
        const answers = await Promise.all([
            get<Now>("now", query).catch(unlessRefused),
            get<{ items: ItemFacts[] }>("items", query).catch(unlessRefused),
        ]);
        if (answers[0]) this.keep(answers[0]);
        if (answers[1]) this.facts = answers[1].items;
        this.tell("telegram");
        if (this.unwritten) void this.fillTrace().catch(() => undefined);
    }

    async lookAtMeters(): Promise<void> {
        const answer = await get<{ meters: Meter[] }>("meters").catch(unlessRefused);
        const status = await get<Status>("status").catch(unlessRefused);
        if (answer) this.meters = answer.meters;
        if (status) this.status = status;
        this.tell("meters");
    }

    private opened(): void {
        const again = this.link.state === "lost";
        this.turn({ state: "live" });
        if (again) void this.lookAtMeters().then(() => this.refresh()).catch(() => undefined);
    }

    private turn(link: Link): void {
        this.link = link;
        this.tell("link");
    }

    private take(text: string): void {
        const first = this.now === undefined || this.facts.length === 0;
        this.keep(parse(text) as Now);
        this.tell("telegram");
        if (first) void this.lookAtMeters().then(() => this.refresh()).then(() => this.fillTrace()).catch(() => undefined);
    }

    private keep(now: Now): void {
        if (!now.items || now.items.length === 0) return;
        this.now = {
            ...now,
            today: now.today === undefined ? this.now?.today : now.today,
            quarter: now.quarter === undefined ? this.now?.quarter : now.quarter,
        };
        const at = Date.parse(now.received ?? now.time ?? "") / 1000;
        if (Number.isFinite(at)) this.trail(at);
    }

    private trail(at: number): void {
        const { times, delivery, production } = this.trace;
        const last = times[times.length - 1];
        if (last !== undefined && at <= last) return;
        this.followedFrom = Math.min(this.followedFrom, at);
        times.push(at);
        delivery.push(this.number("eActualDelivery") ?? null);
        production.push(this.number("eActualProduction") ?? null);
        while (times.length > 0 && (times[0] ?? 0) < at - liveSpan - 30) {
            times.shift();
            delivery.shift();
            production.shift();
        }
    }

    // The curve begins with what the history has of the last minutes, up to the first telegram.
    private async fillTrace(): Promise<void> {
        if (this.status && !this.status.history) return;
        const { trace } = this, to = Math.floor(this.time);
        const past = await get<History>("history", {
            meter: this.name, items: "eActualDelivery,eActualProduction", from: to - liveSpan, to, step: "10s",
        }).catch(unlessRefused);
        if (past && trace === this.trace) this.begin(past);
    }

    private begin(past: History): void {
        const { times, delivery, production } = this.trace, until = this.followedFrom;
        const mean = (id: string): Column => past.series.find((series) => series.id === id)?.mean ?? [];
        const out = mean("eActualDelivery"), back = mean("eActualProduction");
        const kept = past.times.flatMap((time, i) => (time < until && (out[i] ?? back[i] ?? null) !== null ? [i] : []));
        const count = (kept[kept.length - 1] ?? -1) + 1, gap = until - (past.times[count - 1] ?? until);
        // What is not written yet is no gap in the line.
        this.unwritten = gap > seam && this.time - until < written;
        const end = gap > seam && !this.unwritten ? [until - 1] : [], old = times.filter((time) => time < until).length;
        times.splice(0, old, ...past.times.slice(0, count), ...end);
        for (const [column, values] of [[delivery, out], [production, back]] as const)
            column.splice(0, old, ...Array.from({ length: count }, (_value, i) => values[i] ?? null), ...end.map(() => null));
        this.tell("telegram");
    }

    private tell(change: Change): void {
        for (const listener of [...this.listeners]) listener(change);
    }
}
