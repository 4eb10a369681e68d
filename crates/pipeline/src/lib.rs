//! The order of the stages, runs, reports
