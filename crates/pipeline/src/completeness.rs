//! How complete and how timely the deliveries of a month are, each figure with its formula. The
//! trade publishes no common definitions, so the counts are always shown beside the share.

use std::collections::{BTreeMap, BTreeSet};

use channelflow_model::master::{Distributor, MasterData};
use channelflow_model::settlement::Shipment;
use channelflow_model::{Day, DayRange, FlowKind, Micros, Period};
use channelflow_warehouse::Receipt;
use jiff::civil::{DateTime, Weekday};
use serde::{Deserialize, Serialize};

use crate::clock::civil;
use crate::expected::{Every, Expectation};

/// A share as counts or yuan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// What there is.
    pub part: Micros,
    /// Of how much.
    pub whole: Micros,
}

impl Share {
    fn counted(part: usize, whole: usize) -> Self {
        let count = |number| Micros::from_i128(number as i128 * 1_000_000).unwrap_or(Micros(0));
        Share {
            part: count(part),
            whole: count(whole),
        }
    }

    /// As millionths; `None` when nothing was expected, never 0 % or 100 %.
    pub fn ratio(self) -> Option<Micros> {
        self.part.checked_div(self.whole)
    }
}

/// A delivery that was expected and did not come, or came late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overdue {
    /// Whose.
    pub distributor_id: String,
    /// Standard name.
    pub distributor_name: String,
    /// Of what.
    pub kind: FlowKind,
    /// The days expected, first and last.
    pub first: Day,
    /// The same.
    pub last: Day,
    /// How many deliveries that are.
    pub deliveries: usize,
    /// Until when the first of them was in time, ISO.
    pub due: String,
    /// Whether it came meanwhile.
    pub received: bool,
    /// Who is reminded; empty: nobody.
    pub mail: String,
}

/// The figures of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completeness {
    /// The month.
    pub period: Period,
    /// 上传率: (distributor × kind × day) received ÷ expected, of those whose deadline is over.
    pub uploaded: Share,
    /// 及时率: received by the deadline ÷ expected, of the same.
    pub timely: Share,
    /// 直连率: active distributors that delivered through a source that is no folder ÷ active.
    pub connected: Share,
    /// 覆盖率: yuan shipped to distributors whose sales of the month came ÷ yuan shipped.
    pub covered: Share,
    /// Expected deliveries whose deadline is not over.
    pub not_due: usize,
    /// Deliveries not expected for a reason, by reason.
    pub paused: BTreeMap<String, usize>,
    /// What is missing or was late.
    pub overdue: Vec<Overdue>,
}

/// What the figures are made of.
pub struct Evidence<'a> {
    /// What is expected.
    pub expectations: &'a [Expectation],
    /// What came, in the order in which it came.
    pub receipts: &'a [Receipt],
    /// When each kind of a month was reported first: by the rule settlement goes by.
    pub reports: &'a BTreeMap<(String, FlowKind, Period), String>,
    /// Names, and who is active.
    pub master: &'a MasterData,
    /// Shipments of the month.
    pub shipments: &'a [Shipment],
    /// Sources that are folders.
    pub folders: &'a BTreeSet<String>,
}

/// One expected delivery.
struct Slot {
    days: DayRange,
    due: DateTime,
    /// Whether the month is meant as a whole.
    whole_month: bool,
}

/// What came of one kind of one distributor.
struct Came<'a> {
    receipts: Vec<&'a Receipt>,
    month: Option<DateTime>,
}

impl Came<'_> {
    /// When a delivery came first.
    fn first(&self, slot: &Slot) -> Option<DateTime> {
        if slot.whole_month {
            return self.month;
        }
        let speaks =
            |range: DayRange| range.first <= slot.days.first && slot.days.last <= range.last;
        let of_days = self.receipts.iter().filter(|it| speaks(it.range));
        of_days.filter_map(|it| civil(&it.received_at)).min()
    }
}

/// Measures a month as it stands at `now`.
pub fn measure(
    evidence: &Evidence<'_>,
    period: Period,
    days: DayRange,
    now: DateTime,
) -> Completeness {
    let mut counts = Counts::default();
    for distributor in evidence.master.distributors.iter().filter(|it| it.active) {
        let own: Vec<&Expectation> = evidence
            .expectations
            .iter()
            .filter(|it| it.distributor_id == distributor.id)
            .collect();
        let kinds: BTreeSet<FlowKind> = own
            .iter()
            .filter(|it| it.pause.is_none())
            .flat_map(|it| match it.kind {
                Some(kind) => vec![kind],
                None => distributor.expects.clone(),
            })
            .collect();
        for kind in kinds {
            let about = |it: &&&Expectation| it.kind.is_none_or(|of| of == kind);
            let rows: Vec<&Expectation> = own.iter().filter(about).copied().collect();
            let of_kind = |it: &&Receipt| it.distributor_id == distributor.id && it.kind == kind;
            let reported = (distributor.id.clone(), kind, period);
            let came = Came {
                receipts: evidence.receipts.iter().filter(of_kind).collect(),
                month: evidence.reports.get(&reported).and_then(|at| civil(at)),
            };
            counts.count(distributor, kind, &rows, &came, days, now);
        }
    }
    let active: BTreeSet<&str> = evidence
        .master
        .distributors
        .iter()
        .filter(|it| it.active)
        .map(|it| it.id.as_str())
        .collect();
    let connected: BTreeSet<&str> = evidence
        .receipts
        .iter()
        .filter(|it| it.source != "-" && !evidence.folders.contains(&it.source))
        .map(|it| it.distributor_id.as_str())
        .filter(|id| active.contains(id))
        .collect();
    Completeness {
        period,
        uploaded: Share::counted(counts.received, counts.expected),
        timely: Share::counted(counts.timely, counts.expected),
        connected: Share::counted(connected.len(), active.len()),
        covered: coverage(evidence, period),
        not_due: counts.not_due,
        paused: counts.paused,
        overdue: counts.overdue,
    }
}

