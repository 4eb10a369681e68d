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


def months_reported():
    """(distributor, month) of every file of sales: the month most of its days lie in, whatever became of its lines."""
    found = set()
    for file in read(EXPECTED / "files.csv"):
        if file["kind"] != "sale" or file["state"] not in ("loaded", "unchanged"):
            continue
        days = {row["date"] for row in read(EXPECTED / "lines" / f"{file['path']}.csv")
                if row["kind"] == "sale" and row["date"]}
        months = defaultdict(int)
        for day in days:
            months[day[:7]] += 1
        found.add((file["distributor_id"], max(months, key=lambda month: (months[month], month))))
    return found


REPORTED = months_reported()


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


def holder(post, day):
    """Who holds a post on a day; empty for a vacant one."""
    return next((row["person_id"] for row in master("seats") if row["post_id"] == post and holds(row, day)), "")


def achievement(month):
    """Assessed yuan by unit and person; what no post or no person is credited for stands under the empty id."""
    cells = defaultdict(Fraction)
    for line in terminal(month):
        if "gift" in line["flags"]:
            continue
        who = credited(line["customer"], line["product"], line["day"])
        who = tuple((post, holder(post, line["day"]), share) for post, share in who)
        cell = (line["distributor"], line["customer"], line["product"], who, tier(line["distributor"], line["day"]))
        cells[cell] += line["quantity"] * price(line["product"], line["day"])
    units = {row["id"]: row for row in master("org")}
    levels = {"公司": "company", "大区": "region", "省区": "province", "地区": "district", "岗位": "post"}
    sums = defaultdict(Fraction)
    for (_, _, _, who, _), value in cells.items():
        # Every share but the largest is rounded to the cent; the largest takes what is left.
        parts = [cents(value * share) for _, _, share in who]
        largest = max(range(len(who)), key=lambda at: (who[at][2], -at))
        parts[largest] += value - sum(parts)
        for (post, person, _), part in zip(who, parts):
            sums[("person", person)] += part
            if not post:
                for level in levels.values():
                    sums[(level, "")] += part
            while post:
                sums[(levels[units[post]["level"]], post)] += part
                post = units[post]["parent"]
    rows = []
    for level in [*levels.values(), "person"]:
        people = {row["person_id"] for row in master("seats")
                  if ("person", row["person_id"]) in sums or goal_of_person(row["person_id"], month) is not None}
        ids = people if level == "person" else {row["id"] for row in units.values() if levels[row["level"]] == level}
        for unit in sorted(ids | {""}):
            goal = goal_of_person(unit, month) if level == "person" else goal_of_unit(unit, month)
            actual = sums[(level, unit)]
            rate = actual / goal if goal else None
            rows.append([month, level, unit, "assessed", money(actual), "" if goal is None else digits(goal, 2),
                         "" if rate is None else digits(rate, 4)])
    return rows


def goal_of_unit(unit, month):
    for row in master("targets"):
        if row["对象类型"] == "组织" and row["对象编码"] == unit and not row["品种编码"]:
            return Fraction(row[f"{int(month[5:])}月"])
    return None


def goal_of_person(person, month):
    """The post's target by the days of the month the person held it."""
    first = date.fromisoformat(f"{month}-01")
    days = [first + timedelta(days=at) for at in range(31)]
    days = [str(day) for day in days if day.month == first.month]
    held = defaultdict(int)
    for post in {row["post_id"] for row in master("seats") if row["person_id"] == person}:
        held[post] = sum(1 for day in days if holder(post, day) == person)
    goals = [goal_of_unit(post, month) * count / len(days) for post, count in held.items() if count]
    return sum(goals) if goals and person else None


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


# --- Statements ------------------------------------------------------------------------------------------------


class Held(Exception):
    """A figure that is not known: the line waits, it is not 0."""


