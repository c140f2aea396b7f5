// SPDX-License-Identifier: MIT
// Draws the page as it is on a fixed afternoon in June, after a month of simulated past, in both languages:
// node tests/web/picture.mjs ENGLISH DUTCH
import { existsSync, readdirSync } from "node:fs";
import { check, openWindow, Program, run } from "./harness.mjs";

const [english, dutch] = process.argv.splice(2);
const moment = "2026-06-18T15:25:00Z";

function faketime() {
    const found = readdirSync("/usr/lib").map((folder) => `/usr/lib/${folder}/faketime/libfaketime.so.1`).find(existsSync);
    check(found, "no libfaketime; tools/setup.sh web installs it");
    return found;
}

async function draw(program, file, locale) {
    const { page, close } = await openWindow({ locale });
    await page.goto(program.url);
    await page.locator(".today .spark").first().waitFor();
    await page.locator(".pill", { hasText: "Live" }).waitFor();
    await page.screenshot({ path: file, fullPage: true });
    await close();
}

const failed = await run({
    "the pictures of the page": async () => {
        const program = await new Program((folder) => ["port=simulated:", `history.path=${folder}/history.db`], ["--past", "31"], {
            LD_PRELOAD: faketime(), TZ: "UTC", FAKETIME: `@${moment.slice(0, 19).replace("T", " ")}`, FAKETIME_DONT_FAKE_MONOTONIC: "1",
        }).start();
        await draw(program, english, "en-GB");
        await draw(program, dutch, "nl-NL");
        await program.end();
    },
});
process.exit(failed ? 1 : 0);
