// What was computed again, what that cost, and by what it is proven.
"use strict";

(() => {
    const { make, heading, smallTable, energy, percent, MISSING } = joule;

    const LINES = [
        ["avoidable", "Avoidable", "The evidence was finished when the run started."],
        ["hindsight", "Seen in hindsight", "Only the run’s own result showed that it was a repetition."],
        ["lost_work", "Lost work", "Lost with a failure and done again."],
        ["concurrent", "At the same time", "The evidence was still running when the run started."],
        ["undetermined", "Not determined", "Nobody knows which of both came first."],
        ["not_waste", "Not waste", "What no line claims, not even in the high case."],
    ];

    const PROOFS = {
        bit: "the results are equal, bit for bit", config: "equal configuration, code, data and seed",
        statistical: "seen in the statistics, never a proof",
    };

    async function duplicatesPage(_, query) {
        document.title = "Duplicates · Joulebook";
        const { audit, charts, left_out: leftOut } = await joule.data("duplicates");
        joule.showProblems(audit.problems ?? []);
        if (!audit.runs) return [make("h1", { text: "Duplicates" }), teaching()];
        const many = Number(query.get("show")) || 50;
        return [
            make("h1", { text: "Duplicates" }), lead(audit), lines(audit),
            make("div", { class: "charts" }, joule.chart(charts?.weeks)),
            findings(audit, many, leftOut), groups(audit.groups ?? [], leftOut), lessons(audit.lessons ?? [], leftOut),
            doubt(audit) ? make("p", { class: "legend", text: "≈ computed by a model or declared, not measured." }) : null,
        ];
    }

    /** Whether any energy is known, so that a sum of it means something. */
    const hasEnergy = (audit) => (audit.without_energy?.runs ?? 0) < (audit.executions ?? audit.runs);

    /** The mark before each sum: one run that nobody measured is enough. */
    const doubt = (audit) => audit.energy_modelled_runs > 0 ? "≈\u00a0" : "";

    function lead(audit) {
        const { central } = audit.avoidable_j;
        const seconds = audit.without_energy?.avoidable_s?.central ?? 0;
        const told = (joules) => doubt(audit) + energy(joules);
        if (!hasEnergy(audit)) {
            return make("p", { class: "lead", text: `The energy of ${joule.count(audit.executions ?? audit.runs, "run")} is not known. `
                + (seconds > 0 ? `${joule.duration(seconds)} were spent on results that were already there.`
                    : "Nothing is shown to have been avoidable.") });
        }
        const share = audit.energy_j > 0 ? central / audit.energy_j : null;
        const text = central > 0
            ? `${told(central)} of ${told(audit.energy_j)} (${percent(share)}) were spent on results that were already there.`
            : seconds > 0 ? `${joule.duration(seconds)}, of runs without known energy, were spent on results that were already there.`
                : `Of ${told(audit.energy_j)} in ${joule.count(audit.executions ?? audit.runs, "run")} nothing is shown to have been avoidable.`;
        return make("p", { class: "lead", text });
    }

    function lines(audit) {
        const total = audit.energy_j;
        const rows = LINES.map(([key, name, meaning]) => {
            const value = audit[`${key}_j`];
            const range = typeof value === "object" && value !== null ? value : { central: value };
            return { key, name, meaning, ...range };
        }).filter((row) => row.key !== "undetermined" || row.central > 0);
        const isKnown = hasEnergy(audit);
        const plain = (value) => value === undefined || value === null || !isKnown ? MISSING
            : (value > 0 ? doubt(audit) : "") + energy(value);
        return make("section", {}, heading(2, "Where the energy went"), smallTable("Where the energy went", [
            { label: "Line", cell: (row) => make("div", {}, make("strong", { text: row.name }),
                make("span", { class: "meaning", text: row.meaning })) },
            { label: "Low", isNumber: true, cell: (row) => row.low === undefined ? "" : plain(row.low) },
            { label: "Central", isNumber: true, cell: (row) => plain(row.central) },
            { label: "High", isNumber: true, cell: (row) => row.high === undefined ? "" : plain(row.high) },
            { label: "Share", isNumber: true, cell: (row) => percent(total > 0 ? row.central / total : null) },
            { label: "As a bar", isUnseen: true, class: "bar-cell", cell: (row) => bar(row, total) },
        ], rows), make("p", { class: "aside", text:
            "Low is proven by equal results, central adds equal configuration, code, data and seed, "
            + "high adds what lacks a fact. No joule stands on two lines." }), without(audit.without_energy));
    }

    function bar(row, total) {
        const width = (value) => `${total > 0 ? Math.min(100, (value ?? 0) / total * 100) : 0}%`;
        const inner = make("span", { class: `fill fill-${row.key}` });
        inner.style.width = width(row.central);
        const reach = make("span", { class: "reach" });
        reach.style.width = width(row.high ?? 0);
        return make("span", { class: "bar-track", "aria-hidden": "true" }, reach, inner);
    }

    function without(told) {
        if (!told?.runs) return null;
        return make("p", { class: "aside", text:
            `Not in these sums: ${joule.count(told.runs, "run")} without known energy, which took `
            + `${joule.duration(told.duration_s)}, of that ${joule.duration(told.avoidable_s?.central)} avoidable.` });
    }

    function findings(audit, many, leftOut) {
        const all = audit.findings ?? [];
        if (!all.length) {
            return make("section", {}, heading(2, "Repetitions"), joule.empty("Nothing was computed twice",
                make("p", {}, "A run that repeats an earlier one appears here with what proves it. To be warned before it starts: ",
                    make("code", { text: "joulebook.start(…, on_duplicate=\"warn\")" }), " or ",
                    make("code", { text: "joulebook check" }), ".")));
        }
        const sorted = [...all].sort((left, right) => (right.waste_j ?? -1) - (left.waste_j ?? -1));
        const hidden = (leftOut?.findings ?? 0);
        return make("section", {}, heading(2, `Repetitions (${(all.length + hidden).toLocaleString("en-GB")})`),
            make("ol", { class: "findings" }, sorted.slice(0, many).map((one) => finding(one))),
            sorted.length > many ? make("button", {
                type: "button", text: `Show ${Math.min(200, sorted.length - many)} more`,
                onclick: () => {
                    joule.remember({ show: String(many + 200) });
                    joule.again();
                },
            }) : null,
            hidden ? make("p", { class: "aside", text: `${hidden.toLocaleString("en-GB")} more are left out here; “joulebook audit --jsonl” tells all.` }) : null);
    }

    /** What it cost, or which line it is on where that is none of waste. */
    function cost(one) {
        const sign = one.energy_modelled ? "≈\u00a0" : "";
        if (one.waste_j > 0) return make("span", { class: "cost", text: sign + energy(one.waste_j) });
        const words = { not_waste: "not waste", review: "worth a look" }[one.line] ?? "energy not known";
        return make("span", { class: "cost light", text: words });
    }

    /** `text` with what stands between backticks as code. */
    const quoted = (text) => text.split("`").map((part, place) =>
        place % 2 ? make("code", { text: part }) : part);

    function finding(one) {
        const differs = one.differs ?? [];
        const shown = joule.shortNames([one.run_id, one.of]);
        const pair = `#/compare/${joule.joined([one.of, one.run_id])}`;
        return make("li", {},
            make("div", { class: "finding-head" },
                make("strong", { text: joule.spaced(one.class) }),
                make("span", { class: `proof proof-${one.proof}`, title: PROOFS[one.proof] ?? null, text: `proof: ${one.proof}` }),
                cost(one)),
            make("p", {}, quoted(one.explanation)),
            make("p", { class: "links" }, joule.runLink(one.run_id, shown.get(one.run_id)), " repeats ", joule.runLink(one.of, shown.get(one.of)), " · ",
                make("a", { href: pair, text: "compare both" })),
            differs.length ? make("details", { class: "fold" },
                make("summary", {}, "What differs", make("span", { class: "many", text: differs.length })),
                smallTable("What differs", [
                    { label: "Key", cell: (row) => make("code", { text: row.path }) },
                    { label: shown.get(one.run_id), cell: (row) => make("code", { text: joule.spelt(row.a ?? undefined) }) },
                    { label: shown.get(one.of), cell: (row) => make("code", { text: joule.spelt(row.b ?? undefined) }) },
                    { label: "Kind", cell: (row) => row.kind ?? MISSING },
                ], differs)) : null);
    }

    const GROUPS = {
        seed_replicate: "one recipe with several seeds, which is no waste",
        seed_inert: "the seed changes nothing", new_data: "the same on other data",
        new_code: "the same with other code", new_environment: "the same elsewhere",
    };

    const GROUPS_MAX = 100;
    const LESSONS_MAX = 50;

    /** Says how many of a list are not there. */
    function rest(many, option) {
        return many > 0 ? make("p", { class: "aside", text:
            `${many.toLocaleString("en-GB")} more are left out here; “joulebook audit ${option}” tells all.` }) : null;
    }

    function groups(all, leftOut) {
        if (!all.length) return null;
        return make("section", {}, heading(2, "Groups"), smallTable("Groups", [
            { label: "Kind", cell: (group) => make("div", {}, make("strong", { text: joule.spaced(group.class) }),
                make("span", { class: "meaning", text: GROUPS[group.class] ?? "" })) },
            { label: "Runs", isNumber: true, cell: (group) => group.run_ids.length },
            { label: "Which", class: "prose", cell: (group) => make("span", {},
                group.run_ids.slice(0, 6).flatMap((id) => [joule.runLink(id), " "]),
                group.run_ids.length > 6 ? `and ${group.run_ids.length - 6} more ` : null,
                make("a", { href: `#/compare/${joule.joined(group.run_ids.slice(0, 8))}`, text: "compare" })) },
        ], all.slice(0, GROUPS_MAX)), rest(Math.max(0, all.length - GROUPS_MAX) + (leftOut?.groups ?? 0), "--json"));
    }

    function lessons(all, leftOut) {
        if (!all.length) return null;
        return make("section", {}, heading(2, "What always failed"),
            make("ul", {}, all.slice(0, LESSONS_MAX).map((lesson) => make("li", { text: lesson.explanation }))),
            rest(Math.max(0, all.length - LESSONS_MAX) + (leftOut?.lessons ?? 0), "--json"));
    }

    function teaching() {
        return joule.empty("There are no runs to compare yet",
            make("p", { text: "As soon as two runs are recorded, this page tells whether one repeats the other, and what that cost." }));
    }

    joule.duplicatesPage = duplicatesPage;
})();
