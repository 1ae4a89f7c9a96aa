//! The off-chain worker of a storage node: moves staged ciphertext to IPFS, pins it, confirms it on chain; unpins what was
//! erased, and has the node remove its blocks; says that its node is there and as which peer, and takes the replicas of those off that are not. What other nodes hold and this
//! one shall, the node fetches and stages itself: to the worker it is an upload like any other.
//!
//! ## Contract with the node
//!
//! Through the persistent local storage (all values SCALE):
//!
//! | key | written by | value |
//! |---|---|---|
//! | [`keys::ENDPOINTS`] | node | `(Vec<u8>, Vec<u8>)`: base URLs of the staging area and of IPFS, such as `http://127.0.0.1:5101` |
//! | [`keys::UPLOADS`] | node | `Vec<(Cid, u64)>`: roots and file sizes of the complete staged uploads, oldest first; at most [`UPLOADS`] are looked at |
//! | [`keys::LOST`] | node | `Vec<Cid>`: roots of which it lost blocks that no peer gives back; at most [`LOST`] are looked at |
//! | [`keys::PEER`] | node, optional | [`PeerKey`](salus_primitives::PeerKey): its own, which it names to the chain. Without it, others give it no blocks |
//! | [`keys::FINALIZED`] | node, optional | `u32`: number of the last finalised block. Without it, [`SETTLED`] blocks count as final |
//! | [`keys::REMOVING`] | worker | `Vec<Cid>`: roots that it unpinned, of which the node shall remove every block that nothing else needs |
//! | [`keys::REMOVED`] | node | `Vec<Cid>`: those of them of which nothing is left, for as long as they are in the list before |
//! | [`keys::LOCK`] | worker | when the run that holds the lock must be over. A node that starts removes it, or waits [`LOCK`] ms |
//! | [`keys::PUSHES`] | worker | `Vec<`[`Push`]`>`: how far each upload has come, its failures and next attempt |
//! | [`keys::PINS`] | worker | `Vec<`[`Pin`]`>`: what is pinned and whose replica is not yet final on chain |
//! | [`keys::SUBMISSION`] | worker | `(u32, Nonce)`: block and nonce of the last transaction |
//! | [`keys::REMOVALS`] | worker | [`Backoff`] of the removals |
//! | [`keys::TURNS`] | worker | [`Turns`]: blocks moved for each organisation and author with an upload waiting |
//!
//! The keystore holds a key of type [`KEY_TYPE`](crate::crypto::KEY_TYPE); its account must be a live storage node. The
//! node keeps an upload staged until the account's replica is final on chain.
//!
//! Over HTTP (Kubo RPC API, `POST` always, CIDs in base32; JSON answers in Kubo's spelling):
//!
//! | request | answer that counts |
//! |---|---|
//! | staging `/api/v0/refs?arg=ROOT&recursive=true&unique=true` | a line `{"Ref":"CID","Err":""}` for each block below the root, always in the same order; not asked for a raw root |
//! | staging `/api/v0/block/get?arg=CID` | the block, whose hash the worker verifies |
//! | IPFS `/api/v0/block/put?cid-codec=raw\|dag-pb&mhtype=sha2-256&pin=false`, multipart | `{"Key":"CID","Size":N}` with this very CID and size |
//! | IPFS `/api/v0/pin/add?arg=ROOT&recursive=true&progress=true` | lines, of which one is `{"Pins":["ROOT"]}` |
//! | IPFS `/api/v0/block/stat?arg=ROOT` | `{"Key":"ROOT","Size":N}` with the root block's size |
//! | IPFS `/api/v0/block/stat?arg=ROOT&offline=true` | status 200 if it has the block, an error that says `not found` or `could not find` if not |
//! | IPFS `/api/v0/pin/ls?arg=ROOT&type=recursive` | status 200 if it is pinned, an error that says `not pinned` if not |
//! | IPFS `/api/v0/pin/rm?arg=ROOT&recursive=true` | status 200, or an error that says `not pinned` |
//!
//! ## What it promises
//!
//! Work follows from the chain's state and from what is staged, so that nothing is lost when a run is cut off anywhere: each
//! step may be repeated, and a cursor keeps what was done from being done again. Every request has a deadline. A run ends
//! after [`BUDGET`] ms or soon after, except that the pinning of a large file may go on as long as IPFS reports progress.
//! A removal is confirmed only when the node says that nothing is left. What was taken off the node while its record lives is
//! kept, for those who say to hold it prove nothing. Failures of an upload put it off for 2, 4, 8 … [`MAX_DELAY`] blocks, and
//! behind those that failed less often. Organisations take turns, so that one's flood does not hold up another's upload. What depends on an erasure waits for finality. A
//! transaction is sent only when the one before is included, or [`RESUBMIT`] blocks old.

