"""Measures the ledger's blocks and other formats on the same columns; see format_data.py.

Usage: peers.py PATH-OF-JOULE-FORMAT-BENCH [--short]. Besides generated tables it measures recorded
ones: `recorded_steps.npz`, and the curves of ../../shared/data/runs where they are. Every format
gives back every bit of every column or is marked. Speeds are bytes of 64-bit values by processor
time, one thread, medians over rounds in which the programs take turns. With --short it is one
round and a tenth of the damages, and README.md and the plot stay as they are.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.ipc as pa_ipc
import zstandard
from format_data import LIVE_BLOCK, Table, tables, write_raw
from mcap.reader import make_reader
from mcap.writer import CompressionType, Writer
from parquet import Format, Parquet, RecastParquet, arrow, columns, grouped
from pcodec import ChunkConfig, standalone

HERE = Path(__file__).parent
CURVES = HERE.parent.parent / "shared/data/runs/curves.records.jsonl.gz"
"""Epochs of real trainings (MLPerf and others), with the file's own origin told in its records."""
ROUNDS = 7


class ArrowFile(Format):
    name = "Arrow IPC, zstd"

    def write(self, table: Table) -> bytes:
        sink = io.BytesIO()
        options = pa_ipc.IpcWriteOptions(compression="zstd", use_threads=False)
        with pa_ipc.new_file(sink, arrow(table).schema, options=options) as writer:
            writer.write_table(arrow(table))
        return sink.getvalue()

    def read(self, data: bytes, like: Table) -> Table:
        options = pa_ipc.IpcReadOptions(use_threads=False)
        return columns(pa_ipc.open_file(pa.BufferReader(data), options=options).read_all())


class Pcodec(Format):
    """Columns only: no names, no checksums, no container."""

    name = "pcodec, 4096 rows, bare columns"

    def write(self, table: Table) -> bytes:
        config = ChunkConfig()
        parts = []
        for values in table.values():
            for start in range(0, len(values), LIVE_BLOCK):
                part = standalone.simple_compress(values[start : start + LIVE_BLOCK], config)
                parts.append(struct.pack("<I", len(part)) + part)
        return b"".join(parts)

    def read(self, data: bytes, like: Table) -> Table:
        table: Table = {}
        at = 0
        for name, values in like.items():
            parts = []
            for _ in range(0, len(values), LIVE_BLOCK):
                (size,) = struct.unpack_from("<I", data, at)
                parts.append(standalone.simple_decompress(data[at + 4 : at + 4 + size]))
                at += 4 + size
            table[name] = np.concatenate(parts)
        return table


def typed(rows: list[list[str]], like: Table) -> Table:
    """Columns from rows of text."""
    return {
        name: np.array([row[at] for row in rows]).astype(values.dtype)
        for at, (name, values) in enumerate(like.items())
    }


class CSV(Format):
    name = "CSV, gzip"
    slow = True

    def write(self, table: Table) -> bytes:
        sink = io.BytesIO()
        pa_csv.write_csv(arrow(table), sink)
        return gzip.compress(sink.getvalue())

    def read(self, data: bytes, like: Table) -> Table:
        options = pa_csv.ReadOptions(use_threads=False)
        types = pa_csv.ConvertOptions(
            column_types={name: pa.from_numpy_dtype(v.dtype) for name, v in like.items()}
        )
        text = io.BytesIO(gzip.decompress(data))
        return columns(pa_csv.read_csv(text, read_options=options, convert_options=types))

    def rows(self, data: bytes, like: Table) -> Table:
        found = []
        try:
            with gzip.open(io.BytesIO(data), "rt") as lines:
                next(lines)
                for line in lines:
                    found.append(line.rstrip("\n").split(","))
        except (OSError, EOFError, ValueError, StopIteration) as error:
            raise Damaged(typed([r for r in found if len(r) == len(like)], like)) from error
        return typed(found, like)


class Damaged(Exception):
    """Damage was noticed; `rows` came before it."""

    def __init__(self, rows: Table) -> None:
        super().__init__()
        self.rows = rows


