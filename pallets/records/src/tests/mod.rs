//! One file per call or topic, and one for the invariants between storage items.
//!
//! Cast: `pallets/testing/src/cast.rs`.

mod add_wraps;
mod announce;
mod attested;
mod confirm_removed;
mod confirm_stored;
mod crypto;
mod encoding;
mod erase;
mod guarded;
mod histories;
mod keys;
mod migrations;
mod reads;
mod register;
mod register_many;
mod remove_wraps;
mod replication;
mod retire_replicas;
mod revise;
mod seals;
mod set_absence_limit;
mod try_state;
mod withdraw;
mod withdraw_replica;
mod worker;
