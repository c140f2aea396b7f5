// SPDX-License-Identifier: MIT
// libdsmr for JavaScript: in a browser, in Node, wherever there is WebAssembly.

// Makes decode(text) of the bytes of dsmr.wasm. It returns the readings of all telegrams in the text as
// { id, value, unit, description }, and { error } for a telegram that is refused. Values are texts, so
// that no digit is lost.
export async function load(bytes) {
    const { instance } = await WebAssembly.instantiate(bytes);
    const { memory, room, size, decode, lines } = instance.exports;
    return (text) => {
        const telegram = Uint8Array.from(text, (character) => character.charCodeAt(0));
        if (telegram.length > size())
            throw new RangeError(`at most ${size()} characters can be decoded at once`);
        new Uint8Array(memory.buffer).set(telegram, room());
        const length = decode(telegram.length);
        const told = new TextDecoder("latin1").decode(new Uint8Array(memory.buffer, lines(), length));
        return told.split("\n").slice(0, -1).map(readLine);
    };
}

function readLine(line) {
    const [id, value, unit, description] = line.split("\t");
    return value === undefined ? { error: id } : { id, value, unit, description };
}

// What is copied from a page has line ends of its own; the meter's are CR LF, and its CRC covers them.
export function asMeterSends(pasted) {
    return pasted.replace(/\r?\n/g, "\r\n") + "\r\n";
}
