// SPDX-License-Identifier: MIT
// node decode_all.mjs MODULE LIST: for every line of the list, "FILE OUT [KEY [AUTHKEY]]", writes what
// dsmr decode --format json would print of FILE into OUT.
import { readFileSync, writeFileSync } from "node:fs";

const [module, list] = process.argv.slice(2);
const compiled = await WebAssembly.compile(readFileSync(module));
const imports = WebAssembly.Module.imports(compiled);
if (imports.length > 0)
    throw new Error(`the module imports ${imports.map(({ name }) => name).join(", ")}`);

for (const line of readFileSync(list, "utf8").trim().split("\n")) {
    const [file, out, ...keys] = line.split(" ");
    const { exports } = await WebAssembly.instantiate(compiled);
    const put = (bytes, at) => new Uint8Array(exports.memory.buffer).set(bytes, at);
    const stream = readFileSync(file);
    put(stream, exports.room());
    [exports.key, exports.authkey].slice(0, keys.length)
        .forEach((room, i) => put(Buffer.from(keys[i], "hex"), room()));
    const size = exports.decode(stream.length, 64, keys.length);
    writeFileSync(out, new Uint8Array(exports.memory.buffer, exports.json(), size));
}
