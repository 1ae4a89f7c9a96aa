//! Which peers get blocks: the consortium's storage nodes, as the finalised chain knows them, and those whom the operator
//! names.
//!
//! Each storage node names its peer to the chain, signed with its storage key (`pallet_records::Call::set_peer`). A hospital
//! that joins is served without anybody's configuration, and one that leaves is not, from the next finalised block on.

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

/// Who gets blocks.
pub struct Members {
	/// Whom the operator named.
	named: HashSet<PeerId>,
	known: RwLock<Known>,
}

/// What the chain says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Known {
	/// It was not asked yet.
	Nothing,
	/// Its runtime is of the time before nodes named their peers: whoever asked was served.
	Anyone,
	/// These.
	Peers(HashSet<PeerId>),
}

/// The peer behind a key; `None` if no peer can have it.
pub fn peer_id(key: &PeerKey) -> Option<PeerId> {
	PeerId::from_ed25519(key)
}

impl Members {
	/// Those whom the operator named, until the chain was asked.
	pub fn new(named: &[PeerId]) -> Self {
		Self { named: named.iter().copied().collect(), known: RwLock::new(Known::Nothing) }
	}

	/// Whether a peer gets blocks.
	pub fn admits(&self, peer: &PeerId) -> bool {
		self.named.contains(peer)
			|| match &*self.known.read() {
				Known::Nothing => false,
				Known::Anyone => true,
				Known::Peers(peers) => peers.contains(peer),
			}
	}

	/// Takes what the chain says.
	fn update(&self, known: Known) {
		let same = match (&*self.known.read(), &known) {
			// The runtime has just learned it: the door stays as it is until the first node has named its peer.
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
				"The chain's runtime does not know storage nodes' peers yet: whoever connects gets blocks.",
			),
			Known::Peers(peers) => log::info!(
				target: LOG_TARGET,
				"Peers that get blocks from this node: the consortium's storage nodes ({}) and those that it was told of ({})",
				peers.len(),
				self.named.len(),
			),
		}
		*self.known.write() = known;
	}
}

/// Asks the chain.
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

/// Follows the finalised chain.
pub async fn run<C>(client: Arc<C>, members: Arc<Members>)
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + BlockchainEvents<Block> + 'static,
	C::Api: SalusApi<Block, AccountId>,
{
	let mut finalised = client.finality_notification_stream();
	loop {
		match ask(&*client, client.info().finalized_hash) {
			Ok(known) => members.update(known),
			// Whoever was known stays so.
			Err(error) => log::warn!(
				target: LOG_TARGET,
				"cannot ask the chain which peers are storage nodes': {error}"
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

	fn look(chain: &TestChain, members: &Members) {
		members.update(ask(chain, Hash::zero()).unwrap());
	}

	#[test]
	fn only_those_are_served_whom_the_operator_or_the_chain_names() {
		let (chain, members) = (TestChain::default(), Members::new(&[peer(1)]));
		chain.name_peers(&[key(2), key(3)]);
		// Before the chain was asked.
		assert!(members.admits(&peer(1)));
		assert!(!members.admits(&peer(2)));

		look(&chain, &members);
		for (seed, admitted) in [(1, true), (2, true), (3, true), (4, false)] {
			assert_eq!(members.admits(&peer(seed)), admitted, "{seed}");
		}
		// One is dismissed.
		chain.name_peers(&[key(2)]);
		look(&chain, &members);
		assert!(members.admits(&peer(2)));
		assert!(!members.admits(&peer(3)));
	}

	#[test]
	fn on_an_upgrade_nobody_is_shut_out_before_the_first_peer_is_named() {
		let (chain, members) = (TestChain::default(), Members::new(&[]));
		members.update(Known::Anyone);
		assert!(members.admits(&peer(1)));
		look(&chain, &members);
		assert!(members.admits(&peer(1)));
		chain.name_peers(&[key(2)]);
		look(&chain, &members);
		assert!(!members.admits(&peer(1)));
		// From then on it is closed, also when nobody is left.
		chain.name_peers(&[]);
		look(&chain, &members);
		assert!(!members.admits(&peer(1)));
	}

	#[test]
	fn a_key_that_no_peer_can_have_is_passed_over() {
		let (chain, members) = (TestChain::default(), Members::new(&[]));
		// No point of the curve has this for its y coordinate.
		let mut none = [0; 32];
		none[0] = 2;
		assert_eq!(peer_id(&none), None);
		chain.name_peers(&[none, key(2)]);
		look(&chain, &members);
		assert!(members.admits(&peer(2)));
	}

	#[test]
	fn a_chain_that_does_not_answer_changes_nothing() {
		let (chain, members) = (TestChain::default(), Members::new(&[]));
		chain.name_peers(&[key(2)]);
		look(&chain, &members);
		chain.break_down();
		assert!(ask(&chain, Hash::zero()).is_err());
		assert!(members.admits(&peer(2)));
	}
}
