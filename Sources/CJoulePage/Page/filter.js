// Runs as columns, what is typed into the search box, and the order of rows.
"use strict";

(() => {
    /** Units by name, as how much of the base unit they are. */
    const UNITS = {
        J: { j: 1, kj: 1e3, mj: 1e6, gj: 1e9, wh: 3600, kwh: 3.6e6, mwh: 3.6e9 },
        s: { ms: 1e-3, s: 1, sec: 1, min: 60, m: 60, h: 3600, d: 86400 },
    };

    /** One column: numbers (NaN where missing), or texts as codes of words (-1 where missing). */
    class Column {
        constructor(source, count) {
            Object.assign(this, {
                name: source.name, label: source.label ?? source.name, kind: source.kind,
                unit: source.unit ?? null, group: source.group ?? "run",
                better: source.better ?? null,
            });
            this.isNumeric = this.kind === "number" || this.kind === "time";
            if (this.isNumeric) this.numbers = numbers(source, count);
            else if (source.words) this.takeCodes(source, count);
            else this.takeTexts(source.values, count);
        }

        takeCodes(source, count) {
            this.words = source.words;
            this.codes = new Int32Array(count).fill(-1);
            for (let row = 0; row < count; row += 1) this.codes[row] = source.codes[row] ?? -1;
        }

        takeTexts(values, count) {
            const places = new Map();
            this.words = [];
            this.codes = new Int32Array(count).fill(-1);
            for (let row = 0; row < count; row += 1) {
                const text = textOf(values[row]);
                if (text === null) continue;
                let code = places.get(text);
                if (code === undefined) {
                    code = this.words.push(text) - 1;
                    places.set(text, code);
                }
                this.codes[row] = code;
            }
        }

        /** The number or text of a row; null where missing. */
        at(row) {
            if (this.isNumeric) return Number.isNaN(this.numbers[row]) ? null : this.numbers[row];
            return this.codes[row] < 0 ? null : this.words[this.codes[row]];
        }

        isMissing(row) {
            return this.isNumeric ? Number.isNaN(this.numbers[row]) : this.codes[row] < 0;
        }

        /** The words in small letters; made once. */
        get lowered() {
            this.keptLowered ??= this.words.map((word) => word.toLowerCase());
            return this.keptLowered;
        }

        /** The place of each row among the different values, -1 where missing; found once. */
        get ranks() {
            this.keptRanks ??= this.isNumeric ? numberRanks(this.numbers) : wordRanks(this);
            return this.keptRanks;
        }
    }

    const textOf = (value) => value === null || value === undefined ? null
        : Array.isArray(value) ? value.join(", ") || null
            : typeof value === "object" ? JSON.stringify(value) : String(value);

    function numbers(source, count) {
        const result = new Float64Array(count).fill(NaN);
        const from = source.values ?? [];
        for (let row = 0; row < count; row += 1) {
            const value = source.words ? Number(source.words[source.codes[row]]) : from[row];
            if (typeof value === "number") result[row] = value;
        }
        return result;
    }

    function numberRanks(values) {
        const sorted = values.filter((value) => !Number.isNaN(value)).sort();
        let distinct = 0;
        for (let place = 0; place < sorted.length; place += 1) {
            if (place === 0 || sorted[place] !== sorted[place - 1]) {
                sorted[distinct] = sorted[place];
                distinct += 1;
            }
        }
        const ranks = new Int32Array(values.length);
        for (let row = 0; row < values.length; row += 1) {
            ranks[row] = Number.isNaN(values[row]) ? -1 : position(sorted, distinct, values[row]);
        }
        return { ranks, distinct };
    }

    function position(sorted, length, value) {
        let low = 0;
        let high = length - 1;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (sorted[middle] < value) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /** The number that a word spells, also in quotation marks; NaN where it spells none. */
    function spelledNumber(word) {
        const text = word.replace(/^"(.*)"$/, "$1").trim();
        return text === "" ? NaN : Number(text);
    }

    /** Words that all spell numbers are in the order of these. */
    function wordRanks(column) {
        const { words, codes } = column;
        const counts = column.group === "config" ? Float64Array.from(words, spelledNumber) : null;
        const { ranks: byCode, distinct } = !counts || counts.some(Number.isNaN)
            ? textRanks(words) : numberRanks(counts);
        return { ranks: codes.map((code) => code < 0 ? -1 : byCode[code]), distinct };
    }

    function textRanks(words) {
        const places = new Map([...words].sort().map((word, place) => [word, place]));
        return { ranks: words.map((word) => places.get(word)), distinct: words.length };
    }

    /** All runs, column by column. */
    class Runs {
        constructor(document) {
            this.version = document.version;
            this.count = document.count;
            this.leftOut = document.left_out ?? {};
            this.columns = document.columns.map((column) => new Column(column, document.count));
            this.byName = new Map(this.columns.map((column) => [column.name, column]));
        }

        column(name) { return this.byName.get(name); }

        id(row) { return this.column("id").at(row); }

        /** The column that somebody means: by its name, or by its last parts. */
        meant(name) {
            const low = name.toLowerCase();
            const names = [low, `config.${low}`, `metric.${low}`];
            return this.columns.find((column) => column.name.toLowerCase() === low)
                ?? this.columns.find((column) => names.includes(column.name.toLowerCase()))
                ?? this.columns.find((column) => column.name.toLowerCase().endsWith(`.${low}`))
                ?? ({ took: this.column("duration"), run: this.column("id") })[low];
        }

        /** The rows that `query` keeps, in the order of a column; missing values come last. */
        view(query, sort) {
            const mask = matching(this, query);
            const name = sort.replace(/^-/, "");
            const column = this.column(name) ?? this.column("started") ?? this.columns[0];
            return { rows: ordered(mask.keeps, column, sort.startsWith("-")), errors: mask.errors };
        }
    }

    /** Counts the rows of each rank, then lays them out: linear in the number of rows. */
    function ordered(keeps, column, isDescending) {
        const { ranks, distinct } = column.ranks;
        const starts = new Int32Array(distinct + 2);
        const bucket = (row) => ranks[row] < 0
            ? distinct : isDescending ? distinct - 1 - ranks[row] : ranks[row];
        for (let row = 0; row < keeps.length; row += 1) {
            if (keeps[row]) starts[bucket(row) + 1] += 1;
        }
        for (let place = 1; place < starts.length; place += 1) starts[place] += starts[place - 1];
        const rows = new Int32Array(starts[distinct + 1]);
        for (let row = 0; row < keeps.length; row += 1) {
            if (!keeps[row]) continue;
            const place = bucket(row);
            rows[starts[place]] = row;
            starts[place] += 1;
        }
        return rows;
    }

    const TERM = /(-?)(?:([^\s:<>=!"]+)(:|<=|>=|!=|<|>|=))?("[^"]*"?|\S+)/g;

    /** The terms of a query: {isNegated, field, operator, value}. */
    function terms(query) {
        return [...query.matchAll(TERM)].map(([, minus, field, operator, value]) => ({
            isNegated: minus === "-",
            field: field ?? null,
            operator: operator ?? null,
            value: value.replace(/^"|"$/g, ""),
        }));
    }

    function matching(runs, query) {
        const keeps = new Uint8Array(runs.count).fill(1);
        const errors = [];
        for (const term of terms(query)) {
            try {
                const accepts = condition(runs, term);
                for (let row = 0; row < keeps.length; row += 1) {
                    if (keeps[row] && accepts(row) === term.isNegated) keeps[row] = 0;
                }
            } catch (error) {
                errors.push(error.message);
            }
        }
        return { keeps, errors };
    }

    function condition(runs, term) {
        if (term.field === null) return anywhere(runs, term.value);
        if (["has", "no"].includes(term.field.toLowerCase()) && term.operator === ":") {
            const column = columnMeant(runs, term.value);
            const isWanted = term.field.toLowerCase() === "has";
            return (row) => column.isMissing(row) !== isWanted;
        }
        const column = columnMeant(runs, term.field);
        return column.isNumeric ? numeric(column, term) : textual(column, term);
    }

    function columnMeant(runs, name) {
        const column = runs.meant(name);
        if (column) return column;
        const near = runs.columns.map((one) => one.name).filter((one) =>
            one.toLowerCase().includes(name.toLowerCase().slice(0, 3)));
        const some = (near.length ? near : runs.columns.map((one) => one.name)).slice(0, 6);
        const rare = (runs.leftOut.metrics ?? 0) + (runs.leftOut.config ?? 0);
        const beside = rare ? ` ${joule.count(rare, "column")} of few runs are left out here.` : "";
        throw new Error(`There is no column “${name}”. There are ${some.join(", ")}…${beside}`);
    }

    const SEARCHED = ["id", "project", "stage", "status", "user", "tags"];

    function anywhere(runs, text) {
        const wanted = text.toLowerCase();
        const hits = new Uint8Array(runs.count);
        for (const { codes, lowered } of SEARCHED.map((name) => runs.column(name)).filter(Boolean)) {
            const fits = lowered.map((word) => word.includes(wanted));
            for (let row = 0; row < hits.length; row += 1) if (fits[codes[row]]) hits[row] = 1;
        }
        return (row) => hits[row] === 1;
    }

    /** Looks at each different word once; a value of a configuration may stand in quotation marks. */
    function textual(column, { operator, value }) {
        const wanted = value.toLowerCase();
        const isWhole = operator === "=" || operator === "!=";
        if (operator.startsWith("<") || operator.startsWith(">")) {
            const counts = column.words.map(spelledNumber);
            if (counts.every(Number.isNaN)) {
                throw new Error(`“${column.name}” holds words: write ${column.name}:${value}`);
            }
            const fits = counts.map(comparison(operator, amount(column, value)));
            return (row) => column.codes[row] >= 0 && fits[column.codes[row]];
        }
        const fits = column.lowered.map((word) => isWhole
            ? word === wanted || word === `"${wanted}"` : word.includes(wanted));
        const isNot = operator === "!=";
        return (row) => column.codes[row] >= 0 && fits[column.codes[row]] !== isNot;
    }

    function comparison(operator, limit) {
        switch (operator) {
        case "<": return (value) => value < limit;
        case "<=": return (value) => value <= limit;
        case ">": return (value) => value > limit;
        case ">=": return (value) => value >= limit;
        case "!=": return (value) => !Number.isNaN(value) && value !== limit;
        default: return (value) => value === limit;
        }
    }

    function numeric(column, { operator, value }) {
        const accepts = comparison(operator, amount(column, value));
        return (row) => accepts(column.numbers[row]);
    }

    /** `1kWh`, `90min`, `2026-11-01` or `7d` (that long ago) in the unit of the column. */
    function amount(column, text) {
        if (column.kind === "time" && /^\d{4}-\d{2}(-\d{2}(T.*)?)?$/.test(text)) {
            return Date.parse(text.includes("T") && !/Z|[+-]\d\d:/.test(text) ? `${text}Z` : text) / 1000;
        }
        const [, digits, unit] = /^([-+]?[\d._]*\d(?:e[-+]?\d+)?)\s*(\S*)$/i.exec(text) ?? [];
        const number = Number(digits?.replaceAll("_", ""));
        const fault = `“${text}” is no number for ${column.name}`;
        if (digits === undefined || Number.isNaN(number)) throw new Error(fault);
        if (!unit) return number;
        if (unit === "%") return number / 100;
        const units = UNITS[column.kind === "time" ? "s" : column.unit] ?? {};
        const size = units[unit.toLowerCase()];
        if (size === undefined) {
            const some = Object.keys(units).length ? "J, Wh, kWh, s, min, h" : "none";
            throw new Error(`${fault}: “${unit}” is not one of its units (${some})`);
        }
        return column.kind === "time" ? Date.now() / 1000 - number * size : number * size;
    }

    /** `query` with the term `field:value` put in where it is not, or taken out. */
    function toggled(query, field, value) {
        const written = `${field}:${/\s/.test(value) ? `"${value}"` : value}`;
        const isThere = terms(query).some((term) => isTerm(term, field, value));
        if (!isThere) return `${query.trim()} ${written}`.trim();
        return query.replaceAll(TERM, (text) =>
            terms(text).some((term) => isTerm(term, field, value)) ? "" : text)
            .replace(/\s+/g, " ").trim();
    }

    const isTerm = (term, field, value) => term.field === field && term.operator === ":"
        && term.value === value && !term.isNegated;
    const holds = (query, field, value) => terms(query).some((term) => isTerm(term, field, value));

    Object.assign(joule, { Runs, toggled, holds });
})();
