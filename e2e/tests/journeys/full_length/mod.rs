//! The longest journeys: a hospital's operation and upgrades.
//!
//! Tests start in the order of their names. By this one, they start once the unit tests that run
//! beside have ended, and early enough that none of them runs alone at the end.

mod runbook;
mod upgrade;
mod validators;
