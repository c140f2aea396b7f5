// SPDX-License-Identifier: MIT
// What the frame of the page and its views know of each other.
import type { Change, Model } from "./model";

export type ViewName = "now" | "history" | "meter" | "settings";
export const viewNames: readonly ViewName[] = ["now", "history", "meter", "settings"];

export interface App {
    readonly model: Model;
    // Another place of the page: its address is changed, and the view is made anew or told.
    link(view: ViewName, parameters?: Record<string, string | undefined>): string;
    go(address: string): void;
    announce(text: string): void; // to a screen reader, once
    restyle(): void; // language or theme was changed
}

export interface View {
    readonly element: HTMLElement;
    changed?(change: Change): void;
    tick?(): void; // once a second
    moved?(parameters: URLSearchParams): void; // the address changed within the view
    leave?(): void;
}
