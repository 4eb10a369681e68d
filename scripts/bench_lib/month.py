"""A month of sales of many distributors, three times: as first sent, re-exported, corrected.

Each distributor sends one file, in one of three formats and its own way of writing: titles, header
words, date and expiry formats, units, lots, names. What a line *means* is drawn first, as arrays
(`Lines`); how it is written comes after, so the right answer is known without reading a file.
"""

import unicodedata
from dataclasses import dataclass, replace

import numpy as np

from world import SEED, World

# Title of each column, by what it carries, in the order of the sheet.
FAMILIES = [
    "date=销售日期 doc=单据编号 party=客户名称 product=商品名称 spec=规格 maker=生产厂家 "
    "lot=批号 expiry=有效期至 unit=单位 qty=数量 price=含税单价 amount=含税金额",
    "date=出库日期 doc=出库单号 code=客户编码 party=购货单位 product=品名 spec=商品规格 maker=生产企业 "
    "lot=产品批号 expiry=失效日期 unit=计量单位 qty=出库数量 price=销售单价 amount=销售金额",
    "date=业务日期 type=单据类型 party=往来单位名称 product=药品名称 spec=药品规格 maker=厂家 "
    "lot=生产批号 expiry=有效期 qty=数量(盒) price=单价 amount=金额 remark=备注",
    "date=开票日期 doc=发票号 party=客户 product=通用名称 spec=规格型号 maker=生产厂商 "
    "lot=批次号 expiry=效期 unit=销售单位 qty=销售数量 price=含税价 amount=价税合计 seller=业务员",
    "date=日期 party=机构名称 product=产品名称 spec=产品规格 maker=产地 lot=商品批号 "
    "expiry=到期日期 doc=单号 unit=单位 qty=销售数量 price=价格 amount=金额",
]
# `cell`: a real date cell in a workbook, the first text form elsewhere.
DATES = ["cell", "{y}-{m:02}-{d:02}", "{y}/{m}/{d}", "{y}{m:02}{d:02}", "{y}.{m:02}.{d:02}", "{y}年{m}月{d}日",
         "{y}-{m:02}-{d:02} 00:00:00"]
EXPIRIES = ["cell", "{y}-{m:02}-{d:02}", "{y}-{m:02}", "{y}{m:02}{d:02}", "{y}年{m:02}月", "{y}.{m:02}.{d:02}"]
LOTS = ["{}", "批号:{}", "{} ", "#{}"]
FORMATS = ["xlsx", "gb18030", "utf-8", "utf-8-sig"]
LOTS_EACH = 6
YEAR, MONTH = 2026, 1


@dataclass(frozen=True)
class Lines:
    """What the lines of one distributor say; one array entry per line."""

    day: np.ndarray  # 1 to 31
    doc: np.ndarray
    party: np.ndarray  # index into Distributor.parties
    product: np.ndarray  # index into Distributor.products
    lot: np.ndarray  # 0 to LOTS_EACH - 1
    quantity: np.ndarray  # in the reported unit
    case: np.ndarray  # whether that unit is 件

    def take(self, index: np.ndarray) -> "Lines":
        return Lines(**{name: values[index] for name, values in vars(self).items()})


@dataclass(frozen=True)
class Distributor:
    """How one distributor writes, and whom and what it sells."""

    id: str
    name: str
    columns: list[tuple[str, str]]  # (what it carries, title)
    format: str
    titles: int  # rows above the header
    date: str
    expiry: str
    lot: str
    grouped: bool  # amounts as text: 1,234.50
    repeated: bool  # the header again in the middle
    parties: list[tuple[str, str, bool]]  # code, name as written, known
    products: list[tuple[str, str, str, int, int, int]]  # name, spec, maker, cents, case size, number; 0: unknown


