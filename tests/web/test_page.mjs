// SPDX-License-Identifier: MIT
// The page, in a browser, on a dsmr that runs with a month of simulated past.
import { readFileSync } from "node:fs";
import { accessibilityFaults, check, equal, openWindow, picture, Program, run, waitUntil } from "./harness.mjs";

const views = {
    now: "#/now", day: "#/history", month: "#/history?period=month", year: "#/history?period=year", gas: "#/history?period=week&what=gas",
    meter: "#/meter", settings: "#/settings",
};
// What is there when a view has loaded all that it shows.
const ready = {
    now: ".today .spark", day: ".history .plot canvas", month: ".history .plot canvas", year: ".history .plot canvas", gas: ".history .bars svg",
    meter: ".values td.value", settings: ".keys dt",
};
const words = {
    en: { locale: "en-GB", widths: [320, 820, 1280], now: "Now", from: "From the grid", point: "." },
    nl: { locale: "nl-NL", widths: [320, 1280], now: "Nu", from: "Van het net", point: "," },
};

const program = await new Program((folder) => ["port=simulated:", `history.path=${folder}/history.db`], ["--past", "31"]).start();
const tests = {};

async function show(page, name) {
    await page.goto(program.url + views[name]);
    await page.locator(ready[name]).first().waitFor();
}

async function look(page, name, tag) {
    await show(page, name);
    for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        await page.locator(ready[name]).first().waitFor();
        await waitUntil(async () => (await page.locator("[aria-busy]").count()) === 0, `${name} is loaded`);
        await inspect(page, name, `${tag}-${colorScheme}`);
    }
}

async function inspect(page, name, tag) {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    check(wide <= 0, `${name} is ${wide} pixels wider than the window`);
    // Colours do not change with the language, nor faults between a phone and a desk.
    const known = (tag.startsWith("nl") && tag.endsWith("dark")) || tag.includes("-820-");
    const found = known ? [] : await accessibilityFaults(page);
    check(found.length === 0, `${name} ${tag}: ${found.join("\n")}`);
    await picture(page, `${name}-${tag}`);
}

for (const [language, { locale, widths }] of Object.entries(words))
    for (const width of widths)
        tests[`every view, light and dark: ${language}, ${width} pixels`] = async () => {
            const { page, faults, close } = await openWindow({ width, locale });
            for (const name of Object.keys(views)) await look(page, name, `${language}-${width}`);
            equal(await page.getAttribute("html", "lang"), language, "language of the document");
            check(faults.length === 0, faults.join("\n"));
            await close();
        };

tests["numbers have the form of the language"] = async () => {
    for (const { locale, from, point } of Object.values(words)) {
        const { page, close } = await openWindow({ locale });
        await show(page, "now");
        const card = page.locator("article", { hasText: from });
        const reading = await card.locator("dd").last().textContent();
        check(new RegExp(`^\\d{1,3}[.,]\\d{3}\\${point}\\d{3}\\skWh$`).test(reading), `the reading is ${reading}`);
        await close();
    }
};

tests["power is renewed, and is that of the telegram"] = async () => {
    const { page, close } = await openWindow();
    await show(page, "now");
    const shown = () => page.evaluate(() => [document.querySelector(".power").textContent, document.querySelector(".side").textContent]);
    const first = await shown();
    await waitUntil(async () => (await shown())[1] !== first[1], "the next telegram");
    await waitUntil(async () => {
        const { items } = await program.get("now"), of = (id) => items.find((item) => item.id === id)?.value ?? 0;
        const power = Math.abs(of("eActualDelivery") - of("eActualProduction"));
        const wanted = Math.round(power * 1000) < 1000 ? `${Math.round(power * 1000)} W` : `${power.toFixed(2)} kW`;
        return (await shown())[0] === wanted;
    }, "the power of the API on the page");
    await close();
};

