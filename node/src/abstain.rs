//! Keeps a validator from voting on finality while it may have forgotten its earlier votes.
//!
//! GRANDPA stores a validator's votes in the database. A node that is restored from a backup, or
//! whose database was removed, starts with an empty one. If it votes in a round that was already
//! open when the old database ended, it votes twice. The double vote is proven to the chain, which
//! removes the validator.
//!
//! Therefore the node lists beside its keys which of them have voted ([`Voted`]), and every backup
//! of the keys contains this list. If the database is new and the list names one of the keys, the
//! node abstains until a block is final that was made after the node started, because by then the
//! open rounds are over. New chains and new keys do not need to wait.

use std::{
	fs, io,
	path::{Path, PathBuf},
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc,
	},
	time::Duration,
};

use futures::{future::BoxFuture, FutureExt};
use sp_core::{
	crypto::{key_types::GRANDPA, KeyTypeId},
	ecdsa, ed25519, sr25519,
};
use sp_keystore::{Error, Keystore, KeystorePtr};

use crate::{clock::now_ms, files::make_private};

/// Interval at which the list is compared with the keys, and finality with its target.
const POLL: Duration = Duration::from_millis(if cfg!(test) { 10 } else { 2_000 });

/// Maximum by which the clocks of validators are assumed to differ.
const CLOCKS_DIFFER: Duration = Duration::from_secs(if cfg!(test) { 0 } else { 10 });

const LOG_TARGET: &str = "salus::votes";

/// List of the keys that have voted: a file beside the keystore, one key per line.
#[derive(Clone, Debug)]
pub struct Voted(PathBuf);

impl Voted {
	/// Returns the list in the chain's folder.
	pub fn new(chain: &Path) -> Self {
		Self(chain.join("salus").join("voted"))
	}

	fn read(&self) -> io::Result<Vec<String>> {
		match fs::read_to_string(&self.0) {
			Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
			Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
			Err(error) => Err(error),
		}
	}

	/// Returns whether one of the keys has voted before.
	pub fn names_one_of(&self, keystore: &dyn Keystore) -> io::Result<bool> {
		let known = self.read()?;
		Ok(keys(keystore).iter().any(|key| known.contains(key)))
	}

	/// Path of the mark that an abstention has begun and not ended.
	fn mark(&self) -> PathBuf {
		self.0.with_file_name("abstains")
	}

	/// Returns whether an abstention has begun and not ended. A restart does not end it.
	fn abstains(&self) -> io::Result<bool> {
		self.mark().try_exists()
	}

	/// Records that an abstention begins. On return, it is on disk.
	fn begin(&self) -> io::Result<()> {
		let mark = self.mark();
		let folder = mark.parent().unwrap_or(Path::new("."));
		make_private(folder)?;
		fs::File::create(&mark)?.sync_all()?;
		#[cfg(unix)]
		fs::File::open(folder)?.sync_all()?;
		Ok(())
	}

	/// Records that an abstention has ended.
	fn end(&self) -> io::Result<()> {
		match fs::remove_file(self.mark()) {
			Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
			_ => Ok(()),
		}
	}

	/// Records that these keys vote. On return, the list is on disk.
	pub fn note(&self, keystore: &dyn Keystore) -> io::Result<()> {
		let mut known = self.read()?;
		let new: Vec<String> =
			keys(keystore).into_iter().filter(|key| !known.contains(key)).collect();
		if new.is_empty() {
			return Ok(());
		}
		known.extend(new);
		let folder = self.0.parent().unwrap_or(Path::new("."));
		make_private(folder)?;
		let unfinished = self.0.with_extension("new");
		let file = fs::File::create(&unfinished)?;
		io::Write::write_all(&mut &file, (known.join("\n") + "\n").as_bytes())?;
		file.sync_all()?;
		fs::rename(&unfinished, &self.0)?;
		#[cfg(unix)]
		for folder in folder.ancestors().take(2) {
			fs::File::open(folder)?.sync_all()?;
		}
		Ok(())
	}
}

fn keys(keystore: &dyn Keystore) -> Vec<String> {
	let keys = keystore.ed25519_public_keys(GRANDPA);
	keys.iter().map(hex::encode).collect()
}

