// SPDX-License-Identifier: MIT
// The page where something is missing: the connection, the meter, the history, the token.
import { writeFileSync } from "node:fs";
import { accessibilityFaults, check, equal, openWindow, picture, Program, run, waitUntil } from "./harness.mjs";

const tests = {};

async function faultless(page, name) {
    const found = await accessibilityFaults(page);
    check(found.length === 0, found.join("\n"));
    await picture(page, name);
}

tests["a connection that is lost is told with its age, and comes back"] = async () => {
    const program = await new Program(() => ["port=simulated:"]).start();
    const { page, close } = await openWindow();
    await page.goto(program.url);
    await page.locator(".pill", { hasText: "Live" }).waitFor();
    const address = new URL(program.url).host;
    await program.stop();
    await page.getByText("Trying again").waitFor();
    await page.locator("#page.stale .pill", { hasText: "old" }).waitFor();
    equal(await page.locator("[role=status]").last().textContent(), "dsmr does not answer", "what is read aloud");
    await faultless(page, "lost");
    await page.getByRole("button", { name: "Try now" }).click();
    await program.start(address);
    await page.locator("#page:not(.stale) .pill", { hasText: "Live" }).waitFor();
    check(await page.locator(".lost").isHidden(), "the bar is gone");
    await close();
    await program.end();
};

tests["a meter that falls silent is told, with what its line says"] = async () => {
    const telegram = new URL("../golden/be-fluvius-13-months.txt", import.meta.url).pathname;
    const program = await new Program(() => [`port=file:${telegram}`]).start();
    const { page, close } = await openWindow();
    await page.goto(program.url);
    await page.locator("#page.stale").waitFor();
    await page.getByText("No telegram comes", { exact: true }).first().waitFor();
    check(await page.getByRole("button", { name: "Try now" }).isHidden(), "nothing to try while dsmr answers");
    await page.getByText("Running quarter hour").waitFor();
    await page.getByText("Counted so far", { exact: true }).waitFor();
    await faultless(page, "silent");
    await close();
    await program.end();
};

tests["a Belgian meter's own peaks of thirteen months, and what the capacity tariff makes of them"] = async () => {
    const telegram = new URL("../golden/be-fluvius-13-months.txt", import.meta.url).pathname;
    const program = await new Program((folder) => [`port=file:${telegram}`, `history.path=${folder}/history.db`, "history.write.seconds=1"]).start();
    const { page, close } = await openWindow({ locale: "nl-BE" });
    await waitUntil(() => program.get("peaks").then(({ months }) => months.length === 13, () => false), "thirteen months of peaks");
    const { months } = await program.get("peaks");
    equal(JSON.stringify(months[7]), JSON.stringify({ month: "2025-01", value: 7.06, unit: "kW", time: "2025-01-11T19:15:00+01:00" }), "the peak of January");
    await page.goto(`${program.url}#/history?period=year&date=2025-06-01`);
    const card = page.locator("section", { has: page.getByRole("heading", { name: "Hoogste kwartier van elke maand" }) });
    await card.waitFor();
    equal(await card.locator("a.slot .bar").count(), 6, "bars of the months of 2025");
    const mean = months.slice(-12).reduce((sum, { value }) => sum + Math.max(value, 2.5), 0) / 12;
    await card.getByText(`de laatste 12 maanden, elk geteld als minstens 2,5\u00a0kW, is ${mean.toFixed(3).replace(".", ",")}\u00a0kW`).waitFor();
    await faultless(page, "belgian-peaks");
    await close();
    await program.end();
};

tests["a generic device, of which there is no history, leaves the others theirs"] = async () => {
    const telegram = new URL("../golden/nl-30-generic-device.txt", import.meta.url).pathname;
    const program = await new Program((folder) => [`port=file:${telegram}`, `history.path=${folder}/history.db`, "history.write.seconds=1"]).start();
    const { page, faults, close } = await openWindow();
    await waitUntil(async () => (await program.get("items")).items.some((item) => item.id === "genericValue" && !item.history), "the generic device");
    await waitUntil(() => program.get("history?items=eDelivery").then(() => true, () => false), "the first values in the history");
    await page.goto(program.url);
    await page.locator(".today article", { hasText: "Other meter" }).waitFor();
    await page.goto(`${program.url}#/history?what=generic`);
    await page.locator(".history .period").waitFor();
    await waitUntil(async () => (await page.locator("[aria-busy]").count()) === 0, "the history is loaded");
    check((await page.locator("[data-key='what-generic']").count()) === 0, "no choice of what is not kept");
    check(faults.length === 0, faults.join("\n"));
    await close();
    await program.end();
};

