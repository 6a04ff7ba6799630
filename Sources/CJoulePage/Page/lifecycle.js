// Energy and impact, stage by stage; each figure opens the formula and the factors that it is from.
"use strict";

(() => {
    const {
        make, heading, smallTable, card, kilowattHours, mass, litres, area, percent, MISSING, known,
    } = joule;
    const SVG = "http://www.w3.org/2000/svg";

    /** Both ends, the unit once where it is the same. */
    function between(range, words) {
        if (!range || !known(range.low) || !known(range.high)) return null;
        const [low, high] = [words(range.low), words(range.high)];
        const [figure, unit] = low.split("\u00a0");
        return unit === high.split("\u00a0")[1] ? `${figure} to ${high}` : `${low.replace(" CO₂e", "")} to ${high}`;
    }

    /** A hint with its options as code, which does not break within them. */
    const hinted = (text) => text.split(/(--[a-z]+)/).map((part) =>
        part.startsWith("--") ? make("code", { class: "option", text: part }) : part);

    /** Figures of an impact: which formula makes them, which factors are in, what would make them known. */
    const FIGURES = [
        { key: "it", name: "IT energy", formula: "F1", kinds: [],
            point: (impact) => impact.energy.it_kwh, range: (impact) => impact.energy.it_range_kwh,
            words: kilowattHours, hint: "no run tells its energy" },
        { key: "facility", name: "Facility energy", formula: "F1", kinds: ["pue"],
            point: (impact) => impact.energy.facility_kwh, range: (impact) => impact.energy.facility_range_kwh,
            words: kilowattHours, hint: "“joulebook lifecycle” takes --pue" },
        { key: "location", name: "Carbon, by place", formula: "F3", kinds: ["grid", "pue"],
            point: (impact) => impact.carbon.location_kg, range: (impact) => impact.range,
            words: (value) => known(value) ? `${mass(value)} CO₂e` : MISSING, hint: "JOULEBOOK_REGION says it at the start of a run, and “joulebook lifecycle” takes --region" },
        { key: "market", name: "Carbon, by what was bought", formula: "F4", kinds: ["grid"],
            point: (impact) => impact.carbon.market_annual_kg, range: (impact) => impact.carbon.market_annual_range_kg,
            words: (value) => known(value) ? `${mass(value)} CO₂e` : MISSING, hint: "“joulebook lifecycle” takes --contract" },
        { key: "embodied", name: "Carbon of making", formula: "F5", kinds: ["embodied"],
            point: (impact) => impact.carbon.embodied_kg, range: (impact) => impact.carbon.embodied_range_kg,
            words: (value) => known(value) ? `${mass(value)} CO₂e` : MISSING, hint: "“joulebook lifecycle” takes --lifetime" },
        { key: "water", name: "Water", formula: "F7", kinds: [],
            point: (impact) => impact.water_l, range: () => null, words: litres, hint: "“joulebook lifecycle” takes --wue and --ewif" },
        { key: "land", name: "Land, for a year", formula: "F8", kinds: [],
            point: (impact) => impact.land_m2, range: (impact) => impact.land_range_m2, words: area, hint: "“joulebook lifecycle” takes --land" },
        { key: "cost", name: "Cost", formula: "F9", kinds: [],
            point: (impact) => impact.cost.amount, range: (impact) => impact.cost.range,
            words: (value, impact) => known(value) ? `${joule.figures(value)}\u00a0${impact?.cost.currency ?? ""}` : MISSING,
            hint: "“joulebook lifecycle” takes --tariff" },
    ];

    async function lifecyclePage(_, query) {
        document.title = "Lifecycle · Joulebook";
        const { lifecycle, lineage, formulae, charts } = await joule.data("lifecycle");
        joule.showProblems(lifecycle.problems ?? []);
        if (!lifecycle.scope.runs) return [make("h1", { text: "Lifecycle" }), teaching()];
        const open = (figure, row = lifecycle.totals) => {
            joule.remember({ figure: figure.key, stage: row.stage ?? "" });
            dialog(figure, row, lifecycle, formulae ?? []);
        };
        const asked = FIGURES.find((figure) => figure.key === query.get("figure"));
        if (asked && !document.querySelector("dialog[open]")) {
            const row = lifecycle.stages.find((one) => one.stage === query.get("stage")) ?? lifecycle.totals;
            queueMicrotask(() => dialog(asked, row, lifecycle, formulae ?? []));
        }
        return [
            make("h1", { text: "Lifecycle" }), scope(lifecycle), cards(lifecycle.totals, open),
            make("div", { class: "charts" }, joule.chart(charts?.stages)),
            stages(lifecycle, open), graph(lineage), overhead(lifecycle.overhead, lifecycle.lineage),
            remarks("What cannot be right", lifecycle.anomalies), remarks("Not measured", lifecycle.not_measured),
            make("p", { class: "aside", text: `Factors: ${lifecycle.factors.set}, version ${lifecycle.factors.version}. ${lifecycle.factors.attribution}` }),
        ];
    }

    function scope({ scope: told, totals, factors }) {
        const isRecorded = factors.rows_used.some((row) => row.kind === "grid" && row.role === "point");
        const parts = [
            `${joule.count(told.runs, "run")} of ${told.runs_available}`,
            told.project ? `project ${told.project}` : null, told.region ? `region ${told.region}`
                : isRecorded ? "region as the runs recorded it" : "no region stated",
            told.pue ? `PUE ${told.pue}` : "no PUE stated",
            totals.coverage === null ? null : `energy known for ${percent(totals.coverage)} of the time`,
        ];
        return make("p", { class: "lead", text: parts.filter(Boolean).join(" · ") });
    }

    /** A point, or the range where only that is known. */
    function said(figure, impact) {
        const point = figure.point(impact);
        if (known(point)) return { text: figure.words(point, impact), isKnown: true };
        const range = between(figure.range(impact), (value) => figure.words(value, impact));
        return range ? { text: range, isRange: true } : { text: MISSING };
    }

    function cards(totals, open) {
        return make("section", { class: "cards", "aria-label": "Totals" }, FIGURES.map((figure) => {
            const value = said(figure, totals);
            const evidence = figure.key === "it" ? evidenceWords(totals.energy) : "how it is computed";
            return card(figure.name,
                value.isRange ? make("span", { class: "range-value", text: value.text }) : value.text,
                value.isKnown ? evidence : hinted(`${value.isRange ? "a range" : "not known"}; ${figure.hint}`),
                () => open(figure));
        }));
    }

    function evidenceWords(sums) {
        const parts = [["●", "measured", sums.measured_kwh], ["≈", "modelled", sums.model_kwh], ["✎", "declared", sums.declared_kwh]]
            .filter(([, , value]) => value > 0);
        const total = parts.reduce((sum, [, , value]) => sum + value, 0);
        return parts.map(([mark, word, value]) => `${mark} ${percent(value / total)} ${word}`).join(", ") || "how it is computed";
    }

    function stages(lifecycle, open) {
        const figures = FIGURES.filter((figure) => ["it", "facility", "location", "embodied", "water", "cost"].includes(figure.key));
        const rows = [...lifecycle.stages, { ...lifecycle.totals, stage: null }];
        const cell = (figure, row) => {
            const value = said(figure, row);
            return make("button", {
                type: "button", class: "figure", "aria-haspopup": "dialog", onclick: () => open(figure, row),
                "aria-label": `${figure.name}, ${row.stage ? joule.spaced(row.stage) : "all stages"}: ${value.text === MISSING ? "not known" : value.text}`,
            }, value.text);
        };
        return make("section", {}, heading(2, "Stage by stage"), smallTable("Stage by stage", [
            { label: "Stage", cell: (row) => row.stage ? joule.spaced(row.stage) : make("strong", { text: "all stages" }) },
            { label: "Runs", isNumber: true, cell: (row) => row.runs },
            { label: "Energy known", isNumber: true, cell: (row) => percent(row.coverage) },
            ...figures.map((figure) => ({ label: figure.name, isNumber: true, cell: (row) => cell(figure, row) })),
        ], rows));
    }

    /** The formula of a figure of a stage or of the totals, whose link `figure=…` opens it too. */
    function dialog(figure, impact, lifecycle, formulae) {
        const formula = formulae.find((one) => one.id === figure.formula);
        const rows = lifecycle.factors.rows_used.filter((row) => figure.kinds.includes(row.kind));
        const value = said(figure, impact);
        const words = impact.stage ? `${figure.name}: ${joule.spaced(impact.stage)}` : figure.name;
        const close = make("button", { type: "button", class: "quiet", text: "Close", onclick: () => box.close() });
        const box = make("dialog", { "aria-labelledby": "formula-title" },
            make("div", { class: "dialog-head" }, make("h2", { id: "formula-title", text: words }), close),
            make("p", { class: "lead", text: value.text === MISSING ? `Not known: ${figure.hint}.` : value.text }),
            make("h3", { text: `Formula ${figure.formula}` }),
            make("p", { class: "formula", text: formula?.formula ?? "See Schemas/formulae.md." }),
            formula ? make("p", { class: "aside", text: `${formula.symbols}. Source: ${formula.source}.` }) : null,
            rows.length ? [make("h3", { text: "Factors in it" }), smallTable("Factors in it", [
                { label: "Kind", cell: (row) => row.kind },
                { label: "Name", cell: (row) => row.name },
                { label: "Value", isNumber: true, cell: (row) => `${joule.figures(row.value, 4)}${row.unit === "1" ? "" : `\u00a0${row.unit}`}` },
                { label: "Year", isNumber: true, cell: (row) => row.year ?? MISSING },
                { label: "Stands for", cell: (row) => ({ point: "the figure", low: "the low end", high: "the high end" })[row.role] },
                { label: "Source", class: "prose", cell: (row) => row.source },
            ], rows)] : make("p", { class: "aside", text: "No factor of the set is in it." }));
        box.addEventListener("close", () => {
            box.remove();
            joule.remember({ figure: "", stage: "" });
        });
        box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
        document.body.append(box);
        box.showModal();
    }

    const draw = (tag, parts, ...children) => {
        const element = document.createElementNS(SVG, tag);
        for (const [name, value] of Object.entries(parts)) element.setAttribute(name, value);
        element.append(...children);
        return element;
    };

    /** Runs as boxes from left to right, each to the right of all that it was made from. */
    function graph(lineage) {
        const nodes = (lineage?.nodes ?? []).slice(0, 120);
        const places = new Map(nodes.map((node) => [node.id, node]));
        const told = (lineage?.edges ?? []).filter((edge) => places.has(edge.from) && places.has(edge.to));
        const edges = withoutCircles(told);
        if (!edges.length) {
            return make("section", {}, heading(2, "Lineage"), make("p", { class: "aside" },
                "No run names another as its parent. ", make("code", { text: "run.parent(other_id, relation=\"distils\")" }),
                " does, and this graph then shows who was made from whom."));
        }
        const linked = nodes.filter((node) => edges.some((edge) => edge.from === node.id || edge.to === node.id));
        const depth = depths(linked, edges);
        const columns = Array.from({ length: Math.max(...depth.values()) + 1 }, () => []);
        for (const node of linked) columns[depth.get(node.id)].push(node);
        const spot = new Map();
        columns.forEach((column, x) => column.forEach((node, y) => spot.set(node.id, { x: x * 256 + 4, y: y * 64 + 4 })));
        const width = columns.length * 256 - 88;
        const height = Math.max(...columns.map((column) => column.length)) * 64;
        const picture = draw("svg", {
            viewBox: `0 0 ${width} ${height}`, width, height, class: "lineage", role: "group",
            "aria-label": `Lineage of ${linked.length} runs`,
        });
        for (const edge of edges) picture.append(...arrow(edge, spot));
        // Above all lines, which would cross the words of others.
        for (const edge of edges) picture.append(relation(edge, spot));
        for (const node of linked) picture.append(box(node, spot.get(node.id)));
        const rest = lineage.nodes.length - nodes.length + lineage.left_out;
        const circles = told.length - edges.length;
        return make("section", {}, heading(2, "Lineage"),
            make("div", { class: "wide panel", tabindex: "0", role: "region", "aria-label": "Lineage" }, picture),
            rest > 0 ? make("p", { class: "aside", text: `${joule.count(rest, "run")} more ${rest === 1 ? "is" : "are"} not drawn.` }) : null,
            circles > 0 ? make("p", { class: "aside", text:
                `${joule.count(circles, "link")} would close a circle of runs made from each other, and ${circles === 1 ? "is" : "are"} not drawn.` }) : null);
    }

    /** The edges but for those that lead back to a run that theirs was made from. */
    function withoutCircles(edges) {
        const next = new Map();
        return edges.filter((edge) => {
            const seen = new Set();
            const open = [edge.to];
            while (open.length) {
                const id = open.pop();
                if (id === edge.from) return false;
                if (seen.has(id)) continue;
                seen.add(id);
                open.push(...next.get(id) ?? []);
            }
            next.set(edge.from, [...next.get(edge.from) ?? [], edge.to]);
            return true;
        });
    }

    function depths(nodes, edges) {
        const depth = new Map(nodes.map((node) => [node.id, 0]));
        for (let round = 0; round < nodes.length; round += 1) {
            let isStill = true;
            for (const { from, to } of edges) {
                const least = depth.get(from) + 1;
                if (depth.get(to) < least) {
                    depth.set(to, least);
                    isStill = false;
                }
            }
            if (isStill) break;
        }
        return depth;
    }

    function relation({ to, relation: word }, spot) {
        const end = spot.get(to);
        const text = draw("text", { x: end.x - 12, y: end.y + 18, class: "relation", "text-anchor": "end" });
        text.textContent = word ? joule.spaced(word) : "";
        return text;
    }

    function arrow({ from, to }, spot) {
        const start = spot.get(from);
        const end = spot.get(to);
        const [x1, y1, x2, y2] = [start.x + 160, start.y + 24, end.x, end.y + 24];
        const bend = Math.max(20, (x2 - x1) / 2);
        return [
            draw("path", { d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 6} ${y2}`, class: "edge" }),
            draw("path", { d: `M${x2 - 7} ${y2 - 4}L${x2} ${y2}L${x2 - 7} ${y2 + 4}Z`, class: "tip-of-edge" }),
        ];
    }

    function box(node, { x, y }) {
        const link = draw("a", { href: `#/run/${encodeURIComponent(node.id)}` });
        const name = draw("text", { x: x + 10, y: y + 20, class: "node-name" });
        const label = node.project ?? node.name ?? "";
        name.textContent = label.length > 20 ? `${label.slice(0, 19)}…` : label || joule.short(node.id);
        const below = draw("text", { x: x + 10, y: y + 38, class: "node-below" });
        below.textContent = [joule.short(node.id), node.stage && joule.spaced(node.stage)].filter(Boolean).join(" · ");
        link.append(draw("rect", { x, y, width: 160, height: 48, rx: 6, class: "node" }), name, below);
        return link;
    }

    function overhead(told, lineage) {
        const part = (words, value) => ({ words, value: known(value) ? kilowattHours(value) : MISSING });
        const rows = [
            part("Search", told.search_kwh), part("Failed and killed runs", told.failed_kwh),
            part("Repetitions", told.duplicate_kwh), part("Runs that were chosen", told.selected_kwh),
            part("Borne by finished models", lineage?.allocated?.it_kwh), part("Borne by nobody", lineage?.unallocated?.it_kwh),
        ];
        return make("section", {}, heading(2, "Beside the useful runs"),
            smallTable("Beside the useful runs", [
                { label: "What", cell: (row) => row.words },
                { label: "IT energy", isNumber: true, cell: (row) => row.value },
            ], rows),
            told.share === null ? null : make("p", { class: "aside", text:
                `Search, failed and killed runs are ${percent(told.share)} of all energy. Repetitions may be among them.` }));
    }

    function remarks(title, all) {
        if (!all?.length) return null;
        const stages = all.filter((remark) => remark.kind === "stage");
        const rest = all.filter((remark) => remark.kind !== "stage");
        const rows = rest.map((remark) => ({ where: remark.where, message: remark.message }));
        if (stages.length) {
            rows.push({ where: "stages", message: `no run was recorded of ${stages.map((remark) => joule.spaced(remark.where)).join(", ")}` });
        }
        return make("section", {}, heading(2, title), smallTable(title, [
            { label: "Where", cell: (row) => joule.spaced(row.where) },
            { label: "What", class: "prose", cell: (row) => row.message },
        ], rows));
    }

    function teaching() {
        return joule.empty("No stage was recorded yet",
            make("p", {}, "A run says which it is: ", make("code", { text: "joulebook.start(…, stage=\"training\")" }),
                ". Stages that nobody instrumented can be declared with “joulebook import records”."));
    }

    joule.lifecyclePage = lifecyclePage;
})();