mod http;
mod kubo;
mod local;
mod turns;
mod worker;

pub use local::{keys, Backoff, Pin, Push, Standing};
pub use turns::Turns;

use crate::{Config, Pallet};
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

/// Where log lines are filed.
pub const LOG_TARGET: &str = "salus::worker";
/// How long a run may start new work, in milliseconds.
pub const BUDGET: u64 = 10_000;
/// How long the lock outlives its last extension, in milliseconds.
pub const LOCK: u64 = 45_000;
/// How long one request may take from start to end, in milliseconds.
pub const REQUEST: u64 = 10_000;
/// How long pinning may go without a sign of life, in milliseconds.
pub const PIN_IDLE: u64 = 20_000;
/// How long pinning may say that it comes no further, in milliseconds.
pub const PIN_STUCK: u64 = 10_000;
/// How long pinning may take in all, in milliseconds.
pub const PIN_TOTAL: u64 = 600_000;
/// How many blocks of a file are on their way at a time.
pub const IN_FLIGHT: usize = 4;
/// How many blocks of a file are moved before the next file has a turn.
pub const TURN: u32 = 128;
/// The longest block, in bytes: what Bitswap carries.
pub const MAX_BLOCK: usize = 2 * 1024 * 1024;
/// The most staged uploads that are looked at.
pub const UPLOADS: usize = 256;
/// The most lost roots that are looked at.
pub const LOST: usize = 16_384;
/// The most pins that wait for their replica to become final.
pub const PINS: usize = 1024;
/// The most claims in one transaction.
pub const CLAIMS: u32 = 64;
/// The longest that a failing upload is put off, in blocks.
pub const MAX_DELAY: u32 = 150;
/// After how many blocks a transaction that was not included is given up.
pub const RESUBMIT: u32 = 15;
/// For how many blocks it is one node's turn to take off what an absent one held.
pub const RETIRE: u32 = 5;
/// After how many blocks one counts as final where the node does not say.
pub const SETTLED: u32 = 16;
/// How often, in blocks, a node that is not admitted says so.
pub const NOTICE: u32 = 100;

/// One run, on a new best block.
pub fn run<T: Config>() {
	let Some((staging, ipfs)) = local::endpoints() else {
		return;
	};
	let now = Pallet::<T>::block();
	let Some(account) = storage_node::<T>(now) else {
		return;
	};
	let expiry = Duration::from_millis(LOCK);
	local::clear_impossible_lock(expiry);
	let mut lock = StorageLock::<WallTime>::with_deadline(keys::LOCK, expiry);
	let Ok(guard) = lock.try_lock() else {
		log::trace!(target: LOG_TARGET, "another run is at work");
		return;
	};
	let shift = Shift {
		guard,
		ends: timestamp().add(Duration::from_millis(BUDGET)),
	};
	let staging = Endpoint::new(Service::Staging, staging);
	let ipfs = Endpoint::new(Service::Ipfs, ipfs);
	Worker::<T>::new(account, now, staging, ipfs, shift, Stored::load()).work();
}

/// The account for which this node works: the first of its keys that is a live storage node.
fn storage_node<T: Config>(now: u32) -> Option<Account<T>> {
	let moment = T::Time::now();
	let mut first = None;
	for account in Signer::<T, T::AuthorityId>::keystore_accounts() {
		if T::Roles::is_live_member(&account.id, Role::StorageNode, None, moment) {
			return Some(account);
		}
		first = first.or(Some(account.id));
	}
	if let (Some(account), true) = (first, now.checked_rem(NOTICE) == Some(1)) {
		log::info!(
			target: LOG_TARGET,
			"This node stores nothing yet: an organisation's administrator must admit the account 0x{:?} as storage node.",
			HexDisplay::from(&codec::Encode::encode(&account)),
		);
	}
	None
}

/// The lock of a run and its end.
struct Shift<'a, 'b> {
	guard: StorageLockGuard<'a, 'b, WallTime>,
	ends: Timestamp,
}

impl Shift<'_, '_> {
	/// Whether new work may start: there is time, and the lock is still ours.
	fn proceed(&mut self) -> bool {
		timestamp() < self.ends && self.keep()
	}

	/// Extends the lock.
	fn keep(&mut self) -> bool {
		self.guard.extend_lock().is_ok()
	}
}

fn timestamp() -> Timestamp {
	sp_io::offchain::timestamp()
}

/// The moment so many milliseconds from now.
fn deadline(milliseconds: u64) -> Timestamp {
	timestamp().add(Duration::from_millis(milliseconds))
}
