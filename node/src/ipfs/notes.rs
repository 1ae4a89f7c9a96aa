//! Notes to the off-chain worker, which runs in Wasm and cannot read files.
//!
//! The notes are in the persistent off-chain local storage. `StorageValueRef::persistent` of the
//! worker finds them under the same keys:
//!
//! | key | value, SCALE |
//! |---|---|
//! | `salus::endpoints` | `(staging: Vec<u8>, ipfs: Vec<u8>)`: addresses without a slash at the end |
//! | `salus::uploads` | `Vec<(root: [u8; 36], size: u64)>`: complete uploads, at most [`MAX_UPLOADS`] |
//! | `salus::lost` | `Vec<[u8; 36]>`: roots with blocks that this node lost and no other node has, at most [`LOST`] |
//! | `salus::removed` | `Vec<[u8; 36]>`: roots with no blocks left whose removal the worker requested ([`Notes::removing`]) |
//! | `salus::kept` | `Vec<([u8; 36], Vec<[u8; 36]>)>`: roots to be removed, and the blocks of each that other pins keep at Kubo |
//! | `salus::peer` | `[u8; 32]`: this node's key in the peer-to-peer network |
//! | `salus::finalized` | `u32`: number of the finalised block, so that the worker acts only on final erasures |
//!
//! The worker does not read `salus::kept`. The node keeps it there over a restart
//! ([`Notes::kept`]).
//!
//! The node also reads one of the worker's own notes, the progress of the pushes
//! ([`Notes::pushes`]). It orders the uploads by that progress ([`super::order`]) and shows it to
//! operators. A starting node removes the locks of the last run ([`Notes::start_afresh`]).

use std::collections::{BTreeMap, BTreeSet};

use codec::{Decode, Encode};
use pallet_records::offchain::{keys, Push, LOST};
use parking_lot::Mutex;
use salus_ipfs::{staging::Upload, Cid, CID_LENGTH};
use salus_primitives::PeerKey;
use sp_core::offchain::{OffchainStorage, STORAGE_PREFIX};

/// Key of the blocks of removed roots that other pins keep, which the node reads after a restart.
pub const KEPT_KEY: &[u8] = b"salus::kept";

/// Maximum number of blocks that [`KEPT_KEY`] names.
const MOST_KEPT: usize = 65_536;

/// Maximum number of uploads that one note names. The rest follow as these are done.
pub const MAX_UPLOADS: usize = 256;

/// Off-chain local storage of any database.
trait Store: Send {
	fn read(&self, key: &[u8]) -> Option<Vec<u8>>;
	fn write(&mut self, key: &[u8], value: &[u8]);
	fn remove(&mut self, key: &[u8]);
}

impl<S: OffchainStorage> Store for S {
	fn read(&self, key: &[u8]) -> Option<Vec<u8>> {
		self.get(STORAGE_PREFIX, key)
	}

	fn write(&mut self, key: &[u8], value: &[u8]) {
		self.set(STORAGE_PREFIX, key, value)
	}

	fn remove(&mut self, key: &[u8]) {
		OffchainStorage::remove(self, STORAGE_PREFIX, key)
	}
}

/// Access to the off-chain local storage.
pub struct Notes {
	state: Mutex<State>,
}

struct State {
	store: Box<dyn Store>,
	/// Value of [`keys::UPLOADS`], so that it is written only when it changes.
	uploads: Option<Vec<u8>>,
	/// Value of [`keys::LOST`], likewise.
	lost: Option<Vec<u8>>,
	/// Value of [`keys::REMOVED`], likewise.
	removed: Option<Vec<u8>>,
}

