"""Labels from two real lists of hospitals, made without the matcher.

    python3 scripts/bench_lib/real_lists.py HOSPITALS OUT

HOSPITALS holds hospitals_medinsurkg.csv and fever_clinics_2020.csv. OUT gets:

  master.csv     the first list
  variants.csv   names of the second list that are written differently from every name of the
                 first, and equal one of them, of the same province, once the words for kinds of
                 places are left out: labels for `channelflow match evaluate`
  rest.csv       the first list without 4,000 of its names
  left_out.csv   those 4,000, labelled as having no answer: what is accepted among them is either
                 wrong or stands in the list twice
"""

import csv
import random
import re
import sys
from collections import defaultdict
from pathlib import Path

PLACE_WORDS = re.compile("自治[区州县]|特别行政区|[省市县区州镇乡]")
DIGITS = str.maketrans("123456789", "一二三四五六七八九")
SAME = {"中医医院": "中医院", "妇幼保健所": "妇幼保健院", "妇幼保健站": "妇幼保健院"}


def reduced(name: str) -> str:
    name = re.sub(r"[（(].*?[)）]", "", name)
    for written, usual in SAME.items():
        name = name.replace(written, usual)
    return PLACE_WORDS.sub("", name).translate(DIGITS)


def rows(path: Path) -> list[dict]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, header: list[str], lines: list[tuple]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(lines)


def variants(first: dict, second: dict) -> list[tuple]:
    known = defaultdict(set)
    for name, (province, _) in first.items():
        known[reduced(name), province[:2]].add(name)
    found = []
    for name, (province, city) in second.items():
        if name in first:
            continue
        short = reduced(name)
        forms = {short}
        for place in {province, city, reduced(province), reduced(city)} - {""}:
            forms.add(reduced(place) + short)
            if short.startswith(reduced(place)):
                forms.add(short[len(reduced(place)):])
        same = set().union(*(known.get((form, province[:2]), set()) for form in forms))
        if len(same) == 1:
            found.append((name, same.pop(), province, city))
    return found


def main() -> None:
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    first, second = {}, {}
    for row in rows(source / "hospitals_medinsurkg.csv"):
        province, _, city = row["city_district"].partition("-")
        # Of the municipalities the list names districts where it names cities of provinces.
        first.setdefault(row["primary"], (province, "" if province in ("北京市", "上海市") else city))
    for row in rows(source / "fever_clinics_2020.csv"):
        second.setdefault(row["name_raw"], (row["province"], row["city"]))
    ids = {name: f"H{at:05}" for at, name in enumerate(first)}
    master = ["id", "name", "province", "city"]
    write(out / "master.csv", master, [(ids[name], name, *place) for name, place in first.items()])
    labels = ["query_id", "name", "gold_id", "reporter_province", "reporter_city"]
    found = variants(first, second)
    write(out / "variants.csv", labels, [(f"V{at:05}", n, ids[g], p, c) for at, (n, g, p, c) in enumerate(found)])
    left_out = set(random.Random(5).sample(sorted(first), 4_000))
    rest = [(ids[name], name, *place) for name, place in first.items() if name not in left_out]
    write(out / "rest.csv", master, rest)
    write(out / "left_out.csv", labels, [(ids[n], n, "", first[n][0], "") for n in sorted(left_out)])


if __name__ == "__main__":
    main()