/// Returns whether the rounds that were open before the start are over: a block is final that was
/// made after it. Both are in milliseconds since 1970.
///
/// Only validators' signatures count for this. What peers tell about their chains does not.
fn is_over(last_final: Option<u64>, started: u64) -> bool {
	last_final.is_some_and(|made| made > started.saturating_add(CLOCKS_DIFFER.as_millis() as u64))
}

/// Keystore as GRANDPA sees it: without keys while the node abstains. GRANDPA looks for keys when a
/// round begins, and signs; it uses nothing else.
struct Silent {
	inner: KeystorePtr,
	abstains: Arc<AtomicBool>,
}

impl Keystore for Silent {
	fn has_keys(&self, public_keys: &[(Vec<u8>, KeyTypeId)]) -> bool {
		!self.abstains.load(Ordering::SeqCst) && self.inner.has_keys(public_keys)
	}
	fn ed25519_public_keys(&self, key_type: KeyTypeId) -> Vec<ed25519::Public> {
		if self.abstains.load(Ordering::SeqCst) {
			return Vec::new();
		}
		self.inner.ed25519_public_keys(key_type)
	}
	fn ed25519_sign(
		&self,
		key_type: KeyTypeId,
		public: &ed25519::Public,
		msg: &[u8],
	) -> Result<Option<ed25519::Signature>, Error> {
		if self.abstains.load(Ordering::SeqCst) {
			return Ok(None);
		}
		self.inner.ed25519_sign(key_type, public, msg)
	}
	fn ed25519_generate_new(
		&self,
		_: KeyTypeId,
		_: Option<&str>,
	) -> Result<ed25519::Public, Error> {
		Err(Error::Unavailable)
	}
	fn sr25519_public_keys(&self, _: KeyTypeId) -> Vec<sr25519::Public> {
		Vec::new()
	}
	fn sr25519_generate_new(
		&self,
		_: KeyTypeId,
		_: Option<&str>,
	) -> Result<sr25519::Public, Error> {
		Err(Error::Unavailable)
	}
	fn sr25519_sign(
		&self,
		_: KeyTypeId,
		_: &sr25519::Public,
		_: &[u8],
	) -> Result<Option<sr25519::Signature>, Error> {
		Ok(None)
	}
	fn sr25519_vrf_sign(
		&self,
		_: KeyTypeId,
		_: &sr25519::Public,
		_: &sr25519::vrf::VrfSignData,
	) -> Result<Option<sr25519::vrf::VrfSignature>, Error> {
		Ok(None)
	}
	fn sr25519_vrf_pre_output(
		&self,
		_: KeyTypeId,
		_: &sr25519::Public,
		_: &sr25519::vrf::VrfInput,
	) -> Result<Option<sr25519::vrf::VrfPreOutput>, Error> {
		Ok(None)
	}
	fn ecdsa_public_keys(&self, _: KeyTypeId) -> Vec<ecdsa::Public> {
		Vec::new()
	}
	fn ecdsa_generate_new(&self, _: KeyTypeId, _: Option<&str>) -> Result<ecdsa::Public, Error> {
		Err(Error::Unavailable)
	}
	fn ecdsa_sign(
		&self,
		_: KeyTypeId,
		_: &ecdsa::Public,
		_: &[u8],
	) -> Result<Option<ecdsa::Signature>, Error> {
		Ok(None)
	}
	fn ecdsa_sign_prehashed(
		&self,
		_: KeyTypeId,
		_: &ecdsa::Public,
		_: &[u8; 32],
	) -> Result<Option<ecdsa::Signature>, Error> {
		Ok(None)
	}
	fn insert(&self, _: KeyTypeId, _: &str, _: &[u8]) -> Result<(), ()> {
		Err(())
	}
	fn keys(&self, key_type: KeyTypeId) -> Result<Vec<Vec<u8>>, Error> {
		self.inner.keys(key_type)
	}
}

