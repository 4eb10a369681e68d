//! Intervals, thresholds and figures, on outcomes one can count by hand.

use channelflow_matching::certify::{Certificate, Judged, certify, default_thresholds};
use channelflow_matching::evaluate::{Case, evaluate};
use channelflow_matching::rate::Rate;
use channelflow_matching::{Answer, Candidate, Decision, Ranked, Thresholds, decide};

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 5e-5, "{found} is not {expected}");
}

#[test]
fn wilson_agrees_with_known_values() {
    let rate = |hits, of| Rate { hits, of };
    // The smallest sample without an error that shows 99.5 %.
    assert!(rate(538, 538).at_least() < 0.995_001 && rate(539, 539).at_least() > 0.995);
    near(rate(538, 538).at_least(), 0.9950);
    near(rate(0, 538).at_most(), 0.0050);
    // Newcombe 1998, table I, method 3.
    near(rate(81, 263).interval().0, 0.2553);
    near(rate(81, 263).interval().1, 0.3662);
    near(rate(15, 148).interval().0, 0.0624);
    near(rate(15, 148).interval().1, 0.1605);
    near(rate(0, 20).interval().1, 0.1611);
    near(rate(1, 29).interval().0, 0.0061);
    assert_eq!(rate(0, 0).interval(), (0.0, 1.0));
}

/// So many names of one class and score, so many of them wrong.
fn names(class: &str, score: f32, count: usize, wrong: usize) -> Vec<Judged<'_>> {
    (0..count)
        .map(|at| Judged {
            class,
            score,
            right: at >= wrong,
        })
        .collect()
}

