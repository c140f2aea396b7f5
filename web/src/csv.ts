// SPDX-License-Identifier: MIT
// What is seen, as a file: a row for each step, decimal points, times with their offset.
import type { Column, History } from "./api";
import { isoTime } from "./format";

// Of the year before, what was used: its steps stand beside those of now by their place.
function columns(answer: History, suffix = ""): [string, Column][] {
    const all: [string, Column][] = [];
    for (const series of answer.series) {
        const parts = series.kind === "counter" ? (["used", "reading"] as const) : (["mean", "least", "greatest"] as const);
        for (const part of parts) {
            const column = series[part];
            if (column) all.push([`${series.id} ${part}${suffix}${series.unit ? ` (${series.unit})` : ""}`, column]);
        }
    }
    return all;
}

export function csv(answer: History, before?: History): string {
    const all = columns(answer);
    if (before) all.push(...columns({ ...before, series: before.series.map(({ reading: _reading, ...series }) => series) }, " a year before"));
    const lines = [["start", "end", ...all.map(([name]) => name)].join(",")];
    for (let i = 0; i + 1 < answer.times.length; i++) {
        const values = all.map(([, column]) => column[i] ?? "");
        if (values.every((value) => value === "")) continue;
        lines.push([isoTime(answer.times[i] ?? 0, answer.zone), isoTime(answer.times[i + 1] ?? 0, answer.zone), ...values].join(","));
    }
    return `${lines.join("\r\n")}\r\n`;
}

export function save(name: string, text: string): void {
    const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
