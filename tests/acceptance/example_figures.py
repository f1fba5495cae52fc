"""What the example jobs must give, worked out from the same files with pandas and plain Python alone."""

from __future__ import annotations

import csv
import hashlib
import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pandas

Row = dict[str, Any]


@dataclass(frozen=True)
class About:
    """A number that is told with an error, such as a count of distinct values."""

    value: float
    share: float


def json_rows(frame: pandas.DataFrame) -> list[Row]:
    """Rows as JSON holds them: null for NaN, ISO dates, integers where a column has integers alone."""
    rows = []
    for record in frame.astype(object).where(frame.notna(), None).to_dict("records"):
        rows.append({str(name): plain(value) for name, value in record.items()})
    return rows


def plain(value: Any) -> Any:
    """A value as JSON holds it: no types of numpy, ISO dates."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, pandas.Timestamp):
        return value.date().isoformat()
    return value.item() if hasattr(value, "item") else value


def cars(data: Path) -> pandas.DataFrame:
    return pandas.read_json(data / "cars.json", convert_dates=False)


def weather(data: Path) -> pandas.DataFrame:
    return pandas.read_csv(data / "seattle-weather.csv", parse_dates=["date"])


def stocks(data: Path) -> pandas.DataFrame:
    frame = pandas.read_csv(data / "stocks.csv")
    frame["date"] = pandas.to_datetime(frame["date"], format="%b %d %Y")
    return frame.sort_values(["symbol", "date"])


def cars_by_origin_and_year(data: Path) -> list[Row]:
    frame = cars(data).dropna(subset=["Miles_per_Gallon"])
    frame["model_year"] = frame["Year"].str[:4].astype(int)
    frame["litres"] = 235.214583 / frame["Miles_per_Gallon"]
    groups = frame.groupby(["Origin", "model_year"])
    figures = groups.agg(
        cars=("Name", "size"),
        litres_per_100_km=("litres", "mean"),
        horsepower=("Horsepower", "median"),
        lightest=("Weight_in_lbs", "min"),
    )
    return json_rows(figures.reset_index().sort_values(["Origin", "model_year"]))


MISSPELT = {
    "chevy": "chevrolet",
    "chevroelt": "chevrolet",
    "maxda": "mazda",
    "mercedes-benz": "mercedes",
    "toyouta": "toyota",
    "vokswagen": "volkswagen",
    "vw": "volkswagen",
}


def cars_thriftiest(data: Path) -> list[Row]:
    frame = cars(data)
    frame = frame[frame["Miles_per_Gallon"].notna() & (frame["Cylinders"] >= 4)]
    frame = frame[frame.groupby("Origin")["Miles_per_Gallon"].rank("min", ascending=False) <= 3]
    makers = [name.split()[0] for name in frame["Name"]]
    rows = frame.assign(
        origin=frame["Origin"],
        maker=[MISSPELT.get(maker, maker).upper() for maker in makers],
        name=frame["Name"],
        mpg=frame["Miles_per_Gallon"],
    )
    return json_rows(
        rows[["origin", "maker", "name", "mpg"]].sort_values(["origin", "mpg", "name"], ascending=[True, False, True])
    )


def iris_described(data: Path) -> list[Row]:
    frame = pandas.read_json(data / "iris.json")
    rows = []
    for column in ["sepalLength", "sepalWidth", "petalLength", "petalWidth", "species"]:
        values = frame[column]
        row: Row = {
            "column": column.replace("L", " l").replace("W", " w"),
            "type": "string" if column == "species" else "double",
            "count": len(values),
            "nulls": 0,
            "distinct": About(values.nunique(), 0.1),
            "min": values.min(),
            "max": values.max(),
            "mean": None,
            "stddev": None,
            "quantiles": None,
        }
        if column != "species":
            quantiles = {str(at): values.quantile(at, interpolation="lower") for at in (0.1, 0.5, 0.9)}
            row |= {"mean": values.mean(), "stddev": values.std(), "quantiles": quantiles}
        rows.append(row)
    return rows


def iris_measures(data: Path) -> list[Row]:
    frame = pandas.read_json(data / "iris.json").melt("species", var_name="measure", value_name="centimetres")
    values = frame.groupby(["species", "measure"])["centimetres"]
    figures = pandas.DataFrame(
        {
            "flowers": values.size(),
            "mean": values.mean(),
            "stddev": values.std(),
            "ninth_decile": values.quantile(0.9),
            "spread": values.max() - values.min(),
        }
    )
    return json_rows(figures.reset_index())


def seattle_weather_totals(data: Path) -> list[Row]:
    frame = weather(data)
    frame["year"] = frame["date"].dt.year
    rows: list[Row] = []
    for level, by in ((3, []), (1, ["year"]), (0, ["year", "weather"])):
        for values, group in frame.groupby(by) if by else [((), frame)]:
            told = dict(zip(by, values, strict=True))
            rows.append(
                {
                    "year": told.get("year"),
                    "weather": told.get("weather"),
                    "days": len(group),
                    "precipitation": round(float(group["precipitation"].sum()), 1),
                    "temp_max": float(group["temp_max"].max()),
                    "level": level,
                }
            )
    return rows


def seattle_dry_spells(data: Path) -> list[Row]:
    spells: list[list[Any]] = [[]]
    for day in weather(data).sort_values("date").itertuples():
        if day.precipitation == 0:
            spells[-1].append(day)
        else:
            spells.append([])
    rows = [
        {
            "first": plain(spell[0].date),
            "last": plain(spell[-1].date),
            "days": len(spell),
            "hottest": max(day.temp_max for day in spell),
        }
        for spell in spells
        if len(spell) >= 10
    ]
    return sorted(rows, key=lambda row: (-row["days"], row["first"]))


def stocks_moving_average(data: Path) -> list[Row]:
    rows: list[Row] = []
    for symbol, group in stocks(data).groupby("symbol"):
        prices, dates = list(group["price"]), list(group["date"])
        for at in range(2, len(prices)):
            highest = max(prices[: at + 1])
            rows.append(
                {
                    "symbol": symbol,
                    "date": plain(dates[at]),
                    "price": prices[at],
                    "average_3_months": sum(prices[at - 2 : at + 1]) / 3,
                    "highest_so_far": highest,
                    "return": prices[at] / prices[at - 1] - 1,
                    "at_peak": prices[at] == highest,
                }
            )
    return rows


def stocks_side_by_side(data: Path) -> list[Row]:
    rows = []
    frame = stocks(data)
    for year, months in frame.groupby(frame["date"].dt.year):
        row: Row = {"year": year}
        for symbol in ["AAPL", "AMZN", "GOOG", "IBM", "MSFT"]:
            prices = months[months["symbol"] == symbol]["price"]
            row[f"{symbol}_high"] = float(prices.max()) if len(prices) else None
            row[f"{symbol}_months"] = len(prices)
        rows.append(row)
    return rows


def sample_objects(data: Path, name: str) -> list[Row]:
    """What stands in a file of the form `{key: [object, …]}`."""
    (objects,) = json.loads((data / name).read_text()).values()
    return list(objects)


def airports_by_state(data: Path) -> list[Row]:
    states = {item["code"]: item for item in sample_objects(data, "iso3166-2.json")}
    groups: dict[str, list[Row]] = {}
    with (data / "airports.csv").open(newline="") as lines:
        for airport in csv.DictReader(lines):
            if (
                airport["state"] != "NA"
                and airport["country"] == "USA"
                and re.fullmatch("[A-Z0-9]{3}", airport["iata"])
            ):
                groups.setdefault(f"US-{airport['state']}", []).append(airport)
    rows = [
        {
            "code": code,
            "state_name": states.get(code, {}).get("name"),
            "kind": states.get(code, {}).get("type", "unknown"),
            "airports": len(group),
            "cities": len({airport["city"] for airport in group}),
            "southernmost": min(group, key=lambda airport: float(airport["latitude"]))["name"],
            "latitude_to": max(float(airport["latitude"]) for airport in group),
        }
        for code, group in groups.items()
    ]
    return sorted(rows, key=lambda row: (-row["airports"], row["code"]))


def barley_two_years(data: Path) -> list[Row]:
    frame = pandas.read_json(data / "barley.json")
    wide = frame.set_index(["site", "variety", "year"])["yield"].unstack("year").reset_index()
    wide["gain"] = wide[1932] - wide[1931]
    rows = []
    for _site, group in wide.groupby("site"):
        best: Row = group.loc[group["gain"].idxmax()].to_dict()
        gains = group["gain"]
        rows.append(
            best | {"mean_gain": gains.mean(), "better": int((gains > 0).sum()), "all_better": bool((gains > 0).all())}
        )
    return rows


def deaths_without_names(data: Path) -> list[Row]:
    rows: list[Row] = []
    with (data / "la-riots.csv").open(newline="") as lines:
        for record in csv.DictReader(lines):
            names = [record["first_name"].strip(), record["last_name"].strip()]
            hashed = "".join(f"{len(text)}:{text}" if text else "-" for text in [*names, record["death_date"]])
            initials = [name if not name else name[0] + "." if len(name) > 1 else "." for name in names]
            age = int(record["age"]) if record["age"] else None
            rows.append(
                {
                    "person": hashlib.sha256(hashed.encode()).hexdigest(),
                    "initials": " ".join(initial for initial in initials if initial),
                    "age_group": "unknown"
                    if age is None
                    else "minor"
                    if age < 18
                    else "adult"
                    if age < 65
                    else "senior",
                    "death_date": record["death_date"],
                    "neighborhood": record["neighborhood"].strip() or None,
                    "type": record["type"].strip().replace("-", "_").replace(" ", "_").lower(),
                }
            )
    return rows


def two_cities_temperatures(data: Path) -> list[Row]:
    sf, seattle = (pandas.read_csv(data / f"{city}-temps.csv", parse_dates=["date"]) for city in ("sf", "seattle"))
    both = seattle.merge(sf, on="date", suffixes=("_seattle", "_sf"))
    rows = []
    for month, hours in both.groupby(both["date"].dt.strftime("%Y-%m")):
        rows.append(
            {
                "month": month,
                "hours": len(hours),
                "difference": (hours["temp_sf"] - hours["temp_seattle"]).mean(),
                "seattle_warm": hours["temp_seattle"].quantile(0.95),
                "correlation": hours["temp_sf"].corr(hours["temp_seattle"]),
                "seattle_warmer": int((hours["temp_seattle"] > hours["temp_sf"]).sum()),
            }
        )
    return rows


def electricity_shares(data: Path) -> list[Row]:
    frame = pandas.read_csv(data / "iowa-electricity.csv", parse_dates=["year"])
    frame["year"] = frame["year"].dt.year
    frame = frame[frame["year"].isin([2001, 2009, 2017])]
    rows = []
    for year in (None, 2001, 2009, 2017):
        of_year = frame if year is None else frame[frame["year"] == year]
        whole = int(of_year["net_generation"].sum())
        for source in (None, *sorted(frame["source"].unique())):
            generation = whole if source is None else int(of_year[of_year["source"] == source]["net_generation"].sum())
            percent = (Decimal(100 * generation) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)
            rows.append({"year": year, "source": source, "generation": generation, "percent": float(percent)})
    return rows


def antibiotics(data: Path) -> list[Row]:
    rows: list[Row] = []
    for record in json.loads((data / "burtin.json").read_text()):
        least, name = min((record[name], name) for name in ("Penicillin", "Streptomycin", "Neomycin"))
        genus, _blank, species = record["Bacteria"].partition(" ")
        rows.append(
            {
                "genus": genus,
                "species": species or None,
                "gram": record["Gram_Staining"],
                "antibiotic": name,
                "concentration": float(least),
                "strength": -math.log10(least),
            }
        )
    return rows


def market_weeks(data: Path) -> list[Row]:
    frame = pandas.read_json(data / "ohlc.json", convert_dates=["date"]).sort_values("date")
    weeks = frame.resample("W-SUN", on="date").agg(
        {"open": "first", "high": "max", "low": "min", "close": "last", "signal": "size"}
    )
    weeks = weeks[weeks["signal"] > 0].rename(columns={"signal": "days"})
    weeks["change"] = weeks["close"].pct_change()
    weeks.index = weeks.index - pandas.Timedelta(days=6)
    return json_rows(weeks.rename_axis("week").reset_index())


def language_names(data: Path) -> list[Row]:
    counts: Counter[str] = Counter()
    for language in sample_objects(data, "iso639-3.json"):
        if language["type"] == "L":
            counts.update(re.findall(r"\w+(?:['\u2019]\w+)*", language["name"].lower()))
    rows = [{"word": word, "count": count} for word, count in counts.items() if count >= 10]
    return sorted(rows, key=lambda row: (-row["count"], row["word"]))


def employment_by_year(data: Path) -> list[Row]:
    frame = pandas.read_csv(data / "us-employment.csv")
    years = frame.groupby(frame["month"].str[:4].astype(int)).mean(numeric_only=True)
    rows: list[Row] = []
    for sector in ("construction", "information", "manufacturing", "retail_trade"):
        means = [float(mean) for mean in years[sector]]
        for nth, (year, mean) in enumerate(zip(years.index, means, strict=True), 1):
            following = means[nth] if nth < len(means) else None
            row = {"sector": sector, "year": year, "thousands": mean, "next": following, "nth_year": nth}
            rows.append(row | {"index": 100 * mean / means[0]})
    return rows


def country_codes_reused(data: Path) -> list[Row]:
    present = {item["alpha_2"]: item["name"] for item in sample_objects(data, "iso3166-1.json")}
    rows: list[Row] = []
    for item in sample_objects(data, "iso3166-3.json"):
        code, name = item["alpha_2"], item["name"]
        rows.append(
            {
                "alpha_2": code,
                "kind": "reused" if code in present else "gone",
                "names": f"{name} -> {present[code]}" if code in present else name,
                "withdrawn": (item["withdrawal_date"] + "-01-01")[:10],
            }
        )
    return sorted(rows, key=lambda row: (row["withdrawn"], row["alpha_2"], row["names"]))


def currencies_beyond_countries(data: Path) -> list[Row]:
    countries = {item["alpha_2"] for item in sample_objects(data, "iso3166-1.json")}
    firsts: dict[str, Row] = {}
    for item in sorted(sample_objects(data, "iso4217.json"), key=lambda item: item["alpha_3"]):
        area = item["alpha_3"][:2]
        if area not in countries and area not in firsts:
            told = {"currency_numeric": item["numeric"], "currency_name": item["name"]}
            text = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
            firsts[area] = {"area": area, "currency_alpha_3": item["alpha_3"], "told": text}
    return [firsts[area] for area in sorted(firsts)[:5]]