def sold(month, distributor, groups=None, products=None, without=(), roles=None):
    """Sales to terminals that a policy counts; gifts are worth nothing. A month nobody reported is not known."""
    if (distributor, month) not in REPORTED:
        raise Held("policy_held_not_reported", "no file of that month was loaded")
    return [line for line in terminal(month, distributor) if "gift" not in line["flags"]
            and (groups is None or GROUP[line["product"]] in groups)
            and (products is None or line["product"] in products)
            and (roles is None or CUSTOMERS[line["customer"]]["role"] in roles)
            and GROUP[line["product"]] not in without]


def boxes(counted):
    return sum((line["quantity"] for line in counted), Fraction(0))


def yuan(counted):
    if any(line["amount"] is None for line in counted):
        raise Held("policy_held_no_basis", "a line has no amount")
    return sum((line["amount"] for line in counted), Fraction(0))


def assessed(counted):
    return sum((line["quantity"] * price(line["product"], line["day"]) for line in counted), Fraction(0))


def target(distributor, group, month):
    for row in master("targets"):
        if row["对象编码"] == distributor and row["品种编码"] == group:
            return Fraction(row[f"{int(month[5:])}月"])
    raise Held("policy_held_no_target", "no target")


def percent(number):
    return Fraction(number) / 100


def per_unit(party, month):
    """0.60 yuan per box of OTHER, as long as the seller is of the second tier."""
    counted = [line for line in sold(month, party, groups={"OTHER"}) if tier(party, line["day"]) == "二级"]
    return [("reward", "box", boxes(counted) * Fraction("0.60"))]


