// SPDX-License-Identifier: MIT
// Bundles the page into page/, which is committed and embedded in the program: who builds dsmr needs no
// node. With --check nothing is written: it fails when page/ is not what these sources make.
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = new URL(".", import.meta.url);
const folder = new URL("page/", here);
const options = { absWorkingDir: fileURLToPath(here), bundle: true, minify: true, write: false, legalComments: "none", logLevel: "warning" };

async function bundle(entry, extra) {
    const { outputFiles } = await build({ ...options, ...extra, entryPoints: [entry] });
    return Buffer.from(outputFiles[0].contents);
}

async function make() {
    const uplot = await readFile(new URL("node_modules/uplot/LICENSE", here), "utf8");
    return new Map([
        ["app.css", await bundle("src/style.css", { target: ["chrome100", "firefox100", "safari15"] })],
        ["app.js", await bundle("src/main.ts", { format: "iife", target: "es2021" })],
        ["icon.svg", await readFile(new URL("icon.svg", here))],
        ["index.html", await readFile(new URL("index.html", here))],
        ["licences.txt", Buffer.from(`The curves of this page are drawn by uPlot.\n\n${uplot}`)],
    ]);
}

async function differing(files) {
    const there = await readdir(folder).catch(() => []);
    const wrong = there.filter((name) => !files.has(name));
    for (const [name, content] of files) {
        const old = await readFile(new URL(name, folder)).catch(() => null);
        if (!old?.equals(content)) wrong.push(name);
    }
    return wrong;
}

const files = await make();
const wrong = await differing(files);
if (process.argv.includes("--check")) {
    if (wrong.length > 0) {
        console.error(`web/page/ is not what web/ makes: ${wrong.join(", ")}. make page writes it anew`);
        process.exit(1);
    }
} else {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    for (const [name, content] of files) await writeFile(new URL(name, folder), content);
    console.log([...files].map(([name, content]) => `${name} ${content.length}`).join(", "));
}
