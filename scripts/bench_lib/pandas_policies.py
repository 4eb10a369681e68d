"""Statements by 50 policies, as an analyst would compute them: a filter and a group-by per policy,
then exact decimals per distributor. The numbers of a policy come from its file."""

import tomllib
from collections import defaultdict
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, getcontext
from pathlib import Path

import pandas as pd

RETURN, GIFT = 1, 2
MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
POINTS = {
    "terminal": (None, ["pure_sale", "retail", "other"]),
    "first_tier": (["一级", "准一级"], ["pure_sale", "retail", "other", "transfer"]),
    "all": (None, ["pure_sale", "retail", "other", "transfer"]),
}
ROUNDING = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}
ZERO, ONE = Decimal(0), Decimal(1)
SUMS = ["quantity", "assessed", "amount"]
getcontext().prec = 40


class Held(Exception):
    """A figure is missing: nobody can say what is due."""


def statements(folder: Path, data: dict, cells: pd.DataFrame, year: int, month: int) -> pd.DataFrame:
    """One row per distributor and policy: yuan, and how many of its lines are held."""
    period = year * 100 + month
    tiers = data["distributors"].set_index("id")["tier"].to_dict()
    last_day = period * 100 + 31
    for row in data["tiers"].itertuples():
        if row[data["tiers"].columns.get_loc("from") + 1] <= last_day <= row.to or row.to == 99_999_999:
            tiers[row.distributor] = row.tier
    books = Books(data, cells[cells["flags"] & GIFT == 0], year, month)
    rows = []
    for path in sorted(folder.glob("*.toml")):
        policy = tomllib.loads(path.read_text(encoding="utf-8"))
        party = policy["party"]
        parties = [id for id, tier in sorted(tiers.items())
                   if id in party.get("distributors", ()) or tier in party.get("tiers", ())]
        figures = books.figures(policy)
        for id in parties:
            total, held = Evaluation(policy, figures, id).lines()
            rows.append((id, policy["id"], total, held))
    return pd.DataFrame(rows, columns=["distributor", "policy", "total", "held"])


