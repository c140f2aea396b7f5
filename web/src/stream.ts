// SPDX-License-Identifier: MIT
// Follows /api/v1/events with fetch(), since an EventSource cannot send a token. Ends and silences are
// noticed (the program sends a heartbeat every 15 s) and it tries again, later each time.
import { address, headers, lookAtClock } from "./api";

export interface Followed {
    telegram(text: string): void;
    line(): void;
    open(): void;
    lost(retryAt: number): void;
    refused(): void; // 401: a token is needed
}

const silenceLimit = 40_000;
const delays = [1, 2, 4, 8, 15, 30];

export class Stream {
    private stopped = false;
    private tries = 0;
    private last = "";
    private abort: AbortController | undefined;
    private timer = 0;
    private watch = 0;

    constructor(private readonly meter: string | undefined, private readonly to: Followed) {
        void this.run();
    }

    stop(): void {
        this.stopped = true;
        clearTimeout(this.timer);
        clearTimeout(this.watch);
        this.abort?.abort();
    }

    retryNow(): void {
        if (this.timer === 0) return;
        clearTimeout(this.timer);
        this.timer = 0;
        void this.run();
    }

    private async run(): Promise<void> {
        this.timer = 0;
        this.abort = new AbortController();
        try {
            await this.read(this.abort);
        } catch {
            // Whatever the reason, the answer is the same: try again.
        }
        clearTimeout(this.watch);
        if (!this.stopped) this.again();
    }

    private again(): void {
        const seconds = delays[Math.min(this.tries++, delays.length - 1)] ?? 30;
        this.to.lost(Date.now() + seconds * 1000);
        this.timer = window.setTimeout(() => void this.run(), seconds * 1000);
    }

    private heard(abort: AbortController): void {
        clearTimeout(this.watch);
        this.watch = window.setTimeout(() => abort.abort(), silenceLimit);
    }

    private async read(abort: AbortController): Promise<void> {
        this.heard(abort);
        const url = address("events", { meter: this.meter, last: this.last });
        const response = await fetch(url, { headers: headers("text/event-stream"), signal: abort.signal });
        lookAtClock(response);
        if (response.status === 401) {
            this.stopped = true;
            this.to.refused();
            return;
        }
        if (!response.ok || !response.body) return;
        this.to.open();
        await this.blocks(response.body.getReader(), abort);
    }

    private async blocks(reader: ReadableStreamDefaultReader<Uint8Array>, abort: AbortController): Promise<void> {
        const decoder = new TextDecoder();
        let pending = "";
        for (;;) {
            const { value, done } = await reader.read();
            if (done) return;
            this.heard(abort);
            pending += decoder.decode(value, { stream: true }).replace(/\r\n?/g, "\n");
            const parts = pending.split("\n\n");
            pending = parts.pop() ?? "";
            for (const part of parts) this.block(part);
        }
    }

    private block(text: string): void {
        let event = "message", id = "";
        const lines: string[] = [];
        for (const line of text.split("\n")) {
            const colon = line.indexOf(":");
            if (colon <= 0) continue;
            const value = line.slice(colon + 1).replace(/^ /, "");
            const field = line.slice(0, colon);
            if (field === "event") event = value;
            else if (field === "id") id = value;
            else if (field === "data") lines.push(value);
        }
        if (id) this.last = id;
        if (event === "telegram" && lines.length > 0) {
            this.tries = 0;
            this.to.telegram(lines.join("\n"));
        } else if (event === "line") this.to.line();
    }
}
