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
    en: { locale: "en-GB", now: "Now", from: "From the grid", point: "." },
    nl: { locale: "nl-NL", now: "Nu", from: "Van het net", point: "," },
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
    // Colours do not change with the language.
    const found = tag.startsWith("nl") && tag.endsWith("dark") ? [] : await accessibilityFaults(page);
    check(found.length === 0, `${name} ${tag}: ${found.join("\n")}`);
    await picture(page, `${name}-${tag}`);
}

for (const [language, { locale }] of Object.entries(words))
    for (const width of [360, 1280])
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

tests["language and theme are kept"] = async () => {
    const { page, close } = await openWindow();
    await show(page, "now");
    await page.getByRole("button", { name: "Nederlands" }).click();
    await page.getByRole("button", { name: "Donker thema" }).click();
    await page.reload();
    await page.locator(ready.now).first().waitFor();
    equal(await page.getAttribute("html", "lang"), "nl", "the language");
    equal(await page.getAttribute("html", "data-theme"), "dark", "the theme");
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
