// The frame: which page is shown, the theme, keys, and what comes in while one looks.
"use strict";

(() => {
    const { make, place } = joule;
    const main = document.getElementById("main");
    const state = document.getElementById("state");

    const PAGES = [["runs", "Runs"], ["duplicates", "Duplicates"], ["lifecycle", "Lifecycle"], ["frontier", "Frontier"]];
    const BUILDERS = {
        run: joule.runPage, compare: joule.comparePage, duplicates: joule.duplicatesPage,
        lifecycle: joule.lifecyclePage, frontier: joule.frontierPage,
    };

    let shownPath = null;
    let pathBefore = null;
    let runsPage = null;
    let turn = 0;
    /** Why the last attempt to show something did not work, where another may. */
    let failure = null;

    /** Builds what the hash names; an older request that comes back late is dropped. */
    async function show(isUpdate = false) {
        const { name, parts, query } = place();
        const mine = turn += 1;
        const path = location.hash.split("?")[0] || "#/runs";
        const isNew = path !== shownPath;
        showPages(name);
        if (isNew) document.querySelectorAll("dialog").forEach((dialog) => dialog.close());
        try {
            if (name === "runs") {
                await showRuns(isUpdate, isNew, () => mine === turn);
            } else {
                const build = BUILDERS[name];
                if (!build) throw new Error(`There is no page “${name}”.`);
                const content = await build(parts, query);
                if (mine !== turn) return;
                const fresh = make("main", { id: "main", tabindex: "-1", class: `page page-${name}` },
                    content.flat(3).filter(Boolean));
                if (isNew) {
                    main.className = fresh.className;
                    main.replaceChildren(...fresh.childNodes);
                } else {
                    joule.morph(main, fresh);
                }
            }
        } catch (error) {
            if (mine !== turn) return;
            failure = error.isFinal ? null : error;
            // An update that fails leaves what is shown.
            if (isUpdate && !isNew) return;
            fail(error);
            if (isNew) arrived(path);
            shownPath = null;
            return;
        }
        if (mine !== turn) return;
        failure = null;
        if (isNew) arrived(path);
    }

    async function showRuns(isUpdate, isNew, isMine) {
        if (isUpdate && runsPage && !isNew) {
            await runsPage.update(main);
            return;
        }
        const fresh = new joule.RunsPage();
        main.className = "page page-runs";
        await fresh.show({ replaceChildren: (...nodes) => { if (isMine()) main.replaceChildren(...nodes); } });
        if (isMine()) runsPage = fresh;
    }

    function arrived(path) {
        const isFirst = shownPath === null;
        pathBefore = shownPath;
        shownPath = path;
        scrollTo(0, 0);
        if (!isFirst) main.focus({ preventScroll: true });
    }

    function fail(error) {
        runsPage = null;
        const fresh = make("main", { id: "main", tabindex: "-1", class: "page" },
            make("h1", { text: "This cannot be shown" }),
            make("p", { class: "lead", text: error.message }),
            make("p", {}, make("a", { href: "#/runs", text: "All runs" })));
        main.className = fresh.className;
        joule.morph(main, fresh);
    }

    function showPages(name) {
        const near = name === "run" || name === "compare" ? "runs" : name;
        const fresh = make("nav", { id: "pages", "aria-label": "Pages" }, PAGES.map(([key, text]) =>
            make("a", { href: `#/${key}`, "aria-current": key === near ? "page" : null, text })));
        joule.morph(document.getElementById("pages"), fresh);
    }

    /** Files that could not be read, above everything, on every page that has them. */
    joule.showProblems = (problems, total = problems.length) => {
        const room = document.getElementById("problems");
        const list = problems.map((problem) => make("li", {}, make("code", { text: problem.path }), `: ${problem.message}`));
        const fresh = make("div", { id: "problems" }, total ? make("details", { class: "problems" },
            make("summary", { text: `${joule.count(total, "file")} could not be read, or not fully: what they hold is missing here` }),
            make("ul", {}, list)) : null);
        joule.morph(room, fresh);
    };

    joule.again = () => show(false);

    /** Says how the page stands to its data: what is wrong, or how far the first reading is. */
    function lost(error, reading = null) {
        const words = error ? error.message : joule.isReport ? reportWords()
            : reading ? `reading ${reading.done} of ${joule.count(reading.of, "ledger")}` : "live";
        state.className = error ? "state lost" : joule.isReport ? "state" : "state live";
        if (state.textContent !== words) state.textContent = words;
    }

    function reportWords() {
        const { made } = joule.page;
        const when = typeof made === "number" ? joule.time(made) : made;
        return when ? `report of ${String(when).slice(0, 16).replace("T", " ")} UTC` : "report";
    }

    const KEY = "joulebook-theme";
    const dark = matchMedia("(prefers-color-scheme: dark)");

    function kept() {
        try { return localStorage.getItem(KEY); } catch { return null; }
    }

    /** "light", "dark", or what the system says. */
    function showTheme(choice) {
        const root = document.documentElement;
        if (choice) root.dataset.theme = choice;
        else delete root.dataset.theme;
        root.dataset.shown = choice ?? (dark.matches ? "dark" : "light");
        const next = root.dataset.shown === "dark" ? "light" : "dark";
        const button = document.getElementById("theme");
        button.textContent = next === "dark" ? "Dark" : "Light";
        button.setAttribute("aria-label", `Show in ${next} colours`);
        dispatchEvent(new Event("joule-theme"));
    }

    document.getElementById("theme").onclick = () => {
        const next = document.documentElement.dataset.shown === "dark" ? "light" : "dark";
        try { localStorage.setItem(KEY, next); } catch { /* A page without storage keeps it as long as it is open. */ }
        showTheme(next);
    };
    dark.addEventListener("change", () => { if (!kept()) showTheme(null); });

    addEventListener("keydown", (event) => {
        const isTyping = event.target.closest?.("input:not([type=checkbox]), select, textarea");
        if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
            const search = document.getElementById("search");
            if (search) {
                event.preventDefault();
                search.select();
                search.focus();
            }
        } else if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
            if (place().name === "runs") runsPage?.escape?.();
            else if (pathBefore === "#/runs") history.back();
            else location.hash = "#/runs";
        }
    });

    addEventListener("hashchange", () => show(false));
    document.querySelector(".skip").onclick = (event) => {
        event.preventDefault();
        main.focus();
    };
    if (joule.page.title) document.querySelector(".brand").append(make("span", { class: "where", text: joule.page.title }));
    showTheme(kept());
    lost(null);
    show(false);
    joule.follow(() => show(true), lost, () => failure);
})();
