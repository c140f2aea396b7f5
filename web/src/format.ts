// SPDX-License-Identifier: MIT
// Numbers, times and units in the reader's own form.
import type { Item } from "./api";
import { locale } from "./preferences";

const formats = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

function kept<T extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => T): T {
    const full = `${locale()} ${key}`;
    let format = formats.get(full) as T | undefined;
    if (!format) formats.set(full, (format = make()));
    return format;
}

export function decimal(value: number, decimals: number): string {
    return kept(`n${decimals}`, () => new Intl.NumberFormat(locale(), {
        minimumFractionDigits: decimals, maximumFractionDigits: decimals, useGrouping: true,
    })).format(value === 0 ? 0 : value).replace("-", "−");
}

export function whole(value: number): string {
    return decimal(value, 0);
}

// The digits as the meter sent them, with the separators of the locale.
export function exact(digits: string): string {
    const [integer = "0", fraction] = digits.split(".");
    const grouped = kept("n0", () => new Intl.NumberFormat(locale(), { maximumFractionDigits: 0 }))
        .format(BigInt(integer.replace("-", "")));
    const point = decimal(0.5, 1).charAt(1);
    return (digits.startsWith("-") ? "−" : "") + grouped + (fraction === undefined ? "" : point + fraction);
}

export function unitText(unit: string | null | undefined): string {
    return unit === "m3" ? "m³" : unit ?? "";
}

// kW; below one kW in whole W. Two parts, as the number may be large and its unit small.
export function power(kilowatts: number, decimals = 2): [string, string] {
    const size = Math.abs(kilowatts);
    return Math.round(size * 1000) < 1000 ? [whole(size * 1000), "W"] : [decimal(size, decimals), "kW"];
}

export function powerText(kilowatts: number, decimals = 2): string {
    return power(kilowatts, decimals).join("\u00a0");
}

export function amount(value: number, unit: string, decimals = unitDecimals(unit)): string {
    return `${decimal(value, decimals)}\u00a0${unitText(unit)}`;
}

export function unitDecimals(unit: string): number {
    return unit === "V" || unit === "A" ? 1 : unit === "W" ? 0 : 3;
}

export function itemText(item: Item): string {
    if (typeof item.value === "number")
        return `${exact(item.digits ?? String(item.value))}${item.unit ? `\u00a0${unitText(item.unit)}` : ""}`;
    return item.value;
}

// Thousandths are added as integers, so that a total is exact to its last digit.
export function total(column: (number | null)[]): number | undefined {
    let sum = 0, any = false;
    for (const value of column)
        if (value !== null) {
            sum += Math.round(value * 1000);
            any = true;
        }
    return any ? sum / 1000 : undefined;
}

type Options = Intl.DateTimeFormatOptions;

export function dateText(at: number | string, zone: string, options: Options): string {
    const date = new Date(typeof at === "number" ? at * 1000 : at);
    if (Number.isNaN(date.getTime())) return String(at);
    return kept(`d${zone}${JSON.stringify(options)}`, () => dateFormat(zone, options)).format(date);
}

// A zone that the browser does not know is no reason to show nothing.
function dateFormat(zone: string, options: Options): Intl.DateTimeFormat {
    try {
        return new Intl.DateTimeFormat(locale(), { ...options, timeZone: zone });
    } catch {
        return new Intl.DateTimeFormat(locale(), { ...options, timeZone: "Europe/Amsterdam" });
    }
}

// Two dates as one text: 16–22 Nov 2026.
export function rangeText(from: string, to: string, options: Options): string {
    const [first, last] = [from, to].map((date) => new Date(`${date}T12:00:00Z`)) as [Date, Date];
    return kept(`d${"UTC"}${JSON.stringify(options)}`, () => dateFormat("UTC", options)).formatRange(first, last);
}

export const clock = (at: number | string, zone: string): string =>
    dateText(at, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
export const clockSeconds = (at: number | string, zone: string): string =>
    dateText(at, zone, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
export const dayAndClock = (at: number | string, zone: string): string =>
    dateText(at, zone, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
export const fullTime = (at: number | string, zone: string): string =>
    dateText(at, zone, { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export function bytes(count: number): string {
    for (const [size, name, decimals] of [[1e9, "GB", 2], [1e6, "MB", 1], [1e3, "kB", 0]] as const)
        if (count >= size) return `${decimal(count / size, decimals)}\u00a0${name}`;
    return `${whole(count)}\u00a0B`;
}

// 2016-11-13T20:57:57+01:00, in the meter's zone.
export function isoTime(at: number, zone: string): string {
    const parts = new Map(new Intl.DateTimeFormat("en-GB", {
        timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit",
        minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "longOffset",
    }).formatToParts(new Date(at * 1000)).map((part) => [part.type, part.value]));
    const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? "";
    const offset = part("timeZoneName").replace("GMT", "") || "+00:00";
    return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}:${part("second")}${offset}`;
}
