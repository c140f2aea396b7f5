// SPDX-License-Identifier: MIT
// Meter: what is connected, what it is, and how well its line works.
import { get, getText, unlessRefused, type Failures } from "./api";
import { h, say, type Child } from "./dom";
import { bytes, decimal, fullTime, itemText, whole } from "./format";
import { failuresCard, voltageCard } from "./failures";
import type { Change } from "./model";
import { noMeter } from "./notes";
import { language } from "./preferences";
import { kindName } from "./quantities";
import type { App, View } from "./view";
import { said, words } from "./words";

const refreshSeconds = 5;
const manyRefused = 0.01;

// Identifiers and messages come as hexadecimal digits of the characters.
export function fromHex(text: string): string | undefined {
    if (!/^(?:[0-9a-f]{2})+$/i.test(text)) return undefined;
    const codes = (text.match(/../g) ?? []).map((pair) => parseInt(pair, 16));
    return codes.every((code) => code >= 32 && code < 127) ? String.fromCharCode(...codes).trim() : undefined;
}

export function facts(rows: [string, Child][]): HTMLElement {
    return h("dl", { class: "list" }, ...rows.filter(([, value]) => value !== null && value !== undefined && value !== "")
        .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

export class MeterView implements View {
    readonly element = h("div", { class: "view meter" });
    private readonly connection = h("section", { class: "card" });
    private readonly line = h("section", { class: "card" });
    private readonly failures = h("div");
    private readonly voltage = h("div");
    private readonly values = h("tbody");
    private age = 0;
    private endFailures = () => {};

    constructor(private readonly app: App) {
        this.build();
        void app.model.lookAtMeters().catch(() => undefined);
        void this.loadFailures();
    }

    changed(change: Change): void {
        if (change === "link") return;
        if (change === "telegram" && this.element.querySelector(".values")) this.update();
        else if (change === "meters") this.update();
        if (this.app.model.now && !this.element.querySelector(".values")) {
            this.build();
            void this.loadFailures();
        }
    }

    tick(): void {
        if (++this.age % refreshSeconds === 0 && this.app.model.link.state === "live")
            void this.app.model.lookAtMeters().catch(() => undefined);
    }

    leave(): void {
        this.endFailures();
    }

    private build(): void {
        const w = words(), { model } = this.app;
        const parts: Child[] = [h("h1", { class: "unseen" }, w.views.meter)];
        if (!model.now) parts.push(noMeter(model));
        if (model.meter)
            parts.push(h("div", { class: "pair columns" },
                h("div", { class: "view" }, this.connection, model.now ? this.devices() : null),
                h("div", { class: "view" }, this.line, model.now ? this.message() : null, this.voltage)));
        if (model.now) parts.push(this.failures, this.valuesCard(), this.raw());
        this.element.replaceChildren(...parts.filter((part): part is Node => part instanceof Node));
        this.update();
    }

    private update(): void {
        const { meter } = this.app.model;
        if (!meter) return;
        this.updateConnection();
        this.updateLine();
        this.updateValues();
    }

    private updateConnection(): void {
        const w = words(), { meter, now, zone } = this.app.model;
        if (!meter) return;
        const time = now?.time ?? meter.last, state = said(meter.state);
        this.connection.replaceChildren(h("h2", {}, w.connection), facts([
            [w.state, h("span", { class: `state ${meter.connected ? "good" : "bad"}` }, meter.connected ? w.connected : w.notConnected, state.text ? h("span", { lang: state.lang }, ` (${state.text})`) : "")],
            [w.port, h("code", {}, meter.port)],
            [w.lineSettings, meter.settings],
            [w.identification, meter.identification ? h("code", {}, `/${meter.identification.replace(/^\//, "")}`) : null],
            [w.standard, meter.standard],
            [w.origin, meter.origin !== meter.standard ? meter.origin : null],
            [w.zone, meter.zone],
            [w.lastTelegram, time ? fullTime(time, zone) : null],
        ]));
    }

    private updateLine(): void {
        const w = words(), { meter, status } = this.app.model;
        if (!meter) return;
        const { good, refused } = meter.telegrams;
        const errors = Object.entries(status?.meters.find((one) => one.name === meter.name)?.errors ?? {}).filter(([, count]) => count > 0);
        this.line.replaceChildren(h("h2", {}, w.line), facts([
            [w.good, whole(good)], [w.refused, whole(refused)],
            ...errors.map(([name, count]): [string, Child] => [said(name).text, whole(count)]),
            [w.bytesRead, bytes(meter.bytes)],
        ]), this.verdict(good, refused));
    }

    private verdict(good: number, refused: number): HTMLElement {
        const w = words(), share = refused / Math.max(1, good + refused);
        if (share > manyRefused) return h("p", { class: "verdict warn" }, w.refusedShare(`${decimal(100 * share, 1)}%`));
        return h("p", { class: "verdict" }, refused ? w.fewRefused : good ? w.allGood : "");
    }

    private devices(): HTMLElement {
        const w = words(), list = this.app.model.meter?.devices ?? [];
        return h("section", { class: "card", hidden: list.length === 0 }, h("h2", {}, w.devices), h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": w.devices }, h("table", { class: "left" },
            h("thead", {}, h("tr", {}, ...[w.channel, w.kind, w.equipment].map((text) => h("th", { scope: "col" }, text)))),
            h("tbody", {}, ...list.map((device) => h("tr", {},
                h("td", {}, device.channel === 0 ? w.mainMeter : String(device.channel)),
                h("th", { scope: "row" }, kindName(device.kind)),
                h("td", {}, device.equipment ? h("code", {}, device.equipment) : "–")))))));
    }

    private message(): HTMLElement {
        const w = words(), { model } = this.app;
        const texts = ["eTextCode", "eTextMessage", "eTextMessage2", "eTextMessage3", "eTextMessage4", "eTextMessage5"]
            .map((id) => String(model.item(id)?.value ?? "")).filter((text) => text !== "").map((text) => fromHex(text) ?? text);
        return h("section", { class: "card" }, h("h2", {}, w.messages), ...(texts.length ? texts.map((text) => h("p", { class: "message" }, text)) : [h("p", { class: "hint" }, w.noMessages)]));
    }

    private async loadFailures(): Promise<void> {
        const { model } = this.app;
        const answer = await get<Failures>("failures", { meter: model.name }).catch(unlessRefused).catch(() => undefined);
        if (!answer) return;
        this.endFailures();
        const [card, end] = failuresCard(answer, model.zone);
        this.endFailures = end;
        this.failures.replaceChildren(card);
        this.voltage.replaceChildren(voltageCard(answer));
    }

    private valuesCard(): HTMLElement {
        const w = words();
        this.values.replaceChildren();
        return h("section", { class: "card values" }, h("h2", {}, w.allValues), h("div", { class: "scroll tall", tabindex: 0, role: "group", "aria-label": w.allValues },
            h("table", { class: "left" }, h("thead", {}, h("tr", {}, ...[w.description, w.value, "Id", "OBIS"].map((text) => h("th", { scope: "col" }, text)))), this.values)));
    }

    // Rows stay; only what changed is written.
    private updateValues(): void {
        const { model } = this.app, items = model.now?.items ?? [];
        const cells = [...this.values.querySelectorAll<HTMLElement>("td.value")];
        if (cells.length === items.length && cells.every((cell, i) => cell.dataset["id"] === items[i]?.id)) {
            items.forEach((item, i) => say(cells[i] as HTMLElement, this.valueText(item.id, i)));
            return;
        }
        this.values.replaceChildren(...items.map((item, i) => {
            const fact = model.facts.find((one) => one.id === item.id);
            const description = (language() === "nl" ? fact?.description_nl : undefined) ?? fact?.description ?? item.id;
            return h("tr", {}, h("th", { scope: "row" }, description, h("code", { class: "below narrow" }, item.id, " ", h("span", { class: "unbroken" }, item.obis))), h("td", { class: "value", "data-id": item.id }, this.valueText(item.id, i)),
                h("td", {}, h("code", {}, item.id)), h("td", { class: "obis" }, h("code", {}, item.obis)));
        }));
    }

    private valueText(id: string, i: number): string {
        const item = this.app.model.now?.items[i];
        if (!item) return "–";
        if (/^\d{4}-\d\d-\d\dT/.test(String(item.value))) return fullTime(String(item.value), this.app.model.zone);
        const decoded = typeof item.value === "string" && /EquipmentId|EanCode|TextMessage|TextCode/.test(id) ? fromHex(item.value) : undefined;
        return decoded ?? itemText(item);
    }

    private raw(): HTMLElement {
        const w = words(), text = h("pre", { class: "code telegram", tabindex: 0, role: "group", "aria-label": w.rawTelegram });
        return h("details", { class: "card", on: { toggle: (event) => {
            if (!(event.target as HTMLDetailsElement).open) return;
            getText("telegram", { meter: this.app.model.name }).then((telegram) => say(text, telegram), () => say(text, w.loadFailed));
        } } }, h("summary", {}, h("h2", {}, w.rawTelegram)), text);
    }
}
