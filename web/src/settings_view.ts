// SPDX-License-Identifier: MIT
// Settings: this browser's, the program's state, and the keys of dsmr.cfg as they are in force.
import { get, type Setting, type Settings } from "./api";
import { h, type Child } from "./dom";
import { bytes, fullTime, whole } from "./format";
import { facts } from "./meter_view";
import { failed } from "./notes";
import { language, setLanguage, setTheme, theme, type Language, type Theme } from "./preferences";
import type { App, View } from "./view";
import { duration, said, words } from "./words";

const groupSize = 3;
const manySettings = 20;

export class SettingsView implements View {
    readonly element = h("div", { class: "view settings" });
    private readonly program = h("section", { class: "card" });
    private readonly file = h("section", { class: "card" });
    private readonly rows = h("div", { class: "rows" });
    private all: Setting[] = [];
    private sought = "";
    private onlySet = false;

    constructor(private readonly app: App) {
        this.element.append(h("h1", { class: "unseen" }, words().views.settings), h("div", { class: "pair" }, this.browser(), this.program), this.file);
        this.showProgram();
        void app.model.lookAtMeters().catch(() => undefined);
        void this.load();
    }

    changed(): void {
        this.showProgram();
    }

    private browser(): HTMLElement {
        const w = words();
        const choice = (group: string, value: string, text: string, checked: boolean, lang: string | undefined, chosen: () => void) =>
            h("label", { class: "check", lang }, h("input", { type: "radio", name: group, value, checked, on: { change: () => {
                chosen();
                this.app.restyle();
            } } }), text);
        const languages: [Language, string][] = [["en", "English"], ["nl", "Nederlands"]];
        const themes: Theme[] = ["auto", "light", "dark"];
        return h("section", { class: "card" }, h("h2", {}, w.thisBrowser),
            h("fieldset", {}, h("legend", {}, w.language), ...languages.map(([value, text]) => choice("language", value, text, language() === value, value, () => setLanguage(value)))),
            h("fieldset", {}, h("legend", {}, w.theme), ...themes.map((value) => choice("theme", value, w.themes[value], theme() === value, undefined, () => setTheme(value)))));
    }

    private showProgram(): void {
        const w = words(), { status, zone } = this.app.model;
        this.program.hidden = !status;
        if (!status) return;
        const { history } = status;
        const kept: Child = history ? h("span", {}, h("code", {}, history.path), `, ${bytes(history.bytes)}`,
            history.first !== null && history.first !== undefined ? `, ${w.since(fullTime(history.first, zone))}` : "") : w.off;
        this.program.replaceChildren(h("h2", {}, w.program), facts([
            ["dsmr", status.version], [w.running, duration(status.uptime_s)], [w.memory, bytes(status.memory_bytes)],
            [w.clients, whole(status.clients)], [w.historyFile, kept],
            [w.licences, h("a", { href: "licences.txt" }, "MIT (dsmr, uPlot)")],
            [w.sinks, status.sinks.length ? h("ul", { class: "bare" }, ...status.sinks.map((sink) => h("li", {}, sink.name, sink.state ? h("span", { lang: said(sink.state).lang }, `: ${said(sink.state).text}`) : ""))) : w.noSinks],
        ]));
    }

    private async load(): Promise<void> {
        try {
            const answer = await get<Settings>("settings");
            this.all = answer.settings;
            this.onlySet = this.all.length > manySettings && this.all.some((setting) => setting.set);
            this.showFile(answer.file);
        } catch (error) {
            this.file.replaceChildren(failed(error));
        }
    }

    private showFile(file: string | null): void {
        const w = words();
        this.file.replaceChildren(h("h2", {}, w.settingsFile), h("p", { class: "hint" }, file ? w.settingsHint(file) : w.noFile),
            h("div", { class: "filter" },
                h("input", { type: "search", "aria-label": w.filter, placeholder: w.filter, on: { input: (event) => {
                    this.sought = (event.target as HTMLInputElement).value.trim().toLowerCase();
                    this.showRows();
                } } }),
                h("label", { class: "check" }, h("input", { type: "checkbox", checked: this.onlySet, on: { change: (event) => {
                    this.onlySet = (event.target as HTMLInputElement).checked;
                    this.showRows();
                } } }), w.onlySet)),
            this.rows);
        this.showRows();
    }

    private describe(setting: Setting): string {
        return language() === "nl" ? setting.description_nl : setting.description;
    }

    // Keys with the same word before the first dot stand together, as they do in the file; a few do not
    // make a group.
    private groupOf(key: string): string {
        const group = key.includes(".") ? key.replace(/\..*$/, "") : "";
        return this.all.filter((other) => other.key.startsWith(`${group}.`)).length >= groupSize ? group : "";
    }

    private showRows(): void {
        const w = words(), groups = new Map<string, Setting[]>();
        for (const setting of this.all) {
            if (this.onlySet && !setting.set) continue;
            if (this.sought && !`${setting.key} ${setting.value ?? ""} ${this.describe(setting)}`.toLowerCase().includes(this.sought)) continue;
            const group = this.groupOf(setting.key);
            groups.set(group, [...(groups.get(group) ?? []), setting]);
        }
        this.rows.replaceChildren(...[...groups].map(([group, settings]) => h("section", { class: "group" },
            group && settings.length > 1 ? h("h3", {}, group) : "", h("dl", { class: "keys" }, ...settings.map((setting) => this.row(setting))))));
        if (groups.size === 0) this.rows.append(h("p", { class: "hint" }, w.nothingFound));
    }

    private row(setting: Setting): HTMLElement {
        const w = words();
        return h("div", { class: setting.set ? "set" : "" },
            h("dt", {}, h("code", {}, setting.key), setting.set ? h("span", { class: "badge" }, w.isSet) : null),
            h("dd", { class: "value" }, setting.value === null || setting.value === "" ? "–" : h("code", {}, setting.value)),
            h("dd", { class: "hint" }, this.describe(setting)));
    }
}
