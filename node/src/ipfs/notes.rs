//! What this node tells the off-chain worker, which runs in Wasm and sees no files.
//!
//! The notes lie in the persistent off-chain local storage, where `StorageValueRef::persistent`
//! of the worker finds them under the same key:
//!
//! | key | value, SCALE |
//! |---|---|
//! | `salus::endpoints` | `(staging: Vec<u8>, ipfs: Vec<u8>)`: addresses without a slash at the end |
//! | `salus::uploads` | `Vec<(root: [u8; 36], size: u64)>`: complete uploads, at most [`MAX_UPLOADS`] |
//! | `salus::lost` | `Vec<[u8; 36]>`: roots of which blocks are gone that no node gives back, at most [`LOST`] |
//! | `salus::removed` | `Vec<[u8; 36]>`: roots that the worker wants removed ([`Notes::removing`]) and of which nothing is left |
//! | `salus::kept` | `Vec<([u8; 36], Vec<[u8; 36]>)>`: removed roots, and the blocks below each that other pins keep at Kubo |
//! | `salus::peer` | `[u8; 32]`: this node's key in the peer-to-peer network |
//! | `salus::finalized` | `u32`: number of the finalised block, so that the worker undoes nothing that may come back |
//!
//! The worker does not read `salus::kept`: the node keeps it there over a restart ([`Notes::kept`]).
//!
//! Of what the worker notes for itself, the node reads how its pushes fare ([`Notes::pushes`]), orders the uploads by it
//! ([`super::order`]), and shows it to operators; and a node that starts removes what the last run held
//! ([`Notes::start_afresh`]).

use std::collections::{BTreeMap, BTreeSet};

use codec::{Decode, Encode};
use pallet_records::offchain::{keys, Push, LOST};
use parking_lot::Mutex;
use salus_ipfs::{staging::Upload, Cid, CID_LENGTH};
use salus_primitives::PeerKey;
use sp_core::offchain::{OffchainStorage, STORAGE_PREFIX};

/// Where the worker finds the addresses.
pub const ENDPOINTS_KEY: &[u8] = b"salus::endpoints";

/// Where the worker finds the uploads.
pub const UPLOADS_KEY: &[u8] = b"salus::uploads";

/// Where the worker finds the roots that are lost.
pub const LOST_KEY: &[u8] = b"salus::lost";

/// Where the node finds after a restart which blocks of removed roots other pins keep.
pub const KEPT_KEY: &[u8] = b"salus::kept";

/// The most blocks that [`KEPT_KEY`] names.
const MOST_KEPT: usize = 65_536;

/// Where the worker finds this node's key in the peer-to-peer network.
pub const PEER_KEY: &[u8] = b"salus::peer";

/// Where the worker finds the number of the finalised block.
pub const FINALIZED_KEY: &[u8] = b"salus::finalized";

/// The most uploads, or roots, that one note names. The rest follow as these are done.
pub const MAX_UPLOADS: usize = 256;

/// The off-chain local storage, of whatever database.
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

/// The way to the off-chain local storage.
pub struct Notes {
	state: Mutex<State>,
}

struct State {
	store: Box<dyn Store>,
	/// What [`UPLOADS_KEY`] holds, so that it is written only when it changes.
	uploads: Option<Vec<u8>>,
	/// What [`LOST_KEY`] holds, likewise.
	lost: Option<Vec<u8>>,
	/// What [`keys::REMOVED`] holds, likewise.
	removed: Option<Vec<u8>>,
}

impl Notes {
	/// Notes into this storage.
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

	/// Tells where to read staged blocks and where to push them.
	pub fn endpoints(&self, staging: &str, ipfs: &str) {
		let value = (staging.as_bytes(), ipfs.as_bytes()).encode();
		self.state.lock().store.write(ENDPOINTS_KEY, &value);
	}

	/// Where the worker is told to push.
	#[cfg(test)]
	pub(crate) fn ipfs_endpoint(&self) -> String {
		let value = self.state.lock().store.read(ENDPOINTS_KEY).unwrap();
		let (_, ipfs): (Vec<u8>, Vec<u8>) = Decode::decode(&mut &value[..]).unwrap();
		String::from_utf8(ipfs).unwrap()
	}

	/// Frees what a run left that ended with an earlier process: its lock, and the word that a transaction of it waits in the
	/// pool. The pool went with the process too, so the next run would wait in vain.
	pub fn start_afresh(&self) {
		let mut state = self.state.lock();
		state.store.remove(keys::LOCK);
		state.store.remove(keys::SUBMISSION);
	}

	/// Tells as which peer this node is known.
	pub fn peer(&self, key: &PeerKey) {
		self.state.lock().store.write(PEER_KEY, &key.encode());
	}

	/// Tells how far finality is.
	pub fn finalized(&self, number: u32) {
		let value = number.encode();
		self.state.lock().store.write(FINALIZED_KEY, &value);
	}

