// A table of which only the rows that are seen are in the document.
"use strict";

(() => {
    const { make } = joule;
    const AHEAD = 12;
    /** So many rows are printed. */
    const PRINTED_MAX = 2000;

    /**
     * `columns` are {name, label, isNumber, width, cell(row), isSortable}, `rows` the keys that
     * `cell` gets. `sort` is a column's name, with "-" before it where it falls.
     */
    class VirtualTable extends HTMLElement {
        connectedCallback() {
            if (this.body) return;
            this.active = 0;
            this.head = make("tr", { "aria-rowindex": "1" });
            this.body = make("tbody");
            this.table = make("table", { class: "virtual" },
                make("caption", { class: "unseen", text: this.model?.caption ?? "" }),
                make("thead", {}, this.head), this.body);
            this.scroller = make("div", {
                class: "scroller", role: "region", "aria-label": this.model?.caption ?? "Rows",
                tabindex: "0",
            }, this.table);
            this.append(this.scroller);
            this.scroller.addEventListener("scroll", () => this.onScrolled(), { passive: true });
            this.scroller.addEventListener("keydown", (event) => this.onKey(event));
            this.size = new ResizeObserver(() => this.fill());
            this.size.observe(this.scroller);
            this.printing = () => this.fill(true);
            this.printed = () => this.fill();
            addEventListener("beforeprint", this.printing);
            addEventListener("afterprint", this.printed);
            if (this.model) this.show(this.model);
        }

        disconnectedCallback() {
            this.size?.disconnect();
            removeEventListener("beforeprint", this.printing);
            removeEventListener("afterprint", this.printed);
        }

        take(fresh) { this.show(fresh.model); }

        /** Shows `model` from now on, at the same place. */
        show(model) {
            this.model = model;
            if (!this.body) return;
            this.table.caption.textContent = model.caption;
            this.table.setAttribute("aria-rowcount", model.rows.length + 1);
            if (this.headOf !== model) this.fillHead();
            this.headOf = model;
            this.active = Math.min(this.active, Math.max(model.rows.length - 1, 0));
            this.fill();
        }

        fillHead() {
            const { columns, sort = "" } = this.model;
            const held = this.head.contains(document.activeElement)
                ? document.activeElement.closest("th")?.dataset.name : null;
            this.head.replaceChildren(...columns.map((column) => this.headCell(column, sort)));
            const widths = columns.reduce((sum, column) => sum + (column.width ?? 110), 0);
            this.table.style.minWidth = `${widths}px`;
            if (held) this.head.querySelector(`[data-name="${CSS.escape(held)}"] button`)?.focus();
        }

        headCell(column, sort) {
            const isSorted = sort.replace(/^-/, "") === column.name;
            const way = isSorted ? (sort.startsWith("-") ? "descending" : "ascending") : null;
            const th = make("th", {
                scope: "col", class: column.isNumber ? "number" : null, "data-name": column.name,
                "aria-sort": way, title: column.title ?? null,
            });
            th.style.width = `${column.width ?? 110}px`;
            if (!this.model.onsort || column.isSortable === false) {
                th.append(column.isUnseen
                    ? make("span", { class: "unseen", text: column.label }) : column.label);
            } else {
                th.append(make("button", {
                    type: "button", onclick: () => this.model.onsort(column.name, way),
                }, column.label, make("span", {
                    class: "way", "aria-hidden": "true",
                    text: way ? (way === "ascending" ? "▲" : "▼") : "",
                })));
            }
            return th;
        }

        onScrolled() {
            if (this.isPending) return;
            this.isPending = true;
            requestAnimationFrame(() => {
                this.isPending = false;
                this.fill();
            });
        }

        get rowHeight() { return 34; }

        /** Puts the rows that are seen, and some around them, into the document. */
        fill(isWhole = false) {
            if (!this.model) return;
            const { rows } = this.model;
            const height = this.rowHeight;
            const seen = Math.ceil((this.scroller.clientHeight || 600) / height);
            const top = Math.floor(this.scroller.scrollTop / height);
            const first = isWhole ? 0 : Math.max(0, Math.min(top, rows.length - seen) - AHEAD);
            const last = isWhole ? Math.min(rows.length, PRINTED_MAX)
                : Math.min(rows.length, first + seen + 2 * AHEAD);
            const fresh = make("tbody", {}, spacer(first * height),
                Array.from({ length: last - first }, (_, place) => this.row(first + place)),
                isWhole && last < rows.length ? unprinted(rows.length - last, this.model.columns.length)
                    : spacer((rows.length - last) * height));
            joule.morph(this.body, fresh);
        }

        row(place) {
            const { columns, rows, onopen, selection } = this.model;
            const key = rows[place];
            const isSelected = selection?.has(key) ?? false;
            const tr = make("tr", {
                "aria-rowindex": place + 2, "data-place": place,
                "aria-selected": selection ? String(isSelected) : null,
                class: [place % 2 ? "odd" : null, isSelected ? "selected" : null,
                    onopen && place === this.active ? "active" : null]
                    .filter(Boolean).join(" ") || null,
                onclick: onopen ? (event) => this.onRow(event, place, key) : null,
            });
            for (const column of columns) {
                const content = column.cell(key, isSelected);
                const td = make("td", { class: column.isNumber ? "number" : column.class ?? null },
                    content instanceof Node ? content : String(content));
                if (!(content instanceof Node) && String(content).length > 14) {
                    td.setAttribute("title", content);
                }
                tr.append(td);
            }
            return tr;
        }

        onRow(event, place, key) {
            this.active = place;
            if (event.target.closest("a, button, input, label")) return;
            this.model.onopen(key);
        }

        onKey(event) {
            const { rows, onopen, onselect } = this.model;
            if (!onopen || event.target.closest("input[type=text], select, th")) return;
            const page = Math.max(1, Math.floor(this.scroller.clientHeight / this.rowHeight) - 2);
            const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
            const ends = { Home: 0, End: rows.length - 1 };
            if (event.key in moves || event.key in ends) {
                event.preventDefault();
                this.go(ends[event.key] ?? this.active + moves[event.key]);
            } else if (event.key === "Enter" && rows.length && !event.target.closest("a")) {
                onopen(rows[this.active]);
            } else if (event.key === " " && onselect && !event.target.closest("input")) {
                event.preventDefault();
                onselect(rows[this.active]);
            }
        }

        /** Makes a row the active one, and shows it. */
        go(place) {
            this.active = Math.max(0, Math.min(place, this.model.rows.length - 1));
            const top = this.active * this.rowHeight;
            const head = this.head.offsetHeight;
            const { scroller } = this;
            if (top < scroller.scrollTop) scroller.scrollTop = top;
            const bottom = top + this.rowHeight + head - scroller.clientHeight;
            if (bottom > scroller.scrollTop) scroller.scrollTop = bottom;
            this.fill();
        }
    }

    /** The last row of a print that is not whole. */
    const unprinted = (many, columns) => make("tr", {}, make("td", {
        colspan: columns, text: `… ${many.toLocaleString("en-GB")} more, not printed`,
    }));

    function spacer(height) {
        const row = make("tr", { "aria-hidden": "true", class: "spacer" }, make("td"));
        row.style.height = `${height}px`;
        return row;
    }

    customElements.define("joule-table", VirtualTable);

    /** A virtual table that shows `model`. */
    joule.virtualTable = (model) => {
        const table = make("joule-table");
        table.model = model;
        return table;
    };
})();