class JSONLines(Format):
    name = "JSON lines, zstd"
    slow = True

    def write(self, table: Table) -> bytes:
        rows = zip(*(values.tolist() for values in table.values()), strict=True)
        text = "".join(json.dumps(dict(zip(table, row, strict=True))) + "\n" for row in rows)
        return zstandard.ZstdCompressor(level=3, write_checksum=True).compress(text.encode())

    def read(self, data: bytes, like: Table) -> Table:
        lines = zstandard.ZstdDecompressor().decompress(data).splitlines()
        rows = [json.loads(line) for line in lines]
        return {
            name: np.array([row[name] for row in rows], values.dtype)
            for name, values in like.items()
        }

    def rows(self, data: bytes, like: Table) -> Table:
        found: list[dict[str, float]] = []
        damaged = None
        try:
            with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)) as stream:
                for line in io.TextIOWrapper(stream):
                    found.append(json.loads(line))
        except (zstandard.ZstdError, ValueError, OSError) as error:
            damaged = error
        table = {
            name: np.array([row[name] for row in found], values.dtype)
            for name, values in like.items()
        }
        if damaged:
            raise Damaged(table)
        return table


class SQLite(Format):
    name = "SQLite"
    slow = True

    def write(self, table: Table) -> bytes:
        with tempfile.NamedTemporaryFile() as file:
            base = sqlite3.connect(file.name)
            kinds = ", ".join(
                f'"{name}" {"INTEGER" if values.dtype == np.int64 else "REAL"}'
                for name, values in table.items()
            )
            base.execute(f"CREATE TABLE t ({kinds})")
            marks = ", ".join("?" * len(table))
            rows = zip(*(values.tolist() for values in table.values()), strict=True)
            base.executemany(f"INSERT INTO t VALUES ({marks})", rows)
            base.commit()
            base.close()
            return Path(file.name).read_bytes()

    def read(self, data: bytes, like: Table) -> Table:
        with tempfile.NamedTemporaryFile() as file:
            Path(file.name).write_bytes(data)
            base = sqlite3.connect(file.name)
            try:
                rows = base.execute("SELECT * FROM t ORDER BY rowid").fetchall()
            finally:
                base.close()
        parts = list(zip(*rows, strict=True)) if rows else [()] * len(like)
        return {
            name: np.array(part, values.dtype)
            for (name, values), part in zip(like.items(), parts, strict=True)
        }

    def summary(self, data: bytes, like: Table) -> dict[str, tuple[int, float, float]]:
        base = sqlite3.connect(":memory:")
        base.deserialize(data)
        wanted = ", ".join(f'count("{n}"), min("{n}"), max("{n}")' for n in like)
        row = base.execute(f"SELECT {wanted} FROM t").fetchone()
        base.close()
        return {name: row[3 * at : 3 * at + 3] for at, name in enumerate(like)}


class MCAP(Format):
    """A message of packed little-endian numbers for each row, in chunks of zstd."""

    name = "MCAP, zstd"
    slow = True

    def write(self, table: Table) -> bytes:
        sink = io.BytesIO()
        writer = Writer(sink, compression=CompressionType.ZSTD)
        writer.start()
        schema = writer.register_schema(name="row", encoding="", data=b"")
        channel = writer.register_channel(topic="t", message_encoding="packed", schema_id=schema)
        layout = self.layout(table)
        rows = zip(*(values.tolist() for values in table.values()), strict=True)
        for number, row in enumerate(rows):
            message = struct.pack(layout, *row)
            writer.add_message(channel, log_time=number, data=message, publish_time=number)
        writer.finish()
        return sink.getvalue()

    @staticmethod
    def layout(table: Table) -> str:
        kinds = ("q" if values.dtype == np.int64 else "d" for values in table.values())
        return "<" + "".join(kinds)

    def read(self, data: bytes, like: Table) -> Table:
        layout = self.layout(like)
        reader = make_reader(io.BytesIO(data), validate_crcs=True)
        rows = [struct.unpack(layout, message.data) for _, _, message in reader.iter_messages()]
        parts = list(zip(*rows, strict=True)) if rows else [()] * len(like)
        return {
            name: np.array(part, values.dtype)
            for (name, values), part in zip(like.items(), parts, strict=True)
        }


