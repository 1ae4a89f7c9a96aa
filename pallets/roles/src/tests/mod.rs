//! One file for each action.
//!
//! Cast: `pallets/testing/src/cast.rs`.

mod accepted;
mod admins;
mod admit;
mod attested;
mod bars;
mod encoding;
mod enrol;
mod enrol_patient;
mod genesis;
mod keys;
mod members;
mod organisations;
mod queries;
mod quota;
mod shares;
mod try_state;
