//! The longest journeys: a hospital's operation and upgrades.
//!
//! Tests start in the order of their names. With the name of this module, the longest ones start
//! around the middle: after most unit tests, which `scripts/test` runs at the same time, and early
//! enough that none of them runs alone at the end.

mod runbook;
mod upgrade;
mod validators;
