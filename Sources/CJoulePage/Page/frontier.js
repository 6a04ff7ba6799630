// Which runs no other one beats, in result and energy at once.
"use strict";

(() => {
    const { make, heading, smallTable, energy, number, MISSING } = joule;

    async function frontierPage(_, query) {
        document.title = "Frontier · Joulebook";
        const asked = query.get("metric");
        const name = asked ? `frontier?metric=${encodeURIComponent(asked)}` : "frontier";
        const answer = await joule.data(joule.has(name) ? name : "frontier");
        joule.showProblems(answer.problems ?? []);
        const points = answer.points ?? [];
        if (!answer.metric || !points.length) return [make("h1", { text: "Frontier" }), choice(answer), teaching(answer)];
        const isHigher = answer.better === "higher";
        return [
            make("h1", { text: "Frontier" }),
            make("p", { class: "lead", text:
                `Which runs no other one beats in both: less energy, and a ${answer.better} ${answer.metric}.` }),
            choice(answer),
            make("div", { class: "charts" }, joule.chart(answer.charts?.frontier, (row) => {
                if (row.id) location.hash = `#/run/${encodeURIComponent(row.id)}`;
            })),
            front(answer, points, isHigher),
        ];
    }

    function choice(answer) {
        const metrics = answer.metrics ?? [];
        if (metrics.length < 2) return null;
        return make("p", { class: "tools" }, make("label", { for: "metric", text: "Metric" }), " ",
            make("select", {
                id: "metric",
                onchange: (event) => { location.hash = `#/frontier?metric=${encodeURIComponent(event.target.value)}`; },
            }, metrics.map((metric) => {
                const text = typeof metric === "string" ? metric : metric.name;
                return make("option", { value: text, text, selected: text === answer.metric });
            })));
    }

    /** The front from the least energy on, and what each step of it took for a hundredth more. */
    function front(answer, points, isHigher) {
        const rows = points.filter((point) => point.pareto).sort((left, right) => left.energy_j - right.energy_j);
        rows.forEach((row, place) => {
            const before = rows[place - 1];
            const gain = before ? (row.value - before.value) * (isHigher ? 100 : -100) : 0;
            row.perPoint = gain > 0 ? (row.energy_j - before.energy_j) / gain : null;
        });
        const rest = points.filter((point) => !point.pareto).length;
        return make("section", {}, heading(2, "On the front"), smallTable("On the front", [
            { label: "Run", cell: (row) => joule.runLink(row.id) },
            { label: "Project", cell: (row) => row.project ?? MISSING },
            { label: answer.metric, isNumber: true, cell: (row) => number(row.value) },
            { label: "Energy", isNumber: true, cell: (row) => energy(row.energy_j) },
            { label: "Energy per point more", isNumber: true, cell: (row) => energy(row.perPoint) },
        ], rows), make("p", { class: "aside", text:
            `A point is 0.01 of ${answer.metric}. ${rest === 0 ? "No run is beaten." : `${joule.count(rest, "run")} more ${rest === 1 ? "is" : "are"} beaten in both.`}` }));
    }

    function teaching(answer) {
        return joule.empty("No run has both a metric and known energy yet",
            make("p", {}, "Runs appear here once they log a result (", make("code", { text: "epoch.log(accuracy=0.93)" }),
                ") and something measures them. ", make("code", { text: "joulebook meters" }), " tells what can be measured here."),
            answer.metric ? make("p", { text: `The metric asked for is “${answer.metric}”.` }) : null);
    }

    joule.frontierPage = frontierPage;
})();
