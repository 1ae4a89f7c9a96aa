//! Governance: motions of the council, what they do in words, and runtime upgrades.
//!
//! Uses `chain` alone.

pub(crate) mod council;
pub(crate) mod deeds;
pub(crate) mod upgrade;