#[derive(Default)]
struct Counts {
    expected: usize,
    received: usize,
    timely: usize,
    not_due: usize,
    paused: BTreeMap<String, usize>,
    overdue: Vec<Overdue>,
}

impl Counts {
    fn count(
        &mut self,
        distributor: &Distributor,
        kind: FlowKind,
        rows: &[&Expectation],
        came: &Came<'_>,
        days: DayRange,
        now: DateTime,
    ) {
        let mut run: Option<Overdue> = None;
        for expectation in rows.iter().filter(|it| it.pause.is_none()) {
            for slot in slots(expectation, days) {
                let pause = rows.iter().find(|it| {
                    it.pause.is_some() && slot.days.days().all(|day| it.span.contains(day))
                });
                if let Some(reason) = pause.and_then(|it| it.pause) {
                    *self.paused.entry(reason.to_owned()).or_default() += 1;
                    self.overdue.extend(run.take());
                    continue;
                }
                if now < slot.due {
                    self.not_due += 1;
                    continue;
                }
                let received = came.first(&slot);
                self.expected += 1;
                self.received += usize::from(received.is_some());
                if received.is_some_and(|at| at <= slot.due) {
                    self.timely += 1;
                    self.overdue.extend(run.take());
                    continue;
                }
                let arrived = received.is_some();
                match &mut run {
                    Some(run) if run.received == arrived => {
                        run.last = slot.days.last;
                        run.deliveries += 1;
                    }
                    _ => {
                        self.overdue.extend(run.take());
                        run = Some(Overdue {
                            distributor_id: distributor.id.clone(),
                            distributor_name: distributor.name.clone(),
                            kind,
                            first: slot.days.first,
                            last: slot.days.last,
                            deliveries: 1,
                            due: slot.due.strftime("%Y-%m-%dT%H:%M").to_string(),
                            received: arrived,
                            mail: expectation.mail.clone(),
                        });
                    }
                }
            }
            self.overdue.extend(run.take());
        }
    }
}

/// The deliveries an expectation asks for in a month.
fn slots(expectation: &Expectation, days: DayRange) -> Vec<Slot> {
    if expectation.every == Every::Month {
        let holds = days.days().any(|day| expectation.span.contains(day));
        return if holds {
            vec![slot(expectation, days)]
        } else {
            Vec::new()
        };
    }
    days.days()
        .filter(|day| expectation.span.contains(*day))
        .filter(|day| expectation.every == Every::Day || is_workday(*day))
        .map(|day| {
            slot(
                expectation,
                DayRange {
                    first: day,
                    last: day,
                },
            )
        })
        .collect()
}

fn slot(expectation: &Expectation, days: DayRange) -> Slot {
    let due_day = days
        .last
        .plus_days(expectation.due_days)
        .unwrap_or(days.last);
    // Without a time the whole day counts: until the next midnight.
    let minutes = expectation
        .due_time
        .map_or(24 * 60, |time| i64::from(time.minutes()));
    let midnight = midnight(due_day);
    let due = midnight
        .checked_add(jiff::Span::new().minutes(minutes))
        .unwrap_or(midnight);
    Slot {
        days,
        due,
        whole_month: expectation.every == Every::Month,
    }
}

fn midnight(day: Day) -> DateTime {
    format!("{day}T00:00:00").parse().unwrap_or_default()
}