tests["a history that is off says which line turns it on"] = async () => {
    const program = await new Program(() => ["port=simulated:"]).start();
    const { page, faults, close } = await openWindow({ width: 360, locale: "nl-NL", scheme: "dark" });
    await page.goto(`${program.url}#/history`);
    await page.getByText("De historie staat uit").waitFor();
    await page.getByText("history.path=").waitFor();
    await faultless(page, "history-off");
    await page.goto(`${program.url}#/now`);
    await page.getByText("Meterstanden").waitFor();
    await faultless(page, "now-history-off");
    check(faults.length === 0, faults.join("\n"));
    await close();
    await program.end();
};

tests["a history that has just begun is not taken for one without values"] = async () => {
    const program = await new Program((folder) => ["port=simulated:", `history.path=${folder}/history.db`]).start();
    const { page, close } = await openWindow();
    await page.goto(`${program.url}#/history?period=month&date=2001-02-03`);
    await page.getByText("Nothing is stored of this period").waitFor();
    await faultless(page, "history-empty");
    await close();
    await program.end();
};

tests["without a meter it says why, and what to do"] = async () => {
    const program = await new Program((folder) => [`port=${folder}/no-such-port`]).start();
    const { page, close } = await openWindow();
    for (const view of ["now", "history", "meter"]) {
        await page.goto(`${program.url}#/${view}`);
        await page.getByText("dsmr doctor").first().waitFor();
        await faultless(page, `no-meter-${view}`);
    }
    await close();
    await program.end();
};

tests["in Dutch, too, and what was refused is counted by its reason"] = async () => {
    const wrong = new URL("../golden/stream-wrong-crc.txt", import.meta.url).pathname;
    const program = await new Program((folder) => [`port=${folder}/no-such-port`, `meter.wrong.port=file:${wrong}`]).start();
    const { page, close } = await openWindow({ locale: "nl-NL" });
    await page.goto(program.url);
    const why = await page.locator(".note .strong").textContent();
    check(why.endsWith("/no-such-port is er niet: zit de kabel erin? dsmr wacht erop") && why.split("no-such-port").length === 2, why);
    await page.goto(`${program.url}#/meter?meter=wrong`);
    const reason = page.locator(".list > div", { hasText: "verkeerde CRC" }).locator("dd");
    await reason.waitFor();
    equal(await reason.textContent(), "1", "telegrams with a wrong CRC");
    await close();
    await program.end();
};

tests["a token is asked for, and kept as long as the window"] = async () => {
    const program = await new Program((folder) => {
        writeFileSync(`${folder}/token`, "opensesame\n", { mode: 0o600 });
        return ["port=simulated:", `http.token.file=${folder}/token`];
    }).start("0.0.0.0:0");
    const url = program.url.replace(/\/\/[^:/]+/, "//127.0.0.1");
    const { page, close } = await openWindow();
    await page.goto(url);
    const field = page.getByLabel("Token");
    await waitUntil(() => field.evaluate((one) => one === document.activeElement), "the focus is in the field");
    check(await page.getByRole("navigation").isHidden(), "no view can be chosen yet");
    await field.fill("wrong");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByText("That is not the token.").waitFor();
    await faultless(page, "token");
    await field.fill("opensesame");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.locator(".pill", { hasText: "Live" }).waitFor();
    await page.reload();
    await page.locator(".pill", { hasText: "Live" }).waitFor();
    await close();
    await program.end();
};

tests["several meters: the choice stands in the address"] = async () => {
    const program = await new Program(() => ["port=simulated:", "meter.garage.port=simulated:"]).start();
    const { page, close } = await openWindow();
    await page.goto(program.url);
    await page.locator(".pill", { hasText: "Live" }).waitFor();
    await page.getByLabel("Meter", { exact: true }).and(page.locator("select")).selectOption("garage");
    await page.waitForURL(/meter=garage/);
    await page.locator(".power .number").waitFor();
    await page.getByRole("link", { name: "Meter", exact: true }).click();
    await page.waitForURL(/#\/meter\?meter=garage/);
    await faultless(page, "several-meters");
    await page.setViewportSize({ width: 320, height: 740 });
    // The window takes its new size in its own time, and the page says each second how old it is.
    await waitUntil(() => page.evaluate(() => {
        document.querySelector("#page").classList.add("stale");
        document.querySelector(".pill span:last-child").textContent = "59 min old";
        return window.innerWidth === 320 && document.documentElement.scrollWidth === 320;
    }), "the width of a small phone, with old values");
    await close();
    await program.end();
};

const failed = await run(tests);
process.exit(failed ? 1 : 0);
