//! Changes of the entries on which decisions rest. A gateway that keeps decisions asks for them,
//! and has the chain decide again once one of them changed.
//!
//! They come from the changes that each block makes to the state, not from its events, so that none
//! is missed. If the node cannot tell, because the block is on another fork or no longer kept,
//! everything counts as changed.

use std::{
	collections::VecDeque,
	future::Future,
	sync::{Arc, LazyLock},
	time::Duration,
};

use codec::Decode;
use frame_support::storage::storage_prefix;
use futures::StreamExt;
use jsonrpsee::{core::async_trait, proc_macros::rpc, types::ErrorObjectOwned, Extensions};
use parking_lot::Mutex;
use salus_primitives::{Moment, BASIS, BASIS_UP_TO};
use salus_runtime::{opaque::Block, Hash};
use sc_client_api::{BlockchainEvents, StorageEventStream, StorageNotification};
use serde::Serialize;
use sp_api::{Core, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_core::{storage::well_known_keys::CODE, Bytes};
use sp_runtime::traits::Header;
use tokio::{sync::watch, time::timeout};

use super::serve::in_turn;

/// Number of blocks that are kept.
const BLOCKS: usize = 64;

/// Maximum number of keys of one block, and of one answer. More count as a change of everything.
const KEYS: usize = 4_096;

/// Time for which a call waits for the changes of a block that was just imported.
const LAG: Duration = Duration::from_millis(500);

/// Key of the chain's clock.
static CLOCK: LazyLock<[u8; 32]> = LazyLock::new(|| storage_prefix(b"Timestamp", b"Now"));

/// Prefixes of the keys on which decisions rest.
static PREFIXES: LazyLock<Vec<[u8; 32]>> = LazyLock::new(|| {
	BASIS.iter().map(|(pallet, map, _)| storage_prefix(pallet.as_bytes(), map.as_bytes())).collect()
});

/// Changes since a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
	/// The best block.
	block: Hash,
	/// Time of the block, in milliseconds since 1970; `None` if this node no longer has it at hand.
	time: Option<Moment>,
	/// Keys of the entries that changed and on which decisions rest; `None` if any may have
	/// changed.
	keys: Option<Vec<Bytes>>,
}

/// Changes of the entries on which decisions rest.
#[rpc(server, namespace = "salus")]
pub trait ChangesApi {
	/// Returns the best block, and the keys of the entries on which decisions rest that changed
	/// since the block with this hash.
	#[method(name = "changesSince", with_extensions)]
	async fn changes_since(&self, since: Hash) -> Result<Changed, ErrorObjectOwned>;
}

/// Changes that one block makes.
struct Changes {
	block: Hash,
	parent: Hash,
	time: Option<Moment>,
	/// `None` if there are too many.
	keys: Option<Vec<Bytes>>,
}

/// Changes that the last blocks make.
pub struct Recent {
	blocks: Mutex<VecDeque<Changes>>,
	/// Last block that was added.
	last: watch::Sender<Hash>,
}

impl Default for Recent {
	fn default() -> Self {
		Self { blocks: Mutex::default(), last: watch::Sender::new(Hash::default()) }
	}
}

impl Recent {
	/// Follows the blocks that a client imports from now on. The returned future collects their
	/// changes until the client ends.
	pub fn follow<C>(
		self: Arc<Self>,
		client: Arc<C>,
	) -> sp_blockchain::Result<impl Future<Output = ()>>
	where
		C: BlockchainEvents<Block> + HeaderBackend<Block>,
	{
		let imported = client.storage_changes_notification_stream(None, None)?;
		Ok(self.collect(client, imported))
	}

	async fn collect<C: HeaderBackend<Block>>(
		self: Arc<Self>,
		client: Arc<C>,
		mut imported: StorageEventStream<Hash>,
	) {
		while let Some(StorageNotification { block, changes }) = imported.next().await {
			// A block whose header is missing is skipped. The chain of kept blocks is then broken,
			// so `between` reports that everything changed.
			if let Ok(Some(header)) = client.header(block) {
				let changes = changes.iter().filter(|(child, ..)| child.is_none());
				let changes =
					changes.map(|(_, key, value)| (&key.0[..], value.map(|one| &one.0[..])));
				self.add(block, *header.parent_hash(), changes);
			}
		}
	}

