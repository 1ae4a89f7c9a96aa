//! The worker's values in the node's local storage.

use super::{timestamp, turns::Turns, LOST, MAX_DELAY, PINS, UPLOADS};
use alloc::{collections::BTreeSet, string::String, vec::Vec};
use codec::{Decode, Encode};
use salus_primitives::{Cid, PeerKey, RecordId, Version};
use sp_core::offchain::{Duration, Timestamp};
use sp_runtime::offchain::storage::StorageValueRef;

/// Keys of the persistent local storage.
pub mod keys {
	/// Base URLs of the staging area and of IPFS.
	pub const ENDPOINTS: &[u8] = b"salus::endpoints";
	/// Staged uploads that are complete.
	pub const UPLOADS: &[u8] = b"salus::uploads";
	/// Roots with blocks that the node lost and no peer can give back.
	pub const LOST: &[u8] = b"salus::lost";
	/// The node's key in the peer-to-peer network.
	pub const PEER: &[u8] = b"salus::peer";
	/// Number of the last finalised block.
	pub const FINALIZED: &[u8] = b"salus::finalized";
	/// The lock of a run.
	pub const LOCK: &[u8] = b"salus::worker::lock";
	/// Progress of each upload.
	pub const PUSHES: &[u8] = b"salus::worker::pushes";
	/// Pinned roots whose replica is not yet final on the chain.
	pub const PINS: &[u8] = b"salus::worker::pins";
	/// The last transaction.
	pub const SUBMISSION: &[u8] = b"salus::worker::submission";
	/// Back-off of removals.
	pub const REMOVALS: &[u8] = b"salus::worker::removals";
	/// Place among the owed removals at which a run starts.
	pub const WINDOW: &[u8] = b"salus::worker::window";
	/// Number of blocks moved for each organisation and author.
	pub const TURNS: &[u8] = b"salus::worker::turns";
	/// Place at which the search through the replicas of absent nodes continues.
	pub const RETIRING: &[u8] = b"salus::worker::retiring";
	/// Roots whose remaining blocks the node must remove.
	pub const REMOVING: &[u8] = b"salus::worker::removing";
	/// Roots in [`REMOVING`] with no blocks left.
	pub const REMOVED: &[u8] = b"salus::removed";
}

/// A pause that grows with each failure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Backoff {
	/// Failures since the last success.
	pub failures: u32,
	/// Block at which to try again.
	pub retry: u32,
}

impl Backoff {
	/// Returns whether the pause is over.
	pub fn is_due(&self, now: u32) -> bool {
		// A retry further away than the longest pause was set on a fork or before a revert.
		now >= self.retry || self.retry.saturating_sub(now) > MAX_DELAY
	}

	/// Counts a failure and extends the pause.
	pub fn fail(&mut self, now: u32) {
		self.failures = self.failures.saturating_add(1);
		let delay = 1u32.checked_shl(self.failures).unwrap_or(MAX_DELAY).min(MAX_DELAY);
		self.retry = now.saturating_add(delay);
	}
}

/// Part of the owed removals that is in progress.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Window {
	/// The version after which it starts, or `None` for the first one.
	pub after: Option<(RecordId, Version)>,
	/// Block in which this part began.
	pub since: u32,
}

/// Progress of an upload.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Push {
	/// Root of the upload.
	pub root: Cid,
	/// Number of its blocks that IPFS has, in the order of the list, without the root.
	pub done: u32,
	/// The last of these blocks.
	pub last: Option<Cid>,
	/// Pause after failures.
	pub backoff: Backoff,
}

/// A root that is pinned or about to be, and whose replica is not yet final on the chain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Pin {
	/// Record of the replica.
	pub record: RecordId,
	/// Version of the replica.
	pub version: Version,
	/// Root that is pinned.
	pub root: Cid,
	/// State of the pin.
	pub standing: Standing,
}

/// State of a pin.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Standing {
	/// The worker has asked IPFS to pin the root. IPFS may have done so.
	Pinning,
	/// The root is pinned, and the chain does not know it yet.
	Pinned,
	/// The chain has known the replica since this block.
	Confirmed(u32),
	/// The chain has not needed the replica since this block.
	Gone(u32),
}

fn get<T: Decode>(key: &[u8]) -> Option<T> {
	// A value that cannot be decoded is from another release: start again.
	StorageValueRef::persistent(key).get().ok().flatten()
}

fn set(key: &[u8], value: &impl Encode) {
	StorageValueRef::persistent(key).set(value);
}

/// Returns the base URLs of the staging area and of IPFS.
pub(super) fn endpoints() -> Option<(String, String)> {
	let (staging, ipfs): (Vec<u8>, Vec<u8>) = get(keys::ENDPOINTS)?;
	Some((String::from_utf8(staging).ok()?, String::from_utf8(ipfs).ok()?))
}

/// Returns the node's key in the peer-to-peer network.
pub(super) fn peer() -> Option<PeerKey> {
	get(keys::PEER)
}

/// Returns the complete staged uploads, oldest first.
pub(super) fn uploads() -> Vec<(Cid, u64)> {
	let mut uploads: Vec<(Cid, u64)> = get(keys::UPLOADS).unwrap_or_default();
	uploads.truncate(UPLOADS);
	uploads
}

