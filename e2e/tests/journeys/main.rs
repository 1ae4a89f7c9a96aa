//! Every journey in one program, so that several run beside each other: they mostly wait for blocks.
//!
//! `scripts/test` says how many at once. Each starts its own nodes, in folders and on ports of its own.

mod absentee;
mod disk_full;
mod encodings;
mod faults;
mod gateway;
mod guarded;
mod hostile;
mod interrupted;
mod javascript;
mod journey;
mod kubo;
mod outages;
mod reads;
mod recovery;
mod reorganisation;
mod replication;
mod runbook;
mod staging;
mod upgrade;
mod validators;
mod withdrawal;