	/// Adds the changes of a block.
	fn add<'a>(
		&self,
		block: Hash,
		parent: Hash,
		changes: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
	) {
		let (mut time, mut keys) = (None, Some(Vec::new()));
		for (key, value) in changes {
			if key == *CLOCK {
				time = value.and_then(|mut value| Moment::decode(&mut value).ok());
			}
			if key == CODE || PREFIXES.iter().any(|prefix| key.starts_with(prefix)) {
				keys = keys.filter(|keys| keys.len() < KEYS);
				if let Some(keys) = &mut keys {
					keys.push(Bytes(key.to_vec()));
				}
			}
		}
		let mut blocks = self.blocks.lock();
		blocks.push_back(Changes { block, parent, time, keys });
		if blocks.len() > BLOCKS {
			blocks.pop_front();
		}
		drop(blocks);
		self.last.send_replace(block);
	}

	/// Returns what changed between two blocks; everything, unless one follows the other.
	fn between(&self, since: Hash, best: Hash) -> Changed {
		let blocks = self.blocks.lock();
		let find = |hash: Hash| blocks.iter().rev().find(|one| one.block == hash);
		let everything =
			Changed { block: best, time: find(best).and_then(|one| one.time), keys: None };
		let (mut at, mut keys) = (best, Vec::new());
		// The loop ends, because no block is its own ancestor.
		while at != since {
			let Some(Changes { parent, keys: Some(new), .. }) = find(at) else { return everything };
			if keys.len() + new.len() > KEYS {
				return everything;
			}
			keys.extend_from_slice(new);
			at = *parent;
		}
		Changed { keys: Some(keys), ..everything }
	}
}

/// The method over the changes of the last blocks.
pub struct Follower<C> {
	client: Arc<C>,
	recent: Arc<Recent>,
	/// Last block whose runtime was looked up, and whether [`BASIS`] is complete for it.
	runtime: Mutex<Option<(Hash, bool)>>,
}

impl<C> Follower<C> {
	/// Creates the method.
	pub fn new(client: Arc<C>, recent: Arc<Recent>) -> Self {
		Self { client, recent, runtime: Mutex::default() }
	}
}

impl<C> Follower<C>
where
	C: ProvideRuntimeApi<Block>,
	C::Api: Core<Block>,
{
	/// Returns whether [`BASIS`] is complete for a block's runtime, if that was looked up.
	fn cached(&self, block: Hash) -> Option<bool> {
		let runtime = *self.runtime.lock();
		runtime.filter(|(at, _)| *at == block).map(|(_, is_complete)| is_complete)
	}

	/// Returns whether [`BASIS`] is complete for the best block's runtime, if that was looked up
	/// for `since` and the runtime is the same. So one look-up is enough until the next upgrade.
	fn cached_unless_upgraded(&self, since: Hash, changed: &Changed) -> Option<bool> {
		let is_code = |key: &Bytes| key.0 == CODE;
		let is_same = changed.keys.as_ref().is_some_and(|keys| !keys.iter().any(is_code));
		let is_complete = self.cached(since).filter(|_| is_same)?;
		*self.runtime.lock() = Some((changed.block, is_complete));
		Some(is_complete)
	}

	/// Returns whether [`BASIS`] is complete for a block's runtime.
	fn basis_is_complete_for(&self, block: Hash) -> bool {
		// Another call may have looked it up while this one waited.
		if let Some(is_complete) = self.cached(block) {
			return is_complete;
		}
		let Ok(runtime) = self.client.runtime_api().version(block) else {
			return false;
		};
		let is_complete = runtime.spec_version <= BASIS_UP_TO;
		*self.runtime.lock() = Some((block, is_complete));
		is_complete
	}
}