// Of the month before, since that of today still grows.
tests["totals of a month are exact, and stand in table and file alike"] = async () => {
    const { page, close } = await openWindow({ acceptDownloads: true });
    const { time } = await program.get("now"), to = `${time.slice(0, 7)}-01`;
    const from = `${new Date(Date.parse(`${to}T00:00Z`) - 86_400_000).toISOString().slice(0, 7)}-01`;
    const answer = await program.get(`history?items=eDelivery&step=day&from=${from}&to=${to}`);
    const wanted = answer.series[0].used.reduce((all, value) => all + Math.round((value ?? 0) * 1000), 0);
    check(wanted > 0, "the past has a total");
    await page.goto(`${program.url}#/history?period=month&date=${from}`);
    await page.locator(".table summary").first().click();
    const total = await page.locator("tfoot td").first().textContent();
    equal(Math.round(Number(total.replaceAll(",", "")) * 1000), wanted, "the total of the table");
    const button = page.getByRole("button", { name: "Export CSV" }).first();
    const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
    const rows = readFileSync(await download.path(), "utf8").trim().split("\r\n").map((line) => line.split(","));
    equal(rows[0][2], "eDelivery used (kWh)", "the third column");
    equal(rows.slice(1).reduce((all, row) => all + Math.round(Number(row[2]) * 1000), 0), wanted, "the sum of the file");
    await close();
};

tests["a bar leads deeper, by mouse and by keyboard"] = async () => {
    const { page, close } = await openWindow();
    await show(page, "month");
    const bars = page.locator("a.slot[href]");
    await bars.first().click();
    await waitUntil(async () => /period=day/.test(page.url()), "the day");
    await page.locator(".bars svg").first().waitFor();
    await page.goBack();
    await page.locator('.segments a[aria-current]', { hasText: "Month" }).waitFor();
    await waitUntil(async () => (await page.locator("[aria-busy]").count()) === 0, "the month is loaded");
    await bars.nth(1).focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    await waitUntil(async () => /period=day/.test(page.url()), "the day again");
    await waitUntil(async () => page.evaluate(() => document.activeElement.className === "period"), "the focus is at the heading");
    await close();
};

tests["the calendar: before, after, a date, today"] = async () => {
    const { page, close } = await openWindow();
    await show(page, "day");
    const field = page.locator("input[type=date]"), today = await field.inputValue();
    const dayBefore = new Date(Date.parse(`${today}T00:00Z`) - 86_400_000).toISOString().slice(0, 10);
    equal(await page.locator('[data-key="next"]').getAttribute("aria-disabled"), "true", "no day after today");
    await page.locator('[data-key="previous"]').click();
    await waitUntil(async () => (await page.locator("input[type=date]").inputValue()) === dayBefore, "the day before");
    await page.locator('[data-key="next"]').click();
    await waitUntil(async () => (await page.locator("input[type=date]").inputValue()) === today, "today again");
    await page.locator("input[type=date]").fill(dayBefore);
    await waitUntil(async () => page.url().includes(dayBefore), "the date that was filled in");
    await page.locator('[data-key="today"]').click();
    await waitUntil(async () => page.url().includes(today), "today");
    await close();
};

tests["the curve is zoomed by dragging, by keys, and by its address"] = async () => {
    const { page, close } = await openWindow();
    await page.goto(`${program.url}#/history?period=week`);
    const plot = page.locator(".plot .u-over");
    await plot.waitFor();
    await plot.scrollIntoViewIfNeeded();
    const box = await plot.boundingBox();
    await page.mouse.move(box.x + box.width * 0.2, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.4, box.y + 60, { steps: 5 });
    await page.mouse.up();
    await waitUntil(async () => /zoom=\d+-\d+/.test(page.url()), "the zoom in the address");
    const zoomed = page.url();
    await page.locator('[data-key="zoom-in"]').focus();
    await page.keyboard.press("Enter");
    await waitUntil(async () => page.url() !== zoomed, "a deeper zoom");
    await page.goto("about:blank");
    await page.goto(zoomed);
    await page.locator('[data-key="zoom-out"]:not([disabled])').click();
    await waitUntil(async () => page.url() !== zoomed, "the zoom is taken back");
    await close();
};

tests["a comparison without a year before says so"] = async () => {
    const { page, close } = await openWindow();
    await show(page, "month");
    await page.getByLabel("Compare with the year before").check();
    await page.getByText("There is nothing of the year before.").waitFor();
    check(/compare=1/.test(page.url()), "the comparison stands in the address");
    await close();
};

