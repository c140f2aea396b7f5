// SPDX-License-Identifier: MIT
// What the address says about the history: period, date, quantity, comparison, zoom.
import type { Model } from "./model";
import { dateAt, isDate, range, scales, today, type Scale } from "./period";
import { storedQuantities, type Quantity } from "./quantities";
import type { App } from "./view";

export type CurveKind = "power" | "voltage" | "current";
export const curveKinds: readonly CurveKind[] = ["power", "voltage", "current"];

export interface Place {
    scale: Scale; date: string; quantity: Quantity | undefined; compare: boolean;
    zoom: [number, number] | undefined; curve: CurveKind;
}

function zoomOf(text: string | null): [number, number] | undefined {
    const match = /^(\d{1,11})-(\d{1,11})$/.exec(text ?? "");
    const from = Number(match?.[1]), to = Number(match?.[2]);
    return match && to > from ? [from, to] : undefined;
}

export function readPlace(model: Model, parameters: URLSearchParams): Place {
    const date = parameters.get("date"), all = storedQuantities(model);
    return {
        scale: scales.find((scale) => scale === parameters.get("period")) ?? "day",
        date: isDate(date) ? date : today(model.zone),
        quantity: all.find((one) => one.name === parameters.get("what")) ?? all[0],
        compare: parameters.get("compare") === "1",
        zoom: zoomOf(parameters.get("zoom")),
        curve: curveKinds.find((kind) => kind === parameters.get("curve")) ?? "power",
    };
}

export function linkTo(app: App, place: Place, change: Partial<Place>): string {
    const to = { zoom: undefined, ...change } as Partial<Place>;
    const all = { ...place, ...to };
    return app.link("history", {
        period: all.scale,
        date: all.date,
        what: all.quantity && all.quantity.name !== "electricity" ? all.quantity.name : undefined,
        compare: all.compare ? "1" : undefined,
        zoom: all.zoom ? `${Math.round(all.zoom[0])}-${Math.round(all.zoom[1])}` : undefined,
        curve: all.curve === "power" ? undefined : all.curve,
    });
}

export function firstDate(model: Model): string | undefined {
    const first = model.status?.history?.first;
    if (first === null || first === undefined) return undefined;
    const seconds = typeof first === "number" ? first : Date.parse(first) / 1000;
    return Number.isFinite(seconds) ? dateAt(seconds, model.zone) : undefined;
}

export function rangeOf(model: Model, place: Place): [string, string] {
    const first = firstDate(model) ?? place.date;
    return range(place.scale, place.date, Number(first.slice(0, 4)));
}
