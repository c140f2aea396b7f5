// SPDX-License-Identifier: MIT
// The hours of today as a row of small bars; the table beside it in the document says the same in words.
import type { Column } from "./api";
import { s } from "./dom";

export function spark(values: Column, tone: string, label: string, current: number): SVGSVGElement {
    const slot = 10, height = 40;
    const greatest = Math.max(1e-9, ...values.map((value) => value ?? 0));
    const svg = s("svg", {
        class: `spark tone-${tone}`, viewBox: `0 0 ${values.length * slot} ${height}`, preserveAspectRatio: "none",
        role: "img", "aria-label": label,
    });
    values.forEach((value, i) => {
        const tall = value ? Math.max(2, (value / greatest) * height) : 1;
        svg.append(s("rect", {
            class: value ? (i === current ? "current" : "") : "none",
            x: i * slot + 1, y: height - tall, width: slot - 2, height: tall, rx: 1.5,
        }));
    });
    return svg;
}
