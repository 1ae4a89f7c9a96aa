//! Why a node was not accepted.

use super::{
	endpoint::{AddressError, EndpointError},
	rpc::RpcError,
	tls::TlsFileError,
};

/// Why a node was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
	/// There is no node, or it does not answer.
	#[error(transparent)]
	Rpc(#[from] RpcError),
	/// The address is none, or leads where nothing is encrypted.
	#[error(transparent)]
	Address(#[from] AddressError),
	/// A file of an encrypted connection does not serve.
	#[error(transparent)]
	TlsFile(#[from] TlsFileError),
	/// The node runs another chain.
	#[error("the node at {url} runs the chain {found:?}, not salus; name a Salus node with --url")]
	OtherChain {
		/// Where it is.
		url: String,
		/// What it runs.
		found: String,
	},
	/// The chain's transactions have another form than this client makes.
	#[error("the chain speaks transaction version {found}, this client {supported}; update the older one")]
	OtherVersion {
		/// The chain's.
		found: u32,
		/// This client's.
		supported: u32,
	},
	/// The chain's description of itself cannot be read.
	#[error("the description that the chain gives of itself cannot be read; update this client")]
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
