// SPDX-License-Identifier: MIT
// A row for each phase that the meter tells of.
import { h, say } from "./dom";
import { amount, powerText } from "./format";
import type { Model } from "./model";
import { words } from "./words";

interface Row { name: string; power: HTMLElement; bar: HTMLElement; voltage: HTMLElement; current: HTMLElement }

export class Phases {
    readonly element: HTMLElement;
    private readonly rows: Row[] = [];

    constructor(private readonly model: Model) {
        const w = words();
        for (const name of ["L1", "L2", "L3"])
            if (["eInstantPowerDelivery", "eInstantPowerProduction", "eInstantVoltage", "eInstantCurrent"].some((id) => model.number(id + name) !== undefined))
                this.rows.push({ name, power: h("span"), bar: h("span", { class: "gauge", "aria-hidden": "true" }, h("span")), voltage: h("td"), current: h("td") });
        const head = [w.phase, w.power, w.voltage, w.current].map((text) => h("th", { scope: "col" }, text));
        this.element = h("section", { class: "card phases", hidden: this.rows.length === 0 }, h("h2", {}, w.phases),
            h("table", {}, h("thead", {}, h("tr", {}, ...head)),
                h("tbody", {}, ...this.rows.map((row) => h("tr", {}, h("th", { scope: "row" }, row.name),
                    h("td", {}, h("span", { class: "gauged" }, row.power, row.bar)), row.voltage, row.current)))));
        this.update();
    }

    private net(name: string): number | undefined {
        const delivery = this.model.number(`eInstantPowerDelivery${name}`), production = this.model.number(`eInstantPowerProduction${name}`);
        return delivery === undefined && production === undefined ? undefined : (delivery ?? 0) - (production ?? 0);
    }

    update(): void {
        const reach = Math.max(1, ...this.rows.map((row) => Math.abs(this.net(row.name) ?? 0)));
        for (const row of this.rows) {
            const net = this.net(row.name), voltage = this.model.number(`eInstantVoltage${row.name}`), current = this.model.number(`eInstantCurrent${row.name}`);
            say(row.power, net === undefined ? "–" : `${net < 0 ? "−" : ""}${powerText(net)}`);
            row.bar.classList.toggle("to", (net ?? 0) < 0);
            (row.bar.firstElementChild as HTMLElement).style.width = `${(100 * Math.abs(net ?? 0)) / reach}%`;
            say(row.voltage, voltage === undefined ? "–" : amount(voltage, "V", 1));
            const item = this.model.item(`eInstantCurrent${row.name}`);
            say(row.current, current === undefined ? "–" : amount(current, "A", (item?.digits?.split(".")[1] ?? "").length));
        }
    }
}
