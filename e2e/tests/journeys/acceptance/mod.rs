//! The longest journeys: a hospital's operation and upgrades.
//!
//! Tests start in the order of their names. The name of this module is among the first, so that no
//! long one starts last and runs alone.

mod runbook;
mod upgrade;
mod validators;
