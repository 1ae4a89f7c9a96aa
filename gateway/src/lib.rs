//! Salus for hospital systems: a FHIR R4 server whose store is the chain.
//!
//! ```text
//! FHIR client ── token ──▶ auth ──▶ fhir ──▶ salus-client ──▶ the hospital's node
//!                                    │
//!                                    └─ salus-fhir: resources, search, capabilities
//! ```
//!
//! Contract:
//!
//! - One SMART client is one account of the chain. It may do whatever the chain lets that
//!   account do, within the scopes and purposes that the configuration gives it.
//! - A read of a Binary is a request on the patient's access log. The gateway holds no key of a
//!   record, and keeps no content: what passes through is in memory or in files without a name. So
//!   is what waits there, at most ten minutes, for a client that does not wait.
//! - The hospital's own identifiers of patients are kept beside the chain, sealed under a secret
//!   that is elsewhere.
//! - Logs have no account, record, title or identifier of a patient, and no name of a file,
//!   whatever `RUST_LOG` says.
//! - A client learns of changes that it would find itself, in the order of the chain, at addresses
//!   that the configuration gives it.
//! - A sender of HL7 v2 is a client, too: its messages are acknowledged once the chain has what
//!   they say, in a final block.
//! - An import is a client, too: it adds documents as a create over HTTP does, with the account of
//!   one that the configuration has.

#![warn(missing_docs)]
#![cfg_attr(
	not(test),
	deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod addresses;
mod app;
mod auth;
mod body;
mod clients;
mod config;
mod database;
mod decisions;
mod fault;
mod fhir;
mod hl7;
mod identifiers;
mod import;
mod log;
mod media;
mod metrics;
mod openapi;
mod openings;
mod paging;
mod readings;
mod reseal;
mod sealed;
mod share;
mod start;
mod subscriptions;
mod timely;
mod tls;
mod uploads;
mod work;

pub use log::{start_log, LogFormat};
pub use salus_client::errors::causes as chain_of;
pub use start::{run, Arguments, StartError};
