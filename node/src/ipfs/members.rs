//! The peers that get blocks: the consortium's storage nodes on the finalised chain, and peers that
//! the operator names.
//!
//! Each storage node names its peer on the chain, signed with its storage key
//! (`pallet_records::Call::set_peer`). A new hospital is served without any configuration, and one
//! that leaves is no longer served from the next finalised block on.

use std::{collections::HashSet, sync::Arc};

use futures::StreamExt;
use parking_lot::RwLock;
use salus_primitives::{api::SalusApi, PeerKey};
use salus_runtime::{opaque::Block, AccountId, Hash};
use sc_client_api::BlockchainEvents;
use sc_network::PeerId;
use sp_api::{ApiError, ApiExt, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;

use super::LOG_TARGET;

/// Peers that get blocks.
pub struct Members {
	/// Peers that the operator named.
	named: HashSet<PeerId>,
	known: RwLock<Known>,
}

/// Peers on the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Known {
	/// The chain has not been read yet.
	Nothing,
	/// The chain's runtime does not know peers yet, so every peer is served.
	Anyone,
	/// Peers of the storage nodes.
	Peers(HashSet<PeerId>),
}

/// Returns the peer with this key, or `None` if no peer can have it.
pub fn peer_id(key: &PeerKey) -> Option<PeerId> {
	PeerId::from_ed25519(key)
}

impl Members {
	/// Admits the peers that the operator named, and no others until the chain has been read.
	pub fn new(named: &[PeerId]) -> Self {
		Self { named: named.iter().copied().collect(), known: RwLock::new(Known::Nothing) }
	}

	/// Returns whether a peer gets blocks.
	pub fn admits(&self, peer: &PeerId) -> bool {
		self.named.contains(peer)
			|| match &*self.known.read() {
				Known::Nothing => false,
				Known::Anyone => true,
				Known::Peers(peers) => peers.contains(peer),
			}
	}

	/// Stores the peers on the chain, and logs a change.
	fn update(&self, known: Known) {
		let same = match (&*self.known.read(), &known) {
			// The runtime has just been upgraded. Everyone stays admitted until the first node has
			// named its peer.
			(Known::Anyone, Known::Peers(peers)) => peers.is_empty(),
			(before, now) => before == now,
		};
		if same {
			return;
		}
		match &known {
			Known::Nothing => {}
			Known::Anyone => log::warn!(
				target: LOG_TARGET,
				"the chain's runtime does not know the storage nodes' peers yet: every peer that connects gets \
				 blocks; upgrade the runtime",
			),
			Known::Peers(peers) => log::info!(
				target: LOG_TARGET,
				"this node serves blocks to {} storage nodes of the consortium and to {} peers named by `--serve-peer`",
				peers.len(),
				self.named.len(),
			),
		}
		*self.known.write() = known;
	}
}

/// Reads the peers from the chain.
fn ask<C>(client: &C, at: Hash) -> Result<Known, ApiError>
where
	C: ProvideRuntimeApi<Block>,
	C::Api: SalusApi<Block, AccountId>,
{
	let api = client.runtime_api();
	let version = api.api_version::<dyn SalusApi<Block, AccountId>>(at)?;
	if version.unwrap_or_default() < 2 {
		return Ok(Known::Anyone);
	}
	let peers = api.storage_peers(at)?;
	Ok(Known::Peers(peers.iter().filter_map(|one| peer_id(&one.peer)).collect()))
}

/// Follows the finalised chain until the node stops.
pub async fn run<C>(client: Arc<C>, members: Arc<Members>)
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + BlockchainEvents<Block> + 'static,
	C::Api: SalusApi<Block, AccountId>,
{
	let mut finalised = client.finality_notification_stream();
	loop {
		match ask(&*client, client.info().finalized_hash) {
			Ok(known) => members.update(known),
			// The known peers stay admitted.
			Err(error) => log::warn!(
				target: LOG_TARGET,
				"cannot read the storage nodes' peers from the chain: {error}; serving those known before"
			),
		}
		if finalised.next().await.is_none() {
			return;
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::ipfs::testing::TestChain;
	use sp_core::Pair;

	fn key(seed: u8) -> PeerKey {
		sp_core::ed25519::Pair::from_seed(&[seed; 32]).public().0
	}

	fn peer(seed: u8) -> PeerId {
		peer_id(&key(seed)).unwrap()
	}

	fn poll(chain: &TestChain, members: &Members) {
		members.update(ask(chain, Hash::zero()).unwrap());
	}

	#[test]
	fn only_peers_named_by_operator_or_chain_are_served() {
		let (chain, members) = (TestChain::default(), Members::new(&[peer(1)]));
		chain.name_peers(&[key(2), key(3)]);
		// Before the chain has been read.
		assert!(members.admits(&peer(1)));
		assert!(!members.admits(&peer(2)));

		poll(&chain, &members);
		for (seed, admitted) in [(1, true), (2, true), (3, true), (4, false)] {
			assert_eq!(members.admits(&peer(seed)), admitted, "{seed}");
		}
		// One is dismissed.
		chain.name_peers(&[key(2)]);
		poll(&chain, &members);
		assert!(members.admits(&peer(2)));
		assert!(!members.admits(&peer(3)));
	}

	#[test]
	fn everyone_is_served_until_the_first_peer_is_named() {
		let (chain, members) = (TestChain::default(), Members::new(&[]));
		members.update(Known::Anyone);
		assert!(members.admits(&peer(1)));
		poll(&chain, &members);
		assert!(members.admits(&peer(1)));
		chain.name_peers(&[key(2)]);
		poll(&chain, &members);
		assert!(!members.admits(&peer(1)));
		// From then on nobody else is admitted, even when no peer is left.
		chain.name_peers(&[]);
		poll(&chain, &members);
		assert!(!members.admits(&peer(1)));
	}

	#[test]
	fn a_key_that_no_peer_can_have_is_skipped() {
		let (chain, members) = (TestChain::default(), Members::new(&[]));
		// No point of the curve has this y coordinate.
		let mut none = [0; 32];
		none[0] = 2;
		assert_eq!(peer_id(&none), None);
		chain.name_peers(&[none, key(2)]);
		poll(&chain, &members);
		assert!(members.admits(&peer(2)));
	}

	#[test]
	fn a_chain_that_does_not_answer_changes_nothing() {
		let (chain, members) = (TestChain::default(), Members::new(&[]));
		chain.name_peers(&[key(2)]);
		poll(&chain, &members);
		chain.break_down();
		assert!(ask(&chain, Hash::zero()).is_err());
		assert!(members.admits(&peer(2)));
	}
}