impl Notes {
	/// Creates notes in this storage.
	pub fn new<S: OffchainStorage + 'static>(storage: S) -> Self {
		Self {
			state: Mutex::new(State {
				store: Box::new(storage),
				uploads: None,
				lost: None,
				removed: None,
			}),
		}
	}

	/// Writes the addresses for reading staged blocks and for pushing them.
	pub fn endpoints(&self, staging: &str, ipfs: &str) {
		let value = (staging.as_bytes(), ipfs.as_bytes()).encode();
		self.state.lock().store.write(keys::ENDPOINTS, &value);
	}

	/// Returns the address to which the worker pushes.
	#[cfg(test)]
	pub(crate) fn ipfs_endpoint(&self) -> String {
		let value = self.state.lock().store.read(keys::ENDPOINTS).unwrap();
		let (_, ipfs): (Vec<u8>, Vec<u8>) = Decode::decode(&mut &value[..]).unwrap();
		String::from_utf8(ipfs).unwrap()
	}

	/// Removes the lock of a run that ended with an earlier process, and its note of a transaction
	/// in the pool. The pool ended with the process too, so the next run would wait in vain.
	pub fn start_afresh(&self) {
		let mut state = self.state.lock();
		state.store.remove(keys::LOCK);
		state.store.remove(keys::SUBMISSION);
	}

	/// Writes this node's peer key.
	pub fn peer(&self, key: &PeerKey) {
		self.state.lock().store.write(keys::PEER, &key.encode());
	}

	/// Writes the number of the finalised block.
	pub fn finalized(&self, number: u32) {
		let value = number.encode();
		self.state.lock().store.write(keys::FINALIZED, &value);
	}

	/// Returns the worker's progress with each upload that it has begun to push, and its failures
	/// since.
	pub fn pushes(&self) -> Vec<Push> {
		let value = self.state.lock().store.read(keys::PUSHES);
		// An undecodable note was written by another version of the worker, and this worker starts
		// over too.
		value.and_then(|value| Vec::decode(&mut &value[..]).ok()).unwrap_or_default()
	}

	/// Returns the roots in a note.
	fn roots(&self, key: &[u8]) -> Vec<Cid> {
		let value = self.state.lock().store.read(key);
		value
			.and_then(|value| Vec::<salus_primitives::Cid>::decode(&mut &value[..]).ok())
			.unwrap_or_default()
			.iter()
			.filter_map(|cid| Cid::from_bytes(&cid.0).ok())
			.collect()
	}

	/// Returns the roots that the worker unpinned and whose blocks this node must remove.
	pub fn removing(&self) -> Vec<Cid> {
		self.roots(keys::REMOVING)
	}

	/// Requests removals, as the worker does.
	#[cfg(test)]
	pub(crate) fn ask_to_remove(&self, roots: &[Cid]) {
		let value = roots.iter().map(Cid::to_bytes).collect::<Vec<_>>().encode();
		self.state.lock().store.write(keys::REMOVING, &value);
	}

	/// Writes the requested roots with no blocks left.
	pub fn removed(&self, roots: &BTreeSet<Cid>) {
		let mut state = self.state.lock();
		let value = encode_roots(roots);
		if state.removed.as_ref() != Some(&value) {
			state.store.write(keys::REMOVED, &value);
			state.removed = Some(value);
		}
	}

	/// Returns the roots to be removed whose blocks other pins keep, with these blocks, as last
	/// written by [`Notes::keep`], even by an earlier process.
	pub fn kept(&self) -> BTreeMap<Cid, Vec<Cid>> {
		let value = self.state.lock().store.read(KEPT_KEY);
		let kept: Vec<([u8; CID_LENGTH], Vec<[u8; CID_LENGTH]>)> =
			value.and_then(|value| Vec::decode(&mut &value[..]).ok()).unwrap_or_default();
		let cid = |bytes: &[u8; CID_LENGTH]| Cid::from_bytes(bytes).ok();
		kept.iter()
			.filter_map(|(root, blocks)| {
				Some((cid(root)?, blocks.iter().filter_map(cid).collect()))
			})
			.collect()
	}

	/// Writes the roots to be removed whose blocks other pins keep, with these blocks.
	pub fn keep(&self, kept: &BTreeMap<Cid, Vec<Cid>>) {
		let mut room = MOST_KEPT;
		let mut named = Vec::new();
		for (root, blocks) in kept {
			if let Some(left) = room.checked_sub(blocks.len()) {
				room = left;
				let blocks: Vec<_> = blocks.iter().map(Cid::to_bytes).collect();
				named.push((root.to_bytes(), blocks));
			}
		}
		self.state.lock().store.write(KEPT_KEY, &named.encode());
	}

	/// Returns the lost roots as last written, even by an earlier process.
	pub fn known_lost(&self) -> Vec<Cid> {
		self.roots(keys::LOST)
	}

	/// Writes the roots with blocks that this node lost and no other node has.
	pub fn lost(&self, roots: &BTreeSet<Cid>) {
		let mut state = self.state.lock();
		let value = encode_roots(roots);
		if state.lost.as_ref() != Some(&value) {
			state.store.write(keys::LOST, &value);
			state.lost = Some(value);
		}
	}

	/// Writes the complete uploads. Calls `list` while the note is locked, so that the later of two
	/// writers wins.
	pub fn uploads(&self, list: impl FnOnce() -> Vec<Upload>) {
		let mut state = self.state.lock();
		let value = encode_uploads(&list());
		if state.uploads.as_ref() != Some(&value) {
			state.store.write(keys::UPLOADS, &value);
			state.uploads = Some(value);
		}
	}
}

fn encode_roots(roots: &BTreeSet<Cid>) -> Vec<u8> {
	roots.iter().take(LOST).map(Cid::to_bytes).collect::<Vec<_>>().encode()
}

