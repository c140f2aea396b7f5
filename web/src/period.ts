// SPDX-License-Identifier: MIT
// Days, weeks, months and years of the meter's calendar. A date is a text such as 2026-11-22: it has no
// zone here, since the program knows where that day begins and ends at the meter.
import { programTime } from "./api";
import { dateText, rangeText } from "./format";
import { words } from "./words";

export type Scale = "day" | "week" | "month" | "year" | "all";
export const scales: readonly Scale[] = ["day", "week", "month", "year", "all"];
export const barSteps: Record<Scale, string> = { day: "1h", week: "day", month: "day", year: "month", all: "year" };
export const deeper: Partial<Record<Scale, Scale>> = { week: "day", month: "day", year: "month", all: "year" };

function utc(date: string): Date {
    return new Date(`${date}T00:00:00Z`);
}

function text(date: Date): string {
    return date.toISOString().slice(0, 10);
}

export function isDate(value: string | null): value is string {
    return value !== null && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(utc(value).getTime());
}

export function addDays(date: string, days: number): string {
    const moved = utc(date);
    moved.setUTCDate(moved.getUTCDate() + days);
    return text(moved);
}

// 31 January and a month is the last day of February.
export function addMonths(date: string, months: number): string {
    const moved = utc(date), day = moved.getUTCDate();
    moved.setUTCDate(1);
    moved.setUTCMonth(moved.getUTCMonth() + months);
    const last = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
    moved.setUTCDate(Math.min(day, last));
    return text(moved);
}

// The date at a place in time, at the meter.
export function dateAt(seconds: number, zone: string): string {
    try {
        return new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" })
            .format(new Date(seconds * 1000));
    } catch {
        return text(new Date(seconds * 1000));
    }
}

export function today(zone: string): string {
    return dateAt(programTime(), zone);
}

// [from, to) of the period that holds the date; "all" ends with this year and begins with the first.
export function range(scale: Scale, date: string, firstYear: number): [string, string] {
    const month = `${date.slice(0, 7)}-01`, year = Number(date.slice(0, 4));
    switch (scale) {
        case "day": return [date, addDays(date, 1)];
        case "week": {
            const monday = addDays(date, -((utc(date).getUTCDay() + 6) % 7));
            return [monday, addDays(monday, 7)];
        }
        case "month": return [month, addMonths(month, 1)];
        case "year": return [`${pad(year)}-01-01`, `${pad(year + 1)}-01-01`];
        case "all": return [`${pad(Math.min(firstYear, year))}-01-01`, `${pad(year + 1)}-01-01`];
    }
}

function pad(year: number): string {
    return String(Math.min(Math.max(year, 1970), 9998)).padStart(4, "0");
}

export function move(scale: Scale, date: string, by: number): string {
    switch (scale) {
        case "day": return addDays(date, by);
        case "week": return addDays(date, 7 * by);
        case "month": return addMonths(date, by);
        default: return addMonths(date, 12 * by);
    }
}

// A week is compared with that of 52 weeks before, so that weekends meet.
export function yearBefore(scale: Scale, date: string): string {
    return scale === "week" ? addDays(date, -364) : addMonths(date, -12);
}

function weekNumber(date: string): number {
    const thursday = utc(addDays(range("week", date, 1970)[0], 3));
    return 1 + Math.floor((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / 604_800_000);
}

function named(date: string, options: Intl.DateTimeFormatOptions): string {
    return dateText(`${date}T12:00:00Z`, "UTC", options);
}

export function title(scale: Scale, from: string, to: string): string {
    const last = addDays(to, -1);
    switch (scale) {
        case "day": return named(from, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
        case "week":
            return `${rangeText(from, last, { day: "numeric", month: "short", year: "numeric" })} (${words().week(weekNumber(from))})`;
        case "month": return named(from, { month: "long", year: "numeric" });
        case "year": return from.slice(0, 4);
        case "all": return from.slice(0, 4) === last.slice(0, 4) ? from.slice(0, 4) : `${from.slice(0, 4)} – ${last.slice(0, 4)}`;
    }
}

// What stands below a bar, and in full where there is room for it.
export function barLabel(scale: Scale, at: number, zone: string, full: boolean): string {
    switch (scale) {
        case "day": return full
            ? dateText(at, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
            : dateText(at, zone, { hour: "numeric", hourCycle: "h23" }).replace(/\D.*$/, "").replace(/^0(\d)/, "$1");
        case "week": return dateText(at, zone, full ? { weekday: "long", day: "numeric", month: "long" } : { weekday: "short", day: "numeric" });
        case "month": return full
            ? dateText(at, zone, { weekday: "short", day: "numeric", month: "long" })
            : String(Number(dateAt(at, zone).slice(8)));
        case "year": return dateText(at, zone, { month: full ? "long" : "short" });
        case "all": return dateAt(at, zone).slice(0, 4);
    }
}
