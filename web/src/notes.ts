// SPDX-License-Identifier: MIT
// What stands in place of values where there are none: why, and what to do.
import { Problem, type Meter } from "./api";
import { h, type Child } from "./dom";
import { fullTime } from "./format";
import { icon } from "./icons";
import type { Model } from "./model";
import { said, words } from "./words";

export function note(heading: string, ...rest: Child[]): HTMLElement {
    return h("div", { class: "note" }, icon("alert", "icon note-icon"), h("div", {}, h("h2", {}, heading), ...rest));
}

function code(text: string): HTMLElement {
    return h("pre", { class: "code", tabindex: 0 }, h("code", {}, text));
}

// Many a state names the port itself.
export function lineState(meter: Meter): { text: string; lang?: string } {
    const state = said(meter.state), named = state.text === "" || state.text.includes(meter.port);
    return { ...state, text: named ? state.text || meter.port : words().noMeterState(meter.port, state.text) };
}

export function noMeter(model: Model): HTMLElement {
    const w = words(), meter = model.meter;
    if (!meter) return note(w.noMeter, h("p", {}, w.noMeterAtAll), code("port=/dev/ttyUSB0"));
    const state = lineState(meter);
    return note(w.noMeter,
        h("p", { class: "strong", lang: state.lang }, state.text),
        h("ul", {}, ...w.noMeterDo.slice(0, 2).map((line) => h("li", {}, line))),
        h("p", {}, w.noMeterDo[2] ?? ""), code(`dsmr doctor ${meter.port}`));
}

export function historyOff(): HTMLElement {
    const w = words();
    return note(w.historyOff, h("p", {}, w.historyOffDo), code("history.path=/var/lib/dsmr/history.db"));
}

export function nothingStored(model: Model, link: ((date: string) => string) | undefined, firstDate: string | undefined): HTMLElement {
    const w = words(), first = model.status?.history?.first;
    if (first === null || first === undefined) return note(w.historyEmpty, h("p", {}, w.historyYoung));
    return note(w.historyEmpty, h("p", {}, w.historyEmptyDo(fullTime(first, model.zone))),
        link && firstDate ? h("p", {}, h("a", { class: "button", href: link(firstDate) }, w.toFirst)) : null);
}

export function failed(error: unknown): HTMLElement {
    const w = words();
    const text = error instanceof Problem ? (error.status === 0 ? w.noAnswer : error.detail || error.title) : String(error);
    return note(w.loadFailed, h("p", {}, text));
}
