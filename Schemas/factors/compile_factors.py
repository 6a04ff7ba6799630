#!/usr/bin/env python3
"""Compiles the shipped factor set from the collected tables.

    python3 Schemas/factors/compile_factors.py FOLDER [--check]

Peak throughputs are in throughput.csv beside this program. FOLDER holds country_grid_intensity.csv, cloud_regions.csv, pue_wue.csv, us_egrid_subregions.csv and
hardware.csv as described in Schemas/factors.md. Writes Sources/JouleLifecycle/Factors/ShippedFactors.swift and the
names of its regions in Sources/JouleQuantities/KnownRegions.swift; with --check it writes nothing and
fails when a file is not what it would write. Rows that are left out are listed on standard error,
each with its reason.
"""

import csv
import io
import pathlib
import re
import sys

COLUMNS = [
    "kind", "region", "name", "aliases", "year", "value", "low", "high", "unit",
    "signal", "basis", "source", "licence",
]
OUTPUT = "Sources/JouleLifecycle/Factors/ShippedFactors.swift"
REGIONS = "Sources/JouleQuantities/KnownRegions.swift"
GRID_MAX = 1500.0
PUE_MAX = 3.0
LB_PER_MWH = 0.45359237
# What drivers call a device of which something is known.
DRIVER_NAMES = {
    "NVIDIA H100 SXM5 80GB": ["NVIDIA H100 80GB HBM3"],
    "NVIDIA A100 PCIe": ["NVIDIA A100-PCIE-40GB", "A100-PCIE-40GB"],
    "NVIDIA A100 SXM4 40 GB": ["NVIDIA A100-SXM4-40GB", "A100-SXM4-40GB"],
    "NVIDIA GeForce GTX 1080 Ti": ["GeForce GTX 1080 Ti"],
    "NVIDIA P100 PCIe 16GB": ["Tesla P100-PCIE-16GB"],
    "NVIDIA H200 SXM": ["NVIDIA H200"],
    "NVIDIA A100 SXM4 80 GB": ["NVIDIA A100-SXM4-80GB", "A100-SXM4-80GB"],
    "NVIDIA A40 PCIe": ["NVIDIA A40"],
    "NVIDIA GeForce RTX 2080 Ti 11GB": ["NVIDIA GeForce RTX 2080 Ti", "GeForce RTX 2080 Ti"],
    "NVIDIA Tesla V100 SXM2 32 GB": ["Tesla V100-SXM2-32GB"],
    "NVIDIA Tesla V100 SXM2 16 GB": ["Tesla V100-SXM2-16GB"],
    "NVIDIA Tesla V100 PCIe 32 GB": ["Tesla V100-PCIE-32GB"],
    "NVIDIA Tesla V100 PCIe 16 GB": ["Tesla V100-PCIE-16GB"],
    "NVIDIA Tesla T4": ["Tesla T4"],
}
PROVIDERS = {"Amazon Web Services": "aws", "Google Cloud": "gcp", "Microsoft Azure": "azure"}


