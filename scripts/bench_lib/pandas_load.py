"""The job a data analyst would script with pandas: a month of distributor files into a database.

    python pandas_load.py COMPANY_FOLDER DATABASE [--jobs N]

DATABASE is the path of a new SQLite file, or a postgres:// URL. Written to be fast within
pandas: calamine and pyarrow read, every date, lot, unit and name is parsed once per distinct text
(`per_distinct`), names are looked up in dictionaries, and everything is inserted in one
transaction. What it leaves out of our job is what pandas gives no help with: cell places beyond
the row number, limits, history, comparing with what is stored.
"""

import argparse
import contextlib
import io
import json
import re
import sqlite3
import time
import unicodedata
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.csv

HEADERS = {
    "date": "销售日期 出库日期 业务日期 开票日期 日期",
    "doc_no": "单据编号 出库单号 发票号 单号",
    "doc_type": "单据类型",
    "party_code": "客户编码",
    "party": "客户名称 购货单位 往来单位名称 客户 机构名称",
    "product": "商品名称 品名 药品名称 通用名称 产品名称",
    "spec": "规格 商品规格 药品规格 规格型号 产品规格",
    "maker": "生产厂家 生产企业 厂家 生产厂商 产地",
    "lot": "批号 产品批号 生产批号 批次号 商品批号",
    "expiry": "有效期至 失效日期 有效期 效期 到期日期",
    "unit": "单位 计量单位 销售单位",
    "quantity": "数量 出库数量 销售数量",
    "price": "含税单价 销售单价 单价 含税价 价格",
    "amount": "含税金额 销售金额 金额 价税合计",
    "salesperson": "业务员",
    "remark": "备注",
}
FIELD = {title: field for field, titles in HEADERS.items() for title in titles.split()}
DATE = re.compile(r"(\d{4})[-/.年]?(\d{1,2})(?:[-/.月]?(\d{1,2})日?|月)?(?: 00:00:00)?")
RETURN, PRICE_ADJUSTMENT, AMOUNT_MISMATCH = 1, 4, 4096


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("company", type=Path)
    parser.add_argument("database")
    parser.add_argument("--jobs", type=int, default=1, help="processes that read and clean files")
    arguments = parser.parse_args()

    begin = time.perf_counter()
    master = Master(arguments.company / "master")
    files = sorted((arguments.company / "inbox").glob("*/*"))
    clean = partial(clean_file, master=master)
    if arguments.jobs > 1:
        with ProcessPoolExecutor(arguments.jobs) as pool:
            parts = list(pool.map(clean, files))
    else:
        parts = [clean(path) for path in files]
    flow = pd.concat(parts, ignore_index=True)
    cleaned = time.perf_counter()
    store(flow, arguments.database)
    stored = time.perf_counter()

    accepted = flow[flow["status"] == "accepted"]
    print(json.dumps({
        "accepted": len(accepted),
        "held": int((flow["status"] == "held").sum()),
        "base_quantity": int(accepted["base_quantity"].sum()),
        "amount_cents": int((accepted["amount"] * 100).round().sum()),
        "seconds": {"clean": cleaned - begin, "store": stored - cleaned},
    }))


class Master:
    """Dictionaries from what a file says to the company's ids."""

    def __init__(self, folder: Path) -> None:
        read = partial(pd.read_csv, dtype=str, keep_default_na=False)
        customers, products, aliases = (read(folder / f"{name}.csv") for name in ("customers", "products", "aliases"))
        parties = aliases[aliases["kind"] == "customer"]
        goods = aliases[aliases["kind"] == "product"]
        coded = parties["code"] != ""
        by_code, by_name = parties[coded], parties[~coded]
        self.customer_codes = dict(zip(zip(by_code["distributor_id"], by_code["code"]), by_code["target_id"]))
        self.customer_aliases = dict(
            zip(zip(by_name["distributor_id"], by_name["name"].map(key)), by_name["target_id"]))
        self.customers = dict(zip(customers["name"].map(key), customers["id"]))
        self.product_aliases = dict(
            zip(zip(goods["distributor_id"], goods["name"].map(key), goods["spec"].map(spec_key)), goods["target_id"]))
        self.products = dict(zip(zip(products["name"].map(key), products["spec"].map(spec_key)), products["id"]))
        self.units = dict(zip(products["id"], zip(products["base_unit"], products["case_size"].astype(int))))