class Books:
    """What policies look at, cut down to the months of their periods once."""

    def __init__(self, data: dict, cells: pd.DataFrame, year: int, month: int) -> None:
        self.data, self.cells, self.year, self.month = data, cells, year, month
        self.by_months = {}
        customers = data["customers"].set_index("id")
        self.customers = customers.reindex(cells["customer"].cat.categories)

    def within(self, months: list[int]) -> pd.DataFrame:
        key = tuple(months)
        if key not in self.by_months:
            self.by_months[key] = self.cells[self.cells["month"].isin(months)]
        return self.by_months[key]

    def figures(self, policy: dict) -> "Figures":
        count = MONTHS[policy["period"]]
        first = (self.month - 1) // count * count + 1
        figures = Figures()
        figures.months = [self.year * 100 + it for it in range(first, self.month + 1)]
        before = [it - 100 for it in figures.months]
        basis = policy["basis"]
        if basis["source"] == "sale":
            growth = any(reward["shape"] == "growth" for reward in policy["reward"])
            wanted = self.admitted(policy, self.within(figures.months + (before if growth else [])))
            returned = (wanted["flags"] & RETURN).astype(bool).rename("returned")
            sums = wanted.groupby(["distributor", "month", returned], observed=True)[SUMS].sum()
            figures.add(sums, before)
            self.groups(policy, wanted, returned, figures)
            if any(gate["on"] == "covered_terminals" for reward in policy["reward"] for gate in reward.get("gate", ())):
                net = wanted.groupby(["distributor", "customer"], observed=True)["quantity"].sum()
                figures.covered = net[net > 0].groupby(level="distributor", observed=True).size().to_dict()
        elif basis["source"] == "shipment":
            shipments = self.in_force(policy, self.data["shipments"], figures)
            sums = shipments.groupby(["distributor", shipments["day"] // 100])["amount"].sum()
            for (id, month), cents in sums.items():
                figures.sold[id]["amount"] += yuan(cents)
        for row in self.in_force(policy, self.data["payments"], figures).itertuples():
            figures.payments[row.distributor].append(row)
            if basis["source"] == "paid":
                figures.sold[row.distributor]["amount"] += yuan(row.amount)
        self.targets(policy, figures)
        reports = self.data["reports"]
        for row in reports[reports["month"].isin(figures.months)].itertuples():
            figures.reports[row.distributor].append(row.in_time)
        return figures

    def in_force(self, policy: dict, table: pd.DataFrame, figures: "Figures") -> pd.DataFrame:
        """What happened in the months, on days the policy holds for."""
        valid = table["day"].between(number(policy["valid_from"]), number(policy["valid_to"]))
        return table[valid & (table["day"] // 100).isin(figures.months)]

    def admitted(self, policy: dict, cells: pd.DataFrame) -> pd.DataFrame:
        """The cells that party, scope, counting point and days let through."""
        scope = policy.get("scope", {})
        tiers, classes = POINTS[policy["basis"]["counting_point"]]
        wanted = cells["class"].isin(classes)
        # What a policy grows over happened a year before it began.
        growth = any(reward["shape"] == "growth" for reward in policy["reward"])
        wanted &= cells["month"] >= number(policy["valid_from"]) // 100 - 100 * growth
        if tiers:
            wanted &= cells["tier"].isin(tiers)
        if "product_groups" in scope:
            wanted &= cells["group"].isin(scope["product_groups"])
        if "exclude_product_groups" in scope:
            wanted &= ~cells["group"].isin(scope["exclude_product_groups"])
        if "exclude_products" in scope:
            wanted &= ~cells["product"].isin(scope["exclude_products"])
        if {"exclude_customers", "customer_roles", "areas", "exclude_areas"} & scope.keys():
            customers = self.customers
            place = customers["province"] + "/" + customers["city"]
            within = lambda areas: customers["province"].isin(areas) | place.isin(areas)
            buyers = ~customers.index.isin(scope.get("exclude_customers", []))
            if "customer_roles" in scope:
                buyers &= customers["role"].isin(scope["customer_roles"])
            if "areas" in scope:
                buyers &= within(scope["areas"])
            buyers &= ~within(scope.get("exclude_areas", []))
            wanted &= buyers.to_numpy()[cells["customer"].cat.codes]
        return cells[wanted]

    def groups(self, policy: dict, wanted: pd.DataFrame, returned: pd.Series, figures: "Figures") -> None:
        ids = [group["id"] for reward in policy["reward"] for group in reward.get("group", ())]
        if ids:
            sums = wanted.groupby(["distributor", "group"], observed=True)[SUMS].sum()
            for (id, group), row in zip(sums.index, sums.to_numpy().tolist()):
                if group in ids:
                    figures.groups[id, group] = measures(row)

    def targets(self, policy: dict, figures: "Figures") -> None:
        group = policy.get("scope", {}).get("product_groups", [""])[0]
        targets = self.data["targets"]
        wanted = (targets["distributor"] != "") & (targets["group"] == group) & targets["month"].isin(figures.months)
        for row in targets[wanted].itertuples():
            figures.targets[row.distributor][row.measure][row.month] = Decimal(row.target) / 1_000_000


class Figures:
    """What one policy counts, by distributor."""

    def __init__(self) -> None:
        nothing = lambda: dict.fromkeys(SUMS, ZERO)
        self.months, self.covered, self.groups = [], {}, {}
        self.sold, self.returned, self.before = defaultdict(nothing), defaultdict(nothing), defaultdict(nothing)
        self.net = defaultdict(lambda: defaultdict(nothing))
        self.targets = defaultdict(lambda: defaultdict(dict))
        self.payments, self.reports = defaultdict(list), defaultdict(list)

    def add(self, sums: pd.DataFrame, before: list[int]) -> None:
        for (id, month, returned), row in zip(sums.index, sums.to_numpy().tolist()):
            values = measures(row)
            if month in before:
                plus(self.before[id], values)
                continue
            plus(self.returned[id] if returned else self.sold[id], values)
            plus(self.net[id][month], values)


class Evaluation:
    """What a policy pays one distributor."""

    def __init__(self, policy: dict, figures: Figures, id: str) -> None:
        self.policy, self.figures, self.id = policy, figures, id
        basis = policy["basis"]
        self.measure = basis["measure"]
        self.money = "assessed" if self.measure == "assessed" else "amount"
        self.divisor = ONE + share(basis["tax_rate"]) if basis.get("tax") == "excluded" else ONE
        self.basis = dict(figures.sold[id])
        if basis.get("returns", "net") == "net":
            plus(self.basis, figures.returned[id])
        self.agreement_failed = False

    def lines(self) -> tuple[int, int]:
        """Micros of yuan, and lines that are held."""
        rounding = self.policy.get("rounding", {})
        unit, mode = ONE.scaleb(-rounding.get("digits", 2)), ROUNDING[rounding.get("mode", "half_up")]
        earned = []
        for reward in self.policy["reward"]:
            try:
                earned.append(self.reward(reward))
            except Held:
                earned.append(None)
        if self.agreement_failed:
            earned = [ZERO] * len(earned)
        held = earned.count(None)
        if held:
            return 0, held
        total = sum((amount.quantize(unit, rounding=mode) for amount in earned), ZERO)
        limit = self.policy.get("limit", {})
        if "cap" in limit:
            total = min(total, Decimal(str(limit["cap"])).quantize(unit, rounding=mode))
        if "floor" in limit and ZERO < total < Decimal(str(limit["floor"])):
            total = ZERO
        return int(total * 1_000_000), 0

    def reward(self, reward: dict) -> Decimal:
        passed = ONE
        for gate in reward.get("gate", ()):
            level, scale = self.level(gate["on"])
            reached = [step for step in gate["steps"] if level >= share(step["at_least"]) * scale]
            passed *= share(reached[-1].get("share", 1)) if reached else ZERO
        if not passed:
            return ZERO
        amount = getattr(self, reward["shape"])(reward) * passed
        for multiplier in reward.get("multiplier", ()):
            level, scale = self.level(multiplier["on"])
            reached = [step for step in multiplier["steps"] if level >= share(step["at_least"]) * scale]
            amount *= share(reached[-1]["factor"]) if reached else ONE
        return amount

    def level(self, on: str) -> tuple[Decimal, Decimal]:
        """A value and what bounds are multiplied by to be compared with it."""
        if on == "basis":
            return self.basis[self.measure], self.scale()
        if on == "achievement":
            return self.basis[self.measure], self.target(self.measure)
        if on == "growth":
            return self.basis[self.measure] - self.last_year(self.measure), self.last_year(self.measure)
        if on == "covered_terminals":
            return Decimal(self.figures.covered.get(self.id, 0)), ONE
        reports = self.figures.reports[self.id]
        return Decimal(sum(reports)) / len(self.figures.months), ONE

    def scale(self) -> Decimal:
        return ONE if self.measure == "quantity" else self.divisor

    def target(self, measure: str) -> Decimal:
        months = self.figures.targets[self.id][measure]
        if len(months) < len(self.figures.months) or sum(months.values()) <= 0:
            raise Held
        return sum(months.values())

    def last_year(self, measure: str) -> Decimal:
        # The warehouse begins with last December.
        if len(self.figures.months) > 1 or self.figures.before[self.id][measure] <= 0:
            raise Held
        return self.figures.before[self.id][measure]

    def paid(self, base: dict, rate: dict) -> Decimal:
        """A rate in per cent of the money, or in yuan per unit."""
        if "yuan" in rate:
            return base["quantity"] * Decimal(str(rate["yuan"]))
        return base[self.money] * share(rate["rate"]) / self.divisor

    def per_unit(self, reward: dict) -> Decimal:
        return self.paid(self.basis, reward)

    percent = per_unit

    def every_full(self, reward: dict) -> Decimal:
        multiples = max(self.basis[self.measure] // (Decimal(str(reward["size"])) * self.scale()), ZERO)
        return min(multiples, Decimal(reward.get("most", 10**12))) * Decimal(str(reward["yuan"]))

    def tiers(self, reward: dict) -> Decimal:
        level, scale = self.level(reward["on"])
        bands = bands_of(reward["tiers"])
        if reward["mode"] == "incremental":
            total = ZERO
            for at, (low, high, rate) in enumerate(bands):
                bottom = low * scale
                if at == 0 and low == 0 and level < 0:
                    part = level
                else:
                    part = (level if high is None else min(level, high * scale)) - bottom
                    if part <= 0:
                        continue
                total += self.paid({"quantity": part, self.money: part}, rate)
            return total
        found = None
        for at, (low, high, rate) in enumerate(bands):
            if not (at == 0 and low == 0) and level < low * scale:
                break
            found = (at, high, rate, high is not None and level >= high * scale)
        if found is None or found[3] and found[0] + 1 < len(bands):
            return ZERO
        _, high, rate, above = found
        base = dict(self.basis)
        if above:
            base[self.measure] = min(base[self.measure], high * scale)
        return self.paid(base, rate)

    def growth(self, reward: dict) -> Decimal:
        level, scale = self.level("growth")
        found = None
        for low, high, rate in bands_of(reward["tiers"]):
            if level >= low * scale:
                found = rate
        if found is None:
            return ZERO
        base = self.basis[self.money]
        if reward["of"] == "increment":
            base = max(base - self.last_year(self.money), ZERO)
        return self.paid({self.money: base}, found)

    def mix(self, reward: dict) -> Decimal:
        groups = reward["group"]
        sums = {group["id"]: self.figures.groups.get((self.id, group["id"]), dict.fromkeys(SUMS, ZERO)) for group in groups}
        met = {group["id"]: "needs" not in group or sums[group["id"]][group["measure"]] >= group["needs"] for group in groups}
        failed = any(not met[group["id"]] and group["role"] != "sub" for group in groups)
        if failed and reward["failure"] == "agreement":
            self.agreement_failed = True
            return ZERO
        total = ZERO
        for group in groups:
            payable = True
            if failed and reward["failure"] == "main":
                payable = group["role"] != "main" and reward["subs_payable"]
            if met[group["id"]] and payable and "rate" in group:
                total += self.paid(sums[group["id"]], group)
        return total

    def timeliness(self, reward: dict) -> Decimal:
        on_time = (yuan(row.amount) for row in self.figures.payments[self.id] if row.day <= row.due)
        return sum(on_time, ZERO) * share(reward["rate"])

    def bill_discount(self, reward: dict) -> Decimal:
        total = ZERO
        for row in self.figures.payments[self.id]:
            if row.instrument != "bill":
                continue
            if "yearly_rate" in reward:
                total -= yuan(row.amount) * share(reward["yearly_rate"]) * row.tenor_days / 360
            else:
                fitting = [tenor for tenor in reward["tenors"] if row.tenor_days <= tenor["up_to_days"]]
                total -= yuan(row.amount) * share(min(fitting, key=lambda it: it["up_to_days"])["rate"])
        return total

    def excess(self, reward: dict) -> Decimal:
        measure = "quantity" if "yuan" in reward else self.money
        over = max(self.basis[measure] - self.target(measure), ZERO)
        return self.paid({measure: over}, reward)

    def sub_periods(self, reward: dict) -> Decimal:
        earned = ZERO
        targets = self.figures.targets[self.id][self.money]
        for month in self.figures.months:
            actual = self.figures.net[self.id][month][self.money]
            if month not in targets:
                raise Held
            if actual >= targets[month]:
                earned += self.paid({self.money: actual}, {"rate": reward["part_rate"]})
        if self.basis[self.money] >= self.target(self.money):
            return self.paid(self.basis, {"rate": reward["whole_rate"]})
        return earned


def bands_of(tiers: list[dict]) -> list[tuple]:
    bounds = [share(tier["from"]) for tier in tiers]
    ends = [share(tier["to"]) if "to" in tier else None for tier in tiers]
    ends = [end if end is not None else following for end, following in zip(ends, bounds[1:] + [None])]
    return list(zip(bounds, ends, tiers))


def share(text) -> Decimal:
    """`"3%"` and `0.03` alike."""
    text = str(text)
    return Decimal(text[:-1]) / 100 if text.endswith("%") else Decimal(text)


def yuan(cents: int) -> Decimal:
    return Decimal(cents) / 100


def measures(row: list[int]) -> dict:
    return {"quantity": Decimal(row[0]), "assessed": yuan(row[1]), "amount": yuan(row[2])}


def plus(sums: dict, more: dict) -> None:
    for measure, value in more.items():
        sums[measure] += value


def number(day) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
