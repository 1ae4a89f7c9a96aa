//! The off-chain worker of a storage node.
//!
//! It moves staged ciphertext to IPFS, pins it and confirms it on the chain. It unpins erased
//! content and has the node remove its blocks. It announces its node, names its peer, reports lost
//! versions, and retires the replicas of absent nodes. The node itself fetches and stages versions
//! that other nodes hold and that it should hold; to the worker, these are uploads like any other.
//!
//! ## Contract with the node
//!
//! Through the persistent local storage (all values in SCALE):
//!
//! | key | written by | value |
//! |---|---|---|
//! | [`keys::ENDPOINTS`] | node | `(Vec<u8>, Vec<u8>)`: base URLs of the staging area and of IPFS, such as `http://127.0.0.1:5101` |
//! | [`keys::UPLOADS`] | node | `Vec<(Cid, u64)>`: roots and file sizes of the complete staged uploads, oldest first; the worker reads at most [`UPLOADS`] |
//! | [`keys::LOST`] | node | `Vec<Cid>`: roots with blocks that the node lost and no peer can give back; the worker reads at most [`LOST`] |
//! | [`keys::PEER`] | node, optional | [`PeerKey`](salus_primitives::PeerKey): the node's own, which the worker names on the chain. Without it, other nodes give this one no blocks |
//! | [`keys::FINALIZED`] | node, optional | `u32`: number of the last finalised block. Without it, [`SETTLED`] blocks count as final |
//! | [`keys::REMOVING`] | worker | `Vec<Cid>`: unpinned roots; the node must remove every block of them that nothing else needs |
//! | [`keys::REMOVED`] | node | `Vec<Cid>`: those roots in [`keys::REMOVING`] with no blocks left, for as long as they stay in that list |
//! | [`keys::LOCK`] | worker | time at which the run that holds the lock must be over. A starting node removes it, or waits [`LOCK`] ms |
//! | [`keys::PUSHES`] | worker | `Vec<`[`Push`]`>`: progress, failures and next attempt of each upload |
//! | [`keys::PINS`] | worker | `Vec<`[`Pin`]`>`: pinned roots whose replica is not yet final on the chain |
//! | [`keys::SUBMISSION`] | worker | `(u32, Nonce)`: block and nonce of the last transaction |
//! | [`keys::REMOVALS`] | worker | [`Backoff`] of the removals |
//! | [`keys::TURNS`] | worker | [`Turns`]: blocks moved for each organisation and author that has an upload waiting |
//!
//! The keystore holds a key of type [`KEY_TYPE`](crate::crypto::KEY_TYPE). The key's account must
//! be a live storage node. The node keeps an upload staged until this account's replica is final on
//! the chain.
//!
//! Over HTTP (Kubo RPC API, always `POST`, CIDs in base32, JSON answers in Kubo's spelling):
//!
//! | request | expected answer |
//! |---|---|
//! | staging `/api/v0/refs?arg=ROOT&recursive=true&unique=true` | a line `{"Ref":"CID","Err":""}` for each block below the root, always in the same order; not requested for a raw root |
//! | staging `/api/v0/block/get?arg=CID` | the block, whose hash the worker verifies |
//! | IPFS `/api/v0/block/put?cid-codec=raw\|dag-pb&mhtype=sha2-256&pin=false`, multipart | `{"Key":"CID","Size":N}` with the same CID and size |
//! | IPFS `/api/v0/pin/add?arg=ROOT&recursive=true&progress=true` | lines, one of them `{"Pins":["ROOT"]}` |
//! | IPFS `/api/v0/block/stat?arg=ROOT` | `{"Key":"ROOT","Size":N}` with the root block's size |
//! | IPFS `/api/v0/block/stat?arg=ROOT&offline=true` | status 200 if IPFS has the block; if not, an error that says `not found` or `could not find` |
//! | IPFS `/api/v0/pin/ls?arg=ROOT&type=recursive` | status 200 if the root is pinned; if not, an error that says `not pinned` |
//! | IPFS `/api/v0/pin/rm?arg=ROOT&recursive=true` | status 200, or an error that says `not pinned` |
//!
//! ## Guarantees
//!
//! - The work follows from the chain's state and from the staged uploads, so a run can stop
//!   anywhere without loss. Each step can be repeated, and a cursor keeps finished steps from being
//!   repeated.
//! - Every request has a deadline. A run ends after [`BUDGET`] ms or soon after, but the pinning of
//!   a large file may continue as long as IPFS reports progress.
//! - The worker confirms a removal only when the node reports that nothing is left. The node keeps
//!   a version that was taken off it for as long as the record lives, because other nodes do not
//!   prove that they hold it.
//! - A failing upload waits 2, 4, 8 … [`MAX_DELAY`] blocks, and comes after uploads that failed
//!   less often. Organisations take turns, so that a flood of uploads from one does not delay
//!   another's.
//! - Actions that depend on an erasure wait for finality.
//! - A node that was dismissed or suspended still removes what is erased, and does nothing else.
//! - Removals that wait for another record to release their blocks hold up no others: a bounded
//!   window moves over the owed removals.
//! - The worker sends a transaction only when the one before is included, or is [`RESUBMIT`] blocks
//!   old.

mod http;
mod kubo;
mod local;
mod turns;
mod worker;

pub use local::{keys, Backoff, Pin, Push, Standing, Window};
pub use turns::Turns;
#[cfg(test)]
pub(crate) use worker::{HOLDINGS_SEEN, REMOVALS_SEEN, ROTATE};

