// SPDX-License-Identifier: MIT
// Asks for the token of a dsmr that listens on the network.
import { h, say } from "./dom";
import { setToken, token } from "./preferences";
import { words } from "./words";

export function loginForm(done: () => Promise<void>): HTMLElement {
    const w = words();
    const field = h("input", { id: "token", type: "password", autocomplete: "current-password", required: true, spellcheck: "false" });
    const wrong = h("p", { class: "wrong", role: "alert" });
    if (token()) say(wrong, w.wrongToken);
    return h("form", { class: "card login", on: { submit: (event) => {
        event.preventDefault();
        setToken(field.value.trim());
        void done();
    } } },
    h("h1", {}, w.loginTitle), h("p", {}, w.loginText),
    h("label", { for: "token" }, w.tokenLabel), field, wrong,
    h("button", { type: "submit", class: "button primary" }, w.login));
}