/// Returns the roots with blocks that the node lost and no peer can give back.
pub(super) fn lost() -> Vec<Cid> {
	let mut lost: Vec<Cid> = get(keys::LOST).unwrap_or_default();
	lost.truncate(LOST);
	lost
}

/// Returns the roots whose remaining blocks the node must remove.
pub(super) fn removing() -> Vec<Cid> {
	get(keys::REMOVING).unwrap_or_default()
}

/// Asks the node to remove what is left of these unpinned roots.
pub(super) fn set_removing(roots: &[Cid]) {
	set(keys::REMOVING, &roots);
}

/// Returns the part of the owed removals that is in progress.
pub(super) fn window() -> Window {
	get(keys::WINDOW).unwrap_or_default()
}

/// Stores the part of the owed removals that is in progress.
pub(super) fn set_window(window: &Window) {
	set(keys::WINDOW, window);
}

/// Returns the roots to remove with no blocks left.
pub(super) fn removed() -> Vec<Cid> {
	get(keys::REMOVED).unwrap_or_default()
}

/// Returns the number of the last finalised block, if the node has set it.
pub(super) fn finalized() -> Option<u32> {
	get(keys::FINALIZED)
}

/// Removes a lock that ends later than any lock can. The wall clock has been set back since.
pub(super) fn clear_impossible_lock(longest: Duration) {
	let latest = timestamp().add(longest);
	if get::<Timestamp>(keys::LOCK).is_some_and(|ends| ends > latest) {
		StorageValueRef::persistent(keys::LOCK).clear();
	}
}

/// Returns the block and nonce of the last transaction.
pub(super) fn submission<Nonce: Decode>() -> Option<(u32, Nonce)> {
	get(keys::SUBMISSION)
}

/// Stores the block and nonce of a transaction.
pub(super) fn set_submission<Nonce: Encode>(now: u32, nonce: &Nonce) {
	set(keys::SUBMISSION, &(now, nonce));
}

/// Returns the number of blocks moved for each organisation and author.
pub(super) fn turns<AccountId: Decode>() -> Turns<AccountId> {
	get(keys::TURNS).unwrap_or_default()
}

/// Stores the number of blocks moved.
pub(super) fn set_turns<AccountId: Encode>(turns: &Turns<AccountId>) {
	set(keys::TURNS, turns);
}

/// Returns where the search through the replicas of each absent node continues.
pub(super) fn retiring<AccountId: Decode>() -> Vec<(AccountId, RecordId, Version)> {
	get(keys::RETIRING).unwrap_or_default()
}

/// Stores where the search through the replicas of each absent node continues.
pub(super) fn set_retiring<AccountId: Encode + Decode + PartialEq>(
	places: &Vec<(AccountId, RecordId, Version)>,
) {
	if *places != retiring() {
		set(keys::RETIRING, places);
	}
}

/// Values that a run reads at its start and writes whenever they change.
pub(super) struct Stored {
	pushes: Vec<Push>,
	pins: Vec<Pin>,
	removals: Backoff,
}

impl Stored {
	pub(super) fn load() -> Self {
		Self {
			pushes: get(keys::PUSHES).unwrap_or_default(),
			pins: get(keys::PINS).unwrap_or_default(),
			removals: get(keys::REMOVALS).unwrap_or_default(),
		}
	}

	pub(super) fn push(&self, root: &Cid) -> Push {
		let known = self.pushes.iter().find(|push| push.root == *root).cloned();
		known.unwrap_or(Push { root: *root, done: 0, last: None, backoff: Backoff::default() })
	}

	pub(super) fn set_push(&mut self, push: Push) {
		match self.pushes.iter_mut().find(|known| known.root == push.root) {
			Some(known) => *known = push,
			None => self.pushes.push(push),
		}
		set(keys::PUSHES, &self.pushes);
	}

	/// Keeps only the pushes whose roots pass `keep`.
	pub(super) fn retain_pushes(&mut self, keep: impl Fn(&Cid) -> bool) {
		let before = self.pushes.len();
		self.pushes.retain(|push| keep(&push.root));
		if self.pushes.len() != before {
			set(keys::PUSHES, &self.pushes);
		}
	}

	pub(super) fn pins(&self) -> &[Pin] {
		&self.pins
	}

	pub(super) fn pins_are_full(&self) -> bool {
		self.pins.len() >= PINS
	}

	pub(super) fn set_pins(&mut self, pins: Vec<Pin>) {
		if self.pins != pins {
			self.pins = pins;
			set(keys::PINS, &self.pins);
		}
	}

	pub(super) fn set_pin(&mut self, pin: Pin) {
		self.add_pins([pin]);
	}

	/// Adds pins, and replaces earlier pins of the same versions.
	pub(super) fn add_pins(&mut self, added: impl IntoIterator<Item = Pin>) {
		let added: Vec<_> = added.into_iter().collect();
		let versions: BTreeSet<_> = added.iter().map(|pin| (pin.record, pin.version)).collect();
		let mut pins = self.pins.clone();
		pins.retain(|known| !versions.contains(&(known.record, known.version)));
		pins.extend(added);
		self.set_pins(pins);
	}

	pub(super) fn removals(&self) -> &Backoff {
		&self.removals
	}

	pub(super) fn set_removals(&mut self, backoff: Backoff) {
		if self.removals != backoff {
			self.removals = backoff;
			set(keys::REMOVALS, &self.removals);
		}
	}
}