def clean_file(path: Path, master: Master) -> pd.DataFrame:
    """The flow lines of one file, resolved."""
    raw = read_table(path)
    distributor = path.parent.name
    total = per_distinct(raw["date"], lambda cell: str(cell).replace(" ", "") in ("合计", "总计", "小计"))
    header = per_distinct(raw["date"], lambda cell: FIELD.get(str(cell)) == "date")
    raw = raw[~(total | header).astype(bool)]

    flow = pd.DataFrame({"distributor_id": distributor, "kind": "sale", "file": path.name, "row": raw["row"]})
    flow["business_date"], _ = dates(raw["date"])
    flow["expiry"], flow["expiry_precision"] = dates(raw["expiry"])
    flow["lot"] = per_distinct(raw["lot"], lot)
    for name in ("party", "party_code", "product", "spec", "maker", "doc_no", "doc_type", "salesperson", "remark"):
        flow[name] = raw[name] if name in raw else None
    flow["unit"] = raw["unit"] if "unit" in raw else "盒"
    for name in ("quantity", "price", "amount"):
        flow[name] = numbers(raw[name])
    flow = flow[(flow["quantity"] != 0) | (flow["amount"] != 0)]

    flow["customer_id"] = resolve_parties(flow, distributor, master)
    flow["product_id"] = resolve_products(flow, distributor, master)
    factor = factors(flow, master)
    flow["base_quantity"] = (flow["quantity"] * factor).round(6)
    difference = (flow["quantity"] * flow["price"] - flow["amount"]).abs()
    returned = (flow["quantity"] < 0) | flow["doc_type"].fillna("").str.contains("退")
    flow["flags"] = (
        np.where(returned, RETURN, 0)
        + np.where((flow["quantity"] == 0) & (flow["amount"] != 0), PRICE_ADJUSTMENT, 0)
        + np.where(difference > np.maximum(0.05, 0.005 * flow["amount"].abs()), AMOUNT_MISMATCH, 0)
    )
    flow["hold_reason"] = np.select(
        [flow["business_date"].isna(), flow[["quantity", "amount"]].isna().any(axis=1),
         returned & (flow["quantity"] > 0), flow["product_id"].isna(), flow["customer_id"].isna(), np.isnan(factor)],
        ["bad_date", "bad_quantity", "sign_ambiguous", "unknown_product", "unknown_customer", "unit_unknown"],
        default=None,
    )
    flow["status"] = np.where(flow["hold_reason"].isna(), "accepted", "held")
    return flow


def read_table(path: Path) -> pd.DataFrame:
    """The rows below the header under our names, with their row numbers."""
    if path.suffix == ".xlsx":
        rows = pd.read_excel(path, header=None, engine="calamine")
        at = find_header(rows.iloc[:30].itertuples(index=False))
        titles = rows.iloc[at]
        rows = rows.iloc[at + 1:]
    else:
        data = path.read_bytes()
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("gb18030")
        at = find_header(line.split(",") for line in text.split("\n", 30)[:30])
        titles = text.split("\n", at + 1)[at].strip().split(",")
        options = pyarrow.csv.ConvertOptions(
            column_types={name: pyarrow.string() for name in titles}, strings_can_be_null=True)
        table = pyarrow.csv.read_csv(
            io.BytesIO(text.encode()), pyarrow.csv.ReadOptions(skip_rows=at), convert_options=options)
        rows = table.to_pandas()
    rows.columns = [FIELD.get(title(cell), f"unused {place}") for place, cell in enumerate(titles)]
    rows["row"] = np.arange(at + 2, at + 2 + len(rows))
    return rows


def find_header(rows) -> int:
    hits = [len({FIELD[title(cell)] for cell in row if title(cell) in FIELD}) for row in rows]
    return int(np.argmax(hits))


def title(cell) -> str:
    return re.sub(r"\(.*\)$", "", key_width(str(cell))).strip()


def per_distinct(column: pd.Series, function) -> np.ndarray:
    """Applies the function to every distinct value once."""
    codes, values = pd.factorize(column, use_na_sentinel=False)
    return np.array([function(value) for value in values], dtype=object)[codes]


