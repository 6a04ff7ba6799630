// One run: what it cost, what it bought, and what that stands on.
"use strict";

(() => {
    const {
        make, heading, facts, card, smallTable, energy, duration, power, time, number, percent, known,
        provenanceMark, statusMark, MISSING, spelt, flattened,
    } = joule;

    async function runPage([id]) {
        const document = await joule.data(`run/${encodeURIComponent(joule.decoded(id))}`);
        const run = shaped(document.run);
        window.document.title = `${joule.short(run.run_id)} · Joulebook`;
        return [
            title(run), cards(run, document), forecast(document.forecast, run), notes(run),
            make("div", { class: "charts" }, ["course", "power", "phases"]
                .map((name) => joule.chart(document.charts?.[name]))),
            devices(run, document.left_out.concurrent_runs), epochs(run, document.left_out.epochs), absences(run), configuration(run),
            code(run, document.code), surroundings(run), integrity(run),
        ];
    }

    /** A `show --json` document with every list a list and every object an object. */
    function shaped(told) {
        const { list, object, objects } = joule;
        const metered = (part) => ({ ...object(part), devices: objects(object(part).devices) });
        const machine = object(told.hardware);
        return {
            ...told, run_id: String(told.run_id), tags: list(told.tags), totals: object(told.totals),
            energy: metered(told.energy), config: object(told.config), env: object(told.env),
            data: object(told.data), declared: object(told.declared),
            epochs: objects(told.epochs).map((epoch) => ({
                ...epoch, metrics: object(epoch.metrics), energy: metered(epoch.energy),
            })),
            code: told.code ? object(told.code) : null,
            hardware: { ...machine, devices: objects(machine.devices), memory: object(machine.memory) },
            integrity: told.integrity ? object(told.integrity) : null,
            absent_meters: objects(told.absent_meters),
        };
    }

    function title(run) {
        const id = make("code", { class: "id", text: run.run_id });
        const tags = run.tags.map((tag) => make("span", { class: "tag", text: spelt(tag) }));
        return make("header", { class: "page-head" },
            make("p", { class: "crumbs" }, make("a", { href: "#/runs", text: "Runs" }), " / ",
                run.project ?? "no project"),
            make("h1", {}, run.project ?? "Run", " ", make("span", { class: "id light", text: joule.short(run.run_id) })),
            make("p", { class: "sub" }, statusMark(run.status), ...tags,
                run.stage ? make("span", { text: joule.spaced(run.stage) }) : null,
                make("span", { text: `from ${time(run.started)} UTC` }),
                run.user ? make("span", { text: `by ${spelt(run.user)}` }) : null, id));
    }

    /** What a run used and how that is known: as it was measured, else as it was declared. */
    function energyOf(run) {
        const { energy_j: measured } = run.totals;
        const { energy_kwh: declared } = run.declared;
        const joules = known(measured) ? measured : known(declared) ? declared * 3.6e6 : null;
        return { joules, provenance: joules === null ? null : run.energy.provenance };
    }

    function cards(run, { best, epoch_energy_j: perEpoch }) {
        const { joules: total, provenance } = energyOf(run);
        const seconds = run.totals.duration_s;
        const told = (value, words) => known(value) ? doubt(provenance) + words(value) : MISSING;
        const epochCount = run.totals.epochs ?? run.epochs.length;
        return make("section", { class: "cards", "aria-label": "Key figures" },
            card("Energy", energy(total), known(total) ? provenanceMark(provenance, true)
                : run.absent_meters.length ? "no meter told: see “Not measured”" : "nobody told it"),
            card("Time", duration(seconds), joule.count(epochCount, "epoch")),
            card("Mean power", told(known(total) && seconds > 0 ? total / seconds : null, power), "over the whole run"),
            best ? card(best.metric, number(best.value),
                `${best.better ? "best" : "last"}, in epoch ${best.epoch}`) : null,
            card("Energy per epoch", told(perEpoch, energy), "mean of those that ended"));
    }

    /** The mark before an amount that no meter told. */
    function doubt(name) {
        const { mark } = joule.provenance(name);
        return !name || mark === "●" ? "" : `${mark}\u00a0`;
    }

    function forecast(told, run) {
        if (!told) return null;
        const sign = doubt(energyOf(run).provenance);
        const interval = (range, words, mark = "") => range
            ? [mark + words(range.central), make("span", { class: "range", text: ` ${words(range.low)} to ${words(range.high)}` })]
            : [MISSING];
        return make("section", { class: "panel" }, heading(2, "At its end, as it goes"),
            make("div", { class: "cards" },
                card("Energy", interval(told.energy_j, energy, sign), `after ${joule.count(told.epochs_ended, "epoch")}`),
                card("Time", interval(told.duration_s, duration), `started ${time(run.started)} UTC`),
                told.carbon_kg ? card("Carbon", interval(told.carbon_kg, joule.mass, sign), "CO₂e") : null));
    }

    /** What somebody wrote down, with its time where that is known; as it is where it is no such thing. */
    function noted(value) {
        const all = Array.isArray(value) ? value : value === null || value === undefined ? [] : [value];
        return all.filter((one) => one !== null && one !== undefined).map((one) => {
            const words = ["device", "what", "text", "message"].map((name) => one[name])
                .filter((text) => typeof text === "string" && text);
            if (!words.length) return spelt(one);
            return `${known(one.at) ? `${time(one.at)}: ` : ""}${words.join(": ")}`;
        });
    }

    function notes(run) {
        const lines = [run.notes, run.faults, run.meter_faults].flatMap(noted);
        return lines.length
            ? make("section", { class: "panel" }, heading(2, "Notes and faults"),
                make("ul", {}, [...new Set(lines)].map((text) => make("li", { text }))))
            : null;
    }

    function devices(run, concurrent = 0) {
        const rows = run.energy?.devices ?? [];
        if (!rows.length) return null;
        const total = run.totals?.energy_j;
        const words = joule.energiesLike(rows.map((row) => row.energy_j));
        return make("section", {}, heading(2, "Energy by device"), smallTable("Energy by device", [
            { label: "Device", cell: (row) => row.device },
            { label: "Energy", isNumber: true, cell: (row) => words(row.energy_j) },
            { label: "Share", isNumber: true, cell: (row) => percent(total > 0 ? row.energy_j / total : null) },
            { label: "Known by", cell: (row) => provenanceMark(row.provenance, true) },
            { label: "Source", cell: (row) => row.source },
            { label: "Boundary", cell: (row) => row.boundary ?? MISSING },
            { label: "Covered", isNumber: true, cell: (row) => percent(row.coverage) },
            { label: "Uncertainty", isNumber: true, cell: (row) =>
                known(row.uncertainty_rel) ? `±\u00a0${percent(row.uncertainty_rel)}` : MISSING },
        ], rows), attribution(run.attribution), sharing(run.shared, concurrent));
    }

    /** What else these meters were read for, as far as somebody looked. */
    function sharing(told, concurrent) {
        if (known(told?.counted_j)) {
            return make("p", { class: "aside", text: `Other runs read the same meters meanwhile. This run measured `
                + `${energy(told.measured_j)}, of which ${energy(told.counted_j)} counts as its own wherever runs are added up.` });
        }
        if (!concurrent) return null;
        const others = concurrent === 1 ? "Another run went on" : `${joule.count(concurrent, "other run")} went on`;
        return make("p", { class: "aside", text: `${others} at the same time, and nobody looked here whether it was with the `
            + "same meters. Where it was, duplicates and lifecycle divide what they told." });
    }

    function attribution(told) {
        if (!known(told?.attributed_j)) return null;
        return make("p", { class: "aside", text:
            `Of this the run’s own processes account for ${energy(told.attributed_j)}; the rest, `
            + `${energy(told.unattributed_j)}, is of the whole machine: idle power, other programs, and devices that no rule divides.` });
    }

    function epochs(run, leftOut = 0) {
        const rows = run.epochs ?? [];
        if (!rows.length) return null;
        const names = [...new Set(rows.flatMap((epoch) => Object.keys(epoch.metrics ?? {})))].slice(0, 12);
        const words = joule.energiesLike(rows.map((epoch) => epoch.energy?.total_j));
        const table = joule.virtualTable({
            caption: "Epochs", rows: rows.map((_, place) => place),
            columns: [
                { name: "epoch", label: "Epoch", isNumber: true, width: 72, cell: (row) => String(rows[row].epoch) },
                { name: "time", label: "Took", isNumber: true, width: 96, cell: (row) => duration(rows[row].duration_s) },
                { name: "energy", label: "Energy", isNumber: true, width: 104, cell: (row) => epochEnergy(rows[row], words) },
                ...names.map((name) => ({
                    name, label: name, isNumber: true, width: Math.max(104, name.length * 8 + 24),
                    cell: (row) => number(rows[row].metrics?.[name]),
                })),
            ],
        });
        table.classList.add("short");
        return make("section", {}, heading(2, "Epochs"), table,
            leftOut > 0 ? make("p", { class: "aside", text: `${joule.count(leftOut, "epoch")} between these, evenly spaced, `
                + "are left out here and in the charts; sums are of all. “joulebook export” tells each." }) : null);
    }

    function epochEnergy(epoch, words) {
        const total = epoch.energy?.total_j;
        if (!known(total)) return MISSING;
        return joule.marked(words(total), epoch.energy.provenance);
    }

    function absences(run) {
        const rows = run.absent_meters ?? [];
        if (!rows.length) return null;
        return make("section", {}, make("details", { class: "fold" },
            make("summary", {}, "Not measured", make("span", { class: "many", text: rows.length })),
            smallTable("Not measured", [
                { label: "Meter", cell: (row) => row.source },
                { label: "Why not", class: "prose", cell: (row) => row.reason },
                { label: "What would help", class: "prose", cell: (row) => row.remedy ?? MISSING },
            ], rows)));
    }

    function configuration(run) {
        const leaves = [...flattened(run.config ?? {})];
        const content = leaves.length
            ? facts(leaves.map(([path, value]) => [path, make("code", { text: spelt(value) })]))
            : make("p", { class: "aside", text: "The run states none: start(…, config={…}) keeps it." });
        return make("section", {}, heading(2, "Configuration"), content);
    }

    function code(run, kept) {
        if (!run.code && !run.argv && !run.data.name) return null;
        const told = run.code ?? {};
        const dirty = told.dirty === true ? "with changes that are not committed"
            : told.dirty === false ? "as committed" : null;
        return make("section", {}, heading(2, "Code and data"),
            facts([
                ["Entry", told.entry],
                ["Commit", told.commit && make("code", { text: told.commit })],
                ["State", dirty],
                ["Tree", told.tree && make("code", { text: told.tree })],
                ["Data", run.data?.name],
                ["Fingerprint", run.data?.fingerprint && make("code", { text: run.data.fingerprint })],
                ["Command", run.argv && make("code", { text: Array.isArray(run.argv)
                    ? run.argv.map(spelt).join(" ") : spelt(run.argv) })],
            ]),
            kept?.diff ? make("details", { class: "fold" }, make("summary", { text: "What was changed" }), diff(kept.diff))
                : told.diff_absent ? make("p", { class: "aside", text: told.diff_absent }) : null);
    }

    /** Changes line by line; the sign in front says the same as the colour. */
    function diff(text) {
        const kinds = { "+": "added", "-": "removed", "@": "where" };
        const lines = text.split("\n");
        const shown = lines.slice(0, 3000).map((line) => {
            const isHead = line.startsWith("+++") || line.startsWith("---") || line.startsWith("diff ");
            return make("span", { class: isHead ? "file" : kinds[line[0]] ?? null, text: `${line}\n` });
        });
        if (lines.length > 3000) shown.push(`… ${lines.length - 3000} lines more\n`);
        return make("pre", { class: "code diff", tabindex: "0", "aria-label": "Changes of the code" }, shown);
    }

    function surroundings(run) {
        const machine = run.hardware ?? {};
        const devices = machine.devices.map((device) =>
            `${device.count && device.count > 1 ? `${device.count} × ` : ""}${device.name ?? device.kind}`);
        const memory = machine.memory?.total_bytes;
        const packages = Object.entries(run.env ?? {});
        return make("section", {}, heading(2, "Machine"),
            facts([
                ["Host", machine.host],
                ["Devices", devices.join(", ")],
                ["Cores", machine.cpu && `${machine.cpu.cores ?? MISSING} cores, ${machine.cpu.usable_threads ?? machine.cpu.threads ?? MISSING} threads to use`],
                ["Memory", known(memory) ? joule.bytes(memory) : null],
                ["Kernel", machine.kernel],
                ["Inside", [machine.container, machine.virtual_machine ? "a virtual machine" : null].filter(Boolean).join(", in ")],
            ]),
            packages.length ? make("details", { class: "fold" },
                make("summary", {}, "Environment", make("span", { class: "many", text: packages.length })),
                facts(packages.map(([name, value]) => [name, spelt(value)]))) : null);
    }

    const STATES = {
        clean: "whole: every block is there and its checksum fits",
        torn: "torn: the writer was cut off, all before that is whole",
        damaged: "damaged: some blocks cannot be read",
        live: "live: the run is still being written",
    };

    function integrity(run) {
        const told = run.integrity;
        if (!told) return null;
        return make("section", {}, heading(2, "Integrity"),
            facts([
                ["State", make("span", { class: `integrity integrity-${told.state}`, text: STATES[told.state] ?? told.state })],
                ["Seal", told.sealed ? "sealed and signed" : "not sealed: anyone could have changed it (joulebook seal)"],
                ["Blocks", told.blocks],
                ["Merkle root", told.root && make("code", { text: told.root })],
            ]),
            told.problems?.length ? make("ul", {}, joule.list(told.problems).map((problem) =>
                make("li", { text: problem?.message ?? spelt(problem) }))) : null);
    }

    Object.assign(joule, { runPage, shaped, energyOf });
})();