fn encode_uploads(uploads: &[Upload]) -> Vec<u8> {
	uploads
		.iter()
		.take(MAX_UPLOADS)
		.map(|upload| (upload.root.to_bytes(), upload.size))
		.collect::<Vec<_>>()
		.encode()
}

#[cfg(test)]
mod tests {
	use super::*;
	use pallet_records::offchain::Backoff;
	use salus_ipfs::Codec;
	use sp_core::offchain::{
		storage::{InMemOffchainStorage, OffchainDb},
		OffchainDbExt,
	};
	use sp_runtime::offchain::storage::StorageValueRef;
	use std::sync::Arc;

	/// Storage with several owners, like the database's.
	#[derive(Clone, Default)]
	struct Shared(Arc<Mutex<(InMemOffchainStorage, usize)>>);

	impl OffchainStorage for Shared {
		fn set(&mut self, prefix: &[u8], key: &[u8], value: &[u8]) {
			let mut inner = self.0.lock();
			inner.0.set(prefix, key, value);
			inner.1 += 1;
		}
		fn remove(&mut self, prefix: &[u8], key: &[u8]) {
			self.0.lock().0.remove(prefix, key)
		}
		fn get(&self, prefix: &[u8], key: &[u8]) -> Option<Vec<u8>> {
			self.0.lock().0.get(prefix, key)
		}
		fn compare_and_set(
			&mut self,
			prefix: &[u8],
			key: &[u8],
			old: Option<&[u8]>,
			new: &[u8],
		) -> bool {
			self.0.lock().0.compare_and_set(prefix, key, old, new)
		}
	}

	/// Runs code as the off-chain worker, over this storage.
	fn as_worker<R>(storage: &Shared, work: impl FnOnce() -> R) -> R {
		let mut externalities = sp_io::TestExternalities::default();
		externalities.register_extension(OffchainDbExt::new(OffchainDb::new(storage.clone())));
		externalities.execute_with(work)
	}

	fn upload(content: &[u8], created_ms: u64) -> Upload {
		Upload {
			root: Cid::of(Codec::Raw, content),
			size: content.len() as u64,
			owner: [1; 32],
			organisation: Some(1),
			expires_ms: 10,
			created_ms,
		}
	}

	#[test]
	fn the_worker_reads_the_endpoints() {
		let storage = Shared::default();
		Notes::new(storage.clone()).endpoints("http://127.0.0.1:4000", "http://127.0.0.1:5101");
		let read = as_worker(&storage, || {
			StorageValueRef::persistent(b"salus::endpoints").get::<(Vec<u8>, Vec<u8>)>()
		});
		assert_eq!(
			read,
			Ok(Some((b"http://127.0.0.1:4000".to_vec(), b"http://127.0.0.1:5101".to_vec())))
		);
	}

	#[test]
	fn the_keys_that_node_and_worker_share_are_pinned() {
		// The runtime on the chain can be of a different release from the node.
		let shared = [
			keys::ENDPOINTS,
			keys::UPLOADS,
			keys::LOST,
			keys::REMOVED,
			keys::PEER,
			keys::FINALIZED,
		];
		let names = ["endpoints", "uploads", "lost", "removed", "peer", "finalized"];
		assert_eq!(shared, names.map(|name| format!("salus::{name}").into_bytes()));
	}

	#[test]
	fn the_endpoints_encoding_is_pinned() {
		let storage = Shared::default();
		Notes::new(storage.clone()).endpoints("http://a:1", "http://b:2");
		let bytes = storage.get(b"storage", b"salus::endpoints").unwrap();
		assert_eq!(bytes, b"\x28http://a:1\x28http://b:2");
	}

	#[test]
	fn the_worker_reads_the_uploads() {
		let storage = Shared::default();
		let (first, second) = (upload(b"one", 1), upload(b"second", 2));
		let listed = vec![first.clone(), second.clone()];
		Notes::new(storage.clone()).uploads(|| listed);
		let read = as_worker(&storage, || {
			StorageValueRef::persistent(b"salus::uploads")
				.get::<Vec<(salus_primitives::Cid, u64)>>()
		});
		let cid = |upload: &Upload| salus_primitives::Cid(upload.root.to_bytes());
		assert_eq!(read, Ok(Some(vec![(cid(&first), 3), (cid(&second), 6)])));
	}

	#[test]
	fn the_uploads_encoding_is_pinned() {
		let bytes = encode_uploads(&[upload(b"one", 1)]);
		let mut expected = vec![0x04, 0x01, 0x55, 0x12, 0x20];
		let digest = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
		expected.extend(hex::decode(digest).unwrap());
		expected.extend([3, 0, 0, 0, 0, 0, 0, 0]);
		assert_eq!(bytes, expected);
	}

