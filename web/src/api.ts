// SPDX-License-Identifier: MIT
// What the program answers under /api/v1, as far as the page uses it; docs/openapi.json has all of it.
import { token } from "./preferences";

export interface Device { channel: number; kind: string; equipment?: string | null }
export interface Counts { good: number; refused: number }
export interface Meter {
    name: string; port: string; settings?: string | null; connected: boolean; state: string;
    identification?: string | null; origin?: string | null; country?: string | null;
    standard?: string | null; zone?: string | null; telegrams: Counts; bytes: number;
    last?: string | null; devices: Device[];
}
export interface Item {
    id: string; obis: string; channel?: number; value: number | string; unit?: string; time?: string;
    digits?: string; superseded?: boolean;
}
export interface Quarter {
    start: string; mean: number; expected?: number | null;
    month_peak?: { value: number; time?: string | null } | null;
}
export interface Now {
    meter: string; time?: string | null; received?: string | null; identification?: string | null;
    items: Item[]; today?: Record<string, number | null> | null; quarter?: Quarter | null;
}
export interface ItemFacts {
    id: string; unit?: string | null; type: string;
    kind: "fluctuating" | "counter" | "other"; description: string; description_nl?: string;
    history?: boolean;
}
export type Column = (number | null)[];
export interface Series {
    id: string; kind: "fluctuating" | "counter"; unit: string;
    mean?: Column; least?: Column; greatest?: Column; used?: Column; reading?: Column;
}
export interface History {
    meter: string; zone: string; step: string; times: number[]; series: Series[];
}
export interface Failures {
    short: number | null; long: number | null; log: { end: string; seconds: number }[];
    sags: Record<string, number>; swells: Record<string, number>;
}
export interface Status {
    version: string; started: string; uptime_s: number; memory_bytes: number;
    meters: { name: string; telegrams: Counts; errors?: Record<string, number> }[];
    sinks: { name: string; state: string }[];
    history: { path: string; bytes: number; first?: string | number | null; last?: string | number | null } | null;
    clients: number;
}
export interface Setting { key: string; value: string | null; set: boolean; description: string; description_nl: string }
export interface Settings { file: string | null; settings: Setting[] }
export interface Peaks { months: { month: string; value: number; unit: string; time?: string | null }[] }

// status 0: nobody answered.
export class Problem extends Error {
    constructor(readonly status: number, readonly title: string, readonly detail: string) {
        super(detail || title);
    }
}

export type Query = Record<string, string | number | undefined>;

export function address(resource: string, query: Query = {}): string {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
        if (value !== undefined && value !== "") parameters.set(name, String(value));
    const text = parameters.toString();
    return `api/v1/${resource}${text ? `?${text}` : ""}`;
}

export function headers(accept: string): Headers {
    const all = new Headers({ Accept: accept });
    const key = token();
    if (key) all.set("Authorization", `Bearer ${key}`);
    return all;
}

async function problemOf(response: Response): Promise<Problem> {
    let title = response.statusText, detail = "";
    try {
        const told = (await response.json()) as { title?: string; detail?: string };
        title = told.title ?? title;
        detail = told.detail ?? "";
    } catch {
        // An answer without a body of this form: its status says enough.
    }
    return new Problem(response.status, title, detail);
}

// Seconds that this machine's clock is ahead of the program's, as its answers tell.
let ahead = 0;

// Seconds since 1970, by the program's clock.
export function programTime(): number {
    return Date.now() / 1000 - ahead;
}

export function lookAtClock(response: Response): void {
    const there = Date.parse(response.headers.get("Date") ?? "") / 1000, gap = Date.now() / 1000 - there;
    if (Number.isFinite(gap)) ahead = Math.abs(gap) < 2 ? 0 : gap; // its clock is told in whole seconds
}

async function request(url: string, accept: string, signal?: AbortSignal): Promise<Response> {
    let response: Response;
    try {
        response = await fetch(url, { headers: headers(accept), signal: signal ?? null });
    } catch (error) {
        if (signal?.aborted) throw error;
        throw new Problem(0, "", "");
    }
    lookAtClock(response);
    if (!response.ok) throw await problemOf(response);
    return response;
}

// Keeps a number's digits as they were sent beside the number: 1581.120 stays 1581.120.
export function parse(text: string): unknown {
    return JSON.parse(text.replace(/"value":(-?\d+(?:\.\d+)?)(?=[,}])/g, '"value":$1,"digits":"$1"'));
}

export async function get<T>(resource: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
    const response = await request(address(resource, query), "application/json", signal);
    return parse(await response.text()) as T;
}

export async function getText(resource: string, query: Query = {}): Promise<string> {
    return (await request(address(resource, query), "text/plain")).text();
}

// Undefined when there is no history (404 or 503): that is shown in other ways.
export function unlessHistoryOff(error: unknown): undefined {
    if (error instanceof Problem && (error.status === 404 || error.status === 503)) return undefined;
    throw error;
}

// What is not there yet is no failure; a missing token is one for everything, and so is no answer at all.
export function unlessRefused(error: unknown): undefined {
    if (error instanceof Problem && error.status !== 401 && error.status !== 0) return undefined;
    throw error;
}
