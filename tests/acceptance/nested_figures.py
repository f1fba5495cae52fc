"""What the example jobs over nested data must give, worked out from the same files with plain Python alone."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from itertools import count
from pathlib import Path
from typing import Any

from tests.acceptance.example_figures import Row, sample_objects


def countries(data: Path) -> list[Row]:
    """The objects of the files, in the order of the files' names."""
    return [json.loads(path.read_text()) for path in sorted((data / "countries").glob("*.json"))]


def code_of(country: Row) -> str:
    return str(country["ISO"]["alpha3"])


def has_odd_capital(country: Row) -> bool:
    """Whether the place of its capital is no pair of numbers."""
    return any(isinstance(part, list) for part in country.get("capital_latlng") or [])


def present_countries(data: Path) -> dict[str, Row]:
    """Those that are read, by code; of those that stand twice the one with people."""
    found: dict[str, Row] = {}
    for country in countries(data):
        known = found.get(code_of(country), {"population": -2})
        if not has_odd_capital(country) and country.get("population", -1) > known.get("population", -1):
            found[code_of(country)] = country
    return found


def borders_of(data: Path) -> list[tuple[str, str]]:
    return [
        (code, beyond) for code, country in present_countries(data).items() for beyond in country.get("borders") or []
    ]


def borders_told_by_one_side(data: Path) -> list[Row]:
    known = present_countries(data)
    pairs = {(code, beyond) for code, beyond in borders_of(data) if beyond in known}
    nth: dict[str, count[int]] = defaultdict(lambda: count(1))
    return [
        {
            "code": code,
            "name": known[code]["name"],
            "border": beyond,
            "name_beyond": known[beyond]["name"],
            "region": known[code]["region"],
            "latitude": float(known[code]["capital_latlng"][0]),
            "nth": next(nth[code]),
        }
        for code, beyond in sorted(pairs)
        if (beyond, code) not in pairs
    ]


def borders_set_aside(data: Path) -> int:
    known = present_countries(data)
    return sum(map(has_odd_capital, countries(data))) + sum(beyond not in known for _, beyond in borders_of(data))


def languages_spoken(data: Path) -> list[Row]:
    names = {item["alpha_2"]: item["name"] for item in sample_objects(data, "iso639-3.json") if "alpha_2" in item}
    groups: dict[str, list[Row]] = defaultdict(list)
    for country in countries(data):
        for language in country.get("languages", []):
            groups[language].append(country)
    rows = []
    for language, group in groups.items():
        largest = max(group, key=lambda country: country["population"])
        features = [(country.get("geoJSON") or {}).get("features") or [] for country in group]
        shapes = [item[0]["geometry"]["type"] for item in features if item]
        rows.append(
            {
                "alpha_2": language,
                "name_of_language": names.get(language),
                "countries": len(set(map(code_of, group))),
                "people": sum(country["population"] for country in group),
                "largest": largest["name"],
                "largest_in_japanese": largest.get("translations", {}).get("ja"),
                "shapes": sorted(set(shapes)),
                "of_several_parts": shapes.count("MultiPolygon"),
                "currencies": len({code for country in group for code in country["currencies"]}),
            }
        )
    return sorted(rows, key=lambda row: (-row["people"], row["alpha_2"]))[:25]


def outlines(data: Path, kind: str) -> list[tuple[Row, Any]]:
    """The outlines of one kind, each with its country."""
    return [
        (country, feature["geometry"]["coordinates"])
        for country in countries(data)
        for feature in (country.get("geoJSON") or {}).get("features") or []
        if feature["geometry"]["type"] == kind
    ]


def country_boxes(data: Path) -> list[Row]:
    rows: list[Row] = []
    for country, rings in outlines(data, "Polygon"):
        points = [tuple(map(float, point)) for ring in rings for point in ring]
        (west, east), (south, north) = ((min(side), max(side)) for side in zip(*points, strict=True))
        box = {"west": west, "south": south, "east": east, "north": north}
        rows.append(
            {"code": code_of(country), "name": country["name"], "subregion": country["subregion"]}
            | {"points": len(points), "rings": len(rings), "box": json.dumps(box, separators=(",", ":"))}
            | box
        )
    for row in rows:
        beside = [other for other in rows if other["subregion"] == row["subregion"]]
        beside.sort(key=lambda other: (-other["north"], other["name"]))
        at = beside.index(row)
        row |= {"nth_northern": at + 1, "further_north": beside[at - 1]["name"] if at else None}
    return rows


def several_outlines(data: Path) -> int:
    return len(outlines(data, "MultiPolygon"))


def cloud_regions(data: Path) -> list[Row]:
    rows: list[Row] = []
    for partition in json.loads((data / "aws-endpoints.json").read_text())["partitions"]:
        kept: dict[str, list[Row]] = {}
        for service in partition["services"].values():
            for region, endpoint in service["endpoints"].items():
                if region in partition["regions"] and not endpoint.get("deprecated"):
                    kept.setdefault(region, []).append(endpoint)
        of_partition = sum(map(len, kept.values()))
        for region, endpoints in kept.items():
            about = partition["regions"][region]["description"]
            place = re.search(r"\((.*)\)", about)
            rows.append(
                {
                    "partition": partition["partition"],
                    "region": region,
                    "about": about,
                    "services": len(endpoints),
                    "with_fips": sum(
                        any("fips" in variant["tags"] for variant in endpoint.get("variants", []))
                        for endpoint in endpoints
                    ),
                    "with_own_host": sum("hostname" in endpoint for endpoint in endpoints),
                    "place": place.group(1) if place else None,
                    "nth": 1 + sum(len(other) > len(endpoints) for other in kept.values()),
                    "of_partition": of_partition,
                }
            )
    rows = [row for row in rows if row["nth"] <= 5]
    return sorted(rows, key=lambda row: (row["partition"], row["nth"], row["region"]))


def text_of(value: Any) -> str:
    """A value as a table has it."""
    if value is None:
        return ""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False) if isinstance(value, list) else str(value)


def countries_as_tables(data: Path) -> list[Row]:
    found = countries(data)
    rows: list[Row] = []
    for country in found:
        if country.get("population") is not None:
            names = country.get("translations", {})
            area = country.get("area")
            values = [code_of(country), int(country["ISO"]["numeric"]), country["name"].strip(), names.get("fr")]
            values += [names.get("ja"), country["region"], None if area is None else float(area), country["population"]]
            rows.append({"table": "countries", "values": list(map(text_of, values))})
    for country in found:
        for feature in (country.get("geoJSON") or {}).get("features") or []:
            values = [code_of(country), feature["properties"]["name"], "outline", feature["geometry"]["type"]]
            rows.append({"table": "places", "values": list(map(text_of, values))})
        if country.get("capital") is not None:
            values = [code_of(country), country["capital"], "capital", country.get("capital_latlng")]
            rows.append({"table": "places", "values": list(map(text_of, values))})
    return rows


def tables_in(folder: Path) -> list[Row]:
    """The rows of the tables that a job wrote."""
    assert (folder / "_DONE").exists()
    rows: list[Row] = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="") as lines:
            rows += [{"table": path.stem, "values": values} for values in csv.reader(lines, delimiter="|")]
    return rows
