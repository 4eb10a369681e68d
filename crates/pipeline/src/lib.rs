//! The order of the stages: collect → read → normalize → resolve → check → load → report.
//! The only crate that knows it.
//!
//! Not here: how any stage does its work, and how a command is typed.

pub mod achieve;
pub mod achieve_text;
mod achieve_unknown;
pub mod adhoc;
pub mod audit;
pub mod capital;
pub mod clock;
pub mod collect;
pub mod company;
pub mod completeness;
pub mod completeness_text;
mod content;
pub mod duplicates;
pub mod expected;
pub mod explain;
pub mod explain_statement;
mod flight;
mod folds;
pub mod intake;
pub mod master;
pub mod master_run;
pub mod plan;
pub mod policy;
pub mod prepare;
pub mod report;
pub mod report_html;
pub mod report_sources;
pub mod report_text;
pub mod reresolve;
pub mod review;
pub mod review_candidates;
pub mod review_decide;
mod review_names;
pub mod review_proposal;
pub mod rule_accept;
pub mod rules;
pub mod run;
pub mod run_settlement;
pub mod settle;
pub mod settle_text;
pub mod settlement_kind;
pub mod settlement_policies;
pub mod settlement_rows;
pub mod settlement_run;
mod settlement_targets;
pub mod standing;
pub mod statement_html;
pub mod statement_paper;
pub mod table;
mod titled_rows;
pub mod visits;
pub mod warnings;
