"""What the example jobs must give, worked out from the same files with pandas and plain Python alone."""

from __future__ import annotations

from dataclasses import dataclass
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
