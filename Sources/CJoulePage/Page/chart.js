// Charts: specifications that the server made, drawn by Vega, which is loaded with the first one.
// Under the policy nothing may be evaluated or styled from text: expressions run as syntax trees,
// and what hangs over a chart is an element of this page.
"use strict";

(() => {
    const { make, isReport } = joule;

    const ABSENT = "This build draws no charts: it holds no Vega. The wheel does; a build of your own "
        + "after “make .build/stamps/vega”. The tables tell the same.";

    let loading = null;

    /** Loads Vega once. */
    function vega() {
        loading ??= new Promise((resolve, reject) => {
            const script = document.createElement("script");
            if (isReport) {
                const kept = document.getElementById("vega");
                if (!kept) {
                    reject(new Error(ABSENT));
                    return;
                }
                script.textContent = kept.textContent;
                document.body.append(script);
            } else {
                script.src = "vega.js";
                script.onload = () => window.vegaEmbed ? resolve() : reject(new Error(ABSENT));
                script.onerror = () => reject(new Error(ABSENT));
                document.body.append(script);
                return;
            }
            if (window.vegaEmbed) resolve();
            else reject(new Error(ABSENT));
        });
        return loading;
    }

    const shade = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

    /** Colours and letters of the page, which no specification holds. */
    function config() {
        const [ink, muted, line] = ["--ink", "--muted", "--line"].map(shade);
        const font = getComputedStyle(document.body).fontFamily;
        return {
            background: shade("--panel"), font,
            title: { color: ink, fontSize: 14, fontWeight: 600, anchor: "start", offset: 12 },
            axis: {
                labelColor: muted, titleColor: muted, gridColor: line, domainColor: line,
                tickColor: line, labelFontSize: 11, titleFontSize: 11, titleFontWeight: 500,
                gridOpacity: 0.7, titlePadding: 8,
            },
            axisX: { grid: false },
            legend: {
                labelColor: ink, titleColor: muted, labelFontSize: 12, symbolStrokeWidth: 2,
                labelLimit: 240,
            },
            view: { stroke: null },
        };
    }

    /** `spec` as wide as there is room; of panels that stand above each other, each. */
    function fitted(spec, width) {
        const copy = structuredClone(spec);
        const isLight = document.documentElement.dataset.shown !== "dark";
        if (!isLight) brighten(copy);
        for (const legend of legends(copy)) legend.columns = Math.max(1, Math.floor(width / 125));
        delete copy.title;
        if (copy.vconcat) {
            for (const panel of copy.vconcat) panel.width = Math.max(120, width - 72);
        } else {
            copy.width = width;
            copy.autosize = { type: "fit-x", contains: "padding" };
        }
        return copy;
    }

    /** The legends that lie above a chart, in all of its parts. */
    function legends(part) {
        if (!part || typeof part !== "object") return [];
        const own = part.legend?.orient === "top" ? [part.legend] : [];
        return [...own, ...Object.entries(part).filter(([name]) => name !== "values")
            .flatMap(([, child]) => legends(child))];
    }

    // Okabe and Ito's blue is too dark on black; their sky blue is the same in light.
    // What is darker on white is paler on black.
    const BRIGHT = {
        "#0072B2": "#56B4E9", "#56B4E9": "#F0E442", "#F0E442": "#E8F0F5", "#8A8A8A": "#9AA4AE",
        "#00344F": "#C2E4FA", "#6B2F00": "#F4B08A", "#004D38": "#8FE0C6", "#7A3A5E": "#F0CCE0",
        "#7A5400": "#FAD694", "#245A78": "#FAF6B8", "#3C3C3C": "#CDD3D9", "#7F7800": "#B5C7D6",
    };

    function brighten(part) {
        for (const [name, value] of Object.entries(part)) {
            if (name === "values") continue;
            if (typeof value === "string") part[name] = Object.hasOwn(BRIGHT, value) ? BRIGHT[value] : value;
            else if (value && typeof value === "object") brighten(value);
        }
    }

    const tip = document.getElementById("tip");

    /** Shows the fields of what is under the pointer, as text. */
    function tooltip(handler, event, item, value) {
        tip.hidden = value === null || value === undefined || value === "";
        if (tip.hidden) return;
        const rows = typeof value === "object" ? Object.entries(value) : [["", value]];
        tip.replaceChildren(...rows.map(([name, field]) => make("div", {},
            name ? make("span", { class: "tip-name", text: name }) : null,
            make("span", { text: typeof field === "number" ? joule.number(field) : String(field) }))));
        const box = tip.getBoundingClientRect();
        tip.style.left = `${Math.min(event.clientX + 14, innerWidth - box.width - 8)}px`;
        tip.style.top = `${Math.max(8, Math.min(event.clientY + 14, innerHeight - box.height - 8))}px`;
    }

    const refuse = async (address) => { throw new Error(`${address} is not loaded: charts hold their own data`); };

    /** A chart with its title and what can be done with it. */
    class Chart extends HTMLElement {
        connectedCallback() {
            if (this.stage) return;
            this.classList.add("chart");
            this.drawnWidth = null;
            this.stage = make("div", { class: "stage", role: "img" });
            this.heading = make("h2");
            this.append(make("div", { class: "chart-bar" }, this.heading,
                this.saveButton("svg"), this.saveButton("png")), this.stage);
            this.describe();
            // It tells the first size, too, so that this draws the chart in the first place.
            this.size = new ResizeObserver(() => this.draw());
            this.size.observe(this.stage);
            this.turn = 0;
            this.again = () => {
                this.turn += 1;
                this.drawnWidth = null;
                this.draw();
            };
            addEventListener("joule-theme", this.again);
        }

        disconnectedCallback() {
            this.size?.disconnect();
            removeEventListener("joule-theme", this.again);
            this.view?.finalize();
        }

        saveButton(format) {
            return make("button", {
                type: "button", class: "quiet save", text: format.toUpperCase(),
                "aria-label": `Save as ${format.toUpperCase()}`, onclick: () => this.save(format),
            });
        }

        describe() {
            this.heading.textContent = this.spec.title ?? "";
            this.stage.setAttribute("aria-label", this.spec.description ?? this.spec.title ?? "");
        }

        take(fresh) {
            if (JSON.stringify(fresh.spec) === JSON.stringify(this.spec)) return;
            this.spec = fresh.spec;
            this.onpick = fresh.onpick;
            this.describe();
            this.again();
        }

        /** Draws beside what is seen, and then puts it in its place: nothing flickers. */
        async draw() {
            const width = this.stage.clientWidth;
            if (this.isDrawing || !width) return;
            if (this.drawnWidth !== null && Math.abs(this.drawnWidth - width) < 5) return;
            this.isDrawing = true;
            const { spec, turn } = this;
            try {
                await vega();
                const fresh = make("div");
                const result = await window.vegaEmbed(fresh, fitted(spec, width), {
                    ast: true, defaultStyle: false, actions: false, renderer: "svg",
                    config: config(), tooltip, loader: { load: refuse }, mode: "vega-lite",
                });
                this.view?.finalize();
                this.view = result.view;
                if (this.onpick) {
                    result.view.addEventListener("click", (event, item) => {
                        if (item?.datum) this.onpick(item.datum);
                    });
                }
                this.stage.replaceChildren(fresh);
                this.dataset.state = "drawn";
            } catch (error) {
                this.stage.replaceChildren(make("p", { class: "missing", text: error.message }));
                this.dataset.state = "missing";
            }
            this.isDrawing = false;
            this.drawnWidth = this.turn === turn ? width : null;
            this.draw();
        }

        async save(format) {
            if (!this.view) return;
            const address = await this.view.toImageURL(format, 2);
            const name = `${(this.spec.title ?? "chart").toLowerCase().replace(/\W+/g, "-")}.${format}`;
            make("a", { href: address, download: name }).click();
        }
    }

    customElements.define("joule-chart", Chart);

    /** A chart of `spec`, or nothing where there is none; `onpick` gets the row that is clicked. */
    joule.chart = (spec, onpick = null) => {
        if (!spec) return null;
        const chart = make("joule-chart");
        chart.spec = spec;
        chart.onpick = onpick;
        return chart;
    };
})();
