//! Failures of calls.

use std::time::Duration;

use super::DEFAULT_URL;
use crate::content::{Cid, CidError};

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The address is none that HTTP can use.
	#[error("{url:?} is no address of an RPC API ({reason}): give it as {DEFAULT_URL}")]
	Address {
		/// What was given.
		url: String,
		/// What is wrong with it.
		reason: String,
	},
	/// The HTTP client could not be set up.
	#[error("cannot set the HTTP client up")]
	Setup(#[source] reqwest::Error),
	/// Nobody listens there, or the connection broke.
	#[error("{call}: cannot reach the IPFS node at {url}: is its daemon running there?")]
	Connection {
		/// The call.
		call: &'static str,
		/// The server.
		url: String,
		/// What the network said.
		#[source]
		source: reqwest::Error,
	},
	/// The server did not answer in time.
	#[error(
		"{call}: no answer from the IPFS node within {deadline:?}: it is overloaded, or looks for \
		 a block that no connected peer has"
	)]
	Deadline {
		/// The call.
		call: &'static str,
		/// How long it was given.
		deadline: Duration,
	},
	/// The server understood, and said no.
	#[error("{call}: the IPFS node refused: {message}")]
	Refused {
		/// The call.
		call: &'static str,
		/// What the server said.
		message: String,
	},
	/// The server is out of order, or something else answers there.
	#[error("{call}: the IPFS node answered with HTTP status {status}: {body}{}", hint(*.status))]
	Status {
		/// The call.
		call: &'static str,
		/// The HTTP status.
		status: u16,
		/// The beginning of the answer.
		body: String,
	},
	/// The server sent more than it should.
	#[error("{call}: the answer has more than {limit} bytes: refused")]
	TooLarge {
		/// The call.
		call: &'static str,
		/// The most that is read.
		limit: usize,
	},
	/// The answer ended early.
	#[error("{call}: the answer was cut off at {actual} of {announced} bytes")]
	CutOff {
		/// The call.
		call: &'static str,
		/// How many bytes were announced.
		announced: u64,
		/// How many came.
		actual: u64,
	},
	/// The answer is not in the shape that Kubo gives.
	#[error("{call}: the answer is not Kubo's: is {url} an IPFS RPC API?")]
	Answer {
		/// The call.
		call: &'static str,
		/// The server.
		url: String,
		/// What is wrong.
		#[source]
		source: serde_json::Error,
	},
	/// The server stored something else than what it was sent.
	#[error("{call}: the IPFS node names the block {actual}, not {expected}: do not trust it")]
	WrongCid {
		/// The call.
		call: &'static str,
		/// The right CID.
		expected: Cid,
		/// What the server said.
		actual: String,
	},
	/// The server sent other bytes than those that were asked for.
	#[error("{call}: the IPFS node sent wrong bytes")]
	WrongBytes {
		/// The call.
		call: &'static str,
		/// How they differ.
		#[source]
		source: CidError,
	},
	/// The server names a CID that Salus does not know how to read.
	#[error("{call}: the IPFS node names {text:?}")]
	Cid {
		/// The call.
		call: &'static str,
		/// What it named.
		text: String,
		/// What is wrong with it.
		#[source]
		source: CidError,
	},
}

impl Error {
	/// Whether the same call may succeed later without anybody mending anything here.
	pub fn is_transient(&self) -> bool {
		match self {
			Self::Connection { .. } | Self::Deadline { .. } | Self::CutOff { .. } => true,
			Self::Status { status, .. } => *status >= 500 || *status == 429,
			_ => false,
		}
	}

	/// Whether nobody listens there: the IPFS node does not run, or is about to start.
	pub fn is_unreachable(&self) -> bool {
		matches!(self, Self::Connection { source, .. } if source.is_connect())
	}
}

fn hint(status: u16) -> &'static str {
	match status {
		401 | 403 => " (it wants an authorization: see `API.Authorizations` in its configuration)",
		404 => " (is this the address of its RPC API, not of its gateway?)",
		_ => "",
	}
}