#[async_trait]
impl<C> ChangesApiServer for Follower<C>
where
	C: HeaderBackend<Block> + ProvideRuntimeApi<Block> + Send + Sync + 'static,
	C::Api: Core<Block>,
{
	async fn changes_since(
		&self,
		extensions: &Extensions,
		since: Hash,
	) -> Result<Changed, ErrorObjectOwned> {
		let best = self.client.info().best_hash;
		if best != since {
			// The block counts as the best one a moment before its changes arrive.
			let mut last = self.recent.last.subscribe();
			let arrived = |_: &Hash| self.recent.blocks.lock().iter().any(|one| one.block == best);
			let _ = timeout(LAG, last.wait_for(arrived)).await;
		}
		let mut changed = self.recent.between(since, best);
		if best != since {
			let cached = self.cached(best).or_else(|| self.cached_unless_upgraded(since, &changed));
			let is_complete = match cached {
				Some(is_complete) => Some(is_complete),
				None => in_turn(extensions, || self.basis_is_complete_for(best)).await,
			};
			changed.keys = changed.keys.filter(|_| is_complete == Some(true));
		}
		Ok(changed)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn hash(number: u8) -> Hash {
		Hash::repeat_byte(number)
	}

	fn entry(number: u8) -> Vec<u8> {
		[&storage_prefix(b"Consent", b"Grants")[..], &[number]].concat()
	}

	/// Adds a block that changes the clock, an entry that counts, and one that does not.
	fn add(recent: &Recent, block: u8, parent: u8) {
		let time = u64::from(block).to_le_bytes();
		let (own, other) = (entry(block), storage_prefix(b"Records", b"Status"));
		let changes: [(&[u8], Option<&[u8]>); 3] =
			[(&CLOCK[..], Some(&time)), (&own, None), (&other, Some(&[1]))];
		recent.add(hash(block), hash(parent), changes.into_iter());
	}

	fn changed(block: u8, time: Option<u64>, keys: Option<&[u8]>) -> Changed {
		let keys = keys.map(|keys| keys.iter().map(|number| Bytes(entry(*number))).collect());
		Changed { block: hash(block), time, keys }
	}

	#[test]
	fn changes_add_up_along_the_chain() {
		let recent = Recent::default();
		for block in 2..=4 {
			add(&recent, block, block - 1);
		}
		let between = |since, best| recent.between(hash(since), hash(best));
		assert_eq!(between(1, 4), changed(4, Some(4), Some(&[4, 3, 2])));
		assert_eq!(between(3, 4), changed(4, Some(4), Some(&[4])));
		assert_eq!(between(4, 4), changed(4, Some(4), Some(&[])));
		// Before the first that is kept, after the last, and on another fork.
		assert_eq!(between(0, 4), changed(4, Some(4), None));
		assert_eq!(between(4, 5), changed(5, None, None));
		add(&recent, 9, 2);
		assert_eq!(between(3, 9), changed(9, Some(9), None));
		assert_eq!(between(2, 9), changed(9, Some(9), Some(&[9])));
	}

	#[test]
	fn the_code_counts_and_too_many_keys_are_everything() {
		let recent = Recent::default();
		recent.add(hash(2), hash(1), [(CODE, Some(&[1][..]))].into_iter());
		let keys = recent.between(hash(1), hash(2)).keys;
		assert_eq!(keys, Some(vec![Bytes(CODE.to_vec())]));
		let many: Vec<_> =
			(0..=KEYS).map(|number| [&entry(0)[..], &number.to_le_bytes()].concat()).collect();
		recent.add(hash(3), hash(2), many.iter().map(|key| (&key[..], None)));
		assert_eq!(recent.between(hash(2), hash(3)).keys, None);
		assert_eq!(recent.between(hash(1), hash(3)).keys, None);
	}

	#[test]
	fn kept_blocks_are_bounded() {
		let recent = Recent::default();
		for block in 1..=BLOCKS as u8 + 10 {
			add(&recent, block, block - 1);
		}
		assert_eq!(recent.blocks.lock().len(), BLOCKS);
	}
}
