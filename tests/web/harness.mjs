// SPDX-License-Identifier: MIT
// What the browser tests share: TAP, a running dsmr, a browser that notes what a page should not do.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, mkdirSync, readFileSync, openSync, closeSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const dsmr = process.env.DSMR ?? join(root, "build", "dsmr");
export const pictures = process.env.PAGE_PICTURES ?? join(root, "build", "page-pictures");
// Seconds. Other tests run beside these, on few cores.
export const patience = 60;

function need(condition, reason) {
    if (condition) return;
    console.log(`1..0 # SKIP ${reason}`);
    process.exit(0);
}

const browserPath = ["chromium", "chromium-browser", "google-chrome"].flatMap((name) => (process.env.PATH ?? "").split(":").map((folder) => join(folder, name))).find(existsSync);
need(browserPath, "no chromium; tools/setup.sh web installs it");
need(existsSync(join(root, "web/node_modules/playwright-core")) && existsSync(join(root, "web/node_modules/axe-core")), "no web/node_modules; npm ci in web/ makes it");
const require = createRequire(join(root, "web", "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export function check(condition, text) {
    if (!condition) throw new Error(text);
}

export function equal(is, wanted, text) {
    check(is === wanted, `${text}: ${JSON.stringify(is)}, not ${JSON.stringify(wanted)}`);
}

// The first true answer of question(), which may take its time.
export async function waitUntil(question, what) {
    const deadline = Date.now() + patience * 1000;
    for (;;) {
        const answer = await question();
        if (answer) return answer;
        check(Date.now() < deadline, `not within ${patience} s: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

// Whatever happens, no dsmr outlives the tests.
const running = new Set();
process.on("exit", () => {
    for (const one of running) one.kill("SIGKILL");
});

// A dsmr with this configuration, of which the log is kept in its own folder.
export class Program {
    constructor(lines, options = [], environment = {}) {
        this.environment = { ...process.env, ...environment };
        this.folder = mkdtempSync(join(tmpdir(), "dsmr-page-"));
        this.lines = lines(this.folder);
        this.options = options;
    }

    async start(address = "127.0.0.1:0") {
        writeFileSync(join(this.folder, "dsmr.cfg"), `${this.lines.join("\n")}\n`);
        const log = join(this.folder, "log"), out = openSync(log, "w");
        this.process = spawn(dsmr, ["run", "-c", join(this.folder, "dsmr.cfg"), "--http", address, ...this.options], { stdio: ["ignore", out, out], env: this.environment });
        running.add(this.process);
        this.ended = new Promise((resolve) => this.process.on("close", resolve));
        closeSync(out);
        this.url = await waitUntil(() => {
            const text = readFileSync(log, "utf8");
            check(this.process.exitCode === null, `dsmr ended:\n${text}`);
            return /the page is at (http:\S+)/.exec(text)?.[1];
        }, "the address of the page in the log");
        return this;
    }

    // A member of the API's answer.
    async get(resource, headers = {}) {
        const response = await fetch(`${this.url}api/v1/${resource}`, { headers });
        check(response.ok, `${resource}: ${response.status}`);
        return response.json();
    }

    async stop() {
        this.process.kill("SIGTERM");
        await this.ended;
        running.delete(this.process);
    }

    async end() {
        await this.stop();
        rmSync(this.folder, { recursive: true, force: true });
    }
}

// One browser; each window notes errors, failed requests and requests to other hosts in `faults`.
let browser;

export async function openWindow(options = {}) {
    browser ??= await chromium.launch({ executablePath: browserPath, args: process.getuid() === 0 ? ["--no-sandbox"] : [] });
    const { width = 1280, locale = "en-GB", scheme = "light", ...rest } = options;
    const context = await browser.newContext({
        viewport: { width, height: width > 600 ? 800 : 740 }, locale, colorScheme: scheme, timezoneId: "America/New_York", ...rest,
    });
    context.setDefaultTimeout(patience * 1000);
    const page = await context.newPage(), faults = [];
    page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
    });
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("request", (request) => {
        const { protocol, hostname } = new URL(request.url());
        if (protocol !== "blob:" && hostname !== "127.0.0.1") faults.push(`a request to ${request.url()}`);
    });
    return { page, faults, close: () => context.close() };
}

// Every fault that axe finds, as text.
export async function accessibilityFaults(page) {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
    return violations.map((one) => `${one.id} (${one.help}): ${one.nodes.slice(0, 3).map((node) => `${node.html} ${node.failureSummary}`).join("; ")}`);
}

export async function picture(page, name) {
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

// Runs every test, in order, and reports in TAP.
export async function run(tests) {
    const wanted = process.argv.slice(2), chosen = Object.entries(tests).filter(([name]) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
    console.log(`1..${chosen.length}`);
    let failed = 0, number = 0;
    for (const [name, test] of chosen) {
        try {
            await test();
            console.log(`ok ${++number} - ${name}`);
        } catch (error) {
            failed++;
            console.log(`not ok ${++number} - ${name}\n${String(error.stack).split("\n").map((line) => `# ${line}`).join("\n")}`);
        }
    }
    await browser?.close();
    return failed;
}
