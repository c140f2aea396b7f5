// SPDX-License-Identifier: MIT
// Small drawings on a field of 24 by 24, in the colour of the text around them.
import { s } from "./dom";

const paths = {
    now: "M3 13a9 9 0 1 1 18 0M12 13l4-5M7 20h10",
    history: "M4 20V11M10 20V4M16 20v-7M22 20H2",
    meter: "M5 3h14v18H5zM8 7h8v4H8zM9 16h.01M12 16h.01M15 16h.01",
    settings: "M4 7h10M18 7h2M4 17h2M10 17h10M14 7a2 2 0 1 0 4 0a2 2 0 1 0-4 0M6 17a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
    sun: "M8 12a4 4 0 1 0 8 0a4 4 0 1 0-8 0M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5",
    moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
    previous: "M15 5l-7 7 7 7",
    next: "M9 5l7 7-7 7",
    save: "M12 3v12M7 10l5 5 5-5M4 20h16",
    zoomIn: "M4 11a7 7 0 1 0 14 0a7 7 0 1 0-14 0M16.5 16.5 21 21M8 11h6M11 8v6",
    zoomOut: "M4 11a7 7 0 1 0 14 0a7 7 0 1 0-14 0M16.5 16.5 21 21M8 11h6",
    pylon: "M12 2 7 22M12 2l5 20M9.5 9h5M5 9h14M8.2 15h7.6M9.5 9l6.3 6M14.5 9l-6.3 6M5 9v2M19 9v2",
    house: "M3 11 12 4l9 7M5.5 9.5V20h13V9.5M10 20v-6h4v6",
    arrow: "M3 12h17M14 6l6 6-6 6",
    flame: "M12 3c1 4 5 5.5 5 10.2A5 5 0 0 1 12 21a5 5 0 0 1-5-5c0-3 2.5-4 2.5-7C11 9.5 12 11 12 12.5 13.5 10 13.5 6 12 3z",
    drop: "M12 3s6.5 7 6.5 11.5a6.5 6.5 0 0 1-13 0C5.5 10 12 3 12 3z",
    thermometer: "M14 14.5V5a2 2 0 0 0-4 0v9.5a4 4 0 1 0 4 0zM12 9v9",
    snow: "M12 3v18M4.2 7.5l15.6 9M19.8 7.5l-15.6 9M9 4.5l3 2.5 3-2.5M9 19.5l3-2.5 3 2.5",
    plug: "M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4",
    alert: "M12 3 2 20h20zM12 10v4M12 17h.01",
} as const;

export type IconName = keyof typeof paths;

export function icon(name: IconName, kind = "icon"): SVGSVGElement {
    return s("svg", { class: kind, viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
        s("path", { d: paths[name] }));
}