// The program has no year before: its own answer of this month stands in for that of the year before.
tests["a comparison stands in bars, table and file"] = async () => {
    const { page, close } = await openWindow({ acceptDownloads: true });
    const { time } = await program.get("now"), year = Number(time.slice(0, 4));
    await page.route(/api\/v1\/history\?/, async (route) => {
        const url = new URL(route.request().url()), from = url.searchParams.get("from") ?? "";
        if (!from.startsWith(`${year - 1}-`)) return route.continue();
        for (const end of ["from", "to"]) url.searchParams.set(end, url.searchParams.get(end).replace(/^\d+/, (digits) => String(Number(digits) + 1)));
        return route.fulfill({ response: await route.fetch({ url: url.href }) });
    });
    await page.goto(`${program.url}#/history?period=month&compare=1`);
    await page.locator(".bar.before").first().waitFor();
    await page.locator(".mark.before").waitFor();
    check(/\(\+0%/.test(await page.locator(".totals").textContent()), "the same as the year before is no change");
    await page.locator(".table summary").first().click();
    equal(await page.locator(".table").first().locator("thead th", { hasText: "Year before" }).count(), 2, "columns of the year before");
    const button = page.getByRole("button", { name: "Export CSV" }).first();
    const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
    const rows = readFileSync(await download.path(), "utf8").trim().split("\r\n").map((line) => line.split(","));
    const now = rows[0].indexOf("eDelivery used (kWh)"), before = rows[0].indexOf("eDelivery used a year before (kWh)");
    check(now > 0 && before > now && rows.length > 2, rows[0].join());
    check(rows.slice(1).every((row) => row[now] === row[before]), "the year before in the file");
    await close();
};

tests["the time is that of the program, whatever the browser's clock says"] = async () => {
    const { page, close } = await openWindow();
    await page.addInitScript(() => {
        const { now } = Date;
        Date.now = () => now() + 40 * 86_400_000;
    });
    await show(page, "now");
    await page.locator(".pill", { hasText: "Live" }).waitFor();
    await show(page, "day");
    const [today] = await program.get("now").then(({ time }) => time.split("T"));
    equal(await page.locator("input[type=date]").inputValue(), today, "the day that is shown");
    await close();
};

// Seconds between the time under the pointer, some way before the end of the curve, and the value that is told there.
async function distance(page, back) {
    const box = await page.locator(".recent .u-over").boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + 40);
    await page.mouse.move(box.x + box.width * (1 - back / 900), box.y + 60);
    const [told, end] = await page.evaluate(() => [".recent .readout", ".side"].map((name) => /(\d\d):(\d\d):(\d\d)/.exec(document.querySelector(name).textContent)?.slice(1)));
    const seconds = ([h, m, s]) => 3600 * h + 60 * Number(m) + Number(s);
    return told && end ? Math.abs(((seconds(end) - seconds(told) + 86400) % 86400) - back) : Infinity;
}

tests["what the history had not written yet is filled in when it has"] = async () => {
    const { page, close } = await openWindow();
    let asked = 0;
    await page.route(/api\/v1\/history\?.*step=10s/, async (route) => {
        const response = await route.fetch();
        if (asked++ > 0) return route.fulfill({ response });
        const json = await response.json();
        for (const { mean } of json.series) mean.fill(null, mean.length - 20);
        return route.fulfill({ response, json });
    });
    await page.clock.install();
    await show(page, "now");
    await page.locator(".pill", { hasText: "Live" }).waitFor();
    await waitUntil(async () => asked > 0 && (await distance(page, 400)) < 20, "the curve has a past");
    check((await distance(page, 100)) > 40, "what is not written is not there");
    await page.clock.runFor(31_000);
    await waitUntil(async () => (await distance(page, 100)) < 20, "what was written since");
    await close();
};

tests["the meter: failures along time, sags and swells, the decoder's counters"] = async () => {
    const { page, close } = await openWindow();
    await show(page, "meter");
    const { log, sags, swells } = await program.get("failures");
    await page.locator(".timeline .failure").first().waitFor();
    equal(await page.locator(".timeline .failure").count(), log.length, "failures along time");
    const card = page.locator("section", { has: page.getByRole("heading", { name: "Voltage", exact: true }) });
    const rows = await card.locator("tbody tr").evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
    equal(JSON.stringify(rows), JSON.stringify(Object.keys(sags).map((phase) => [phase, String(sags[phase]), String(swells[phase])])), "sags and swells");
    const good = page.locator(".list > div", { hasText: "Good telegrams" }).locator("dd"), first = Number(await good.textContent());
    check(first > 0, "telegrams are counted");
    await waitUntil(async () => Number((await good.textContent()).replaceAll(",", "")) > first, "the counter goes on");
    await close();
};

