//! The digest of the metadata, which a signature covers (RFC 78).
//!
//! A call is encoded by the metadata's names and numbers. The client signs the digest of that same
//! metadata, and the chain accepts the signature only if its runtime was built with the same.

use codec::{Compact, Decode, DecodeAll, Encode};
use merkleized_metadata::{generate_metadata_digest, ExtraInfo};
use salus_primitives::{Hash32, MetadataHash, TOKEN_DECIMALS, TOKEN_SYMBOL};
use subxt::ext::frame_metadata::{
	v15::RuntimeMetadataV15, RuntimeMetadata, RuntimeMetadataPrefixed,
};
use tracing::info_span;

use super::{
	client::{Client, SPEC_NAME},
	rpc::RpcError,
	runtime::{EMBEDDED_DIGEST, METADATA, METADATA_VERSION},
	submit::SubmitError,
	view::RuntimeVersion,
};
use crate::threads::spawn_blocking;

/// Version of `SalusApi` since which a runtime returns the digest that its build embeds.
const WITH_DIGEST: u32 = 3;

impl Client {
	/// Returns the digest of the metadata by which calls are encoded, to be signed; `None` if the
	/// runtime was built without one, so that it refuses a signature that covers one.
	pub(super) async fn metadata_digest(&self) -> Result<Option<Hash32>, SubmitError> {
		let mut version = self.proven_version().await?;
		// An upgrade between two answers would have the digest of one runtime compared with the
		// metadata of another.
		loop {
			let digest = self.digest_of(version).await;
			let now = self.proven_version().await?;
			if now == version {
				return digest;
			}
			version = now;
		}
	}

	/// Returns the digest of the metadata of the last final block's runtime, which has this
	/// version.
	async fn digest_of(&self, version: RuntimeVersion) -> Result<Option<Hash32>, SubmitError> {
		if version.salus_api < WITH_DIGEST {
			return Ok(None);
		}
		let answer = self.ask_runtime(EMBEDDED_DIGEST, Vec::new()).await?;
		let embedded = Option::<MetadataHash>::decode_all(&mut &answer[..])
			.map_err(|error| unreadable(EMBEDDED_DIGEST, error))?;
		let Some(MetadataHash(embedded)) = embedded else { return Ok(None) };
		let mut known = self.inner.digest.lock().await;
		if *known != Some(embedded) {
			let answer = self.ask_runtime(METADATA, METADATA_VERSION.encode()).await?;
			let computing = spawn_blocking(info_span!("digest of the metadata"), move || {
				digest(&answer, version)
			});
			let computed = computing
				.await
				.map_err(|error| unreadable(METADATA, error))?
				.map_err(|reason| unreadable(METADATA, reason))?;
			if computed != embedded {
				return Err(SubmitError::OtherMetadata);
			}
			*known = Some(computed);
		}
		Ok(*known)
	}
}

fn unreadable(
	function: &str,
	source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> RpcError {
	RpcError::Answer { method: function.into(), source: source.into() }
}

/// Computes the digest of a runtime's metadata from the runtime's answer.
fn digest(answer: &[u8], version: RuntimeVersion) -> Result<Hash32, String> {
	let (_, RuntimeMetadataPrefixed(_, metadata)) =
		Option::<(Compact<u32>, RuntimeMetadataPrefixed)>::decode(&mut &answer[..])
			.map_err(|error| error.to_string())?
			.ok_or("the runtime has no metadata of this version")?;
	let base58_prefix = match &metadata {
		RuntimeMetadata::V15(metadata) => address_prefix(metadata),
		_ => None,
	};
	let named = ExtraInfo {
		spec_version: version.spec,
		spec_name: SPEC_NAME.into(),
		base58_prefix: base58_prefix.ok_or("the metadata names no prefix of addresses")?,
		decimals: TOKEN_DECIMALS,
		token_symbol: TOKEN_SYMBOL.into(),
	};
	Ok(generate_metadata_digest(&metadata, named)?.hash())
}

fn address_prefix(metadata: &RuntimeMetadataV15) -> Option<u16> {
	let system = metadata.pallets.iter().find(|pallet| pallet.name == "System")?;
	let prefix = system.constants.iter().find(|constant| constant.name == "SS58Prefix")?;
	u16::decode_all(&mut &prefix.value[..]).ok()
}