fn is_workday(day: Day) -> bool {
    !matches!(midnight(day).weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Yuan shipped to distributors whose sales of the month came, of all yuan shipped.
fn coverage(evidence: &Evidence<'_>, period: Period) -> Share {
    let reports = |id: &str| {
        let reported = (id.to_owned(), FlowKind::Sale, period);
        evidence.reports.contains_key(&reported)
    };
    let sum = |all: bool| {
        let amounts = evidence
            .shipments
            .iter()
            .filter(|it| all || reports(&it.distributor_id))
            .map(|it| i128::from(it.amount.0));
        Micros::from_i128(amounts.sum()).unwrap_or(Micros(i64::MAX))
    };
    Share {
        part: sum(false),
        whole: sum(true),
    }
}

#[cfg(test)]
mod tests {
    use channelflow_model::settlement::Span;

    use super::*;

    fn day(text: &str) -> Day {
        Day::from_iso(text).unwrap()
    }

    fn range(first: &str, last: &str) -> DayRange {
        DayRange::new(day(first), day(last)).unwrap()
    }

    fn receipt(first: &str, last: &str, at: &str, source: &str) -> Receipt {
        Receipt {
            distributor_id: "D01".into(),
            kind: FlowKind::Sale,
            range: range(first, last),
            received_at: format!("{at}:00+08:00"),
            source: source.into(),
        }
    }

    fn expectation(every: Every, from: &str, to: Option<&str>) -> Expectation {
        Expectation {
            distributor_id: "D01".into(),
            kind: Some(FlowKind::Sale),
            every,
            due_days: 1,
            due_time: Some("10:00".parse().unwrap()),
            span: Span {
                from: day(from),
                to: to.map(day),
            },
            pause: None,
            mail: "ann@d01.example".into(),
        }
    }

    fn february(
        expectations: &[Expectation],
        receipts: &[Receipt],
        reported: Option<&str>,
        now: &str,
    ) -> Completeness {
        let month = Period::new(2026, 2).unwrap();
        let reports = reported.map(|at| {
            let at = format!("{at}:00+08:00");
            (("D01".to_owned(), FlowKind::Sale, month), at)
        });
        let distributor = Distributor {
            id: "D01".into(),
            name: "九州通".into(),
            expects: vec![FlowKind::Sale],
            active: true,
            ..Distributor::default()
        };
        let master = MasterData {
            distributors: vec![distributor],
            ..MasterData::default()
        };
        let evidence = Evidence {
            expectations,
            receipts,
            reports: &reports.into_iter().collect(),
            master: &master,
            shipments: &[],
            folders: &BTreeSet::from(["inbox".to_owned()]),
        };
        measure(
            &evidence,
            month,
            range("2026-02-01", "2026-02-28"),
            format!("{now}:00").parse().unwrap(),
        )
    }

    fn counts(share: Share) -> (i64, i64) {
        (share.part.0 / 1_000_000, share.whole.0 / 1_000_000)
    }

    #[test]
    fn days_are_counted_by_when_they_came_and_pauses_are_not_expected() {
        // Daily from the 2nd to the 8th; the 5th and 6th were a stocktake.
        let daily = expectation(Every::Day, "2026-02-02", Some("2026-02-08"));
        let pause = Expectation {
            pause: Some("stocktake"),
            span: Span {
                from: day("2026-02-05"),
                to: Some(day("2026-02-06")),
            },
            ..daily.clone()
        };
        let receipts = [
            receipt("2026-02-02", "2026-02-02", "2026-02-03T09:59", "jiuzhou"),
            receipt("2026-02-03", "2026-02-03", "2026-02-04T10:01", "jiuzhou"),
        ];

        let measured = february(&[daily, pause], &receipts, None, "2026-02-08T12:00");

        // 2nd in time, 3rd late, 4th and 7th missing, 8th not due before the 9th.
        assert_eq!(counts(measured.uploaded), (2, 4));
        assert_eq!(counts(measured.timely), (1, 4));
        assert_eq!(measured.not_due, 1);
        assert_eq!(measured.paused, BTreeMap::from([("stocktake".into(), 2)]));
        assert_eq!(counts(measured.connected), (1, 1));
        let overdue: Vec<(Day, Day, bool)> = measured
            .overdue
            .iter()
            .map(|it| (it.first, it.last, it.received))
            .collect();
        assert_eq!(
            overdue,
            [
                (day("2026-02-03"), day("2026-02-03"), true),
                (day("2026-02-04"), day("2026-02-04"), false),
                (day("2026-02-07"), day("2026-02-07"), false),
            ]
        );
    }

    #[test]
    fn a_month_is_received_when_it_is_reported_not_by_a_late_line() {
        let monthly = [expectation(Every::Month, "2025-01-01", None)];
        let late_line = [receipt(
            "2026-02-28",
            "2026-03-31",
            "2026-04-01T09:00",
            "inbox",
        )];

        let measured = february(&monthly, &late_line, None, "2026-04-02T00:00");
        assert_eq!(counts(measured.uploaded), (0, 1));
        assert_eq!(counts(measured.connected), (0, 1));
        let reported = Some("2026-03-01T09:00");
        let measured = february(&monthly, &[], reported, "2026-04-02T00:00");
        assert_eq!(counts(measured.uploaded), (1, 1));
        assert_eq!(counts(measured.timely), (1, 1));
        // Before the deadline nothing is expected, and there is no share.
        let measured = february(&monthly, &[], None, "2026-03-01T09:00");
        assert_eq!(measured.uploaded.ratio(), None);
        assert_eq!(measured.not_due, 1);
    }

    #[test]
    fn workdays_leave_out_the_weekend() {
        let workdays = [expectation(
            Every::Workday,
            "2026-02-02",
            Some("2026-02-08"),
        )];
        let measured = february(&workdays, &[], None, "2026-03-01T00:00");
        assert_eq!(counts(measured.uploaded), (0, 5));
        assert_eq!(measured.overdue[0].deliveries, 5);
    }
}
