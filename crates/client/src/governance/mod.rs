//! Governance: motions of the council, what they do in words, nominations, and runtime upgrades.
//!
//! Uses `chain` and `words`.

pub(crate) mod council;
pub(crate) mod deeds;
pub(crate) mod nominations;
pub(crate) mod read;
pub(crate) mod upgrade;