	/// How far the worker has come with each upload that it has begun to push, and how often it failed since.
	pub fn pushes(&self) -> Vec<Push> {
		let value = self.state.lock().store.read(keys::PUSHES);
		// What cannot be decoded was written by a worker of another version, which begins anew as well.
		value.and_then(|value| Vec::decode(&mut &value[..]).ok()).unwrap_or_default()
	}

	/// The roots that a note names.
	fn roots(&self, key: &[u8]) -> Vec<Cid> {
		let value = self.state.lock().store.read(key);
		value
			.and_then(|value| Vec::<salus_primitives::Cid>::decode(&mut &value[..]).ok())
			.unwrap_or_default()
			.iter()
			.filter_map(|cid| Cid::from_bytes(&cid.0).ok())
			.collect()
	}

	/// The roots that the worker unpinned and of which this node shall remove what is left.
	pub fn removing(&self) -> Vec<Cid> {
		self.roots(keys::REMOVING)
	}

	/// Asks for removals, as the worker does.
	#[cfg(test)]
	pub(crate) fn ask_to_remove(&self, roots: &[Cid]) {
		let value = roots.iter().map(Cid::to_bytes).collect::<Vec<_>>().encode();
		self.state.lock().store.write(keys::REMOVING, &value);
	}

	/// Tells of which of them nothing is left.
	pub fn removed(&self, roots: &BTreeSet<Cid>) {
		let mut state = self.state.lock();
		let value = encode_roots(roots);
		if state.removed.as_ref() != Some(&value) {
			state.store.write(keys::REMOVED, &value);
			state.removed = Some(value);
		}
	}

	/// The removed roots of which other pins keep blocks, with these blocks, as [`Notes::keep`] was told last, by an earlier
	/// process too.
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

	/// Keeps in mind which blocks of removed roots other pins keep.
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

	/// Of which roots blocks were gone for good when that was told last, by an earlier process too.
	pub fn known_lost(&self) -> Vec<Cid> {
		self.roots(LOST_KEY)
	}

	/// Tells that nothing is gone of a root any more.
	pub fn found(&self, root: &Cid) {
		let mut roots: BTreeSet<Cid> = self.known_lost().into_iter().collect();
		if roots.remove(root) {
			self.lost(&roots);
		}
	}

	/// Tells of which roots blocks are gone for good.
	pub fn lost(&self, roots: &BTreeSet<Cid>) {
		let mut state = self.state.lock();
		let value = encode_roots(roots);
		if state.lost.as_ref() != Some(&value) {
			state.store.write(LOST_KEY, &value);
			state.lost = Some(value);
		}
	}

	/// Tells which uploads are complete. `list` is called with the note held, so that of two
	/// writers the later one wins.
	pub fn uploads(&self, list: impl FnOnce() -> Vec<Upload>) {
		let mut state = self.state.lock();
		let value = encode_uploads(&list());
		if state.uploads.as_ref() != Some(&value) {
			state.store.write(UPLOADS_KEY, &value);
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

	/// A storage that several hands hold, as the database's is.
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

	/// Runs as the off-chain worker does, over this storage.
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
	fn what_the_worker_notes_of_its_pushes_is_read() {
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
	fn what_a_worker_of_another_version_noted_is_passed_over() {
		let storage = Shared::default();
		let notes = Notes::new(storage.clone());
		as_worker(&storage, || StorageValueRef::persistent(keys::PUSHES).set(&u64::MAX));
		assert!(notes.pushes().is_empty());
	}

	#[test]
	fn what_is_to_be_removed_goes_there_and_what_was_comes_back() {
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
	fn what_other_pins_keep_is_known_after_a_restart() {
		let storage = Shared::default();
		let [one, two, block] =
			[&b"one"[..], b"two", b"block"].map(|content| upload(content, 1).root);
		assert!(Notes::new(storage.clone()).kept().is_empty());
		let mut kept = BTreeMap::from([(one, vec![block])]);
		Notes::new(storage.clone()).keep(&kept);
		assert_eq!(Notes::new(storage.clone()).kept(), kept);
		// There is no room for both.
		kept.insert(two, vec![block; MOST_KEPT]);
		Notes::new(storage.clone()).keep(&kept);
		assert_eq!(Notes::new(storage).kept().len(), 1);
	}

	#[test]
	fn what_is_lost_is_known_after_a_restart() {
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
	fn a_start_frees_what_a_killed_run_left() {
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
			// A run that is killed does not let go.
			let locked = lock.try_lock().map(|guard| guard.forget()).is_ok();
			locked
		};
		let submission = || StorageValueRef::persistent(keys::SUBMISSION).get::<(u32, u32)>();
		run(&|| {
			assert!(lock());
			StorageValueRef::persistent(keys::SUBMISSION).set(&(7u32, 3u32));
		});
		run(&|| assert!(!lock(), "another run is at work"));
		Notes::new(storage.clone()).start_afresh();
		run(&|| {
			assert_eq!(submission(), Ok(None), "the pool is empty: nothing waits in it");
			assert!(lock());
		});
	}
}
