// The table of all runs.
"use strict";

(() => {
    const {
        make, energy, duration, time, number, statusMark, MISSING, place, remember,
    } = joule;

    const FIRST = ["project", "id", "status", "stage", "started", "duration", "energy"];
    const NARROW = ["id", "status", "energy"];
    const WIDTHS = {
        id: 96, project: 150, status: 104, stage: 112, started: 166, duration: 92, energy: 122,
        epochs: 76, user: 96, tags: 130, provenance: 104, devices: 130,
    };

    /** The page, which stays while its data change. */
    class RunsPage {
        constructor() {
            this.selection = new Set();
            this.selectedIDs = new Set(joule.parted(place().query.get("sel")));
            this.isOpen = false;
        }

        async load(isAgain) {
            const since = isAgain && this.runs ? `?since=${this.runs.version}` : "";
            const answer = await joule.data(`runs${since}`);
            if (answer.unchanged) return;
            joule.showProblems(answer.problems ?? [], answer.problems_count);
            this.runs = new joule.Runs(answer);
            this.nameRuns();
        }

        /** Ids that begin as others do are shown with as much more as tells most of the newest apart. */
        nameRuns() {
            const ids = Array.from({ length: this.runs.count }, (_, row) => this.runs.id(row));
            const seen = new Set();
            this.alike = new Set();
            for (const id of ids) {
                const begin = joule.short(id);
                if (seen.has(begin)) this.alike.add(begin);
                seen.add(begin);
            }
            const unclear = this.alike.size ? ids.filter((id) => this.alike.has(joule.short(id))) : [];
            this.idLength = joule.lengthThatTells(unclear.slice(-2000), 0.99);
        }

        shortName(id) {
            const begin = joule.short(id);
            return this.alike.has(begin) ? id.slice(0, this.idLength) : begin;
        }

        async show(main) {
            await this.load(false);
            document.title = "Runs · Joulebook";
            if (this.runs.count === 0) {
                main.replaceChildren(make("h1", { text: "Runs" }), teaching());
                return;
            }
            const { query } = place();
            this.query = query.get("q") ?? "";
            this.sort = query.get("sort") ?? "-started";
            this.chosen = query.has("cols") ? joule.parted(query.get("cols")) : this.usual();
            this.build(main);
            this.refresh();
            performance.mark("joule-runs-shown");
            const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 200));
            // One at a time, so that nobody who clicks meanwhile waits for all.
            this.chosen.forEach((name) => idle(() => this.runs.column(name)?.ranks));
            idle(() => this.runs.column("id").lowered);
        }

        /** Takes what has changed; scrolling, selection and what is typed stay. */
        async update(main) {
            await this.load(true);
            if (!this.table) {
                if (this.runs.count) await this.show(main);
                return;
            }
            this.refresh();
        }

        usual() {
            const names = innerWidth < 600 ? NARROW : FIRST;
            const metrics = this.runs.columns.filter((column) => column.group === "metric");
            const main = metrics.find((column) => column.better === "higher") ?? metrics[0];
            const knobs = this.runs.columns.filter((column) => column.group === "config");
            const changing = knobs.filter((column) => column.ranks.distinct > 1);
            const wide = innerWidth < 600 ? 0 : innerWidth < 1200 ? 1 : innerWidth < 1500 ? 2 : 3;
            return [...names, main?.name, ...changing.slice(0, wide).map((column) => column.name)]
                .filter((name) => name && this.runs.column(name));
        }

        build(main) {
            this.search = make("input", {
                type: "search", id: "search", value: this.query, autocomplete: "off",
                spellcheck: "false", "aria-label": "Search and filter runs",
                "aria-describedby": "search-errors",
                placeholder: "Search, or status:failed energy>1kWh lr<0.01",
                oninput: () => this.typed(this.search.value),
            });
            this.errors = make("p", { class: "errors", id: "search-errors", role: "alert" });
            this.chips = make("div", { class: "chips" });
            this.counts = make("p", { class: "counts", role: "status" });
            this.compare = make("a", { class: "button", href: "#", text: "Compare" });
            this.clear = make("button", {
                type: "button", class: "quiet", text: "Clear selection", onclick: () => this.unselect(),
            });
            this.menu = make("div", { class: "menu-items" });
            const menu = make("details", { class: "menu" }, make("summary", { text: "Columns" }), this.menu);
            menu.onkeydown = (event) => {
                if (event.key !== "Escape") return;
                event.stopPropagation();
                menu.open = false;
                menu.querySelector("summary").focus();
            };
            this.none = make("div");
            this.table = joule.virtualTable(this.model([]));
            main.replaceChildren(
                make("h1", { class: "unseen", text: "Runs" }),
                make("div", { class: "tools" },
                    make("div", { class: "search" }, this.search, make("kbd", { text: "/", "aria-hidden": "true" })),
                    menu, this.compare, this.clear),
                this.errors, this.chips, this.counts, this.table, this.none,
                make("p", { class: "legend" },
                    "● measured   ≈ modelled   ✎ declared   — not measured.",
                    make("span", { class: "keys" }, "   ", make("kbd", { text: "/" }), " search  ",
                        make("kbd", { text: "↑" }), make("kbd", { text: "↓" }), " move  ",
                        make("kbd", { text: "Enter" }), " open  ", make("kbd", { text: "Space" }), " select")));
        }

        typed(query) {
            this.query = query;
            remember({ q: query });
            this.refresh();
        }

        sorted(name, way) {
            const isNumeric = this.runs.column(name)?.isNumeric;
            const first = isNumeric ? "descending" : "ascending";
            const next = way === null ? first : way === "ascending" ? "descending" : "ascending";
            this.sort = (next === "descending" ? "-" : "") + name;
            remember({ sort: this.sort === "-started" ? "" : this.sort });
            this.refresh();
        }

        /** Filters, sorts and shows. */
        refresh() {
            const begun = performance.now();
            const view = this.runs.view(this.query, this.sort);
            this.table.show(this.model(view.rows));
            this.table.dataset.took = (performance.now() - begun).toFixed(1);
            this.errors.textContent = view.errors.join(" ");
            this.showCounts(view.rows);
            this.showChips();
            this.showMenu();
            this.showSelection();
            this.table.hidden = view.rows.length === 0;
            this.none.replaceChildren(...view.rows.length ? [] : [nothingFound(() => {
                this.search.value = "";
                this.typed("");
                this.search.focus();
            })]);
        }

        model(rows) {
            const runs = this.runs;
            const columns = this.chosen.map((name) => runs.column(name)).filter(Boolean)
                .map((column) => this.shown(column));
            const { selectedIDs } = this;
            return {
                caption: "Runs", columns: [this.checks(), ...columns], rows, sort: this.sort,
                selection: { has: (row) => selectedIDs.has(runs.id(row)) },
                onsort: (name, way) => this.sorted(name, way),
                onopen: (row) => { location.hash = `#/run/${encodeURIComponent(runs.id(row))}`; },
                onselect: (row) => this.select(runs.id(row)),
            };
        }

        checks() {
            return {
                name: "select", label: "Selected", isUnseen: true, width: 40, isSortable: false,
                class: "check",
                cell: (row, isSelected) => {
                    const id = this.runs.id(row);
                    const box = make("input", {
                        type: "checkbox", tabindex: "-1",
                        "aria-label": `Select ${this.shortName(id)} for comparison`,
                        onchange: () => {
                            this.select(id);
                            this.table.scroller.focus({ preventScroll: true });
                        },
                    });
                    box.checked = isSelected;
                    return box;
                },
            };
        }

        shown(column) {
            const { runs } = this;
            const cells = {
                id: (row) => joule.runLink(runs.id(row), this.shortName(runs.id(row))),
                status: (row) => statusMark(column.at(row)),
                energy: (row) => energyCell(column.at(row), runs.column("provenance")?.at(row)),
                provenance: (row) => column.at(row) === null
                    ? MISSING : joule.provenanceMark(column.at(row), true),
                stage: (row) => column.at(row) === null ? MISSING : joule.spaced(column.at(row)),
            };
            const isMetric = column.group === "metric";
            return {
                name: column.name, label: column.label, title: column.name,
                isNumber: column.isNumeric && column.kind !== "time",
                width: column.name === "id" ? Math.max(WIDTHS.id, Math.min(280, this.idLength * 9 + 24))
                    : WIDTHS[column.name] ?? Math.min(220, Math.max(96, column.label.length * 8 + 28)),
                cell: cells[column.name] ?? ((row) => {
                    const value = column.at(row);
                    if (value === null) return MISSING;
                    if (column.kind === "time") return time(value);
                    if (column.unit === "J") return energy(value);
                    if (column.unit === "s") return duration(value);
                    return column.isNumeric ? isMetric ? number(value) : number(value, 6) : value;
                }),
            };
        }

        showCounts(rows) {
            const joules = this.runs.column("energy");
            const known = rows.filter((row) => joules && !joules.isMissing(row));
            const missing = rows.length - known.length;
            const sum = known.reduce((all, row) => all + joules.numbers[row], 0);
            const of = rows.length === this.runs.count
                ? joule.count(rows.length, "run")
                : `${rows.length.toLocaleString("en-GB")} of ${joule.count(this.runs.count, "run")}`;
            const parts = [of];
            if (known.length) {
                const amount = `${this.doubt(known)}${energy(sum)}`;
                parts.push(this.isTogether(known)
                    ? `${amount} at most: some ran at the same time and may have measured the same`
                    : `${amount} in all`);
            }
            if (missing) parts.push(`${missing.toLocaleString("en-GB")} without energy`);
            this.counts.textContent = parts.join(" · ");
        }

        /** The mark of a sum: of the weakest of its parts. */
        doubt(rows) {
            const provenance = this.runs.column("provenance");
            const words = new Set();
            for (const row of rows) words.add(provenance?.at(row));
            return words.has("declared") ? "✎\u00a0" : words.has("model") ? "≈\u00a0" : "";
        }

        /** Whether two of the rows ran at the same time, so that they may share meters. */
        isTogether(rows) {
            const [started, took] = [this.runs.column("started"), this.runs.column("duration")];
            if (!started || !took) return false;
            // Rows are numbered from the oldest on.
            let until = -Infinity;
            for (const row of Int32Array.from(rows).sort()) {
                if (started.isMissing(row)) continue;
                if (started.numbers[row] < until) return true;
                until = Math.max(until, started.numbers[row] + (took.at(row) ?? 0));
            }
            return false;
        }

        showChips() {
            const groups = ["status", "stage", "project"].map((name) => this.runs.column(name))
                .filter((column) => column && column.words.length > 1);
            const fresh = make("div", { class: "chips" }, groups.map((column) =>
                make("div", { class: "chip-group", role: "group", "aria-label": column.label },
                    make("span", { class: "chip-name", text: column.label }),
                    frequent(column, 6).map(([word, many]) => {
                        const isOn = joule.holds(this.query, column.name, word);
                        return make("button", {
                            type: "button", class: "chip", "aria-pressed": String(isOn),
                            onclick: () => {
                                this.search.value = joule.toggled(this.query, column.name, word);
                                this.typed(this.search.value);
                            },
                        }, joule.spaced(word), make("span", { class: "many", text: many.toLocaleString("en-GB") }));
                    }))));
            joule.morph(this.chips, fresh);
        }

        showMenu() {
            const groups = [["run", "Run"], ["metric", "Metrics"], ["config", "Configuration"]];
            const leftOut = { metric: this.runs.leftOut.metrics, config: this.runs.leftOut.config };
            const fresh = make("div", { class: "menu-items" }, groups.map(([group, title]) => {
                const columns = this.runs.columns.filter((column) => column.group === group);
                return columns.length === 0 ? null : make("fieldset", {}, make("legend", { text: title }),
                    columns.map((column) => {
                        const box = make("input", {
                            type: "checkbox", onchange: () => this.choose(column.name),
                        });
                        box.checked = this.chosen.includes(column.name);
                        return make("label", {}, box, ` ${column.label}`);
                    }), leftOut[group] ? make("p", { class: "aside", text: `${leftOut[group]} more, of fewer runs, are left out` }) : null);
            }));
            joule.morph(this.menu, fresh);
        }

        choose(name) {
            this.chosen = this.chosen.includes(name)
                ? this.chosen.filter((one) => one !== name) : [...this.chosen, name];
            remember({ cols: joule.joined(this.chosen) });
            this.refresh();
        }

        select(id) {
            if (!this.selectedIDs.delete(id)) this.selectedIDs.add(id);
            this.showSelection();
            this.table.fill();
        }

        unselect() {
            this.selectedIDs.clear();
            this.showSelection();
            this.table.fill();
        }

        showSelection() {
            const ids = [...this.selectedIDs];
            remember({ sel: joule.joined(ids) });
            this.compare.hidden = ids.length < 2;
            this.clear.hidden = ids.length < 1;
            this.compare.textContent = `Compare ${ids.length}`;
            this.compare.href = `#/compare/${joule.joined(ids)}`;
        }

        /** Escape: first what is typed, then what is selected. */
        escape() {
            if (!this.table) return;
            if (this.query) {
                this.search.value = "";
                this.typed("");
            } else {
                this.unselect();
            }
        }
    }

    function energyCell(joules, known) {
        if (joules === null) return make("span", { title: "not measured", text: MISSING });
        return joule.marked(energy(joules), known);
    }

    /** The most frequent words of a column with how many rows have them. */
    function frequent(column, most) {
        const counts = new Map();
        for (const code of column.codes) {
            if (code >= 0) counts.set(code, (counts.get(code) ?? 0) + 1);
        }
        return [...counts].sort((left, right) => right[1] - left[1]).slice(0, most)
            .map(([code, many]) => [column.words[code], many]);
    }

    function nothingFound(onclear) {
        return joule.empty("No run fits this search",
            make("p", {}, "Words look in names, users and tags. ", make("code", { text: "energy>1kWh" }),
                ", ", make("code", { text: "duration<5min" }), ", ", make("code", { text: "started>7d" }),
                ", ", make("code", { text: "no:energy" }), " and ", make("code", { text: "-status:failed" }),
                " look in columns; any key of a configuration is one."),
            make("button", { type: "button", onclick: onclear, text: "Show all runs" }));
    }

    function teaching() {
        return joule.empty("No runs here yet",
            make("p", { text: "Every run that writes into this directory appears here by itself. The first one:" }),
            joule.code(
                "import joulebook\n\nwith joulebook.start(\"my-model\", config={\"lr\": 0.1, \"seed\": 0}) as run:\n"
                + "    for epoch in run.epochs(10):\n        ...\n        epoch.log(loss=loss, accuracy=accuracy)"),
            make("p", { text: "Or any program, without changing it:" }),
            joule.code("joulebook run --project my-model -- python train.py"),
            make("p", { text: "Runs that other trackers recorded come in with “joulebook import”." }));
    }

    joule.RunsPage = RunsPage;
})();
