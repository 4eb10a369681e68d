"""The month an analyst would settle with pandas: achievement of all levels, then all statements.

    python pandas_settle.py FOLDER YEAR MONTH OUT [WAREHOUSE]

FOLDER holds Parquet files of the lines and the reference data, and the policies. With WAREHOUSE
(`sqlite:PATH` or a PostgreSQL URL) the lines are read from where they are kept instead. Written to be fast
within pandas: the year is cut into the segments of days between which no reference data changes,
the lines are summed once by distributor, customer, product, segment and kind, and everything else
works on those sums. Money is whole cents and quantities whole boxes, so that sums are exact.

What it leaves out of our job: history, what changed since last time, and why an amount is what it
is.
"""

import calendar
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

import pandas_lines
import pandas_policies

RETURN, GIFT, TRANSFER, STOCK_ADJUSTMENT = 1, 2, 8, 16
CLASSES = {"hospital": "pure_sale", "clinic": "pure_sale", "pharmacy": "retail", "distributor": "transfer"}
TERMINAL = ["pure_sale", "retail", "other"]
UNIT_LEVELS = ["company", "region", "province", "district", "post"]
FOREVER = 99_999_999
WHOLE = 1_000_000
SUMS = ["quantity", "assessed", "amount"]
NOBODY, BY_RULE = -1, -2


def main() -> None:
    folder, year, month, out = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    clock = Clock()
    warehouse = sys.argv[5] if len(sys.argv) > 5 else None
    stored = [path for path in folder.glob("*.parquet") if not (warehouse and path.stem == "lines")]
    data = {path.stem: pd.read_parquet(path) for path in stored}
    if warehouse:
        data["lines"] = pandas_lines.lines(warehouse)
    clock.note("read")
    days = Days(data, year)
    cells = summed(data, days)
    clock.note("sum")
    rows = achievement(data, days, cells, year, month)
    rows.to_parquet(out / "achievement.parquet")
    clock.note("achievement")
    rows = pandas_policies.statements(folder / "policies", data, cells, year, month)
    rows.to_parquet(out / "statements.parquet")
    clock.note("statements")
    print(json.dumps({"seconds": clock.seconds}))


class Clock:
    """Seconds by step."""

    def __init__(self) -> None:
        self.seconds, self.last = {}, time.perf_counter()

    def note(self, step: str) -> None:
        now = time.perf_counter()
        self.seconds[step], self.last = round(now - self.last, 2), now