def event_file(table: Table) -> bytes:
    """What TensorBoard's writer makes of a run; it keeps 32 bits of each value."""
    from tensorboardX import SummaryWriter

    with tempfile.TemporaryDirectory() as directory:
        writer = SummaryWriter(directory)
        for row, step in enumerate(table["epoch"].tolist()):
            for name, values in table.items():
                if name not in ("run", "index", "epoch", "started"):
                    writer.add_scalar(name, float(values[row]), step)
        writer.close()
        return next(Path(directory).iterdir()).read_bytes()


# Measuring


def same(one: Table, other: Table) -> bool:
    """Whether all columns agree to the bit."""
    return one.keys() == other.keys() and all(
        np.array_equal(one[name].view(np.int64), other[name].view(np.int64)) for name in one
    )


def seconds(body: Callable[[], object]) -> float:
    start = time.process_time()
    body()
    return time.process_time() - start


def ledger(bench: str, directory: Path, *what: str) -> dict[str, list[str]]:
    """The lines that the program printed, by their first word or their table."""
    # As the memory pools of the libraries compared, keep freed memory for the next round.
    tuned = {"MALLOC_TRIM_THRESHOLD_": "1000000000", "MALLOC_MMAP_THRESHOLD_": "1000000000"}
    command = [bench, str(directory), *what]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=os.environ | tuned
    )
    lines = [line.split() for line in done.stdout.splitlines()]
    return {line[1] if line[0] == "table" else line[0]: line for line in lines}


def wall(rounds: int, body: Callable[[], object]) -> float:
    """Median seconds on the wall, the first round left out."""
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return median(times[1:])


