// SPDX-License-Identifier: MIT
// Makes elements: no markup is ever put together from text, so nothing a meter sends can become markup.
export type Child = Node | string | number | null | undefined | false;
export type Attributes = {
    on?: { [event: string]: (event: Event) => void };
    [name: string]: unknown;
};

const svgSpace = "http://www.w3.org/2000/svg";

function furnish(element: Element, attributes: Attributes, children: Child[]): void {
    for (const [name, value] of Object.entries(attributes)) {
        if (name === "on" || value === null || value === undefined || value === false) continue;
        element.setAttribute(name, value === true ? "" : String(value));
    }
    for (const [event, listener] of Object.entries(attributes.on ?? {}))
        element.addEventListener(event, listener);
    element.append(...present(children));
}

function present(children: Child[]): (Node | string)[] {
    const kept: (Node | string)[] = [];
    for (const child of children)
        if (child !== null && child !== undefined && child !== false)
            kept.push(typeof child === "number" ? String(child) : child);
    return kept;
}

export function h<K extends keyof HTMLElementTagNameMap>(
    tag: K,
    attributes: Attributes = {},
    ...children: Child[]
): HTMLElementTagNameMap[K] {
    const element = document.createElement(tag);
    furnish(element, attributes, children);
    return element;
}

export function s<K extends keyof SVGElementTagNameMap>(
    tag: K,
    attributes: Attributes = {},
    ...children: Child[]
): SVGElementTagNameMap[K] {
    const element = document.createElementNS(svgSpace, tag);
    furnish(element, attributes, children);
    return element;
}

export function fill(parent: Element, ...children: Child[]): void {
    parent.replaceChildren(...present(children));
}

// Changes the document only when there is something to change: a screen reader hears of each change.
export function say(node: Element, text: string): void {
    if (node.textContent !== text) node.textContent = text;
}

// A width of zero (a hidden parent) is not reported. Returns what ends it.
export function onWidth(element: Element, draw: (width: number) => void): () => void {
    let last = 0;
    const observer = new ResizeObserver(() => {
        const width = Math.floor(element.clientWidth);
        if (width > 0 && width !== last) {
            last = width;
            draw(width);
        }
    });
    observer.observe(element);
    return () => observer.disconnect();
}