class Days:
    """Segments of days within one month between which no reference data changes."""

    def __init__(self, data: dict, year: int) -> None:
        bounds = {y * 10_000 + m * 100 + 1 for y in (year - 1, year) for m in range(1, 13)}
        for name in ("attribution", "tiers", "groups", "prices"):
            bounds |= set(data[name]["from"])
        self.bounds = np.array(sorted(day for day in bounds if day >= (year - 1) * 10_000))
        self.segments = pd.DataFrame({"segment": range(len(self.bounds)), "first": self.bounds})
        self.segments["month"] = self.segments["first"] // 100

    def of(self, days: pd.Series) -> np.ndarray:
        return np.searchsorted(self.bounds, days.to_numpy(), side="right") - 1

    def holding(self, table: pd.DataFrame, at: str = "first") -> pd.DataFrame:
        """The rows of a table with spans, once for every segment they hold in."""
        rows = table.merge(self.segments, how="cross")
        return rows[(rows["from"] <= rows[at]) & (rows[at] <= rows["to"])]

    def month_ends(self) -> "Days":
        """The same with one segment per month that stands for its last day."""
        ends = Days.__new__(Days)
        ends.segments = self.segments.groupby("month", as_index=False).agg(first=("first", "min"))
        last = [calendar.monthrange(month // 100, month % 100)[1] for month in ends.segments["month"]]
        ends.segments["first"] = ends.segments["month"] * 100 + last
        return ends


def summed(data: dict, days: Days) -> pd.DataFrame:
    """Sums of the lines by everything that reference data and policies tell apart."""
    lines = data.pop("lines")
    lines = lines[lines["flags"] & STOCK_ADJUSTMENT == 0]
    lines["segment"] = days.of(lines["day"]).astype(np.int16)
    keys = ["distributor", "customer", "product", "segment", "flags"]
    cells = lines.groupby(keys, observed=True, sort=False)[["boxes", "cents"]].sum().reset_index()
    prices = data["prices"][~data["prices"]["revoked"]].sort_values("from")
    grid = days.segments.assign(key=0).merge(prices[["product", "from", "cents"]].assign(key=0), on="key")
    grid = grid[grid["from"] <= grid["first"]].groupby(["product", "segment"])["cents"].last()
    cells["price"] = looked_up(cells, ["product", "segment"], grid)
    valued = cells["flags"] & GIFT == 0
    cells["quantity"] = cells["boxes"]
    cells["amount"] = cells["cents"].where(valued, 0)
    cells["assessed"] = (cells["boxes"] * cells["price"]).where(valued, 0).astype(np.int64)
    cells["month"] = days.segments["month"].to_numpy()[cells["segment"]]
    tiers = days.holding(data["tiers"]).set_index(["distributor", "segment"])["tier"]
    usual = data["distributors"].set_index("id")["tier"]
    cells["tier"] = looked_up(cells, ["distributor", "segment"], tiers)
    cells["tier"] = cells["tier"].fillna(cells["distributor"].map(usual).astype(object)).astype("category")
    groups = days.holding(data["groups"]).set_index(["product", "segment"])["group"]
    cells["group"] = looked_up(cells, ["product", "segment"], groups).astype("category")
    classes = data["customers"].set_index("id")["role"].map(CLASSES).fillna("other")
    cells["class"] = cells["customer"].map(classes).astype(object)
    cells.loc[cells["flags"] & TRANSFER != 0, "class"] = "transfer"
    cells["class"] = cells["class"].astype("category")
    return cells.drop(columns=["boxes", "cents", "price"])


def looked_up(cells: pd.DataFrame, keys: list[str], values: pd.Series) -> np.ndarray:
    """Values by a category and a segment, without a merge of millions of texts."""
    name, segment = keys
    wide = values.unstack()
    wide = wide.reindex(index=cells[name].cat.categories, columns=range(int(cells[segment].max()) + 1))
    found = wide.to_numpy()[cells[name].cat.codes, cells[segment]]
    return pd.Series(found, index=cells.index)


def achievement(data: dict, days: Days, cells: pd.DataFrame, year: int, month: int) -> pd.DataFrame:
    """Rows by level, id, product group, span and measure, counted at the terminal."""
    cells = cells[cells["class"].isin(TERMINAL)]
    cells = with_versions(data, days, cells)
    keys = ["distributor", "customer", "product", "group", "month", "tier", "version"]
    cells = cells.groupby(keys, observed=True, sort=False)[SUMS].sum().reset_index()
    credits = credited(data, days, cells)
    spans = Spans(year, month)
    targets = Targets(data, days, spans)
    tables = []
    for level, column in (("distributor", "distributor"), ("product", "product"), ("customer", "customer")):
        grouped = [("", cells)] + ([("G1", cells[cells["group"] == "G1"])] if level == "distributor" else [])
        for group, part in grouped:
            tables.append(spans.rows(level, group, part, column, part["version"] == NOBODY))
    tables.append(spans.rows("product_group", "", cells, "group", cells["version"] == NOBODY))
    for level in UNIT_LEVELS + ["person"]:
        for group in ("", "G1"):
            part = credits if not group else credits[credits["group"] == group]
            tables.append(spans.rows(level, group, part, level, part["post"] == ""))
    # Whole numbers that may be missing: floats would lose the last yuan of a year.
    columns = ["actual", "unattributed", "last_year", "previous"]
    rows = pd.concat(tables, ignore_index=True).astype(dict.fromkeys(columns, "Int64"))
    rows = rows.merge(targets.rows(), how="outer", on=["level", "id", "product_group", "span", "measure"])
    rows[columns] = rows[columns].fillna(0)
    rows["rate"] = rows["actual"] / rows["target"].where(rows["target"] != 0)
    rows["on_year"] = (rows["actual"] - rows["last_year"]) / rows["last_year"].where(rows["last_year"] > 0)
    rows["on_period"] = (rows["actual"] - rows["previous"]) / rows["previous"].where(rows["previous"] > 0)
    return rows


def with_versions(data: dict, days: Days, cells: pd.DataFrame) -> pd.DataFrame:
    """Which version of whose attribution every cell belongs to: the product group's before any's."""
    rows = data["attribution"]
    rows["version"] = rows.groupby(["customer", "group", "from"], observed=True).ngroup()
    held = days.holding(rows.drop_duplicates("version"))
    named, usual = held[held["group"] != ""], held[held["group"] == ""]
    cells["version"] = looked_up(cells, ["customer", "segment"], usual.set_index(["customer", "segment"])["version"])
    own = cells[["customer", "group", "segment"]].astype({"customer": object, "group": object})
    own = own[own["group"].isin(named["group"].unique())]
    found = own.reset_index().merge(named[["customer", "group", "segment", "version"]], on=["customer", "group", "segment"])
    cells.loc[found["index"], "version"] = found["version"].to_numpy()
    roles = cells["customer"].map(data["customers"].set_index("id")["role"])
    other = np.where(roles == "pharmacy", BY_RULE, NOBODY)
    cells["version"] = cells["version"].where(cells["version"].notna(), other).astype(np.int64)
    return cells


def credited(data: dict, days: Days, cells: pd.DataFrame) -> pd.DataFrame:
    """What every post is credited for by month and product group, with who holds it and its units.
    Of a shared sale every part but the largest is rounded to a cent; the largest takes the rest."""
    shares = data["attribution"][["version", "post", "share"]]
    special = pd.DataFrame({"version": [NOBODY, BY_RULE], "post": ["", data["rules"]["post"][0]], "share": WHOLE})
    shares = pd.concat([shares, special], ignore_index=True)
    alone = shares[shares["share"] == WHOLE].set_index("version")["post"]
    post = cells["version"].map(alone)
    whole = cells[post.notna()].assign(post=post)
    whole["quantity"] *= WHOLE
    shared = cells[post.isna()].reset_index(drop=True)
    parts = shared.reset_index(names="cell").merge(shares, on="version")
    largest = parts["share"] == parts.groupby("cell")["share"].transform("max")
    for column in SUMS:
        unit = 1 if column == "quantity" else WHOLE
        exact = parts[column] * parts["share"]
        parts[column] = np.sign(exact) * ((2 * exact.abs() + unit) // (2 * unit))
        rest = parts[column].where(~largest, 0).groupby(parts["cell"]).sum()
        left = shared[column] * (WHOLE // unit) - rest
        parts[column] = parts[column].where(~largest, parts["cell"].map(left))
    keys = ["post", "month", "group"]
    credits = pd.concat([whole[keys + SUMS], parts[keys + SUMS]]).groupby(keys, observed=True)[SUMS].sum()
    credits = credits.reset_index()
    return placed(data, days, credits).assign(exact=True)


def placed(data: dict, days: Days, posts: pd.DataFrame) -> pd.DataFrame:
    """Posts by month with their holder and the units above them on the month's last day."""
    ends = days.month_ends()
    seats = ends.holding(data["seats"])[["post", "month", "person"]]
    units = ends.holding(data["units"])[["id", "month", "level", "parent"]]
    posts = posts.merge(seats, how="left", on=["post", "month"])
    above = posts["post"]
    for level in reversed(UNIT_LEVELS[:-1]):
        found = pd.DataFrame({"id": above, "month": posts["month"]}).merge(units, how="left", on=["id", "month"])
        above = found["parent"].fillna("")
        posts[level] = above.to_numpy()
    posts["person"] = posts["person"].fillna("")
    return posts


class Spans:
    """The month, the quarter and the year so far, and what each is compared with."""

    def __init__(self, year: int, month: int) -> None:
        start = (month - 1) // 3 * 3 + 1
        def months(first: int, last: int, back: int = 0) -> list[int]:
            counts = [year * 12 + it - 1 - back for it in range(first, last + 1)]
            return [count // 12 * 100 + count % 12 + 1 for count in counts]
        self.spans = {
            "month": (months(month, month), months(month, month, 12), months(month, month, 1)),
            "quarter_to_date": (months(start, month), months(start, month, 12), months(start, month, 3)),
            "year_to_date": (months(1, month), months(1, month, 12), []),
        }

    def rows(self, level: str, group: str, table: pd.DataFrame, column: str, nobody: pd.Series) -> pd.DataFrame:
        """Long rows of one level: what was sold in every span, and in those it is compared with."""
        keys = [table[column].rename("id"), table["month"]]
        sums = table.groupby(keys, observed=True)[SUMS].sum()
        left = table[nobody].groupby([key[nobody] for key in keys], observed=True)[SUMS].sum()
        ids = pd.Index(sums.index.get_level_values("id").unique(), dtype=object)
        parts = []
        for span, (this, before, previous) in self.spans.items():
            columns = {"actual": self.total(sums, this), "unattributed": self.total(left, this),
                       "last_year": self.total(sums, before), "previous": self.total(sums, previous)}
            for measure in SUMS:
                # Posts are credited for parts of boxes, everybody else sells whole ones.
                unit = 10_000 if measure != "quantity" else 1 if "exact" in table else WHOLE
                part = pd.DataFrame({name: values[measure].reindex(ids, fill_value=0) * unit
                                     for name, values in columns.items()})
                parts.append(part.rename_axis("id").reset_index().assign(span=span, measure=measure))
        rows = pd.concat(parts, ignore_index=True)
        return rows.assign(level=level, product_group=group)

    @staticmethod
    def total(sums: pd.DataFrame, months: list[int]) -> pd.DataFrame:
        within = sums[sums.index.get_level_values("month").isin(months)]
        total = within.groupby(level="id", observed=True).sum()
        total.index = total.index.astype(object)
        return total


class Targets:
    """Targets rolled up from posts in the organisation of their month, and those of distributors."""

    def __init__(self, data: dict, days: Days, spans: Spans) -> None:
        self.spans, targets = spans, data["targets"]
        posts = targets[targets["unit"] != ""].rename(columns={"unit": "post"})
        self.posts = placed(data, days, posts)
        self.distributors = targets[targets["distributor"] != ""]

    def rows(self) -> pd.DataFrame:
        parts = [self.level("distributor", self.distributors, "distributor")]
        for level in UNIT_LEVELS + ["person"]:
            held = self.posts[self.posts[level] != ""]
            parts.append(self.level(level, held, level))
        whole = self.posts[self.posts["group"] != ""]
        parts.append(self.level("product_group", whole, "group").assign(product_group=""))
        return pd.concat(parts, ignore_index=True)

    def level(self, level: str, table: pd.DataFrame, column: str) -> pd.DataFrame:
        parts = []
        for span, (months, _, _) in self.spans.spans.items():
            within = table[table["month"].isin(months)].assign(id=table[column], product_group=table["group"])
            sums = within.groupby(["id", "product_group", "measure"], observed=True)["target"].sum()
            sums = sums.astype("Int64").reset_index()
            parts.append(sums.assign(span=span, level=level))
        return pd.concat(parts, ignore_index=True)


if __name__ == "__main__":
    main()
