//! Reasons why a node was not accepted.

use salus_primitives::Hash32;

use super::{
	endpoint::{AddressError, EndpointError},
	rpc::RpcError,
	tls::TlsFileError,
};

/// Reason why a node was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
	/// There is no node, or it does not answer.
	#[error(transparent)]
	Rpc(#[from] RpcError),
	/// The text is not an address, or leads to an unencrypted connection.
	#[error(transparent)]
	Address(#[from] AddressError),
	/// A certificate or key file cannot be used.
	#[error(transparent)]
	TlsFile(#[from] TlsFileError),
	/// The node runs another chain.
	#[error("the node at {url} runs the chain {found:?}, not salus; name a Salus node")]
	OtherChain {
		/// The node's address.
		url: String,
		/// Name of the chain that the node runs.
		found: String,
	},
	/// The node's chain does not have the first block that the caller named.
	#[error(
		"the chain of the node at {url} has the first block 0x{}, not 0x{}; name a node of your network",
		hex::encode(found),
		hex::encode(wanted)
	)]
	OtherGenesis {
		/// The node's address, without user name and password.
		url: String,
		/// Hash of the first block that the caller named.
		wanted: Hash32,
		/// Hash of the first block of the node's chain.
		found: Hash32,
	},
	/// The chain's transaction format differs from this client's.
	#[error(
		"the chain uses transaction version {found}, this client {supported}; update the older one"
	)]
	OtherVersion {
		/// The chain's version.
		found: u32,
		/// This client's version.
		supported: u32,
	},
	/// The chain's metadata cannot be read.
	#[error("the chain's metadata cannot be read; update this client")]
	Metadata(#[source] Box<subxt::Error>),
}

impl From<EndpointError> for ConnectError {
	fn from(error: EndpointError) -> Self {
		match error {
			EndpointError::Address(error) => error.into(),
			EndpointError::Tls(error) => error.into(),
		}
	}
}
