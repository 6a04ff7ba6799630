// Where the page has its data from: the server that it came from, or the report that it is.
"use strict";

(() => {
    const page = JSON.parse(document.getElementById("data").textContent);
    const isReport = page.mode === "report";

    /** What the server or the report answers to `name`; an Error that says what to do. */
    async function data(name) {
        if (isReport) {
            const answer = page.api[name];
            if (answer === undefined) throw new Error(absence(name));
            return answer;
        }
        let response;
        try {
            response = await fetch(`api/${name}`, { headers: { Accept: "application/json" } });
        } catch {
            throw new Error("The server does not answer. Is “joulebook serve” still running?");
        }
        if (response.ok) return response.json();
        const told = await response.json().catch(() => null);
        const error = new Error(told?.error ?? told?.message
            ?? `The server answers ${response.status} to ${name}.`);
        error.isFinal = response.status < 500;
        throw error;
    }

    function absence(name) {
        if (name.startsWith("run/")) {
            return "This report holds no details of that run, only its row in the table. "
                + "“joulebook serve” on the directory shows them.";
        }
        return "This report does not hold that. “joulebook serve” on the directory shows it.";
    }

    /** Whether a report holds `name`; a server may be asked for anything. */
    const has = (name) => !isReport || page.api[name] !== undefined;

    /**
     * Calls `changed` whenever the version is another, as long as the page is looked at, and again
     * as long as `failed` answers the Error of an attempt.
     */
    function follow(changed, lost, failed) {
        if (isReport) return;
        let version = null;
        const ask = async () => {
            if (document.hidden) return;
            try {
                const answer = await data("version");
                const isOther = version !== null && answer.version !== version;
                if ((isOther || failed()) && !answer.reading) await changed();
                lost(failed(), answer.reading);
                if (!failed()) version = answer.version;
            } catch (error) {
                lost(error);
            }
        };
        const again = async () => {
            await ask();
            setTimeout(again, 2000);
        };
        document.addEventListener("visibilitychange", ask);
        again();
    }

    function decoded(text) {
        try { return decodeURIComponent(text); } catch { return text; }
    }

    /** Texts as one, in which commas stand between them and in none of them. */
    const joined = (texts) => texts.map(encodeURIComponent).join(",");
    const parted = (text) => (text ?? "").split(",").filter(Boolean).map(decoded);

    /** The hash as its path, whose parts are encoded still, and its parameters. */
    function place() {
        const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
        const [name, ...parts] = path.split("/");
        return { name: decoded(name) || "runs", parts, query: new URLSearchParams(query) };
    }

    /** Puts `parameters` into the hash without a new entry of the history; empty ones are left out. */
    function remember(parameters) {
        const [path] = location.hash.split("?");
        const query = new URLSearchParams(place().query);
        for (const [name, value] of Object.entries(parameters)) {
            if (value) query.set(name, value);
            else query.delete(name);
        }
        const text = query.toString();
        history.replaceState(null, "", `${path || "#/runs"}${text ? `?${text}` : ""}`);
    }

    Object.assign(joule, { page, isReport, data, has, follow, place, remember, decoded, joined, parted });
})();