fn certified(outcomes: &[Vec<Judged<'_>>]) -> Certificate {
    let outcomes = outcomes.concat();
    certify(outcomes.len() as u64, &outcomes)
}

fn threshold(certificate: &Certificate, class: &str) -> Option<f32> {
    certificate.thresholds().0.get(class).copied()
}

#[test]
fn a_class_is_cut_above_the_scores_that_err() {
    let found = certified(&[
        names("same_parts", 9.0, 900, 0),
        names("place_missing", 8.0, 300, 0),
        names("place_missing", 6.0, 200, 0),
        names("place_missing", 4.0, 100, 9), // 9 %: not taken
        names("typo_in_word", 8.0, 100, 5),  // 5 %: not taken
        names("town_missing", 9.0, 12, 0),   // too few to tell
    ]);
    assert_eq!(threshold(&found, "same_parts"), Some(9.0));
    assert_eq!(threshold(&found, "place_missing"), Some(6.0));
    assert_eq!(threshold(&found, "typo_in_word"), None);
    assert_eq!(threshold(&found, "town_missing"), None);
    assert_eq!((found.accepted, found.errors), (1400, 0));
    let class = &found.class["place_missing"];
    assert_eq!(
        (class.labels, class.wrong, class.accepted, class.errors),
        (600, 9, 500, 0)
    );
    near(class.error_interval[1], 0.0076);
    assert_eq!(found.class["typo_in_word"].wrong, 5);
}

#[test]
fn errors_all_classes_together_may_not_exceed_two_in_a_thousand() {
    // Each class alone passes with 0.8 %; together they spoil what is accepted.
    let found = certified(&[
        names("same_parts", 9.0, 600, 0),
        names("legal_form", 8.0, 1000, 2),
        names("place_missing", 8.0, 400, 3),
    ]);
    assert_eq!(threshold(&found, "place_missing"), None);
    assert_eq!(threshold(&found, "legal_form"), Some(8.0));
    assert_eq!((found.accepted, found.errors), (1600, 2));
    assert!(found.precision_at_least >= 0.995);
}

#[test]
fn with_few_labels_only_classes_that_guess_nothing_are_taken() {
    let found = certified(&[
        names("same_parts", 9.0, 60, 0),
        names("place_missing", 8.0, 300, 0),
    ]);
    assert_eq!(threshold(&found, "same_parts"), Some(9.0));
    assert_eq!(
        threshold(&found, "place_missing"),
        None,
        "360 labels cannot show 99.5 %"
    );
    assert_eq!(
        threshold(&found, "exact"),
        Some(0.0),
        "as without calibration"
    );

    let found = certified(&[names("exact", 9.0, 40, 1)]);
    assert_eq!(
        threshold(&found, "exact"),
        None,
        "an error counts there too"
    );
}

#[test]
fn small_classes_without_an_error_are_judged_together() {
    let large = || names("same_parts", 9.0, 900, 0);
    let found = certified(&[
        large(),
        names("legal_form", 8.0, 30, 0),
        names("two_names", 7.0, 20, 0),
        names("place_added", 7.0, 20, 1), // an error: stays out
        names("kind_near", 7.0, 9, 0),    // too small even for that
        names("place_of_reporter", 7.0, 40, 0), // rests on a hint
    ]);
    assert_eq!(threshold(&found, "legal_form"), Some(8.0));
    assert_eq!(threshold(&found, "two_names"), Some(7.0));
    assert_eq!(threshold(&found, "place_added"), None);
    assert_eq!(threshold(&found, "kind_near"), None);
    assert_eq!(threshold(&found, "place_of_reporter"), None);

    let found = certified(&[large(), names("legal_form", 8.0, 30, 0)]);
    assert_eq!(threshold(&found, "legal_form"), None, "30 are not enough");
}

#[test]
fn equal_scores_are_never_told_apart() {
    // The error stands last in the list, but nothing in its score says so.
    let mut same = names("place_missing", 5.0, 60, 1);
    same.reverse();
    let found = certified(&[names("same_parts", 9.0, 900, 0), same]);
    assert_eq!(threshold(&found, "place_missing"), None);
}

#[test]
fn a_certificate_reads_back_as_it_was_written() {
    let found = certified(&[
        names("same_parts", 9.1, 900, 0),
        names("unsure", 0.3, 80, 9),
    ]);
    let text = toml::to_string(&found).unwrap();
    assert_eq!(toml::from_str::<Certificate>(&text).unwrap(), found);
    assert!(text.contains("threshold = 9.1\n"), "{text}");
}

/// What was answered: rows of the candidates, class and whether the first has a veto.
fn answer(rows: &[u32], class: &'static str, veto: Option<&'static str>) -> Answer {
    let candidates = rows.iter().map(|row| Candidate {
        row: *row,
        score: 1.0,
        veto,
    });
    let ranked = Ranked {
        candidates: candidates.collect(),
        class,
        score: 5.0,
    };
    decide(ranked, &Thresholds([("sure".to_owned(), 4.0)].into()))
}

#[test]
fn figures_count_what_one_counts_by_hand() {
    let cases = [
        (answer(&[1, 2], "sure", None), &[1][..], "match|dept"), // accepted, right
        (answer(&[2], "sure", None), &[2], "match"),             // accepted, right
        (answer(&[3], "sure", None), &[4, 3], "match"),          // accepted, one of two right ids
        (answer(&[4, 5], "sure", None), &[5], "match|dept"),     // accepted, wrong: second is right
        (answer(&[6], "sure", None), &[], "nomatch"),            // accepted, nothing is right
        (answer(&[7, 8, 9], "unsure", None), &[9], "match"),     // review, right one third
        (answer(&[1], "ambiguous", None), &[], "ambiguous"),     // review, rightly
        (answer(&[2], "conflict", Some("ordinal")), &[], "nomatch"), // excluded, rightly
        (answer(&[3], "conflict", Some("place")), &[3], "match|dept"), // excluded, wrongly
        (answer(&[], "unknown", None), &[8], "match"),           // not found
    ];
    let found = evaluate(cases.iter().map(|(answer, gold, groups)| Case {
        answer,
        gold,
        groups,
    }));
    let of = |rate: Rate| (rate.hits, rate.of);
    assert_eq!((found.total.names, found.total.answerable), (10, 7));
    assert_eq!(of(found.total.precision), (3, 5));
    assert_eq!(of(found.total.recall), (3, 7));
    assert_eq!(of(found.total.coverage), (5, 10));
    assert_eq!(of(found.total.first), (4, 7));
    assert_eq!(of(found.total.among_five), (6, 7));
    assert_eq!(of(found.total.review), (2, 10));
    assert_eq!(of(found.total.none), (3, 10));
    assert_eq!(of(found.total.accepted_without_answer), (1, 3));
    near(found.total.f1(), 0.5); // P 3/5, R 3/7
    assert_eq!(found.wrong, [3, 4]);
    assert_eq!(of(found.groups["dept"].recall), (1, 3));
    assert_eq!(of(found.groups["nomatch"].precision), (0, 1));
    let class = found.classes["sure"];
    assert_eq!((class.names, class.right), (5, 3));
    assert_eq!(found.vetoes["ordinal"].wrong, 1);
    assert_eq!(found.vetoes["place"].right, 1);
    // What can never be accepted is not judged for thresholds.
    let judged = cases.iter().filter_map(|(answer, gold, groups)| {
        Case {
            answer,
            gold,
            groups,
        }
        .judged()
    });
    assert_eq!(judged.count(), 7);
}

#[test]
fn without_calibration_only_identical_names_are_accepted() {
    let ranked = |class| Ranked {
        candidates: vec![Candidate {
            row: 0,
            score: 9.0,
            veto: None,
        }],
        class,
        score: 9.0,
    };
    let decision = |class| decide(ranked(class), &default_thresholds()).decision;
    assert_eq!(decision("exact"), Decision::Accept);
    assert_eq!(decision("same_parts"), Decision::Review);
}
