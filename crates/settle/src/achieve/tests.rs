//! Achievement as tables: a small company, a few entries, and the rows they come to.

mod company;
mod examples;
mod problems;
mod properties;
