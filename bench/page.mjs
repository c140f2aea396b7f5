// SPDX-License-Identifier: MIT
// How soon the page is there: prints a JSON object for each figure, of loads with an empty cache and
// of loads that find the files there.
import { openWindow, Program } from "../tests/web/harness.mjs";

const loads = 20;

function quantile(times, part) {
    const sorted = [...times].sort((a, b) => a - b);
    return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]);
}

async function paint(page, url) {
    await page.goto(url);
    await page.locator(".power .number").waitFor();
    return page.evaluate(() => ({
        first: performance.getEntriesByName("first-contentful-paint")[0].startTime,
        values: performance.now(),
        bytes: performance.getEntriesByType("navigation")[0].transferSize
            + performance.getEntriesByType("resource").filter((one) => !one.name.includes("/api/")).reduce((all, one) => all + one.transferSize, 0),
    }));
}

const program = await new Program((folder) => ["port=simulated:", `history.path=${folder}/history.db`], ["--past", "31"]).start();
for (const cached of [false, true]) {
    const measured = [];
    const kept = cached ? await openWindow() : undefined;
    if (kept) await paint(kept.page, program.url);
    for (let i = 0; i < loads; i++) {
        const window = kept ?? await openWindow();
        measured.push(await paint(window.page, program.url));
        if (!kept) await window.close();
    }
    await kept?.close();
    const of = (name) => measured.map((one) => one[name]);
    console.log(JSON.stringify({
        figure: cached ? "page, files in the cache" : "page, nothing in the cache", loads,
        first_paint_ms_50: quantile(of("first"), 0.5), first_paint_ms_90: quantile(of("first"), 0.9),
        values_ms_50: quantile(of("values"), 0.5), bytes: quantile(of("bytes"), 0.5),
    }));
}
await program.end();
process.exit(0);
