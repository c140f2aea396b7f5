// SPDX-License-Identifier: MIT
// Draws the page as it is after a month of simulated past: node tests/web/picture.mjs FILE
import { openWindow, Program, run } from "./harness.mjs";

const [file] = process.argv.splice(2);

const failed = await run({
    "the picture of the page": async () => {
        const program = await new Program((folder) => ["port=simulated:", `history.path=${folder}/history.db`], ["--past", "31"]).start();
        const { page, close } = await openWindow();
        await page.goto(program.url);
        await page.locator(".today .spark").first().waitFor();
        await page.locator(".pill", { hasText: "Live" }).waitFor();
        await page.screenshot({ path: file, fullPage: true });
        await close();
        await program.end();
    },
});
process.exit(failed ? 1 : 0);