/// Returns the keystore for GRANDPA and the task that ends its abstention. Run the task alongside.
///
/// `is_new`: the database was empty at the start, and others may have seen votes of an earlier one.
/// `last_final`: returns when the last final block was made, in milliseconds since 1970.
pub fn voter(
	chain: &Path,
	keystore: KeystorePtr,
	is_new: bool,
	last_final: impl Fn() -> Option<u64> + Send + Sync + 'static,
) -> io::Result<(KeystorePtr, BoxFuture<'static, ()>)> {
	let started = now_ms();
	let voted = Voted::new(chain);
	let must_wait = (is_new || voted.abstains()?) && voted.names_one_of(&*keystore)?;
	let abstains = Arc::new(AtomicBool::new(must_wait));
	if must_wait {
		voted.begin()?;
		log::warn!(
			target: LOG_TARGET,
			"the database is new, but these keys have voted before: the node abstains from voting on finality until a \
			 block is final that was made after this start, because earlier rounds may still be open",
		);
	} else {
		voted.note(&*keystore)?;
	}
	let silent = Arc::new(Silent { inner: keystore.clone(), abstains: abstains.clone() });
	let watch = async move {
		loop {
			tokio::time::sleep(POLL).await;
			if abstains.load(Ordering::SeqCst) {
				if !is_over(last_final(), started) {
					continue;
				}
				log::info!(target: LOG_TARGET, "the rounds that may have been open are over: the node votes again");
			}
			// New keys may be made while the node runs.
			match voted.note(&*keystore).and_then(|()| voted.end()) {
				Ok(()) => abstains.store(false, Ordering::SeqCst),
				Err(error) => log::error!(
					target: LOG_TARGET,
					"cannot record in {} which keys vote: {error}",
					voted.0.display(),
				),
			}
		}
	};
	Ok((silent, watch.boxed()))
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_keystore::testing::MemoryKeystore;

	fn keystore(seed: &str) -> (KeystorePtr, Vec<u8>) {
		let keystore = MemoryKeystore::new();
		let public = keystore.ed25519_generate_new(GRANDPA, Some(seed)).unwrap();
		(Arc::new(keystore), public.0.to_vec())
	}

	fn votes(keystore: &KeystorePtr, public: &[u8]) -> bool {
		let public_key = ed25519::Public::try_from(public).unwrap();
		let signs = keystore.ed25519_sign(GRANDPA, &public_key, b"vote").unwrap().is_some();
		assert_eq!(keystore.has_keys(&[(public.to_vec(), GRANDPA)]), signs);
		signs
	}

	fn nobody() -> Option<u64> {
		None
	}

	#[test]
	fn only_keys_that_voted_on_another_database_are_silent() {
		let folder = tempfile::tempdir().unwrap();
		let start = |seed: &str, is_new| {
			let (keystore, public) = keystore(seed);
			let (voter, _) = voter(folder.path(), keystore, is_new, nobody).unwrap();
			votes(&voter, &public)
		};
		assert!(start("//Alice", true), "a new chain");
		assert!(start("//Alice", false), "a restart");
		assert!(!start("//Alice", true), "a restored node");
		assert!(!start("//Alice", false), "restarted before the abstention ended");
		assert!(!start("//Alice", true), "restored again, without a vote in between");
		assert!(start("//Bob", true), "new keys");
		assert!(!start("//Bob", true));
		assert!(!start("//Alice", true));
	}

	#[test]
	fn the_wait_ends_once_a_block_from_after_the_start_is_final() {
		assert!(!is_over(None, 100));
		assert!(!is_over(Some(99), 100));
		assert!(!is_over(Some(100), 100));
		assert!(is_over(Some(101), 100));
	}

	#[tokio::test]
	async fn a_restored_node_votes_again_when_it_is_safe() {
		let folder = tempfile::tempdir().unwrap();
		let (keystore, public) = keystore("//Alice");
		drop(voter(folder.path(), keystore.clone(), false, nobody).unwrap());
		// However many blocks follow, finality stands.
		let finalized = Arc::new(std::sync::atomic::AtomicU64::new(now_ms()));
		let seen = finalized.clone();
		let (restored, watch) =
			voter(folder.path(), keystore.clone(), true, move || Some(seen.load(Ordering::SeqCst)))
				.unwrap();
		let watch = tokio::spawn(watch);
		tokio::time::sleep(20 * POLL).await;
		assert!(!votes(&restored, &public));
		finalized.store(now_ms() + 1, Ordering::SeqCst);
		tokio::time::sleep(50 * POLL).await;
		assert!(votes(&restored, &public));
		watch.abort();
		let (restarted, _) = voter(folder.path(), keystore, false, nobody).unwrap();
		assert!(votes(&restarted, &public), "the abstention has ended");
	}
}
