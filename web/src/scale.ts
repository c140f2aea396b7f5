// SPDX-License-Identifier: MIT
// Round numbers for an axis.
export interface Ticks { least: number; greatest: number; at: number[]; decimals: number }

// About `wanted` ticks that take in both ends and zero.
export function ticks(least: number, greatest: number, wanted: number): Ticks {
    const low = Math.min(0, least), high = Math.max(0, greatest, low + 1e-3);
    const rough = (high - low) / Math.max(1, wanted);
    const power = Math.pow(10, Math.floor(Math.log10(rough)));
    const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
    const first = Math.floor(low / step + 1e-9), last = Math.ceil(high / step - 1e-9);
    const at: number[] = [];
    for (let i = first; i <= last; i++) at.push(i * step);
    return { least: first * step, greatest: last * step, at, decimals: Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)) };
}
