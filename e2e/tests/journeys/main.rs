//! All journeys in one program, so that several run in parallel: they mostly wait for blocks.
//!
//! `scripts/test` sets their number. Each starts its own nodes, with their own folders and ports.

mod absentee;
mod changes;
mod disk_full;
mod encodings;
mod examples;
mod faults;
mod fhir;
mod fhir_capability;
mod fhir_clients;
mod fhir_consent;
mod fhir_content;
mod fhir_emergency;
mod fhir_finding;
mod fhir_forged;
mod fhir_fuzz;
mod fhir_import;
mod fhir_later;
mod fhir_lied;
mod fhir_limits;
mod fhir_ready;
mod fhir_subscriptions;
mod fhir_tls;
mod fhir_totals;
mod fhir_traces;
mod foreign_wrap;
mod full_length;
mod gateway;
mod guarded;
mod hl7;
mod hostile;
mod interrupted;
mod javascript;
mod journey;
mod kubo;
mod lying;
mod outages;
mod plain_subxt;
mod pool;
mod reads;
mod recovery;
mod reorganisation;
mod replication;
mod staging;
mod withdrawal;
