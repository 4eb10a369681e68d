"""Finds names in a master the way a Python user would, and prints what that cost.

    python peers_match.py tfidf|rapidfuzz|symspell|splink MASTER NAMES COUNT

MASTER is a CSV with `id,name`, NAMES one with `name,gold_id`; COUNT names are looked up. CPU time
is counted from after the imports, separately for making the index and for looking up. Only the
best candidate is asked for, and nothing is decided: that part is ours alone.
"""

import csv
import json
import resource
import sys

csv.field_size_limit(1 << 24)


def tfidf(master: list[str], names: list[str]):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sparse_dot_topn import sp_matmul_topn

    yield
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(2, 2))
    index = vectorizer.fit_transform(master).T.tocsr()
    yield
    found = sp_matmul_topn(vectorizer.transform(names), index, top_n=5, sort=True, n_threads=1)
    starts = zip(found.indptr, found.indptr[1:])
    yield [int(found.indices[start]) if end > start else None for start, end in starts]


def rapidfuzz(master: list[str], names: list[str]):
    import numpy
    from rapidfuzz import fuzz, process

    yield
    yield
    best = []
    for at in range(0, len(names), 20):
        scores = process.cdist(names[at:at + 20], master, scorer=fuzz.ratio, dtype=numpy.uint8, workers=1)
        best.extend(int(row) for row in scores.argmax(axis=1))
    yield best


def symspell(master: list[str], names: list[str]):
    from symspellpy import SymSpell, Verbosity

    yield
    index = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
    rows = {}
    for row, name in enumerate(master):
        rows.setdefault(name, row)
        index.create_dictionary_entry(name, 1)
    yield
    best = []
    for name in names:
        found = index.lookup(name, Verbosity.TOP, max_edit_distance=2)
        best.append(rows[found[0].term] if found else None)
    yield best


def splink(master: list[str], names: list[str]):
    import logging

    import pandas
    import splink.comparison_library as compare
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    yield
    api = DuckDBAPI()
    # Blocking keys are columns of their own: EM leaves a comparison out whose column it blocks on.
    frames = [
        api.register(pandas.DataFrame({
            "unique_id": range(len(texts)),
            "name": texts,
            "head": [text[:5] for text in texts],
            "middle": [text[3:8] for text in texts],
            "tail": [text[-9:] for text in texts],
        }), dataset_display_name=side)
        for side, texts in (("asked", names), ("known", master))
    ]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[compare.JaroWinklerAtThresholds("name", [0.95, 0.9, 0.8, 0.7])],
        blocking_rules_to_generate_predictions=[block_on("head"), block_on("middle"), block_on("tail")],
    )
    linker = Linker(frames, settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("head"))
    yield
    pairs = linker.inference.predict().as_pandas_dataframe()
    best = [None] * len(names)
    for pair in pairs.sort_values("match_weight").itertuples():
        asked, known = (pair.unique_id_l, pair.unique_id_r)
        if pair.source_dataset_l != "asked":
            asked, known = known, asked
        best[asked] = known
    yield best


def used() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def column(path: str, *titles: str) -> list[tuple[str, ...]]:
    with open(path, encoding="utf-8", newline="") as file:
        return [tuple(row[title] for title in titles) for row in csv.DictReader(file)]


def main() -> None:
    peer, master_file, names_file, count = sys.argv[1:]
    master = column(master_file, "id", "name")
    asked = column(names_file, "name", "gold_id")[:int(count)]
    steps = {"tfidf": tfidf, "rapidfuzz": rapidfuzz, "symspell": symspell, "splink": splink}[peer](
        [name for _, name in master], [name for name, _ in asked])
    next(steps)
    begun = used()
    next(steps)
    indexed = used()
    best = next(steps)
    done = used()
    answerable = [(row, gold) for row, (_, gold) in zip(best, asked) if gold]
    right = sum(row is not None and master[row][0] in gold.split(";") for row, gold in answerable)
    print(json.dumps({
        "names": len(asked), "index_cpu": indexed - begun, "match_cpu": done - indexed,
        "first": right / max(len(answerable), 1),
    }))


if __name__ == "__main__":
    main()
