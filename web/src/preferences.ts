// SPDX-License-Identifier: MIT
// What this browser was told: language, theme, and the token for as long as the window is open.
export type Language = "en" | "nl";
export type Theme = "auto" | "light" | "dark";

// Storage may be forbidden: then a choice holds until the page is left.
const memory = new Map<string, string>();

function read(store: "localStorage" | "sessionStorage", key: string): string | null {
    try {
        return window[store].getItem(key);
    } catch {
        return memory.get(key) ?? null;
    }
}

function write(store: "localStorage" | "sessionStorage", key: string, value: string): void {
    try {
        window[store].setItem(key, value);
    } catch {
        memory.set(key, value);
    }
}

export function language(): Language {
    const chosen = read("localStorage", "dsmr.language");
    if (chosen === "en" || chosen === "nl") return chosen;
    return navigator.language.toLowerCase().startsWith("nl") ? "nl" : "en";
}

export function setLanguage(value: Language): void {
    write("localStorage", "dsmr.language", value);
}

// The browser's own form of the language where it has one, such as en-US or nl-BE.
export function locale(): string {
    const own = navigator.languages.find((tag) => tag.toLowerCase().startsWith(language()));
    return own && own.includes("-") ? own : language() === "nl" ? "nl-NL" : "en-GB";
}

export function theme(): Theme {
    const chosen = read("localStorage", "dsmr.theme");
    return chosen === "light" || chosen === "dark" ? chosen : "auto";
}

export function setTheme(value: Theme): void {
    write("localStorage", "dsmr.theme", value);
    applyTheme();
}

// The dark colours stand once, below the condition that the system wants them; a choice replaces that.
const bySystem = "(prefers-color-scheme: dark)";
let darkColours: CSSMediaRule[] | undefined;

export function applyTheme(): void {
    darkColours ??= [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
        .filter((rule): rule is CSSMediaRule => rule instanceof CSSMediaRule && rule.media.mediaText === bySystem);
    for (const rule of darkColours) rule.media.mediaText = { auto: bySystem, light: "not all", dark: "all" }[theme()];
}

export function isDark(): boolean {
    const value = theme();
    return value === "auto" ? matchMedia(bySystem).matches : value === "dark";
}

export function token(): string | null {
    return read("sessionStorage", "dsmr.token") || null;
}

export function setToken(value: string): void {
    write("sessionStorage", "dsmr.token", value);
}