def every_full(party, month):
    """15 yuan for every full 50 boxes, at most 5 times."""
    times = min(boxes(sold(month, party, without={"OTHER"})) // 50, 5)
    return [("reward", "full", Fraction(times) * 15)]


def percent_without_tax(party, month):
    """3 % of the amount without 13 % tax."""
    return [("reward", "sales", yuan(sold(month, party, without={"CARDIO"})) / Fraction("1.13") * percent(3))]


def threshold(party, month):
    """From 5,000 yuan 2 % of everything."""
    amount = yuan(sold(month, party, without={"OTHER"}))
    return [("reward", "sales", amount * percent(2) if amount >= 5000 else Fraction(0))]


def tiered(party, month):
    """1 %, from 10,000 2 %, from 20,000 3 % of everything; at most 300, below 100 carried on."""
    amount = yuan(sold(month, party, without={"OTHER"}))
    rate = 3 if amount >= 20000 else 2 if amount >= 10000 else 1
    found = [("reward", "tier", amount * percent(rate))]
    earned = cents(amount * percent(rate))
    if earned > 300:
        found.append(("cap", "", 300 - earned))
        earned = Fraction(300)
    if 0 < earned < 100:
        found.append(("floor", "", -earned))
    return found


def tiered_incremental(party, month):
    """1 % of the first 5,000, 2 % of the next 5,000, 3 % above."""
    amount = yuan(sold(month, party))
    parts = [min(amount, 5000), min(max(amount - 5000, 0), 5000), max(amount - 10000, 0)]
    return [("reward", "tier", sum(part * percent(rate) for part, rate in zip(parts, (1, 2, 3))))]


def growth(party, month):
    """Against the same month of last year, which nobody reported."""
    raise Held("policy_held_no_base", "nothing is known of 2025")


def achievement_gate(party, month):
    """2 % of assessed sales, four fifths from 90 % of the target, all from 100 %."""
    value = assessed(sold(month, party))
    reached = value / target(party, "", month)
    share = Fraction(1) if reached >= 1 else percent(80) if reached >= percent(90) else Fraction(0)
    return [("reward", "sales", value * percent(2) * share)]


def product_mix(party, month):
    """ANTI 2 %, not paid unless CARDIO has 100 boxes; OTHER 3 % from 1,400 yuan, whatever CARDIO has."""
    main, core, sub = (sold(month, party, groups={group}) for group in ("ANTI", "CARDIO", "OTHER"))
    earned = yuan(main) * percent(2) if boxes(core) >= 100 else Fraction(0)
    if yuan(sub) >= 1400:
        earned += yuan(sub) * percent(3)
    return [("reward", "mix", earned)]


def payment(party, month):
    """1 % of what came by its due day, less face × 3 % × days ÷ 360 of bills; a month of tenor has 30 days."""
    paid = [row for row in master("payments") if row["经销商编码"] == party and row["回款日期"][:7] == month]
    in_time = sum(Fraction(row["金额"]) for row in paid if row["回款日期"] <= row["应付日期"])
    bills = sum(Fraction(row["金额"]) * percent(3) * int(row["期限"].rstrip("个月")) * 30 / 360
                for row in paid if row["回款方式"] == "承兑")
    return [("reward", "timely", in_time * percent(1)), ("deduction", "bills", -bills)]


def price_protection(party, month):
    """Old less new price for stock + transit of the day before, as far as bought in the last 60 days."""
    total = Fraction(0)
    for row in master("prices"):
        if row["revoked"] or not row["valid_from"].startswith(month):
            continue
        day = date.fromisoformat(row["valid_from"])
        before = str(day - timedelta(days=1))
        fall = price(row["product_id"], before) - Fraction(row["price"])
        stock = [line for line in LINES
                 if (line["kind"], line["distributor"], line["day"]) == ("inventory", party, before)]
        if not stock:
            raise Held("policy_held_no_price_figure", "no stock was reported for the day before the cut")
        stock = boxes(line for line in stock if line["product"] == row["product_id"])

        def bought(days):
            first = str(day - timedelta(days=days))
            return boxes(line for line in LINES if line["kind"] == "purchase" and line["distributor"] == party
                         and line["product"] == row["product_id"] and first <= line["day"] <= before)

        # Shipped in the last 7 days and not yet reported as bought: on the way.
        shipped = sum(Fraction(sent["数量"]) for sent in master("shipments")
                      if sent["经销商编码"] == party and sent["产品编码"] == row["product_id"]
                      and str(day - timedelta(days=7)) <= sent["发货日期"] <= before)
        total += fall * min(stock + max(shipped - bought(7), 0), bought(60))
    return [("reward", "protection", total)]


def price_difference(party, month):
    """What P07 was invoiced at less what hospitals paid for it."""
    counted = sold(month, party, products={"P07"}, roles={"hospital"})
    sent = [row for row in master("shipments")
            if row["经销商编码"] == party and row["产品编码"] == "P07" and row["发货日期"][:7] == month]
    invoiced = sum(Fraction(row["金额"]) for row in sent) / sum(Fraction(row["数量"]) for row in sent)
    return [("reward", "difference", max(boxes(counted) * invoiced - yuan(counted), Fraction(0)))]


def clawback_of(counted):
    quantity = boxes(counted)
    return quantity * (Fraction("1.00") if quantity >= 70 else Fraction("0.50") if quantity >= 40 else 0)


def clawback(party, month):
    """P06: 0.50 per box from 40, 1.00 from 70; what comes back counts in the month it was sold in."""
    own, earlier = [], defaultdict(list)
    same = ("distributor", "kind", "customer", "product", "lot")
    for line in sold(month, party, products={"P06"}):
        sales = [sale for sale in LINES if all(sale[name] == line[name] for name in same)
                 and sale["quantity"] > 0 and sale["day"] <= line["day"]]
        came_back = "return" in line["flags"] and sales
        sale = max(sales, key=lambda sale: sale["day"])["month"] if came_back else month
        (own if sale == month else earlier[sale]).append(line)
    found = [("reward", "tier", clawback_of(own))]
    for sale, back in earlier.items():
        then = sold(sale, party, products={"P06"})
        found.append(("prior", sale, clawback_of(then + back) - cents(clawback_of(then))))
    return found


def excess(party, month):
    """3 % of what lies above the target for DIAB."""
    over = yuan(sold(month, party, groups={"DIAB"})) - target(party, "DIAB", month)
    return [("reward", "excess", max(over, Fraction(0)) * percent(3))]


def sub_periods(party, month):
    """1 % of every month of the quarter that reached its target, less what was stated for the months before."""
    earned = Fraction(0)
    for part in MONTHS[:MONTHS.index(month)]:
        earned += month_of(party, part)
    found = [("reward", "parts", earned + month_of(party, month))]
    if earned:
        found.append(("already_paid", "parts", -cents(earned)))
    return found


def month_of(party, month):
    amount = yuan(sold(month, party, groups={"OTHER"}))
    return amount * percent(1) if amount >= target(party, "OTHER", month) else Fraction(0)


def coverage(party, month):
    """0.5 % from 5 terminals that bought more than they sent back."""
    counted = sold(month, party)
    net = defaultdict(Fraction)
    for line in counted:
        net[line["customer"]] += line["quantity"]
    covered = sum(1 for quantity in net.values() if quantity > 0)
    return [("reward", "coverage", yuan(counted) * percent("0.5") if covered >= 5 else Fraction(0))]


def data_fee(party, month):
    """0.5 % if 98 % of the reports were uploaded and 95 % in time: by 5 March; all came that day."""
    expects = next(row["expects"] for row in master("distributors") if row["id"] == party).split()
    kinds = {line["kind"] for line in LINES if line["distributor"] == party and line["month"] == month}
    uploaded = Fraction(sum(1 for kind in expects if kind in kinds), len(expects))
    in_time = uploaded if month == "2026-02" else Fraction(0)
    fee = yuan(sold(month, party)) * percent("0.5")
    return [("reward", "data", fee if uploaded >= percent(98) and in_time >= percent(95) else Fraction(0))]


# The agreements: who earns what. The reward is named for lines that are held.
POLICIES = [
    ("ACHIEVEMENT-GATE", achievement_gate, ["D01"], "sales"),
    ("CLAWBACK", clawback, ["D07"], "tier"),
    ("COVERAGE", coverage, ["D01", "D05"], "coverage"),
    ("DATA-FEE", data_fee, ["D02", "D06"], "data"),
    ("EVERY-FULL", every_full, ["D08"], "full"),
    ("EXCESS", excess, ["D06"], "excess"),
    ("GROWTH", growth, ["D11"], "growth"),
    ("PAYMENT", payment, ["D01"], "timely"),
    ("PER-UNIT", per_unit, ["D03", "D06", "D10"], "box"),
    ("PERCENT", percent_without_tax, ["D07", "D14"], "sales"),
    ("PRICE-DIFFERENCE", price_difference, ["D07"], "difference"),
    ("PRICE-PROTECTION", price_protection, ["D01", "D04", "D05"], "protection"),
    ("PRODUCT-MIX", product_mix, ["D05"], "mix"),
    ("SUB-PERIODS", sub_periods, ["D04"], "parts"),
    ("THRESHOLD", threshold, ["D04"], "sales"),
    ("TIERED", tiered, ["D03"], "tier"),
    ("TIERED-INCREMENTAL", tiered_incremental, ["D02"], "tier"),
]


def statements(month):
    """Lines of the statements of a month, and the lines that are held."""
    found, held = [], []
    for policy, work_out, parties, reward in POLICIES:
        for party in parties:
            span = f"2026-01..{month}" if policy == "SUB-PERIODS" and month != "2026-01" else month
            try:
                for kind, name, exact in work_out(party, month):
                    of = name if kind == "prior" else span
                    found.append([month, party, f"{policy}@1", of, kind, name, money(cents(exact))])
            except Held as reason:
                held.append([month, party, f"{policy}@1", span, "reward", reward, *reason.args])
    return sorted(found, key=lambda row: (row[:2], row[4] == "prior")), sorted(held)


def table(name, head, rows):
    with open(EXPECTED / name, "w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([head, *rows])


def main():
    table("achievement.csv", ["period", "level", "id", "measure", "actual", "target", "rate"],
          [row for month in MONTHS for row in achievement(month)])
    lines_of = [statements(month) for month in MONTHS]
    table("statements.csv", ["period", "party", "policy", "span", "kind", "name", "amount"],
          [row for found, _ in lines_of for row in found])
    table("held_lines.csv", ["period", "party", "policy", "span", "kind", "name", "code", "why"],
          [row for _, held in lines_of for row in held])


if __name__ == "__main__":
    main()
