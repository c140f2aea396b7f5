// SPDX-License-Identifier: MIT
// The words of the language that is chosen now.
import { language } from "./preferences";
import { dutchState } from "./states_nl";
import { english, type Words } from "./words_en";
import { dutch } from "./words_nl";

export function words(): Words {
    return language() === "nl" ? dutch : english;
}

// Words of the program itself: which language they are in, where it is not that of the page.
export function said(text: string): { text: string; lang?: string } {
    if (language() !== "nl" || text === "") return { text };
    const dutch = dutchState(text);
    return dutch === undefined ? { text, lang: "en" } : { text: dutch };
}

export function duration(seconds: number): string {
    const w = words(), s = Math.max(0, Math.round(seconds));
    if (s < 60) return w.seconds(s);
    if (s < 3600) return s % 60 && s < 600 ? `${w.minutes(Math.floor(s / 60))} ${w.seconds(s % 60)}` : w.minutes(Math.round(s / 60));
    if (s < 86400) {
        const minutes = Math.round((s % 3600) / 60) % 60;
        return w.hours(Math.floor(s / 3600)) + (minutes ? ` ${w.minutes(minutes)}` : "");
    }
    const hours = Math.floor((s % 86400) / 3600);
    return w.days(Math.floor(s / 86400)) + (hours && s < 10 * 86400 ? ` ${w.hours(hours)}` : "");
}
