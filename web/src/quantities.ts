// SPDX-License-Identifier: MIT
// What is metered, and by which items: the rows of the day's totals and the choices of the history.
import type { IconName } from "./icons";
import type { Model } from "./model";
import { words } from "./words";

export interface Quantity { name: string; tone: string; icon: IconName; items: string[] }

const others: [string, string, IconName][] = [
    ["gas", "gValue", "flame"], ["gas", "gValueCompensated", "flame"], ["gas", "gValueUncompensated", "flame"],
    ["water", "wValue", "drop"], ["heating", "hValue", "thermometer"],
    ["cooling", "cValue", "snow"], ["thermal", "thValue", "thermometer"], ["slave", "seValue", "plug"],
    ["generic", "genericValue", "meter"],
];

const tariffs = (direction: string) => [0, 1, 2, 3, 4].map((n) => `e${direction}Tariff${n}`);

function seen(model: Model, id: string): boolean {
    return model.facts.some((fact) => fact.id === id) || model.item(id) !== undefined;
}

// eDelivery and eProduction are sums that the program makes of these.
export function seenTariffs(model: Model, direction: "Delivery" | "Production"): string[] {
    return tariffs(direction).filter((id) => seen(model, id));
}

export function quantities(model: Model): Quantity[] {
    const found: Quantity[] = [];
    const items: string[] = [];
    if (seenTariffs(model, "Delivery").length > 0) items.push("eDelivery");
    if (seenTariffs(model, "Production").length > 0) items.push("eProduction");
    if (items.length > 0) found.push({ name: "electricity", tone: "delivery", icon: "plug", items });
    for (const [name, id, picture] of others)
        if (seen(model, id) && !found.some((one) => one.name === name)) found.push({ name, tone: name, icon: picture, items: [id] });
    return found;
}

// False for what only passes by, as the reading of a generic device: nobody keeps that.
export function isStored(model: Model, id: string): boolean {
    return model.facts.find((fact) => fact.id === id)?.kind !== "other";
}

export function storedQuantities(model: Model): Quantity[] {
    return quantities(model).filter((one) => one.items.every((id) => isStored(model, id)));
}

export function kindName(kind: string): string {
    return words().kinds[kind] ?? kind;
}

export function itemName(id: string): string {
    const w = words();
    if (id === "eDelivery") return w.fromGrid;
    if (id === "eProduction") return w.toGrid;
    const other = others.find(([, item]) => item === id);
    return other ? kindName(other[0]) : id;
}

export function unitOf(model: Model, id: string): string {
    if (id === "eDelivery" || id === "eProduction") return "kWh";
    return model.item(id)?.unit ?? model.facts.find((fact) => fact.id === id)?.unit ?? "";
}

// The meter's reading: of eDelivery the register of all tariffs, else the sum of them.
export function readingOf(model: Model, id: string): { value: number; time?: string | undefined } | undefined {
    if (id !== "eDelivery" && id !== "eProduction") {
        const item = model.item(id);
        return typeof item?.value === "number" ? { value: item.value, time: item.time } : undefined;
    }
    const registers = seenTariffs(model, id === "eDelivery" ? "Delivery" : "Production");
    const all = registers.find((name) => name.endsWith("0"));
    const values = (all ? [all] : registers).map((name) => model.number(name));
    if (values.length === 0 || values.some((value) => value === undefined)) return undefined;
    return { value: values.reduce<number>((sum, value) => sum + Math.round((value ?? 0) * 1000), 0) / 1000 };
}

// 1 and 2 mean low and normal in the Netherlands, the other way round in Belgium; elsewhere who knows.
function tariffWord(model: Model, number: string): string | undefined {
    const w = words();
    const origin = `${model.meter?.country ?? ""} ${model.meter?.origin ?? ""}`;
    const names = /^\s*NL|\bNL\b/.test(origin) ? [w.low, w.normal] : /\bBE\b/.test(origin) ? [w.normal, w.low] : [];
    return names[Number(number) - 1];
}

export function tariffName(model: Model, number: string): string {
    return tariffWord(model, number) ?? words().tariff(number).toLowerCase();
}

export function tariffText(model: Model): string | undefined {
    const item = model.item("eTariffIndicator");
    if (!item) return undefined;
    const number = String(item.value).replace(/^0+(?=\d)/, ""), word = tariffWord(model, number);
    return words().tariff(number) + (word ? `, ${word}` : "");
}