def quick(format: Format, data: bytes, table: Table) -> tuple[float, float]:
    """Seconds for count, minimum and maximum of each column, and for what a cut at 90 % leaves."""
    rounds = 1 if format.slow else 25
    cut = data[: len(data) * 9 // 10]

    def rescue() -> None:
        try:
            format.rows(cut, table)
        except Exception:
            # Told by the share of rows that are left.
            return

    return wall(rounds, lambda: format.summary(data, table)), wall(rounds, rescue)


def recorded() -> dict[str, Table]:
    """Real tables, as many as are here; what is not is said."""
    found: dict[str, Table] = {}
    if CURVES.exists():
        found["curves"] = curves()
    else:
        print(f"skipped: {CURVES} is not here", file=sys.stderr)
    with np.load(HERE / "recorded_steps.npz") as kept:
        found["recorded_steps"] = {name: kept[name] for name in kept.files}
    return found


def curves() -> Table:
    rows: dict[str, list[float]] = {
        name: [] for name in ("run", "index", "epoch", "duration", "energy", "metric")
    }
    with gzip.open(CURVES, "rt") as lines:
        for run, line in enumerate(lines):
            for index, epoch in enumerate(json.loads(line).get("epochs", [])):
                cells = (
                    run,
                    index,
                    epoch["epoch"],
                    epoch["duration_s"],
                    epoch["energy_j"],
                    epoch["metrics"]["metric"],
                )
                for column, cell in zip(rows.values(), cells, strict=True):
                    column.append(cell)
    whole = ("run", "index", "epoch")
    return {n: np.array(v, np.int64 if n in whole else np.float64) for n, v in rows.items()}


def damage(format: Format, data: bytes, table: Table, flips: int) -> tuple[float, float, int, int]:
    """Shares of rows left after 20 cuts and after flips, flips that nothing reports, and flips."""
    places = random.Random(20_260_101)

    def trial(spoilt: bytes) -> tuple[float, bool]:
        try:
            left, reported = format.rows(spoilt, table), False
        except Damaged as error:
            left, reported = error.rows, True
        except Exception:
            return 0.0, True
        count = len(next(iter(left.values()), ()))
        prefix = {name: values[:count] for name, values in table.items()}
        # Rows that were never written are worth nothing.
        share = count / len(table["run"]) if same(left, prefix) else 0.0
        return share, reported or count < len(table["run"])

    cuts = [trial(data[: places.randrange(len(data))])[0] for _ in range(20)]
    shares, silent = [], 0
    for _ in range(flips):
        spoilt = bytearray(data)
        spoilt[places.randrange(len(data))] ^= 1 << places.randrange(8)
        share, reported = trial(bytes(spoilt))
        shares.append(share)
        silent += not reported
    return sum(cuts) / 20, sum(shares) / flips, silent, flips


def main() -> None:
    bench, short = sys.argv[1], "--short" in sys.argv[2:]
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    given = tables()
    run, steps = given["run"], given["steps"]
    # Parquet has no series within its row groups, so it gets the order that suits it best.
    fair = {name: given[name] for name in ("epochs", "steps")}
    fair["telemetry"] = grouped(given["telemetry"])
    real = recorded()
    parquet, recast = Parquet(), RecastParquet()
    peers = [parquet, ArrowFile(), Pcodec(), CSV(), JSONLines(), SQLite(), MCAP()]
    rows: dict[str, dict[str, object]] = {"ledger": {"name": "**ledger**"}}
    times: dict[tuple[str, str], list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        write_raw(given | real, directory)
        whole = ledger(bench, directory, "whole")
        for turn in range(1 if short else ROUNDS):
            for table, data in (fair | real).items():
                line = ledger(bench, directory, table)[table]
                rows["ledger"][table] = int(line[2])
                times.setdefault(("ledger", table), []).append((float(line[4]), float(line[5])))
                for peer in peers:
                    if turn == 0 or not peer.slow:
                        time_peer(peer, data, rows, times, table)
                time_peer(recast, recast.prepare(data), rows, times, table)
    rows["ledger"] |= {
        "run": int(whole["run"][1]),
        "damage": [float(word) for word in whole["damage"][1:]],
        "quick": [float(word) for word in whole["quick"][1:]],
    }
    for peer in peers:
        rows[peer.name]["run"] = len(peer.write(run))
        if not isinstance(peer, Pcodec):
            data = peer.write(steps)
            flips = (100 if peer.slow else 300) // (10 if short else 1)
            rows[peer.name]["damage"] = damage(peer, data, steps, flips)
            rows[peer.name]["quick"] = quick(peer, data, steps)
    rows["tfevents"] = {"name": "tfevents, 32 of 64 bits", "run": len(event_file(run))}
    nbytes = {name: sum(v.nbytes for v in t.values()) for name, t in (fair | real).items()}
    report(rows, times, nbytes, set(real), keeps=not short)


def time_peer(
    peer: Format,
    table: Table,
    rows: dict[str, dict[str, object]],
    times: dict[tuple[str, str], list[tuple[float, float]]],
    name: str,
) -> None:
    data = peer.write(table)
    if name not in rows.setdefault(peer.name, {"name": peer.name}):
        if not all(
            np.array_equal(back.view(np.uint8), table[column].view(np.uint8))
            for column, back in peer.read(data, table).items()
        ):
            raise SystemExit(f"{peer.name} does not give {name} back")
        rows[peer.name][name] = len(data)
    once = 1 if peer.slow else 3
    writing = median(seconds(lambda: peer.write(table)) for _ in range(once))
    reading = median(seconds(lambda: peer.read(data, table)) for _ in range(once))
    times.setdefault((peer.name, name), []).append((writing, reading))


# Telling


def report(
    rows: dict[str, dict[str, object]],
    times: dict[tuple[str, str], list[tuple[float, float]]],
    nbytes: dict[str, int],
    real: set[str],
    keeps: bool,
) -> None:
    base = Parquet.name
    order = ["ledger", base, *(name for name in rows if name not in ("ledger", base))]
    generated = {name: size for name, size in nbytes.items() if name not in real}
    lines = compared(rows, times, generated, order)
    lines += ["", *compared(rows, times, {n: s for n, s in nbytes.items() if n in real}, order)]
    lines += [
        "",
        "| steps | count, minimum and maximum of each column | reading what a cut at 90 % leaves "
        "| rows left after a cut | rows left after a flipped bit | flips that nothing reports |",
        "|---|---|---|---|---|---|",
    ]
    for name in order:
        if "damage" in rows[name]:
            cut, flip, silent, flips = rows[name]["damage"]
            summary, rescue = (f"{1e3 * time:.2f} ms" for time in rows[name]["quick"])
            lines.append(
                f"| {rows[name]['name']} | {summary} | {rescue if cut else 'nothing is left'} "
                f"| {cut:.0%} | {flip:.0%} | {silent:.0f} of {flips:.0f} |"
            )
    table = "\n".join(lines)
    print(table)
    if not keeps:
        return
    readme = HERE / "README.md"
    text = readme.read_text()
    start, end = "<!-- format table -->", "<!-- end of format table -->"
    before, rest = text.split(start)
    after = rest.split(end)[1]
    readme.write_text(f"{before}{start}\n\n{table}\n\n{end}{after}")
    picture = plot(rows, [n for n in order if "steps" in rows[n]], nbytes)
    (HERE / "format.svg").write_text(picture)


def compared(
    rows: dict[str, dict[str, object]],
    times: dict[tuple[str, str], list[tuple[float, float]]],
    nbytes: dict[str, int],
    order: list[str],
) -> list[str]:
    """A table of sizes and one of speeds, each with ratios to Parquet."""
    base = Parquet.name
    has_run = "epochs" in nbytes
    heads = " | ".join(
        [*(name.replace("_", " ") for name in nbytes), *["50 epochs × 12"] * has_run]
    )
    lines = [f"| bytes a value (÷ Parquet) | {heads} |", "|---|" + "---|" * (len(nbytes) + has_run)]
    for name in order:
        row = rows[name]
        cells = []
        for table, total in nbytes.items():
            told = table in row
            ratio = row[table] / rows[base][table] if told else 0
            cells.append(f"{row[table] * 8 / total:.3f} ({ratio:.2f})" if told else "")
        if has_run:
            cells.append(f"{row['run']:,} B" if "run" in row else "")
        if any(cells):
            lines.append(f"| {row['name']} | " + " | ".join(cells) + " |")
    heads = " | ".join(name.replace("_", " ") for name in nbytes)
    lines += ["", f"| MB/s on one core, write / read (÷ Parquet) | {heads} |"]
    lines.append("|---|" + "---|" * len(nbytes))

    def speed(name: str, table: str, which: int) -> float:
        return nbytes[table] / 1e6 / median(pair[which] for pair in times[name, table])

    for name in (name for name in order if (name, next(iter(nbytes), "")) in times):
        cells = []
        for table in nbytes:
            write, read = speed(name, table, 0), speed(name, table, 1)
            ratios = f"{write / speed(base, table, 0):.2f} / {read / speed(base, table, 1):.2f}"
            cells.append(f"{write:.0f} / {read:.0f} ({ratios})")
        lines.append(f"| {rows[name]['name']} | " + " | ".join(cells) + " |")
    return lines


def plot(rows: dict[str, dict[str, object]], names: list[str], nbytes: dict[str, int]) -> str:
    """Bars of bytes a value, one panel for each table."""
    width, bar, left = 300, 18, 230
    height = 40 + (bar + 6) * len(names)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width * len(nbytes)}" '
        f'height="{height}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for at, name in enumerate(names):
        y = 34 + (bar + 6) * at
        label = str(rows[name]["name"]).strip("*")
        parts.append(f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{label}</text>')
    for panel, (table, total) in enumerate(nbytes.items()):
        x = left + width * panel
        title = f"{table.replace('_', ' ')}, bytes a value"
        parts.append(f'<text x="{x}" y="20" font-weight="bold">{title}</text>')
        most = max(rows[name][table] for name in names)
        for at, name in enumerate(names):
            y = 34 + (bar + 6) * at
            length = (width - 70) * rows[name][table] / most
            colour = "#0b6e4f" if name == "ledger" else "#9aa5b1"
            parts.append(
                f'<rect x="{x}" y="{y}" width="{length:.1f}" height="{bar}" fill="{colour}"/>'
                f'<text x="{x + length + 4:.1f}" y="{y + 13}">'
                f"{rows[name][table] / (total / 8):.2f}</text>"
            )
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    main()