def dates(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """ISO dates and how exactly they were given; a month is its last day."""
    parsed = per_distinct(column, date)
    return np.array([one[0] for one in parsed], dtype=object), np.array([one[1] for one in parsed], dtype=object)


def date(cell) -> tuple[str | None, str | None]:
    if hasattr(cell, "isoformat"):
        return cell.isoformat()[:10], "day"
    match = DATE.fullmatch(str(cell).strip())
    if not match:
        return None, None
    year, month, day = match.groups()
    try:
        if day:
            return pd.Timestamp(int(year), int(month), int(day)).date().isoformat(), "day"
        return (pd.Timestamp(int(year), int(month), 1) + pd.offsets.MonthEnd(0)).date().isoformat(), "month"
    except ValueError:
        return None, None


def numbers(column: pd.Series) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=float)
    text = column.astype("str").str.replace(",", "").str.replace("￥", "")
    return pd.to_numeric(text, errors="coerce").to_numpy(dtype=float)


def lot(cell) -> str | None:
    canonical = unicodedata.normalize("NFKC", str(cell)).upper().strip()
    canonical = re.sub(r"^(批号:?|LOT(NO\.?)?|#)", "", canonical).strip()
    return None if canonical in ("", "无", "-", "/", "0", "N/A") else canonical


def resolve_parties(flow: pd.DataFrame, distributor: str, master: Master) -> np.ndarray:
    def by_name(cell):
        name = key(str(cell))
        return master.customer_aliases.get((distributor, name)) or master.customers.get(name)

    names = per_distinct(flow["party"], by_name)
    codes = per_distinct(flow["party_code"], lambda cell: master.customer_codes.get((distributor, cell)))
    return np.where(pd.isna(codes), names, codes)


def resolve_products(flow: pd.DataFrame, distributor: str, master: Master) -> np.ndarray:
    def known(cells):
        name, spec = key(str(cells[0])), spec_key(str(cells[1]))
        return master.product_aliases.get((distributor, name, spec)) or master.products.get((name, spec))

    names, name_values = pd.factorize(flow["product"])
    specs, spec_values = pd.factorize(flow["spec"])
    pairs, distinct = pd.factorize(names * len(spec_values) + specs)
    found = [known((name_values[pair // len(spec_values)], spec_values[pair % len(spec_values)])) for pair in distinct]
    return np.array(found, dtype=object)[pairs]


def factors(flow: pd.DataFrame, master: Master) -> np.ndarray:
    """Base units per reported unit; NaN when that cannot be known."""
    base = flow["product_id"].map(lambda product: master.units.get(product, (None, 0))[0])
    size = flow["product_id"].map(lambda product: master.units.get(product, (None, 0))[1]).to_numpy(dtype=float)
    same = (flow["unit"] == base).to_numpy(dtype=bool)
    return np.where(same, 1.0, np.where((flow["unit"] == "件") & (size > 0), size, np.nan))


def key_width(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def key(text: str) -> str:
    return "".join(c for c in key_width(text).lower() if c.isalnum())


def spec_key(text: str) -> str:
    return re.sub(r"[×xX]", "*", key_width(text).replace(" ", "")).removesuffix("/盒").lower()


def store(flow: pd.DataFrame, database: str) -> None:
    """Everything in one transaction, by the fastest way `to_sql` has for the engine."""
    if not database.startswith("postgres"):
        # Measured against smaller chunks, `method="multi"` and WAL: all slower.
        with contextlib.closing(sqlite3.connect(database)) as connection:
            flow.to_sql("flow", connection, index=False, chunksize=50_000)
            connection.commit()
        return
    import sqlalchemy

    engine = sqlalchemy.create_engine("postgresql+psycopg://" + database.partition("://")[2])
    with engine.begin() as connection:
        flow.to_sql("flow", connection, index=False, chunksize=100_000, method=copy_rows)


def copy_rows(table, connection, columns, rows) -> None:
    """COPY instead of INSERT, as the pandas manual shows."""
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.connection.cursor() as cursor, cursor.copy(f"copy {table.name} ({names}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)


if __name__ == "__main__":
    main()