	#[test]
	fn the_workers_notes_of_its_pushes_are_read() {
		let storage = Shared::default();
		let notes = Notes::new(storage.clone());
		assert!(notes.pushes().is_empty());
		let pushes = vec![Push {
			root: salus_primitives::Cid(upload(b"one", 1).root.to_bytes()),
			done: 7,
			last: None,
			backoff: Backoff { failures: 3, retry: 9 },
		}];
		as_worker(&storage, || StorageValueRef::persistent(keys::PUSHES).set(&pushes));
		assert_eq!(notes.pushes(), pushes);
	}

	#[test]
	fn notes_of_another_version_of_the_worker_are_skipped() {
		let storage = Shared::default();
		let notes = Notes::new(storage.clone());
		as_worker(&storage, || StorageValueRef::persistent(keys::PUSHES).set(&u64::MAX));
		assert!(notes.pushes().is_empty());
	}

	#[test]
	fn removals_are_requested_and_reported_by_notes() {
		let storage = Shared::default();
		let notes = Notes::new(storage.clone());
		assert!(notes.removing().is_empty());
		let roots = [upload(b"one", 1).root, upload(b"two", 1).root];
		let cids = roots.map(|root| salus_primitives::Cid(root.to_bytes())).to_vec();
		as_worker(&storage, || StorageValueRef::persistent(keys::REMOVING).set(&cids));
		assert_eq!(notes.removing(), roots);
		notes.removed(&BTreeSet::from([roots[1]]));
		let read = as_worker(&storage, || {
			StorageValueRef::persistent(keys::REMOVED).get::<Vec<salus_primitives::Cid>>()
		});
		assert_eq!(read, Ok(Some(vec![cids[1]])));
	}

	#[test]
	fn blocks_kept_by_other_pins_are_known_after_a_restart() {
		let storage = Shared::default();
		let [one, two, block] =
			[&b"one"[..], b"two", b"block"].map(|content| upload(content, 1).root);
		assert!(Notes::new(storage.clone()).kept().is_empty());
		let mut kept = BTreeMap::from([(one, vec![block])]);
		Notes::new(storage.clone()).keep(&kept);
		assert_eq!(Notes::new(storage.clone()).kept(), kept);
		// Both do not fit.
		kept.insert(two, vec![block; MOST_KEPT]);
		Notes::new(storage.clone()).keep(&kept);
		assert_eq!(Notes::new(storage).kept().len(), 1);
	}

	#[test]
	fn lost_roots_are_known_after_a_restart() {
		let storage = Shared::default();
		let root = upload(b"one", 1).root;
		Notes::new(storage.clone()).lost(&BTreeSet::from([root]));
		assert_eq!(Notes::new(storage).known_lost(), [root]);
	}

	#[test]
	fn the_uploads_are_written_only_when_they_change() {
		let storage = Shared::default();
		let notes = Notes::new(storage.clone());
		notes.uploads(Vec::new);
		notes.uploads(Vec::new);
		assert_eq!(storage.0.lock().1, 1);
		notes.uploads(|| vec![upload(b"one", 1)]);
		assert_eq!(storage.0.lock().1, 2);
	}

	#[test]
	fn a_note_names_256_uploads() {
		let uploads: Vec<_> = (0..300u64).map(|n| upload(&n.to_le_bytes(), n)).collect();
		assert_eq!(encode_uploads(&uploads).len(), 2 + 256 * 44);
	}

	#[test]
	fn a_start_removes_the_lock_of_a_killed_run() {
		use pallet_records::offchain::LOCK;
		use sp_core::offchain::{testing::TestOffchainExt, Duration, OffchainWorkerExt};
		use sp_runtime::offchain::storage_lock::{StorageLock, Time};

		let storage = Shared::default();
		let run = |work: &dyn Fn()| {
			let mut externalities = sp_io::TestExternalities::default();
			externalities.register_extension(OffchainDbExt::new(OffchainDb::new(storage.clone())));
			externalities.register_extension(OffchainWorkerExt::new(TestOffchainExt::new().0));
			externalities.execute_with(work)
		};
		let lock = || {
			let mut lock =
				StorageLock::<Time>::with_deadline(keys::LOCK, Duration::from_millis(LOCK));
			// A killed run does not release its lock.
			let locked = lock.try_lock().map(|guard| guard.forget()).is_ok();
			locked
		};
		let submission = || StorageValueRef::persistent(keys::SUBMISSION).get::<(u32, u32)>();
		run(&|| {
			assert!(lock());
			StorageValueRef::persistent(keys::SUBMISSION).set(&(7u32, 3u32));
		});
		run(&|| assert!(!lock(), "another run holds the lock"));
		Notes::new(storage.clone()).start_afresh();
		run(&|| {
			assert_eq!(submission(), Ok(None), "the pool is empty, so no transaction waits in it");
			assert!(lock());
		});
	}
}