use crate::{Config, Pallet, Removals};
use frame_support::traits::Time;
use frame_system::offchain::{Account, Signer};
use kubo::{Endpoint, Service};
use local::Stored;
use salus_primitives::{Role, RoleQuery};
use sp_core::{
	hexdisplay::HexDisplay,
	offchain::{Duration, Timestamp},
};
use sp_runtime::offchain::storage_lock::{StorageLock, StorageLockGuard, Time as WallTime};
use worker::Worker;

/// Log target of the worker.
pub const LOG_TARGET: &str = "salus::worker";
/// Time during which a run may start new work, in milliseconds.
pub const BUDGET: u64 = 10_000;
/// Lifetime of the lock after its last extension, in milliseconds.
pub const LOCK: u64 = 45_000;
/// Time limit of one request, in milliseconds.
pub const REQUEST: u64 = 10_000;
/// Maximum silence of IPFS while pinning, in milliseconds.
pub const PIN_IDLE: u64 = 20_000;
/// Maximum time for which IPFS may report no progress while pinning, in milliseconds.
pub const PIN_STUCK: u64 = 10_000;
/// Time limit of pinning in all, in milliseconds.
pub const PIN_TOTAL: u64 = 600_000;
/// Blocks of a file in flight at a time, from the staging area and to IPFS each.
pub const IN_FLIGHT: usize = 4;
/// Blocks of a file that are moved before the next file has a turn.
pub const TURN: u32 = 128;
/// Maximum length of a block, in bytes. Bitswap carries none that is longer.
pub const MAX_BLOCK: usize = 2 * 1024 * 1024;
/// Maximum number of staged uploads that the worker reads.
pub const UPLOADS: usize = 256;
/// Maximum number of lost roots that the worker reads.
pub const LOST: usize = 16_384;
/// Maximum number of pins that wait for their replica to become final.
pub const PINS: usize = 1024;
/// Maximum number of claims in one transaction.
pub const CLAIMS: u32 = 64;
/// Maximum delay of a failing upload, in blocks.
pub const MAX_DELAY: u32 = 150;
/// Blocks after which the worker gives up a transaction that was not included.
pub const RESUBMIT: u32 = 15;
/// Length of one node's turn to retire the replicas of absent nodes, in blocks.
pub const RETIRE: u32 = 10;
/// Blocks after which a block counts as final if the node does not name the last final one.
pub const SETTLED: u32 = 16;
/// Interval at which a node without an admission logs a notice, in blocks.
pub const NOTICE: u32 = 100;

/// Runs the worker once, on a new best block.
pub fn run<T: Config>() {
	let Some((staging, ipfs)) = local::endpoints() else {
		return;
	};
	let now = Pallet::<T>::block();
	let Some((account, standing)) = own_account::<T>(now) else {
		return;
	};
	let expiry = Duration::from_millis(LOCK);
	local::clear_impossible_lock(expiry);
	let mut lock = StorageLock::<WallTime>::with_deadline(keys::LOCK, expiry);
	let Ok(guard) = lock.try_lock() else {
		log::trace!(target: LOG_TARGET, "another run is in progress");
		return;
	};
	let shift = Shift { guard, ends: timestamp().add(Duration::from_millis(BUDGET)) };
	let staging = Endpoint::new(Service::Staging, staging);
	let ipfs = Endpoint::new(Service::Ipfs, ipfs);
	let worker = Worker::<T>::new(account, now, staging, ipfs, shift, Stored::load());
	match standing {
		Membership::Live => worker.work(),
		Membership::Ended => worker.finish(),
	}
}

/// Membership of the node's account.
enum Membership {
	/// A live storage node.
	Live,
	/// A storage node no longer, and it still owes removals.
	Ended,
}

/// Returns the account for which this node works: the first in its keystore that is a live storage
/// node, or else that owes removals.
fn own_account<T: Config>(now: u32) -> Option<(Account<T>, Membership)> {
	let moment = T::Time::now();
	let (mut first, mut owing) = (None, None);
	for account in Signer::<T, T::AuthorityId>::keystore_accounts() {
		if T::Roles::is_live_member(&account.id, Role::StorageNode, None, moment) {
			return Some((account, Membership::Live));
		}
		first = first.or(Some(account.id.clone()));
		if owing.is_none() && Removals::<T>::iter_key_prefix((&account.id,)).next().is_some() {
			owing = Some(account);
		}
	}
	if let Some(account) = owing {
		return Some((account, Membership::Ended));
	}
	if let (Some(account), true) = (first, now.checked_rem(NOTICE) == Some(1)) {
		log::info!(
			target: LOG_TARGET,
			"This node stores nothing yet: an organisation's administrator must admit the account 0x{:?} as a storage node.",
			HexDisplay::from(&codec::Encode::encode(&account)),
		);
	}
	None
}

/// The lock and the end of a run.
struct Shift<'a, 'b> {
	guard: StorageLockGuard<'a, 'b, WallTime>,
	ends: Timestamp,
}

impl Shift<'_, '_> {
	/// Returns whether new work may start: there is time, and this run still holds the lock.
	fn proceed(&mut self) -> bool {
		timestamp() < self.ends && self.keep()
	}

	/// Extends the lock. Returns whether this run still holds it.
	fn keep(&mut self) -> bool {
		self.guard.extend_lock().is_ok()
	}
}

fn timestamp() -> Timestamp {
	sp_io::offchain::timestamp()
}

/// Returns the time `milliseconds` from now.
fn deadline(milliseconds: u64) -> Timestamp {
	timestamp().add(Duration::from_millis(milliseconds))
}
