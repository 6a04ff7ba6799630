// Runs beside each other: what differs between them, and what that did.
"use strict";

(() => {
    const { make, heading, smallTable, energy, duration, number, known, MISSING, spelt, flattened } = joule;

    const COMPARED_MAX = 12;

    async function comparePage([list = ""], query) {
        document.title = "Compare · Joulebook";
        const asked = [...new Set(joule.parted(list))];
        const ids = asked.slice(0, COMPARED_MAX);
        if (ids.length < 2) return [make("h1", { text: "Compare" }), teaching()];
        const found = await Promise.all(ids.map((id) =>
            joule.data(`run/${encodeURIComponent(id)}`).catch((error) => ({ error, id }))));
        const missing = found.filter((one) => one.error);
        const runs = found.filter((one) => one.run).map((one) => joule.shaped(one.run));
        const { explain, charts } = await comparison(ids, runs, found.filter((one) => one.run));
        return [
            make("h1", { text: `${runs.length} runs compared` }),
            asked.length > ids.length ? make("p", { class: "aside", text:
                `${joule.count(asked.length, "run")} are chosen, of which the first ${COMPARED_MAX} are compared here.` }) : null,
            missing.map(({ id, error }) => make("p", { class: "errors", text: `${joule.short(id)}: ${error.message}` })),
            explain?.explanation ? make("p", { class: "lead", text: explain.explanation }) : null,
            runs.length ? totals(runs, ids) : null,
            make("div", { class: "charts" }, joule.chart(charts.curves), joule.chart(charts.efficiency)),
            runs.length > 1 ? differences(runs, explain, query.get("keys") === "all") : null,
        ];
    }

    /** What the server says of them; in a report the page fills its specifications itself. */
    async function comparison(ids, runs, found) {
        const name = `compare/${joule.joined(ids)}`;
        if (joule.has(name)) {
            const answer = await joule.data(name).catch(() => null);
            if (answer) return { explain: answer.explain, charts: answer.charts ?? {} };
        }
        const templates = joule.has("templates") ? await joule.data("templates").catch(() => ({})) : {};
        const { metric, rows } = curveRows(runs, found);
        const filled = (spec) => spec && rows.length ? withRows(spec, metric, rows) : null;
        return { explain: null, charts: { curves: filled(templates.curves), efficiency: filled(templates.efficiency) } };
    }

    function withRows(spec, metric, values) {
        const copy = structuredClone(spec);
        copy.data = { values };
        copy.title = copy.title.replace(/^Value\b/, () => metric);
        copy.description = copy.description.replace(/^Value\b/, () => metric);
        copy.encoding.y.title = metric;
        for (const field of copy.encoding.tooltip) if (field.field === "value") field.title = metric;
        return copy;
    }

    /** `found` are the answers, which tell what matters and, of many epochs, what all had used. */
    function curveRows(runs, found) {
        const metric = found.map((one) => one.best?.metric).find(Boolean);
        const shown = joule.shortNames(runs.map((run) => run.run_id));
        const rows = runs.flatMap((run, at) => {
            const told = found[at].used_j;
            let used = 0;
            return run.epochs.map((epoch, place) => {
                used = told ? told[place] : known(used) && known(epoch.energy?.total_j) ? used + epoch.energy.total_j : null;
                return {
                    run: shown.get(run.run_id), epoch: epoch.epoch, value: epoch.metrics?.[metric] ?? null,
                    energy: known(used) ? used / 3600 : null,
                };
            }).filter((row) => row.value !== null);
        });
        return { metric, rows };
    }

    function lastMetrics(run) {
        const last = new Map();
        for (const epoch of run.epochs ?? []) {
            for (const [name, value] of Object.entries(epoch.metrics ?? {})) last.set(name, value);
        }
        return last;
    }

    function totals(runs, ids) {
        const last = new Map(runs.map((run) => [run, lastMetrics(run)]));
        const names = [...new Set(runs.flatMap((run) => [...last.get(run).keys()]))].slice(0, 6);
        const shown = joule.shortNames(runs.map((run) => run.run_id));
        const without = (id) => joule.joined(ids.filter((one) => one !== id));
        return make("section", {}, heading(2, "Cost and result"), smallTable("Cost and result", [
            { label: "Run", cell: (run) => joule.runLink(run.run_id, shown.get(run.run_id)) },
            { label: "Project", cell: (run) => run.project ?? MISSING },
            { label: "Status", cell: (run) => joule.statusMark(run.status) },
            { label: "Energy", isNumber: true, cell: (run) => energyOf(run) },
            { label: "Took", isNumber: true, cell: (run) => duration(run.totals?.duration_s) },
            { label: "Epochs", isNumber: true, cell: (run) => run.totals?.epochs ?? MISSING },
            ...names.map((name) => ({
                label: name, isNumber: true, cell: (run) => number(last.get(run).get(name)),
            })),
            { label: "Leave out", isUnseen: true, cell: (run) => ids.length > 2 ? make("a", {
                href: `#/compare/${without(run.run_id)}`, "aria-label": `Leave ${shown.get(run.run_id)} out`,
                text: "leave out",
            }) : "" },
        ], runs));
    }

    function energyOf(run) {
        const { joules, provenance } = joule.energyOf(run);
        return known(joules) ? joule.marked(energy(joules), provenance) : MISSING;
    }

    /** What `explain` calls a key that differs. */
    const RELATIONS = {
        spelling: "spelt differently, the same value", ignored: "changes nothing computed",
        unread: "read by neither program", seed: "seed", unknown: "not stated by all",
    };

    function differences(runs, explain, isAll) {
        const leaves = runs.map((run) => flattened({
            ...run.config, seed: run.config?.seed ?? run.seed ?? undefined,
            "code.commit": run.code?.commit ?? undefined, "data.fingerprint": run.data?.fingerprint ?? undefined,
        }));
        const shownIDs = joule.shortNames(runs.map((run) => run.run_id));
        const paths = [...new Set(leaves.flatMap((one) => [...one.keys()]))];
        const rows = paths.map((path) => {
            const values = leaves.map((one) => one.get(path));
            return { path, values, isSame: new Set(values.map((value) => JSON.stringify(value))).size === 1 };
        }).filter((row) => row.values.some((value) => value !== undefined));
        const relations = new Map((explain?.keys ?? []).map((key) => [key.path, RELATIONS[key.relation]]));
        const shown = rows.filter((row) => isAll || !row.isSame);
        const equal = rows.filter((row) => row.isSame).length;
        const toggle = make("button", {
            type: "button", class: "quiet", "aria-pressed": String(isAll),
            text: isAll ? "Only what differs" : `Show the ${joule.count(equal, "key")} that are equal`,
            onclick: () => {
                joule.remember({ keys: isAll ? "" : "all" });
                joule.again();
            },
        });
        return make("section", {}, heading(2, "Configuration, key by key"),
            shown.length ? smallTable("Configuration, key by key", [
                { label: "Key", cell: (row) => make("code", { text: row.path }) },
                ...runs.map((run, place) => ({
                    label: shownIDs.get(run.run_id),
                    cell: (row) => make("code", {
                        class: row.isSame ? "same" : "differs",
                        text: row.values[place] === undefined ? MISSING : spelt(row.values[place]),
                    }),
                })),
                { label: "How", class: "prose", cell: (row) => row.isSame ? "equal" : relations.get(row.path) ?? "differs" },
            ], shown) : make("p", { text: "All keys are equal, and so are code, data and seed where they are stated." }),
            equal ? toggle : null);
    }

    function teaching() {
        return joule.empty("Nothing is chosen yet",
            make("p", {}, "Choose two runs or more in the ", make("a", { href: "#/runs", text: "table of runs" }),
                ": with the boxes in front, or with ", make("kbd", { text: "Space" }), ". Then “Compare” is beside the search."));
    }

    joule.comparePage = comparePage;
})();
