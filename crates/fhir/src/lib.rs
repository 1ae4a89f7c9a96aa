//! Salus as FHIR R4: the chain's types as resources and back.
//!
//! Contract: no input, no output, no clock. A gateway brings what the chain says, and gets JSON.
//! Each kind of resource is made in one place. No resource that it makes contains demographic data
//! or anything of a record's content, because the chain knows neither.
//!
//! | module | what |
//! |---|---|
//! | [`id`] | logical ids of resources, and the account, record or grant that one names |
//! | [`code`] | code systems, identifiers and references |
//! | [`time`] | instants, and the periods that a search names |
//! | [`outcome`] | OperationOutcome |
//! | [`search`] | the search grammar and its parameters |
//! | [`capability`] | CapabilityStatement, from the same table of parameters |
//! | [`bundle`] | searchsets with links |
//! | [`document`] | DocumentReference |
//! | [`consent`] | Consent |
//! | [`provenance`] | Provenance |
//! | [`audit`] | AuditEvent |
//! | [`words`] | the chain's decisions in plain words |
//! | [`explain`] | Parameters that say who may open a record, and why |
//! | [`member`] | Patient, Practitioner, PractitionerRole and Organization |
//! | [`subscription`] | Subscription, and notifications |
//! | [`task`] | Task |
//! | [`incoming`] | resources that a client sends |
//!
//! Uses: `salus-primitives`. Used by: `salus-client`, `salus-gateway`.

#![warn(missing_docs)]
#![cfg_attr(
	not(test),
	deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod audit;
pub mod bundle;
pub mod capability;
pub mod code;
pub mod consent;
#[cfg(test)]
mod definitions;
pub mod document;
pub mod explain;
mod form;
pub mod id;
pub mod incoming;
pub mod member;
pub mod outcome;
pub mod provenance;
pub mod search;
mod submission;
pub mod subscription;
pub mod task;
pub mod time;
pub mod transaction;
pub mod words;

#[cfg(test)]
mod mapping;

/// The media type of FHIR's JSON.
pub const MEDIA_TYPE: &str = "application/fhir+json";

/// The version of FHIR.
pub const FHIR_VERSION: &str = "4.0.1";
