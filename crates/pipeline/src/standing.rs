//! How the warehouse stands after a run: what is held and what it is worth, who has not delivered.

use std::collections::BTreeSet;

use channelflow_model::master::MasterData;
use channelflow_model::{Day, FlowKind, Micros, Period};
use channelflow_warehouse::{HeldFilter, SubmissionFilter, SubmissionState, Warehouse};

use crate::company::Company;
use crate::report::{HeldReport, MissingReport};

/// Held lines, of one submission or all, by reason and reported name, most yuan first, with the sum of rows and amounts.
pub async fn held(
    warehouse: &Warehouse,
    submission_id: Option<i64>,
) -> anyhow::Result<(Vec<HeldReport>, u64, Micros)> {
    let filter = HeldFilter {
        submission_id,
        ..HeldFilter::default()
    };
    let groups: Vec<HeldReport> = warehouse
        .held_summary(&filter)
        .await?
        .into_iter()
        .map(|group| HeldReport {
            reason: group.reason.as_str().to_owned(),
            distributor_id: group.distributor_id,
            name: if group.spec.is_empty() {
                group.name
            } else {
                format!("{} {}", group.name, group.spec)
            },
            rows: group.rows,
            amount: group.amount,
        })
        .collect();
    let rows = groups.iter().map(|group| group.rows).sum();
    let amount = groups.iter().map(|group| i128::from(group.amount.0)).sum();
    Ok((
        groups,
        rows,
        Micros::from_i128(amount).unwrap_or(Micros(i64::MAX)),
    ))
}

/// Every expected (distributor, kind, period) without data. A period is due when it has ended and
/// somebody delivered something for it; closed periods are past caring. A distributor whose file
/// waits for its layout did deliver.
pub async fn missing(
    company: &Company,
    warehouse: &Warehouse,
    master: &MasterData,
    today: Day,
) -> anyhow::Result<Vec<MissingReport>> {
    let now = company.period_rule.period_of(today);
    let due: Vec<Period> = warehouse
        .periods()
        .await?
        .into_iter()
        .filter(|row| !row.closed && row.period < now)
        .map(|row| row.period)
        .collect();
    let delivered: BTreeSet<(String, FlowKind, Period)> = warehouse
        .delivered(&due, company.period_rule)
        .await?
        .into_iter()
        .map(|row| (row.distributor_id, row.kind, row.period))
        .collect();
    let waiting = waiting_for_layout(warehouse).await?;
    let mut missing = Vec::new();
    for period in due {
        for distributor in master
            .distributors
            .iter()
            .filter(|distributor| distributor.active)
        {
            for kind in &distributor.expects {
                let arrived = delivered.contains(&(distributor.id.clone(), *kind, period))
                    || waiting.contains(&(distributor.id.clone(), *kind));
                if !arrived {
                    missing.push(MissingReport {
                        distributor_id: distributor.id.clone(),
                        distributor_name: distributor.name.clone(),
                        kind: *kind,
                        period: period.to_string(),
                    });
                }
            }
        }
    }
    Ok(missing)
}

async fn waiting_for_layout(warehouse: &Warehouse) -> anyhow::Result<BTreeSet<(String, FlowKind)>> {
    let mut waiting = BTreeSet::new();
    for state in [
        SubmissionState::HeldLayout,
        SubmissionState::HeldReplacement,
    ] {
        let filter = SubmissionFilter {
            state: Some(state),
            ..SubmissionFilter::default()
        };
        for submission in warehouse.submissions(&filter).await? {
            for sheet in warehouse.submission(submission.submission_id).await?.sheets {
                if let Some(kind) = sheet.kind {
                    waiting.insert((submission.distributor_id.clone(), kind));
                }
            }
        }
    }
    Ok(waiting)
}
