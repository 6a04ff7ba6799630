// What things are called and how amounts are written; and the only place that makes elements.
// Everything from a ledger becomes text here, never markup.
"use strict";

const joule = {};

(() => {
    const MISSING = "—";

    /** Three significant figures, without an exponent where people can read it without. */
    function figures(value, digits = 3) {
        if (value === 0) return "0";
        const size = Math.abs(value);
        if (!Number.isFinite(value)) return String(value);
        if (size >= 1e15 || size < 1e-6) return value.toExponential(digits - 1);
        const places = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
        return value.toLocaleString("en-GB", {
            minimumFractionDigits: 0, maximumFractionDigits: Math.min(places, 20),
        });
    }

    const known = (value) => typeof value === "number" && !Number.isNaN(value);

    /** `units` are [least amount, symbol, size where it is another], the largest first. */
    function scaled(value, units) {
        if (!known(value)) return MISSING;
        const size = Math.abs(value);
        const [least, symbol, factor] = units.find(([one]) => size >= one * 0.9995) ?? units.at(-1);
        return `${figures(value / (factor ?? least))}\u00a0${symbol}`;
    }

    const ENERGY = [[3.6e9, "MWh"], [3.6e6, "kWh"], [1000, "Wh", 3600], [1, "J"], [1e-3, "mJ"]];
    const MASS = [[1000, "t"], [1, "kg"], [1e-3, "g"], [1e-6, "mg"], [1e-9, "µg"]];
    const TIME = [[172800, "d", 86400], [5400, "h", 3600], [90, "min", 60], [1, "s"], [1e-3, "ms"]];

    const energy = (joules) => joules === 0 ? "0\u00a0J" : scaled(joules, ENERGY);
    /**
     * How to write energies that stand below each other: all in the unit of the largest, unless some
     * are so small beside it that nothing of them would be left.
     */
    function energiesLike(values) {
        const sizes = values.filter(known).map(Math.abs).filter((size) => size > 0);
        const most = Math.max(0, ...sizes);
        if (most > 100 * Math.min(...sizes)) return energy;
        const [least, symbol, size] = ENERGY.find(([one]) => most >= one * 0.9995) ?? ENERGY.at(-1);
        const unit = size ?? least;
        const places = Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(most / unit || 1))));
        return (joules) => {
            if (!known(joules) || joules === 0) return energy(joules);
            const text = (joules / unit).toLocaleString("en-GB", {
                minimumFractionDigits: places, maximumFractionDigits: places,
            });
            return Number(text.replaceAll(",", "")) === 0 ? energy(joules) : `${text}\u00a0${symbol}`;
        };
    }

    const kilowattHours = (value) => energy(known(value) ? value * 3.6e6 : null);
    const mass = (kilograms) => scaled(kilograms, MASS);
    const litres = (value) => scaled(value, [[1000, "m³"], [1, "L"], [1e-3, "mL"], [1e-6, "µL"]]);
    const area = (value) => scaled(value, [[1, "m²"], [1e-4, "cm²"], [1e-6, "mm²"]]);
    const power = (watts) => scaled(watts, [[1e6, "MW"], [1000, "kW"], [1, "W"], [1e-3, "mW"]]);
    /** More than nothing is never told as nothing, and less than all never as all. */
    function percent(share) {
        if (!known(share)) return MISSING;
        if (share > 0 && share < 0.001) return "<\u00a00.1\u00a0%";
        if (share > 0.999 && share < 1) return ">\u00a099.9\u00a0%";
        return `${figures(share * 100, share > 0.99 && share < 1 ? 3 : 2)}\u00a0%`;
    }
    const bytes = (value) =>
        scaled(value, [[1e12, "TB"], [1e9, "GB"], [1e6, "MB"], [1e3, "kB"], [1, "B"]]);

    function duration(seconds) {
        if (!known(seconds)) return MISSING;
        if (seconds === 0) return "0\u00a0s";
        const [, symbol, size] = TIME.find(([least]) => seconds >= least) ?? TIME.at(-1);
        const unit = size ?? (symbol === "ms" ? 1e-3 : 1);
        return `${figures(seconds / unit)}\u00a0${symbol}`;
    }

    /** Unix seconds as a date and time in UTC. */
    function time(seconds) {
        if (!known(seconds)) return MISSING;
        const date = new Date(seconds * 1000);
        return Number.isNaN(date.getTime())
            ? MISSING : date.toISOString().slice(0, 16).replace("T", "\u00a0");
    }

    const count = (value, noun) =>
        `${value.toLocaleString("en-GB")} ${noun}${value === 1 ? "" : "s"}`;
    const number = (value, digits = 4) => known(value) ? figures(value, digits) : MISSING;
    const spaced = (text) => String(text).replaceAll("_", " ");
    const short = (id) => String(id).slice(0, 8);

    /** How long ids have to be told so that `share` of them are told apart, at least eight letters. */
    function lengthThatTells(ids, share = 1) {
        const longest = ids.reduce((most, id) => Math.max(most, id.length), 8);
        for (let length = 8; length < longest; length += length < 64 ? 1 : 16) {
            const few = new Set();
            for (const id of ids) few.add(id.slice(0, length));
            if (few.size >= ids.length * share) return length;
        }
        return longest;
    }

    /** The shortest beginnings of different ids that tell all of them apart, by id. */
    function shortNames(ids) {
        const length = lengthThatTells([...new Set(ids)]);
        return new Map(ids.map((id) => [id, id.slice(0, length)]));
    }

    // Records keep members that nobody checked: whatever they hold is shown, and breaks nothing.
    const list = (value) => Array.isArray(value) ? value : [];
    const object = (value) =>
        value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
    const objects = (value) => list(value).map(object);

    /** A value of a configuration as its ledger spells it. */
    const spelt = (value) =>
        value === undefined ? MISSING : typeof value === "string" ? value : JSON.stringify(value);

    /** The leaves of nested objects by path, in their order. */
    function flattened(value, path = "", leaves = new Map()) {
        const isBranch = value !== null && typeof value === "object" && !Array.isArray(value)
            && Object.keys(value).length > 0;
        if (!isBranch) {
            if (path) leaves.set(path, value);
            return leaves;
        }
        for (const [key, child] of Object.entries(value)) {
            flattened(child, path ? `${path}.${key}` : key, leaves);
        }
        return leaves;
    }

    const PROVENANCE = {
        counter: ["●", "measured", "read from a counter of energy"],
        integrated_power: ["●", "measured", "integrated from readings of power"],
        external: ["●", "measured", "read from a meter outside of the machine"],
        model: ["≈", "modelled", "computed from utilisation, not measured"],
        declared: ["✎", "declared", "stated by a record or a person, not measured by us"],
    };

    /** Mark, word and meaning of how a number is known that is there. */
    function provenance(name) {
        const [mark, word, meaning] = PROVENANCE[name] ?? PROVENANCE.declared;
        return { mark, word, meaning };
    }

    /** An amount behind the mark of how it is known, which is left out where that is a meter. */
    function marked(amount, name) {
        const { mark, word, meaning } = provenance(name);
        if (mark === "●") return make("span", { title: `${word}: ${meaning}`, text: amount });
        return make("span", { title: `${word}: ${meaning}` },
            make("span", { class: "mark", "aria-hidden": "true", text: `${mark}\u00a0` }), amount,
            make("span", { class: "unseen", text: ` ${word}` }));
    }

    /**
     * An element. `parts` may hold text, class and any attribute; what begins with "on" is a
     * handler. Children are elements or text; null ones are left out.
     */
    function make(tag, parts = {}, ...children) {
        const element = document.createElement(tag);
        for (const [name, value] of Object.entries(parts)) {
            if (value === null || value === undefined || value === false) continue;
            if (name === "text") element.textContent = value;
            else if (name.startsWith("on")) element[name] = value;
            else element.setAttribute(name === "class" ? "class" : name, value === true ? "" : value);
        }
        for (const child of children.flat()) {
            if (child !== null && child !== undefined && child !== false) element.append(child);
        }
        return element;
    }

    /** How a number is known, as a mark with its word. */
    function provenanceMark(name, isLong = false) {
        const { mark, word, meaning } = provenance(name);
        return make("span", { class: `known known-${word.replace(" ", "-")}`, title: meaning },
            make("span", { "aria-hidden": "true", text: mark }),
            make("span", { class: isLong ? "" : "unseen", text: ` ${word}` }));
    }

    const STATUS = { finished: "✓", failed: "✕", killed: "■", running: "▶" };

    function statusMark(status) {
        if (!status) return make("span", { text: MISSING });
        return make("span", { class: `status status-${STATUS[status] ? status : "other"}` },
            make("span", { "aria-hidden": "true", text: `${STATUS[status] ?? "·"} ` }), status);
    }

    // What is open stays open; styles are set as properties, because the policy forbids attributes.
    const OWN = ["open", "style"];
    const HANDLERS = ["onclick", "onchange", "oninput", "onkeydown", "ontoggle"];

    /** Makes `old` what `fresh` is, and leaves alone whatever is that already. */
    function morph(old, fresh) {
        if (old.nodeType === Node.TEXT_NODE) {
            if (old.data !== fresh.data) old.data = fresh.data;
            return;
        }
        for (const name of HANDLERS) if (old[name] !== fresh[name]) old[name] = fresh[name];
        if (old.take) {
            old.take(fresh);
            return;
        }
        for (const { name } of [...old.attributes]) {
            if (!fresh.hasAttribute(name) && !OWN.includes(name)) old.removeAttribute(name);
        }
        for (const { name, value } of fresh.attributes) {
            if (old.getAttribute(name) !== value && !OWN.includes(name)) old.setAttribute(name, value);
        }
        if (old.style && old.style.cssText !== fresh.style.cssText) {
            old.style.cssText = fresh.style.cssText;
        }
        if (old.localName === "input") old.checked = fresh.checked;
        if (old.localName === "select") {
            const { value } = fresh;
            queueMicrotask(() => { old.value = value; });
        }
        const isSame = (left, right) => left.nodeType === right.nodeType
            && left.localName === right.localName && left.id === right.id;
        let place = old.firstChild;
        for (const child of [...fresh.childNodes]) {
            if (place && isSame(place, child)) {
                morph(place, child);
                place = place.nextSibling;
            } else {
                old.insertBefore(child, place);
            }
        }
        while (place) {
            const next = place.nextSibling;
            place.remove();
            place = next;
        }
    }

    const heading = (level, text, id) => make(`h${level}`, { text, id });

    /** A table for few rows; `columns` are {label, isUnseen, isNumber, class, cell(row)}. */
    function smallTable(caption, columns, rows) {
        const cell = (column, row) => {
            const content = column.cell(row);
            return make("td", { class: column.isNumber ? "number" : column.class },
                content instanceof Node || Array.isArray(content) ? content : String(content));
        };
        return make("div", { class: "wide", tabindex: "0", role: "region", "aria-label": caption },
            make("table", {},
                make("caption", { class: "unseen", text: caption }),
                make("thead", {}, make("tr", {}, columns.map((column) => make("th", {
                    scope: "col", class: column.isNumber ? "number" : null,
                }, column.isUnseen ? make("span", { class: "unseen", text: column.label }) : column.label)))),
                make("tbody", {}, rows.map((row) =>
                    make("tr", {}, columns.map((column) => cell(column, row)))))));
    }

    /** Names with their values. */
    function facts(pairs) {
        return make("dl", { class: "facts" }, pairs
            .filter(([, value]) => value !== null && value !== undefined && value !== "")
            .map(([name, value]) => make("div", {},
                make("dt", { text: name }),
                make("dd", {}, value instanceof Node ? value : spelt(value)))));
    }

    /** A figure with its name above and what it stands on below. */
    function card(name, value, below, onclick = null) {
        const content = [
            make("span", { class: "card-name", text: name }),
            make("span", { class: "card-value" }, value),
            make("span", { class: "card-below" }, below ?? ""),
        ];
        return onclick
            ? make("button", { type: "button", class: "card", onclick, "aria-haspopup": "dialog" },
                content)
            : make("div", { class: "card" }, content);
    }

    /** What to read where there is nothing yet. */
    function empty(title, ...content) {
        return make("section", { class: "empty" }, heading(2, title), content);
    }

    const code = (text) => make("pre", { class: "code", tabindex: "0" }, make("code", { text }));
    const runLink = (id, label) =>
        make("a", { href: `#/run/${encodeURIComponent(id)}`, class: "id", text: label ?? short(id) });

    Object.assign(joule, {
        MISSING, figures, known, energy, energiesLike, kilowattHours, mass, litres, area, power, percent, bytes,
        duration, time, count, number, spaced, short, lengthThatTells, shortNames, list, object, objects, spelt, flattened, provenance, make,
        marked, provenanceMark, statusMark, morph, heading, smallTable, facts, card, empty, code, runLink,
    });
})();
