// Which runs no other one beats, in result and energy at once.
"use strict";

(() => {
    const { make, heading, smallTable, energy, number, MISSING } = joule;

    async function frontierPage(_, query) {
        document.title = "Frontier · Joulebook";
        const asked = query.get("metric");
        const name = asking(asked, query.get("better"));
        const answer = await joule.data(joule.has(name) ? name : "frontier");
        joule.showProblems(answer.problems ?? [], answer.problems_count);
        const isHigher = answer.better === "higher";
        const project = query.get("project");
        const points = within(answer.points ?? [], project);
        if (!answer.metric || !points.length) return [make("h1", { text: "Frontier" }), choice(answer, project), teaching(answer)];
        return [
            make("h1", { text: "Frontier" }),
            make("p", { class: "lead", text:
                `Which runs no other one beats in both: less energy, and a ${answer.better} ${answer.metric}.` }),
            choice(answer, project),
            make("div", { class: "charts" }, joule.chart(drawn(answer.charts?.frontier, points, project), (row) => {
                if (row.id) location.hash = `#/run/${encodeURIComponent(row.id)}`;
            })),
            front(answer, points, isHigher, project),
        ];
    }

    /** The name of an answer; a report holds few of them. */
    function asking(metric, better) {
        const parts = [metric && `metric=${encodeURIComponent(metric)}`, better && `better=${better}`].filter(Boolean);
        return parts.length ? `frontier?${parts.join("&")}` : "frontier";
    }

    /** The points of one project with a front of their own, or all as they are. */
    function within(points, project) {
        if (!project) return points;
        return points.filter((point) => point.project === project)
            .map((point) => ({ ...point, pareto: point.pareto_in_project }));
    }

    /** The chart with these points alone. */
    function drawn(spec, points, project) {
        if (!spec || !project) return spec;
        const fronts = new Map(points.map((point) => [point.id, point.pareto]));
        const values = spec.data.values.filter((row) => fronts.has(row.id))
            .map((row) => ({ ...row, front: fronts.get(row.id) ? "on the front" : "beaten" }));
        return { ...spec, data: { values } };
    }

    function choice(answer, project) {
        // A report shows what it holds; there its first answer is that of its own metric.
        const metrics = (answer.metrics ?? []).filter((metric) =>
            metric === answer.metric || !joule.isReport || joule.has(asking(metric)) || metric === joule.page.api.frontier.metric);
        const projects = (answer.projects ?? []).map((one) => one.name);
        const go = (changes) => {
            joule.remember(changes);
            joule.again();
        };
        return make("p", { class: "tools" },
            metrics.length < 2 ? null : select("metric", "Metric", metrics, answer.metric,
                (value) => go({ metric: value, better: "" })),
            joule.isReport || !answer.metric ? null : select("better", "Better is", ["higher", "lower"], answer.better,
                (value) => go({ metric: answer.metric, better: value })),
            projects.length < 2 ? null : select("project", "Project", ["all projects", ...projects], project ?? "all projects",
                (value) => go({ project: value === "all projects" ? "" : value })));
    }

    function select(id, words, values, chosen, onchosen) {
        return make("span", {}, make("label", { for: id, text: `${words} ` }), make("select", {
            id, onchange: (event) => onchosen(event.target.value),
        }, values.map((text) => make("option", { value: text, text, selected: text === chosen }))));
    }

    /** The front from the least energy on, and what each step of it took for a hundredth more. */
    function front(answer, points, isHigher, project) {
        const rows = points.filter((point) => point.pareto).sort((left, right) => left.energy_j - right.energy_j);
        rows.forEach((row, place) => {
            const before = rows[place - 1];
            const gain = before ? (row.value - before.value) * (isHigher ? 100 : -100) : 0;
            row.perPoint = gain > 0 ? (row.energy_j - before.energy_j) / gain : null;
        });
        const shown = joule.shortNames(rows.map((row) => row.id));
        const words = joule.energiesLike(rows.map((row) => row.energy_j));
        const all = project ? answer.projects.find((one) => one.name === project)?.runs_with_both : answer.runs_with_both;
        const rest = (all ?? points.length) - rows.length;
        const hidden = (all ?? points.length) - points.length;
        return make("section", {}, heading(2, "On the front"), smallTable("On the front", [
            { label: "Run", cell: (row) => joule.runLink(row.id, shown.get(row.id)) },
            { label: "Project", cell: (row) => row.project ?? MISSING },
            { label: answer.metric, isNumber: true, cell: (row) => number(row.value) },
            { label: "Energy", isNumber: true, cell: (row) => joule.marked(words(row.energy_j), row.provenance) },
            { label: "Energy per point more", isNumber: true, cell: (row) => row.perPoint === null
                ? MISSING : joule.marked(energy(row.perPoint), row.provenance) },
        ], rows), make("p", { class: "aside", text:
            `A point is 0.01 of ${answer.metric}. ${rest === 0 ? "No run is beaten." : `${joule.count(rest, "run")} more ${rest === 1 ? "is" : "are"} beaten in both.`}`
            + (hidden > 0 ? ` Of these ${hidden.toLocaleString("en-GB")} older ones are not drawn.` : "") }));
    }

    function teaching(answer) {
        return joule.empty("No run has both a metric and known energy yet",
            make("p", {}, "Runs appear here once they log a result (", make("code", { text: "epoch.log(accuracy=0.93)" }),
                ") and something measures them. ", make("code", { text: "joulebook meters" }), " tells what can be measured here."),
            answer.metric ? make("p", { text: `The metric asked for is “${answer.metric}”.` }) : null);
    }

    joule.frontierPage = frontierPage;
})();
