//! Errors of the `salus_*` methods: each has a stable code and name, and a message with cause and
//! remedy.
//!
//! A code never changes its meaning and is never reused. `docs/rpc.md` and `docs/openrpc.json` list
//! the codes, and a test compares them.

use jsonrpsee::types::ErrorObjectOwned;
use salus_ipfs::{
	staging::{self, Quota},
	store, CidError,
};
use sp_api::ApiError;

use crate::{errors::causes, ipfs::BlockError};

/// Declares the kinds of errors with their codes, each once.
macro_rules! kinds {
	($($(#[doc = $doc:literal])+ $kind:ident = $code:literal,)*) => {
		/// Kind of an error.
		#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
		#[repr(i32)]
		pub enum Kind {
			$($(#[doc = $doc])+ $kind = $code,)*
		}

		impl Kind {
			/// All kinds, in order of code.
			pub const ALL: &[Self] = &[$(Self::$kind),*];

			/// Returns the JSON-RPC error code.
			pub const fn code(self) -> i32 {
				self as i32
			}

			/// Returns the name in `data.kind`.
			pub const fn name(self) -> &'static str {
				match self {
					$(Self::$kind => stringify!($kind),)*
				}
			}
		}
	};
}

kinds! {
	/// The ticket is malformed.
	TicketMalformed = 9001,
	/// The ticket is for another chain.
	TicketOtherChain = 9002,
	/// The ticket has expired.
	TicketExpired = 9003,
	/// The ticket expires too late.
	TicketTooLong = 9004,
	/// The signature is not the account's signature of this ticket.
	TicketBadSignature = 9005,
	/// The account is not a live member in a role that writes.
	MayNotStage = 9006,
	/// A limit of the staging area is reached.
	OverQuota = 9010,
	/// The upload is larger than the limit.
	UploadTooLarge = 9011,
	/// The number of bytes differs from that in the ticket or the parent block.
	SizeMismatch = 9012,
	/// No upload of this root is open.
	UnknownUpload = 9013,
	/// The text is not a CID.
	CidMalformed = 9020,
	/// The CID is not of version 1.
	CidNotVersion1 = 9021,
	/// Salus does not store CIDs with this codec or hash.
	CidUnsupported = 9022,
	/// The bytes do not match the CID.
	BlockMismatch = 9030,
	/// The block is larger than the limit.
	BlockTooLarge = 9031,
	/// No staged block links to this block.
	BlockNotLinked = 9032,
	/// The block is not a node of a file by the profile.
	BlockMalformed = 9033,
	/// The data is not base64.
	DataMalformed = 9034,
	/// The call has more blocks or bytes than one call may have.
	CallTooLarge = 9035,
	/// The node's disk is full.
	DiskFull = 9040,
	/// The node's disk or block store failed.
	StorageFailed = 9041,
	/// The IPFS node behind this one does not answer.
	IpfsUnavailable = 9042,
	/// The chain has no block with this hash, or its state is gone.
	UnknownState = 9050,
	/// The chain's state cannot be read.
	ChainUnreadable = 9051,
	/// Calls of this function are not proved.
	NotProved = 9052,
	/// The chain does not have this version of the record.
	UnknownVersion = 9060,
	/// The chain counts on this node's replica.
	CopyConfirmed = 9061,
}

/// Error of a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RpcError {
	/// Kind of the error.
	pub kind: Kind,
	/// Cause and remedy.
	pub message: String,
	/// CID that the error is about, if any.
	pub cid: Option<String>,
}

impl RpcError {
	/// Creates an error.
	pub fn new(kind: Kind, message: impl Into<String>) -> Self {
		Self { kind, message: message.into(), cid: None }
	}

	/// Adds the CID that the error is about.
	pub fn about(mut self, cid: impl ToString) -> Self {
		self.cid = Some(cid.to_string());
		self
	}
}

impl From<RpcError> for ErrorObjectOwned {
	fn from(error: RpcError) -> Self {
		let mut data = serde_json::json!({ "kind": error.kind.name() });
		if let Some(cid) = error.cid {
			data["cid"] = cid.into();
		}
		Self::owned(error.kind.code(), error.message, Some(data))
	}
}

impl From<CidError> for RpcError {
	fn from(error: CidError) -> Self {
		let kind = match error {
			CidError::NotVersion1(_) => Kind::CidNotVersion1,
			CidError::UnsupportedHash { .. } | CidError::UnsupportedCodec(_) => {
				Kind::CidUnsupported
			}
			CidError::Malformed(_) => Kind::CidMalformed,
			CidError::Mismatch { .. } => Kind::BlockMismatch,
		};
		Self::new(kind, error.to_string())
	}
}

impl From<store::Error> for RpcError {
	fn from(error: store::Error) -> Self {
		match error {
			store::Error::Cid(error) => error.into(),
			store::Error::TooLarge(_) => Self::new(Kind::BlockTooLarge, error.to_string()),
			store::Error::Node { cid, .. } => {
				Self::new(Kind::BlockMalformed, causes(&error)).about(cid)
			}
			store::Error::DiskFull(_) => Self::new(
				Kind::DiskFull,
				"the node's disk is full, and this block was not stored; ask the node's operator to \
				 free space, then send the block again",
			),
			store::Error::Corrupt(_) | store::Error::Incomplete { .. } => {
				Self::new(Kind::StorageFailed, error.to_string())
			}
			// Clients must not see paths on the node's disk.
			store::Error::Io { .. } | store::Error::Locked(_) => storage_failed(&error),
		}
	}
}

/// Logs a failure of the storage, and returns an error without its details.
fn storage_failed(error: &dyn std::error::Error) -> RpcError {
	log::error!(target: "salus::rpc", "{}", causes(error));
	RpcError::new(
		Kind::StorageFailed,
		"the node's storage failed (the node's log has the cause); try again, and ask the node's \
		 operator if that does not help",
	)
}

impl From<staging::Error> for RpcError {
	fn from(error: staging::Error) -> Self {
		use staging::Error;
		match error {
			Error::QuotaExceeded { quota: Quota::Upload, limit, wanted, .. } => Self::new(
				Kind::UploadTooLarge,
				format!(
					"the upload has {wanted} bytes, more than this node's limit of {limit}; split \
					 the file, or ask the node's operator to raise `--upload-limit-gib`"
				),
			),
			Error::QuotaExceeded { .. } => Self::new(Kind::OverQuota, error.to_string()),
			Error::UnknownUpload(root) => {
				Self::new(Kind::UnknownUpload, error.to_string()).about(root)
			}
			Error::NotLinked { cid, .. } => {
				Self::new(Kind::BlockNotLinked, error.to_string()).about(cid)
			}
			Error::SizeMismatch { cid, .. } => {
				Self::new(Kind::SizeMismatch, error.to_string()).about(cid)
			}
			Error::TooLarge { cid, .. } => {
				Self::new(Kind::BlockTooLarge, error.to_string()).about(cid)
			}
			Error::Node { cid, .. } => Self::new(Kind::BlockMalformed, causes(&error)).about(cid),
			Error::Incomplete { root, .. } => {
				Self::new(Kind::UnknownUpload, error.to_string()).about(root)
			}
			Error::Cid(error) => error.into(),
			Error::Store(error) => error.into(),
			Error::Io { .. } => storage_failed(&error),
		}
	}
}

impl From<BlockError> for RpcError {
	fn from(error: BlockError) -> Self {
		match error {
			BlockError::Store(error) => error.into(),
			BlockError::Kubo(error) => Self::new(
				Kind::IpfsUnavailable,
				format!("{error}; try again when the Kubo node is up"),
			),
			BlockError::NotInspected => Self::new(Kind::IpfsUnavailable, error.to_string()),
			BlockError::Stopping => Self::new(Kind::StorageFailed, error.to_string()),
		}
	}
}

impl From<ApiError> for RpcError {
	fn from(error: ApiError) -> Self {
		match error {
			ApiError::UnknownBlock(_) => Self::new(
				Kind::UnknownState,
				"this node's chain has no block with this hash, or its state was pruned; leave `at` \
				 out, or ask an archive node",
			),
			error => Self::new(
				Kind::ChainUnreadable,
				format!("cannot read the chain's state: {}; try again", causes(&error)),
			),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::collections::HashSet;

	#[test]
	fn codes_and_names_are_unique_and_in_range() {
		let codes: HashSet<_> = Kind::ALL.iter().map(|kind| kind.code()).collect();
		let names: HashSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
		assert_eq!(codes.len(), Kind::ALL.len());
		assert_eq!(names.len(), Kind::ALL.len());
		assert!(codes.iter().all(|code| (9000..9100).contains(code)));
		assert!(Kind::ALL.is_sorted_by_key(|kind| kind.code()));
	}

	#[test]
	fn the_json_form_is_code_message_and_kind() {
		let expired = RpcError::new(Kind::TicketExpired, "sign a new ticket").about("bafy");
		let error = ErrorObjectOwned::from(expired);
		assert_eq!(error.code(), 9003);
		assert_eq!(error.message(), "sign a new ticket");
		let data: serde_json::Value = serde_json::from_str(error.data().unwrap().get()).unwrap();
		assert_eq!(data, serde_json::json!({ "kind": "TicketExpired", "cid": "bafy" }));
	}

	#[test]
	fn paths_on_the_nodes_disk_are_not_shown() {
		let error = staging::Error::Io {
			action: "write",
			path: "/home/operator/salus".into(),
			source: std::io::Error::other("broken"),
		};
		let shown = RpcError::from(error);
		assert_eq!(shown.kind, Kind::StorageFailed);
		assert!(!shown.message.contains("operator/"), "{shown}");
	}
}
