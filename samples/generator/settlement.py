"""Works out achievement and statements of the samples by hand, as far as a script is one.

    python samples/generator/settlement.py

Reads what every line means (`expected/lines`) and the master data, and writes `expected/achievement.csv`,
`expected/statements.csv` and `expected/held_lines.csv`. It does not know the program: every policy is worked
out here from the sentence at the head of its file, with exact fractions, and rounded once per line. The order
is that of the business: January is settled and confirmed, then February.
"""

import csv
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

HERE = Path(__file__).parent.parent
MASTER, EXPECTED = HERE / "company" / "master", HERE / "expected"
MONTHS = ["2026-01", "2026-02"]
# D03 sent January again; the later file stands for the whole month.
REPLACED = {"D03/流向_202601.csv"}
RETAIL, MEDICAL = {"pharmacy"}, {"hospital", "clinic"}


def read(path):
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def master(name):
    return read(MASTER / f"{name}.csv")


CUSTOMERS = {row["id"]: row for row in master("customers")}
GROUP = {row["product_id"]: row["group_id"] for row in master("groups")}


def holds(row, day):
    """Whether a row with first and last day holds on a day."""
    return (row["valid_from"] or "0") <= day <= (row["valid_to"] or "9")


# --- Lines -----------------------------------------------------------------------------------------------------


def lines():
    """Every line that counts once all files are loaded, as fractions; checked against `totals.csv`."""
    found = []
    for file in {row["path"]: row for row in read(EXPECTED / "files.csv")}.values():
        if file["state"] != "loaded" or file["path"] in REPLACED:
            continue
        for row in read(EXPECTED / "lines" / f"{file['path']}.csv"):
            if row["status"] != "accepted":
                continue
            found.append({
                "distributor": file["distributor_id"], "kind": row["kind"], "day": row["date"],
                "month": row["date"][:7], "customer": row["customer_id"], "product": row["product_id"],
                "lot": row["lot"], "flags": set(row["flags"].split()),
                "quantity": Fraction(row["base_quantity"]),
                "amount": Fraction(row["amount"]) if row["amount"] else None,
            })
    sums = defaultdict(lambda: [0, Fraction(0), Fraction(0)])
    for line in found:
        total = sums[(line["month"], line["distributor"], line["kind"])]
        total[0] += 1
        total[1] += line["quantity"]
        total[2] += line["amount"] or 0
    stated = {(row["booking_month"], row["distributor_id"], row["kind"]):
              [int(row["lines"]), Fraction(row["base_quantity"]), Fraction(row["amount"])]
              for row in read(EXPECTED / "totals.csv")}
    assert dict(sums) == stated, "the lines are not those of totals.csv"
    return found


LINES = lines()


def price(product, day):
    """考核价: the latest that began by the day and was not revoked."""
    rows = [row for row in master("prices")
            if row["product_id"] == product and row["valid_from"] <= day and not row["revoked"]]
    return Fraction(max(rows, key=lambda row: row["valid_from"])["price"])


def tier(distributor, day):
    for row in master("tiers"):
        if row["distributor_id"] == distributor and holds(row, day):
            return row["tier"]
    return next(row["tier"] for row in master("distributors") if row["id"] == distributor)


def flow_class(line):
    """调拨, 纯销 or 零售 by the role of the buyer, and 调拨 if the line says so."""
    role = CUSTOMERS[line["customer"]]["role"]
    if "transfer" in line["flags"] or role == "distributor":
        return "transfer"
    return "retail" if role in RETAIL else "pure_sale"


def terminal(month, distributor=None):
    """Sales to hospitals, clinics and pharmacies."""
    return [line for line in LINES if line["kind"] == "sale" and line["month"] == month
            and distributor in (None, line["distributor"]) and flow_class(line) != "transfer"]


# --- Achievement -----------------------------------------------------------------------------------------------


def credited(customer, product, day):
    """(post, share) of who is credited: a named product group first, then any, then the rules, then nobody."""
    rows = [row for row in master("attribution") if row["customer_id"] == customer and holds(row, day)]
    for group in (GROUP[product], ""):
        posts = [(row["post_id"], Fraction(row["share"].rstrip("%")) / 100)
                 for row in rows if row["product_group"] == group]
        if posts:
            return tuple(sorted(posts))
    buyer = CUSTOMERS[customer]
    for rule in sorted(master("unattributed"), key=lambda rule: int(rule["priority"])):
        if (rule["province"] in ("", buyer["province"]) and rule["role"] in ("", buyer["role"])
                and rule["product_group"] in ("", GROUP[product]) and holds(rule, day)):
            return ((rule["post_id"], Fraction(1)),)
    return (("", Fraction(1)),)


def achievement(month):
    """Assessed yuan by unit of the organisation; nobody's stand under the empty id of every level."""
    cells = defaultdict(Fraction)
    for line in terminal(month):
        if "gift" in line["flags"]:
            continue
        who = credited(line["customer"], line["product"], line["day"])
        cell = (line["distributor"], line["customer"], line["product"], who, tier(line["distributor"], line["day"]))
        cells[cell] += line["quantity"] * price(line["product"], line["day"])
    posts = defaultdict(Fraction)
    for (_, _, _, who, _), value in cells.items():
        # Every share but the largest is rounded to the cent; the largest takes what is left.
        largest = max(range(len(who)), key=lambda at: (who[at][1], -at))
        left = value
        for at, (post, share) in enumerate(who):
            if at != largest:
                posts[post] += cents(value * share)
                left -= cents(value * share)
        posts[who[largest][0]] += left
    units = {row["id"]: row for row in master("org")}
    levels = {"公司": "company", "大区": "region", "省区": "province", "地区": "district", "岗位": "post"}
    sums = defaultdict(Fraction)
    for post, value in posts.items():
        if not post:
            for level in levels.values():
                sums[(level, "")] += value
        unit = post
        while unit:
            sums[(levels[units[unit]["level"]], unit)] += value
            unit = units[unit]["parent"]
    targets = {row["对象编码"]: row for row in master("targets")
               if row["对象类型"] == "组织" and not row["品种编码"]}
    rows = []
    for level in levels.values():
        ids = sorted({row["id"] for row in units.values() if levels[row["level"]] == level} | {""})
        for unit in ids:
            target = Fraction(targets[unit][f"{int(month[5:])}月"]) if unit in targets else None
            rate = sums[(level, unit)] / target if target else None
            rows.append([month, level, unit, "assessed", money(sums[(level, unit)]),
                         "" if target is None else money(target), "" if rate is None else digits(rate, 4)])
    return rows


# --- Numbers ---------------------------------------------------------------------------------------------------


def rounded(value, places):
    """四舍五入: half away from zero."""
    scaled = abs(value) * 10 ** places
    whole = scaled.numerator // scaled.denominator
    if scaled - whole >= Fraction(1, 2):
        whole += 1
    return Fraction(whole if value >= 0 else -whole, 10 ** places)


def cents(value):
    return rounded(value, 2)


def digits(value, places):
    whole = int(rounded(value, places) * 10 ** places)
    text = str(abs(whole)).rjust(places + 1, "0")
    return ("-" if whole < 0 else "") + text[:-places] + "." + text[-places:]


def money(value):
    assert cents(value) == value, value
    return digits(value, 2)