def distributors(world: World, parties_each: int) -> tuple[list[Distributor], list[dict]]:
    """Every distributor, and the aliases under which the company knows its names."""
    standard = {key(customer["name"]) for customer in world.customers}
    made, aliases = [], []
    count = len(world.distributors)
    for index, company in enumerate(world.distributors):
        rng = np.random.default_rng([SEED, index])
        share = index / count
        columns = [tuple(column.split("=")) for column in FAMILIES[index % 5].split()]
        coded = any(field == "code" for field, _ in columns)
        distributor = Distributor(
            id=company["id"], name=company["name"], columns=columns,
            format=FORMATS[0] if share < 0.4 else FORMATS[1] if share < 0.8 else FORMATS[2 + index % 2],
            titles=0 if index % 4 == 0 else 3, date=DATES[index // 5 % len(DATES)],
            expiry=EXPIRIES[index // 3 % len(EXPIRIES)], lot=LOTS[index % len(LOTS)],
            grouped=index % 7 == 3, repeated=index % 6 == 2,
            parties=_parties(world, company["id"], coded, standard, parties_each, rng, aliases),
            products=_products(world, company["id"], rng, aliases),
        )
        made.append(distributor)
    return made, aliases


def first(distributor: Distributor, count: int) -> Lines:
    """The month as first sent: about 1 % unknown names, 2 % returns, 6 % cases, 0.1 % zero rows."""
    rng = np.random.default_rng([SEED, int(distributor.id[1:]), 1])
    known_parties = sum(known for _, _, known in distributor.parties)
    known_products = sum(number > 0 for *_, number in distributor.products)
    party = (rng.random(count) ** 2 * known_parties).astype(np.int64)
    product = (rng.random(count) ** 1.5 * known_products).astype(np.int64)
    stray = rng.random(count)
    strangers = len(distributor.parties) - known_parties
    party = np.where(stray < 0.007, known_parties + rng.integers(0, strangers, count), party)
    product = np.where((stray >= 0.007) & (stray < 0.01), known_products, product)
    chance = rng.random(count)
    quantity = rng.geometric(0.08, count)
    quantity = np.where(chance < 0.02, -quantity, np.where(chance > 0.999, 0, quantity))
    with_unit = any(field == "unit" for field, _ in distributor.columns)
    case = (rng.random(count) < 0.06) & with_unit & (product < known_products)
    return Lines(
        day=np.sort(rng.integers(1, 32, count)), doc=np.cumsum(rng.random(count) < 0.3),
        party=party, product=product, lot=rng.integers(0, LOTS_EACH, count), quantity=quantity, case=case,
    )


def reordered(distributor: Distributor, lines: Lines) -> Lines:
    """The same lines in another order."""
    rng = np.random.default_rng([SEED, int(distributor.id[1:]), 2])
    return lines.take(rng.permutation(len(lines.day)))


def corrected(distributor: Distributor, lines: Lines) -> Lines:
    """1 % of the lines differ: 80 % of those in quantity, 10 % are gone, 10 % are new."""
    rng = np.random.default_rng([SEED, int(distributor.id[1:]), 3])
    count = len(lines.day)
    picked = rng.permutation(count)[: count // 100]
    changed, gone, copied = np.split(picked, [len(picked) * 8 // 10, len(picked) * 9 // 10])
    quantity = lines.quantity.copy()
    quantity[changed] += np.where(quantity[changed] < 0, -1, 1)
    new = lines.take(copied)
    new = replace(new, doc=new.doc + 500_000, quantity=np.abs(new.quantity) + 3)
    kept = np.delete(np.arange(count), gone)
    lines = replace(lines, quantity=quantity).take(kept)
    joined = Lines(**{name: np.concatenate([values, vars(new)[name]]) for name, values in vars(lines).items()})
    return joined.take(np.argsort(joined.day, kind="stable"))


def meaning(distributor: Distributor, lines: Lines) -> dict[str, int]:
    """What must come out: accepted lines, their base quantity and amount in cents; held lines."""
    known = np.array([known for *_, known in distributor.parties])[lines.party]
    known &= np.array([number > 0 for *_, number in distributor.products])[lines.product]
    accepted = known & (lines.quantity != 0)
    size = np.array([product[4] for product in distributor.products])[lines.product]
    base = lines.quantity * np.where(lines.case, size, 1)
    return {
        "accepted": int(accepted.sum()),
        "held": int((~known & (lines.quantity != 0)).sum()),
        "base_quantity": int(base[accepted].sum()),
        "amount_cents": int((lines.quantity * prices(distributor, lines))[accepted].sum()),
    }


def prices(distributor: Distributor, lines: Lines) -> np.ndarray:
    """Price per reported unit in cents."""
    cents = np.array([product[3] for product in distributor.products])[lines.product]
    size = np.array([product[4] for product in distributor.products])[lines.product]
    return cents * np.where(lines.case, size, 1)


def key(text: str) -> str:
    """Names are the same when this is: letters and digits, width and case forgotten."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def _parties(world, distributor_id, coded, standard, count, rng, aliases):
    chosen = rng.choice(len(world.customers), count, replace=False)
    taken = set()
    parties = []
    for place, index in enumerate(chosen):
        customer = world.customers[index]
        code = f"K{distributor_id[1:]}{place:05}"
        name = customer["name"]
        if place % 10 < 7:
            forms = [
                name.removeprefix(customer["city"]),
                name.replace("大药房", "药房").replace("街道社区卫生服务中心", "社卫中心").replace("市", "", 1),
                name + "药剂科",
                f"{name}（{place:04}）",
            ]
            start = place % 2
            name = next(f for f in forms[start:] if key(f) not in standard and key(f) not in taken)
            known_by = {"name": "", "code": code} if coded else {"name": name, "code": ""}
            aliases.append(_alias("customer", distributor_id, known_by, customer["id"]))
        elif place % 10 == 7:
            name += "　"
        taken.add(key(name))
        parties.append((code, name, True))
    # Few sell to everybody; shuffling spreads aliases over the frequent and the rare.
    parties = [parties[place] for place in rng.permutation(count)]
    return parties + [(f"K{distributor_id[1:]}9{n:04}", f"新开办{n}号民营门诊部", False) for n in range(8)]


def _products(world, distributor_id, rng, aliases):
    products = []
    for place, index in enumerate(rng.choice(len(world.products), min(60, len(world.products)), replace=False)):
        product = world.products[index]
        name, spec = product["name"], product["spec"]
        if place % 10 < 7:
            name = f"{name}({product['trade_name']})"
            spec = spec.removesuffix("/盒").replace("*", "×")
            known_by = {"name": name, "spec": spec}
            aliases.append(_alias("product", distributor_id, known_by, product["id"]))
        elif place % 2:
            spec = spec.replace("*", "×")
        cents = round(float(product["price"]) * 100 * rng.uniform(0.95, 1.05))
        products.append((name, spec, product["maker"], cents, product["case_size"], int(index) + 1))
    return products + [("维生素C片", "0.1g*100片/瓶", "北原日用药品厂", 560, 100, 0)]


def _alias(kind, distributor_id, known_by, target_id):
    row = dict.fromkeys(("kind", "distributor_id", "name", "code", "spec", "target_id", "ignore"), "")
    return row | {"kind": kind, "distributor_id": distributor_id, "target_id": target_id, "ignore": "false"} | known_by