tests["in Dutch nothing is left in English"] = async () => {
    const { page, close } = await openWindow({ locale: "nl-NL" });
    await show(page, "settings");
    await page.getByLabel("Alleen wat is ingesteld").uncheck();
    const { settings } = await program.get("settings");
    const shown = await page.locator(".keys .hint").allTextContents();
    equal([...shown].sort().join("\n"), settings.map((one) => one.description_nl).sort().join("\n"), "the descriptions");
    await page.getByText("schrijft ").waitFor();
    equal(await page.locator("main [lang=en]:not(label)").count(), 0, "words in English among the settings");
    await show(page, "meter");
    await page.getByText("(simuleert een meter van DSMR 5.0)").waitFor();
    equal(await page.locator("main [lang=en]").count(), 0, "words in English about the meter");
    await close();
};

tests["without JavaScript it says what is missing"] = async () => {
    const { page, close } = await openWindow({ javaScriptEnabled: false });
    await page.goto(program.url);
    for (const start of ["This page needs JavaScript", "Deze pagina heeft JavaScript nodig"]) {
        const line = page.locator("noscript p").nth(start.startsWith("T") ? 0 : 1);
        check(await line.isVisible() && (await line.textContent()).startsWith(start), start);
    }
    await close();
};

tests["language and theme are kept"] = async () => {
    const { page, close } = await openWindow();
    await show(page, "now");
    await page.getByRole("button", { name: "Nederlands" }).click();
    await page.getByRole("button", { name: "Donker thema" }).click();
    await page.reload();
    await page.locator(ready.now).first().waitFor();
    equal(await page.getAttribute("html", "lang"), "nl", "the language");
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    equal(await ground(), "rgb(15, 20, 26)", "the ground of the dark theme, where the system is light");
    await page.emulateMedia({ colorScheme: "dark" });
    await page.getByRole("button", { name: "Licht thema" }).click();
    equal(await ground(), "rgb(244, 245, 242)", "the ground of the light theme, where the system is dark");
    await page.goto(`${program.url}#/settings`);
    await page.getByLabel("Zoals het systeem").check();
    equal(await ground(), "rgb(15, 20, 26)", "the ground where the system decides");
    await page.getByRole("link", { name: words.nl.now, exact: true }).click();
    equal(await page.getByRole("link", { name: words.nl.now, exact: true }).getAttribute("aria-current"), "page", "the view");
    await close();
};

tests["the keyboard reaches the content first, then the views"] = async () => {
    const { page, close } = await openWindow();
    await show(page, "now");
    await page.keyboard.press("Tab");
    equal(await page.evaluate(() => document.activeElement.className), "skip", "what Tab reaches first");
    await page.keyboard.press("Enter");
    equal(await page.evaluate(() => document.activeElement.id), "content", "where the skip link leads");
    await page.getByRole("link", { name: "Meter", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.locator(ready.meter).first().waitFor();
    equal(await page.evaluate(() => document.activeElement.id), "content", "where the focus is in a new view");
    await close();
};

tests["nothing that changes each second is read aloud"] = async () => {
    const { page, close } = await openWindow();
    await show(page, "now");
    const live = await page.evaluate(() => [...document.querySelectorAll("[aria-live], [role=status], [role=alert], [role=timer]")].map((node) => node.textContent));
    check(live.every((text) => text === "" || !/\d/.test(text)), `live regions hold ${JSON.stringify(live)}`);
    await close();
};

tests["all files together stay below 150 KB compressed"] = async () => {
    const { page, close } = await openWindow();
    await show(page, "now");
    const files = await page.evaluate(() => performance.getEntriesByType("resource").filter((one) => !one.name.includes("/api/")).map((one) => [one.name, one.encodedBodySize]));
    const shell = await page.evaluate(() => performance.getEntriesByType("navigation")[0].encodedBodySize);
    const total = files.reduce((all, [, size]) => all + size, shell);
    check(files.length >= 2 && total > 10_000 && total < 150_000, `${total} bytes: ${JSON.stringify(files)}`);
    await close();
};

const failed = await run(tests);
await program.end();
process.exit(failed ? 1 : 0);
