//! Failures of calls.

use std::time::Duration;

use super::DEFAULT_URL;
use crate::content::{Cid, CidError};

/// Failures of a call.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The address is not a valid HTTP address.
	#[error("{url:?} is not the address of an RPC API ({reason}); give it as {DEFAULT_URL}")]
	Address {
		/// The given address.
		url: String,
		/// Fault of the address.
		reason: String,
	},
	/// The HTTP client could not be set up.
	#[error("cannot set up the HTTP client")]
	Setup(#[source] reqwest::Error),
	/// No server listens there, or the connection broke.
	#[error("{call}: cannot reach the IPFS node at {url}; is its daemon running there?")]
	Connection {
		call: &'static str,
		url: String,
		/// Error of the network.
		#[source]
		source: reqwest::Error,
	},
	/// The server did not answer in time.
	#[error(
		"{call}: no answer from the IPFS node within {deadline:?}: it is overloaded, or looks for \
		 a block that no connected peer has"
	)]
	Deadline {
		call: &'static str,
		/// Deadline of the call.
		deadline: Duration,
	},
	/// The server understood the call and refused it.
	#[error("{call}: the IPFS node refused: {message}")]
	Refused {
		call: &'static str,
		/// Message of the server.
		message: String,
	},
	/// The server is out of order, or another service answers there.
	#[error("{call}: the IPFS node answered with HTTP status {status}: {body}{}", hint(*.status))]
	Status {
		call: &'static str,
		/// The HTTP status.
		status: u16,
		/// Beginning of the answer.
		body: String,
	},
	/// The answer is too large.
	#[error("{call}: the answer has more than the allowed {limit} bytes")]
	TooLarge {
		call: &'static str,
		/// Maximum size of the answer, in bytes.
		limit: usize,
	},
	/// The answer ended early.
	#[error("{call}: the answer was cut off at {actual} of {announced} bytes")]
	CutOff {
		call: &'static str,
		/// Number of announced bytes.
		announced: u64,
		/// Number of received bytes.
		actual: u64,
	},
	/// The answer does not have the format of Kubo.
	#[error("{call}: the answer is not in Kubo's format; is {url} an IPFS RPC API?")]
	Answer {
		call: &'static str,
		url: String,
		/// Fault of the answer.
		#[source]
		source: serde_json::Error,
	},
	/// The server names a block other than the one in the call.
	#[error("{call}: the IPFS node names block {actual}, not {expected}; do not trust it")]
	WrongCid {
		call: &'static str,
		/// The right CID.
		expected: Cid,
		/// The CID that the server named.
		actual: String,
	},
	/// The server sent bytes that the requested CID does not name.
	#[error("{call}: the IPFS node sent wrong bytes; do not trust it")]
	WrongBytes {
		call: &'static str,
		#[source]
		source: CidError,
	},
	/// The server names a CID that Salus does not store.
	#[error("{call}: the IPFS node names {text:?}, which Salus cannot store")]
	Cid {
		call: &'static str,
		/// The text that it named.
		text: String,
		/// Fault of the CID.
		#[source]
		source: CidError,
	},
}

impl Error {
	/// Returns whether the same call may succeed later without any change on this side.
	pub fn is_transient(&self) -> bool {
		match self {
			Self::Connection { .. } | Self::Deadline { .. } | Self::CutOff { .. } => true,
			Self::Status { status, .. } => *status >= 500 || *status == 429,
			_ => false,
		}
	}

	/// Returns whether no server listens there: the IPFS node is down, or about to start.
	pub fn is_unreachable(&self) -> bool {
		matches!(self, Self::Connection { source, .. } if source.is_connect())
	}
}

/// Returns advice for an HTTP status.
fn hint(status: u16) -> &'static str {
	match status {
		401 | 403 => " (it requires authorization: see `API.Authorizations` in its configuration)",
		404 => " (is this the address of its RPC API, not of its gateway?)",
		_ => "",
	}
}
