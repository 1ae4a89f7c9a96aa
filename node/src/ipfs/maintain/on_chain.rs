//! States of roots on the finalised chain.

use salus_ipfs::Cid;
use salus_primitives::{api::SalusApi, VersionInfo};
use salus_runtime::{opaque::Block, AccountId, Hash};
use sp_api::{ApiError, ApiExt};

/// State of a root on the finalised chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnChain {
	/// The chain knows no record that uses or used it.
	Unregistered,
	/// The last record that used it was erased, at this time in milliseconds since 1970.
	Erased(u64),
	/// A live record uses it, and this node has not confirmed it.
	Registered,
	/// A live record uses it, and this node has confirmed it.
	Confirmed,
}

/// Returns the state of a root on the chain.
pub(super) fn on_chain<Api: SalusApi<Block, AccountId> + ApiExt<Block>>(
	api: &Api,
	at: Hash,
	root: &Cid,
	node: &AccountId,
) -> Result<OnChain, ApiError> {
	Ok(on_chain_with_version(api, at, root, node)?.0)
}

/// Returns the state of a root on the chain, and the version that it is registered for.
pub(super) fn on_chain_with_version<Api: SalusApi<Block, AccountId> + ApiExt<Block>>(
	api: &Api,
	at: Hash,
	root: &Cid,
	node: &AccountId,
) -> Result<(OnChain, Option<VersionInfo<AccountId>>), ApiError> {
	let cid = salus_primitives::Cid(root.to_bytes());
	let Some(used) = api.root(at, cid)? else {
		let erased = match api.api_version::<dyn SalusApi<Block, AccountId>>(at)? {
			Some(version) if version >= 3 => api.erased_root(at, cid)?,
			_ => None,
		};
		return Ok((erased.map_or(OnChain::Unregistered, OnChain::Erased), None));
	};
	let Some(details) = api.record(at, used.record)? else {
		return Ok((OnChain::Unregistered, None));
	};
	let version = details.versions.into_iter().find(|details| details.version == used.version);
	let confirmed =
		version.iter().flat_map(|details| &details.replicas).any(|replica| replica.node == *node);
	let state = if confirmed { OnChain::Confirmed } else { OnChain::Registered };
	Ok((state, version.map(|details| details.info)))
}