def table(folder, name):
    with open(folder / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def leave_out(what, why):
    print(f"left out: {what}: {why}", file=sys.stderr)


def plausible(what, value):
    """A zero is a missing decimal or a rounding, never a grid without emissions."""
    if not 0 < value <= GRID_MAX:
        leave_out(what, f"{value} g/kWh is not above 0 and at most {GRID_MAX}")
        return False
    return True


def grid(region, name, aliases, year, value, basis, source, licence):
    return {
        "kind": "grid", "region": region, "name": name, "aliases": "|".join(aliases),
        "year": year, "value": repr(value).removesuffix(".0"), "unit": "g/kWh",
        "signal": "location_average", "basis": basis, "source": source, "licence": licence,
    }


def countries(folder):
    for row in table(folder, "country_grid_intensity.csv"):
        value = float(row["gco2e_per_kwh"])
        if not plausible(f"country {row['country']}", value):
            continue
        # "NA" (Namibia) was lost upstream to a reader that takes it for a missing value.
        iso2 = row["iso2"] or ("NA" if row["iso3"] == "NAM" else row["iso3"])
        via = row["src"].removeprefix("OWID/Ember via ").lower()
        yield grid(
            iso2, row["country"], [row["iso3"]], row["year"], value, "life_cycle",
            f"Our World in Data/Ember via {via}", "CC BY 4.0",
        )


def cloud_regions(folder):
    rows = table(folder, "cloud_regions.csv")
    for row in rows:
        # A slip of the pen upstream, in the name of Google's region at Doha.
        row["region"] = row["region"].replace("me-cenrtal1", "me-central1")
    dated = {(row["provider"], row["region"]) for row in rows if row["year"]}
    for row in rows:
        what = f"{row['provider']}:{row['region']} {row['year'] or 'without a year'}"
        if not row["year"] and (row["provider"], row["region"]) in dated:
            leave_out(what, "the region has rows with a year")
        elif plausible(what, float(row["grid_gco2e_per_kwh"])):
            yield grid(
                f"{row['provider']}:{row['region']}", row["location"], [], row["year"],
                float(row["grid_gco2e_per_kwh"]), "", row["source"], row["licence"],
            )


def egrid(folder):
    for row in table(folder, "us_egrid_subregions.csv"):
        value = float(row["gco2e_per_kwh"])
        again = float(row["co2e_lb_per_mwh"]) * LB_PER_MWH
        if abs(again - value) > 0.01:
            leave_out(f"eGRID {row['subregion']}", f"{value} is not its own {again:.2f} g/kWh")
        elif plausible(f"eGRID {row['subregion']}", value):
            yield grid(
                f"egrid:{row['subregion']}", row["name"], [], row["data_year"], value,
                "combustion", "US EPA eGRID summary tables (second-hand)", "public domain",
            )


def pue(folder):
    for row in table(folder, "pue_wue.csv"):
        what = f"PUE {row['provider']}, {row['scope']}, {row['year']}"
        if not row["pue"]:
            leave_out(what, "no PUE")
            continue
        if row["scope"] == "mean of disclosed regions":
            region = PROVIDERS[row["provider"]]
        elif row["provider"] in ("US average DC", "Global average DC"):
            region = "average:" + row["provider"].split()[0].lower()
        elif row["scope"] in ("DC", "HPC", "cluster", "fleet", "location"):
            region = "site:" + re.sub(r"[^a-z0-9]+", "-", row["provider"].lower()).strip("-")
        else:
            leave_out(what, "a calculator's default, not a disclosure")
            continue
        if not 1 <= float(row["pue"]) <= PUE_MAX:
            leave_out(what, f"{row['pue']} is not within 1 to {PUE_MAX}")
        else:
            yield {
                "kind": "pue", "region": region, "name": f"{row['provider']}, {row['scope']}",
                "aliases": "", "year": row["year"], "value": row["pue"], "low": row["pue_min"],
                "high": row["pue_max"], "unit": "1", "source": row["source"],
                "licence": "facts as cited",
            }


def making(folder):
    for row in table(folder, "hardware.csv"):
        if not row["embodied_kgco2e"]:
            continue
        what = f"making of {row['name']}"
        if row["type"] != "gpu":
            leave_out(what, "a machine, which no driver names")
        elif row["name"] not in DRIVER_NAMES and not row["name"].startswith("NVIDIA "):
            leave_out(what, "a bound or a class, no device")
        else:
            yield {
                "kind": "embodied", "region": row["name"], "name": row["name"],
                "aliases": "|".join(DRIVER_NAMES.get(row["name"], [])),
                "value": row["embodied_kgco2e"].removesuffix(".0"), "unit": "kgCO2e",
                "source": row["embodied_source"], "licence": "facts as cited",
            }


def ratings(folder):
    """Of devices whose peak throughput is known, that and the power their cooling is made for."""
    powers = {row["name"]: row for row in table(folder, "hardware.csv")}
    for row in table(pathlib.Path(__file__).parent, "throughput.csv"):
        power = powers[row["name"]]
        shared = {
            "region": row["name"], "name": row["name"], "licence": power["licence"],
            "aliases": "|".join(DRIVER_NAMES.get(row["name"], [])), "source": power["source"],
        }
        yield shared | {
            "kind": "tdp", "value": power["tdp_w"].removesuffix(".0"), "unit": "W",
        }
        for precision in ("fp32", "tf32", "fp16"):
            if row[precision]:
                yield shared | {
                    "kind": f"peak_{precision}", "value": row[precision], "unit": "TFLOPS",
                }


def swift(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    if "\\" in text.getvalue() or '"""' in text.getvalue():
        raise SystemExit("a field would need escaping in a Swift literal")
    return (
        "// swift-format-ignore-file\n"
        "// Compiled by Schemas/factors/compile_factors.py; provenance in Schemas/factors.md.\n\n"
        "/// The rows of `FactorSet.shipped`, in the columns of a user's factor file.\n"
        'let shippedFactorRows = """\n' + text.getvalue() + '"""\n'
    )


def regions(rows):
    """The regions that have a grid factor, without the factors: what a run may state."""
    names = {}
    for row in rows:
        if row["kind"] == "grid":
            aliases = [alias for alias in row["aliases"].split("|") if alias]
            names[row["region"]] = "|".join([row["region"], row["name"], *aliases])
    return (
        "// swift-format-ignore-file\n"
        "// Compiled by Schemas/factors/compile_factors.py; provenance in Schemas/factors.md.\n\n"
        "/// The regions of `FactorSet.shipped` that have a grid factor: code, place, further codes.\n"
        'let knownRegionRows = """\n' + "\n".join(names.values()) + '\n"""\n'
    )


def main(arguments):
    check = "--check" in arguments
    folders = [argument for argument in arguments if argument != "--check"]
    if len(folders) != 1:
        raise SystemExit(__doc__)
    folder = pathlib.Path(folders[0])
    rows = [*countries(folder), *cloud_regions(folder), *egrid(folder), *pue(folder)]
    rows += [*making(folder), *ratings(folder)]
    rows.sort(key=lambda row: (row["kind"], row["region"], row.get("year", "")))
    for name, text in ((OUTPUT, swift(rows)), (REGIONS, regions(rows))):
        output = pathlib.Path(__file__).resolve().parents[2] / name
        if not check:
            output.write_text(text, encoding="utf-8")
        elif output.read_text(encoding="utf-8") != text:
            raise SystemExit(f"{name} is not what {folder} compiles to")
    print(f"{len(rows)} rows", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
