// SPDX-License-Identifier: MIT
// Asks the program for what a view of the history shows.
import { get, programTime, type History } from "./api";
import type { Model } from "./model";
import { barSteps, range, yearBefore } from "./period";
import { rangeOf, type CurveKind, type Place } from "./history_place";
import { seenTariffs } from "./quantities";

export interface BarsAnswer { now: History; before: History | undefined }

const day = 86_400;

function tariffItems(model: Model, items: string[]): string[] {
    const all: string[] = [];
    for (const direction of ["Delivery", "Production"] as const)
        if (items.includes(`e${direction}`)) {
            const apart = seenTariffs(model, direction).filter((id) => !id.endsWith("0"));
            if (apart.length > 1) all.push(...apart);
        }
    return all;
}

export async function loadBars(model: Model, place: Place, signal: AbortSignal): Promise<BarsAnswer> {
    const items = place.quantity?.items ?? [], [from, to] = rangeOf(model, place), step = barSteps[place.scale];
    const query = { meter: model.name, step };
    const all = [...items, ...tariffItems(model, items)].join(",");
    const now = get<History>("history", { ...query, items: all, from, to }, signal);
    if (!place.compare || place.scale === "all") return { now: await now, before: undefined };
    const [earlier, until] = range(place.scale, yearBefore(place.scale, place.date), 0);
    const before = get<History>("history", { ...query, items: items.join(","), from: earlier, to: until }, signal);
    const answers = await Promise.all([now, before]);
    return { now: answers[0], before: answers[1] };
}

// As fine as there are pixels for it, and no finer than what is kept of that age.
export function curveStep(from: number, to: number, now: number): string {
    const span = to - from, age = now - from;
    if (span <= 3 * 3600 && age < 7 * day) return "10s";
    if (span <= 2 * day && age < 90 * day) return "1min";
    if (span <= 14 * day) return "15min";
    return span <= 93 * day ? "1h" : "day";
}

export function curveItems(model: Model, kind: CurveKind): string[] {
    const kept = (id: string) => model.facts.some((fact) => fact.id === id && fact.history !== false);
    if (kind === "power") return ["eActualDelivery", "eActualProduction"].filter(kept);
    const name = kind === "voltage" ? "eInstantVoltage" : "eInstantCurrent";
    return ["L1", "L2", "L3"].map((phase) => name + phase).filter(kept);
}

export async function loadCurve(model: Model, items: string[], bars: History, place: Place, signal: AbortSignal): Promise<History> {
    const from = place.zoom?.[0] ?? bars.times[0] ?? 0, to = place.zoom?.[1] ?? bars.times[bars.times.length - 1] ?? 0;
    const step = curveStep(from, to, programTime());
    return get<History>("history", { meter: model.name, items: items.join(","), from, to, step }, signal);
}
