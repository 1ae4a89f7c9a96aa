//! Storage of a member's secrets: encrypted files that only the node's user can read.
//!
//! The key of the files is derived from the member's key in the keystore (type `comm`), from its
//! VRF output for an input that is never used elsewhere or published. The keystore holds the
//! member's key beside the files, as a phrase that gives the key only together with the keystore's
//! password. The password therefore protects a copied folder, a stolen disk or a backup. In
//! production it always comes from elsewhere (`--password-filename`); see [`has_password`]. Without
//! a password, anyone who has the folder has the shares.
//!
//! ```text
//! <base>/chains/<id>/keystore/committee/<member's public key>/
//!     <epoch>.identity    secret to which the others' dealings are encrypted
//!     <epoch>.dealing     own dealing, posted and secret part
//!     <epoch>.share       share of the epoch's key
//! ```
//!
//! A file is `"salusvl1"`, a nonce (12 bytes), then the content under AES-256-GCM, with chain,
//! member, epoch and kind as associated data. A file that was put in the place of another therefore
//! does not open. A file is written under a temporary name, synced to disk, and then renamed, so
//! that a crash leaves either the old or the new one. The first file also syncs the folders above
//! it, so that a secret stored before a post survives a power cut.

use std::{
	fmt, fs,
	io::{self, Write},
	path::{Path, PathBuf},
};

use aes_gcm::{
	aead::{Aead, KeyInit, Payload},
	Aes256Gcm, Nonce,
};
use codec::Encode;
use hkdf::Hkdf;
use salus_primitives::{Epoch, Hash32};
use sc_service::config::KeystoreConfig;
use sha2::Sha256;
use sp_core::{
	crypto::KeyTypeId,
	sr25519::{vrf::VrfInput, Public},
};
use sp_keystore::Keystore;
use zeroize::Zeroizing;

use crate::clock::now_ms;

/// Key type of members' keys in the keystore.
pub const KEY_TYPE: KeyTypeId = KeyTypeId(*b"comm");

const MAGIC: &[u8; 8] = b"salusvl1";
const NONCE_SIZE: usize = 12;
const UNFINISHED: &str = "new";

/// Reason why a secret cannot be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
	/// A file operation failed.
	#[error("cannot {action} {path}")]
	Io {
		/// Attempted action.
		action: &'static str,
		/// File or folder.
		path: PathBuf,
		/// Cause.
		source: io::Error,
	},
	/// The keystore lacks the key that the files' key is derived from.
	#[error("the keystore no longer has the committee key {0}; restore it from a backup")]
	NoKey(Public),
	/// The keystore failed.
	#[error("the keystore failed")]
	Keystore(#[source] sp_keystore::Error),
	/// The file belongs to another member, epoch or chain, or was altered.
	#[error(
		"{0} does not open with this node's committee key: it belongs to another member, epoch or chain, or was altered; restore it from a backup"
	)]
	Refused(PathBuf),
	/// The operating system provided no randomness.
	#[error("the operating system provided no randomness; fix its random device")]
	NoRandomness,
	/// The cipher failed.
	#[error("the cipher failed")]
	Cipher,
}

/// Kind of a secret of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
	/// Secret to which the other members encrypt their dealings.
	Identity,
	/// The member's own dealing.
	Dealing,
	/// Share of the epoch's key.
	Share,
}

impl Kind {
	fn name(self) -> &'static str {
		match self {
			Kind::Identity => "identity",
			Kind::Dealing => "dealing",
			Kind::Share => "share",
		}
	}
}

/// Returns whether a copy of the node's folder is useless on its own: its keys need a password that
/// is not in it, or are in no file.
pub fn has_password(keystore: &KeystoreConfig) -> bool {
	match keystore {
		KeystoreConfig::Path { password, .. } => password.is_some(),
		KeystoreConfig::InMemory => true,
	}
}

/// Secrets of one member.
pub struct Vault {
	folder: PathBuf,
	genesis: Hash32,
	member: Public,
	key: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for Vault {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "Vault({}, ..)", self.folder.display())
	}
}

impl Vault {
	/// Opens the secrets of `member` under `folder`, which is created if missing.
	pub fn open(
		folder: &Path,
		genesis: Hash32,
		keystore: &dyn Keystore,
		member: Public,
	) -> Result<Self, VaultError> {
		let key = derive_key(genesis, keystore, &member)?;
		let folder = folder.join(hex::encode(member.0));
		make_private(&folder)?;
		// The new folder, the one for all members, and the parent of both.
		for folder in folder.ancestors().take(3) {
			sync(folder)?;
		}
		let vault = Self { folder, genesis, member, key };
		vault.remove_unfinished()?;
		Ok(vault)
	}

	/// Reads a secret, if it exists.
	pub fn read(&self, epoch: Epoch, kind: Kind) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
		let path = self.path(epoch, kind);
		let bytes = match fs::read(&path) {
			Ok(bytes) => bytes,
			Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
			Err(error) => return Err(failed("read", &path)(error)),
		};
		let opened = bytes
			.strip_prefix(MAGIC)
			.and_then(|rest| rest.split_first_chunk::<NONCE_SIZE>())
			.and_then(|(nonce, ciphertext)| {
				let payload = Payload { msg: ciphertext, aad: &self.associated_data(epoch, kind) };
				self.cipher()?.decrypt(&Nonce::from(*nonce), payload).ok()
			});
		match opened {
			Some(secret) => Ok(Some(Zeroizing::new(secret))),
			None => Err(VaultError::Refused(path)),
		}
	}

	/// Stores a secret. On return, it is on disk.
	pub fn write(&self, epoch: Epoch, kind: Kind, secret: &[u8]) -> Result<(), VaultError> {
		let mut nonce = [0; NONCE_SIZE];
		getrandom::fill(&mut nonce).map_err(|_| VaultError::NoRandomness)?;
		let payload = Payload { msg: secret, aad: &self.associated_data(epoch, kind) };
		let ciphertext = self
			.cipher()
			.ok_or(VaultError::Cipher)?
			.encrypt(&Nonce::from(nonce), payload)
			.map_err(|_| VaultError::Cipher)?;
		let path = self.path(epoch, kind);
		let unfinished = path.with_extension(format!("{}.{UNFINISHED}", kind.name()));
		let mut file = create_private(&unfinished).map_err(failed("make", &unfinished))?;
		[MAGIC.as_slice(), &nonce, &ciphertext]
			.into_iter()
			.try_for_each(|part| file.write_all(part))
			.and_then(|()| file.sync_all())
			.map_err(failed("write", &unfinished))?;
		drop(file);
		fs::rename(&unfinished, &path).map_err(failed("put in its place", &path))?;
		sync(&self.folder)
	}

	/// Erases a secret that is no longer needed.
	pub fn erase(&self, epoch: Epoch, kind: Kind) -> Result<(), VaultError> {
		let path = self.path(epoch, kind);
		match fs::remove_file(&path) {
			Ok(()) => sync(&self.folder),
			Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
			Err(error) => Err(failed("remove", &path)(error)),
		}
	}

	/// Renames a share that does not open, or belongs to another key. Returns its new place.
	/// Somebody may still repair it, so it is not erased. The name need not survive a power cut:
	/// then the share is set aside again.
	pub fn set_aside(&self, epoch: Epoch) -> Result<PathBuf, VaultError> {
		let share = self.path(epoch, Kind::Share);
		let name = |number: u64| share.with_extension(format!("share.aside-{number}"));
		let aside = (now_ms()..).map(name).find(|path| !path.exists()).unwrap_or(name(u64::MAX));
		fs::rename(&share, &aside).map_err(failed("set aside", &share))?;
		Ok(aside)
	}

	/// Returns whether nothing is kept of an epoch, not even a share that was set aside.
	pub fn is_without(&self, epoch: Epoch) -> Result<bool, VaultError> {
		Ok(self.kept(epoch)?.is_empty())
	}

	/// Erases all secrets of an epoch, with the shares that were set aside.
	pub fn erase_epoch(&self, epoch: Epoch) -> Result<(), VaultError> {
		let kept = self.kept(epoch)?;
		if kept.is_empty() {
			return Ok(());
		}
		for path in kept {
			fs::remove_file(&path).map_err(failed("remove", &path))?;
		}
		sync(&self.folder)
	}

	/// Returns the files of an epoch, but for one that is being written.
	fn kept(&self, epoch: Epoch) -> Result<Vec<PathBuf>, VaultError> {
		let start = format!("{epoch}.");
		let mut kept = Vec::new();
		for entry in fs::read_dir(&self.folder).map_err(failed("list", &self.folder))? {
			let path = entry.map_err(failed("list", &self.folder))?.path();
			let name = path.file_name().unwrap_or_default().to_string_lossy();
			if name.starts_with(&start) && path.extension().is_none_or(|end| end != UNFINISHED) {
				kept.push(path);
			}
		}
		Ok(kept)
	}

	fn path(&self, epoch: Epoch, kind: Kind) -> PathBuf {
		self.folder.join(format!("{epoch}.{}", kind.name()))
	}

	fn associated_data(&self, epoch: Epoch, kind: Kind) -> Vec<u8> {
		// All parts but the last have fixed lengths.
		(self.genesis, self.member.0, epoch, kind.name()).encode()
	}

	fn cipher(&self) -> Option<Aes256Gcm> {
		Aes256Gcm::new_from_slice(&*self.key).ok()
	}

	/// Removes files that a crash left incomplete, which nothing relied upon.
	fn remove_unfinished(&self) -> Result<(), VaultError> {
		let entries = fs::read_dir(&self.folder).map_err(failed("list", &self.folder))?;
		for entry in entries {
			let path = entry.map_err(failed("list", &self.folder))?.path();
			if path.extension().is_some_and(|end| end == UNFINISHED) {
				fs::remove_file(&path).map_err(failed("remove", &path))?;
			}
		}
		Ok(())
	}
}

/// Syncs a folder to disk. Only then are new, renamed and removed entries in it permanent.
fn sync(folder: &Path) -> Result<(), VaultError> {
	#[cfg(unix)]
	fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed("write", folder))?;
	#[cfg(test)]
	tests::SYNCED.with_borrow_mut(|synced| synced.push(folder.to_owned()));
	Ok(())
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> VaultError + use<> {
	let path = path.to_owned();
	move |source| VaultError::Io { action, path, source }
}

fn derive_key(
	genesis: Hash32,
	keystore: &dyn Keystore,
	member: &Public,
) -> Result<Zeroizing<[u8; 32]>, VaultError> {
	let input = VrfInput::new(b"salus/committee-vault/1", &[(b"genesis", &genesis)]);
	let output = keystore
		.sr25519_vrf_pre_output(KEY_TYPE, member, &input)
		.map_err(VaultError::Keystore)?
		.ok_or(VaultError::NoKey(*member))?;
	let material = Zeroizing::new(output.encode());
	let mut key = Zeroizing::new([0; 32]);
	Hkdf::<Sha256>::new(Some(b"salus/committee-vault/1"), &material)
		.expand(&[genesis, member.0].concat(), &mut *key)
		.map_err(|_| VaultError::Cipher)?;
	Ok(key)
}

/// Creates a folder that only the node's user can enter.
fn make_private(folder: &Path) -> Result<(), VaultError> {
	fs::create_dir_all(folder).map_err(failed("make", folder))?;
	#[cfg(unix)]
	for folder in [folder.parent(), Some(folder)].into_iter().flatten() {
		use std::os::unix::fs::PermissionsExt;
		fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
			.map_err(failed("close to others", folder))?;
	}
	Ok(())
}

/// Creates a file that only the node's user can ever read.
fn create_private(path: &Path) -> io::Result<fs::File> {
	let mut options = fs::OpenOptions::new();
	options.write(true).create(true).truncate(true);
	#[cfg(unix)]
	{
		use std::os::unix::fs::OpenOptionsExt;
		options.mode(0o600);
	}
	options.open(path)
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_keystore::testing::MemoryKeystore;

	const HERE: Hash32 = [1; 32];

	thread_local! {
		/// Folders that were synced, in order.
		pub(super) static SYNCED: std::cell::RefCell<Vec<PathBuf>> = const { std::cell::RefCell::new(Vec::new()) };
	}

	fn keystore(seed: &str) -> (MemoryKeystore, Public) {
		let keystore = MemoryKeystore::new();
		let public = keystore.sr25519_generate_new(KEY_TYPE, Some(seed)).unwrap();
		(keystore, public)
	}

	fn open(folder: &Path, seed: &str) -> Vault {
		let (keystore, public) = keystore(seed);
		Vault::open(folder, HERE, &keystore, public).unwrap()
	}

	fn files(vault: &Vault) -> Vec<String> {
		let mut names: Vec<_> = fs::read_dir(&vault.folder)
			.unwrap()
			.map(|entry| entry.unwrap().file_name().into_string().unwrap())
			.collect();
		names.sort();
		names
	}

	#[test]
	fn secrets_survive_a_restart() {
		let folder = tempfile::tempdir().unwrap();
		let vault = open(folder.path(), "//Alice");
		assert!(vault.read(1, Kind::Share).unwrap().is_none());
		vault.write(1, Kind::Share, b"secret").unwrap();
		vault.write(1, Kind::Dealing, b"other").unwrap();
		vault.write(1, Kind::Share, b"newer").unwrap();
		let again = open(folder.path(), "//Alice");
		assert_eq!(**again.read(1, Kind::Share).unwrap().unwrap(), *b"newer");
		again.erase(1, Kind::Share).unwrap();
		again.erase(1, Kind::Share).unwrap();
		assert!(again.read(1, Kind::Share).unwrap().is_none());
		again.erase_epoch(1).unwrap();
		assert!(files(&again).is_empty());
	}

	#[test]
	#[cfg(unix)]
	fn only_the_nodes_user_can_read() {
		use std::os::unix::fs::PermissionsExt;
		let folder = tempfile::tempdir().unwrap();
		let inner = folder.path().join("committee");
		let vault = open(&inner, "//Alice");
		vault.write(1, Kind::Share, b"secret").unwrap();
		let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
		assert_eq!(mode(&inner), 0o700);
		assert_eq!(mode(&vault.folder), 0o700);
		assert_eq!(mode(&vault.path(1, Kind::Share)), 0o600);
	}

	#[test]
	fn a_secret_shows_neither_in_its_file_nor_in_debug() {
		let folder = tempfile::tempdir().unwrap();
		let vault = open(folder.path(), "//Alice");
		let secret = b"a secret of some length";
		vault.write(1, Kind::Share, secret).unwrap();
		let bytes = fs::read(vault.path(1, Kind::Share)).unwrap();
		assert!(!bytes.windows(8).any(|part| part == &secret[..8]));
		assert!(!format!("{vault:?}").contains(&hex::encode(*vault.key)));
	}

	/// Keystore in a folder, as in a node.
	fn on_disk(folder: &Path, password: Option<&str>) -> sp_keystore::KeystorePtr {
		let config = KeystoreConfig::Path {
			path: folder.join("keystore"),
			password: password.map(|password| password.parse().unwrap()),
		};
		assert_eq!(has_password(&config), password.is_some());
		sc_service::KeystoreContainer::new(&config).unwrap().keystore()
	}

	fn copy(from: &Path, to: &Path) {
		fs::create_dir_all(to).unwrap();
		for entry in fs::read_dir(from).unwrap() {
			let entry = entry.unwrap();
			let target = to.join(entry.file_name());
			if entry.path().is_dir() {
				copy(&entry.path(), &target);
			} else {
				fs::copy(entry.path(), target).unwrap();
			}
		}
	}

	#[test]
	fn a_copy_of_the_folder_does_not_open_without_the_password() {
		use sp_core::{sr25519::Pair, Pair as _};

		let (here, stolen) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
		let keystore = on_disk(here.path(), Some("from a credential"));
		let member = keystore.sr25519_generate_new(KEY_TYPE, None).unwrap();
		let shares = here.path().join("keystore/committee");
		let vault = Vault::open(&shares, HERE, &*keystore, member).unwrap();
		vault.write(1, Kind::Share, b"secret").unwrap();
		copy(here.path(), stolen.path());

		let shares = stolen.path().join("keystore/committee");
		let open = |keystore: &dyn Keystore, member| {
			let vault = Vault::open(&shares, HERE, keystore, member)?;
			vault.read(1, Kind::Share)
		};
		for password in [None, Some(""), Some("a guess")] {
			let keystore = on_disk(stolen.path(), password);
			assert!(open(&*keystore, member).is_err(), "{password:?}");
		}
		// Nor by its own files: take each stored phrase as the member's key.
		let mut phrases = 0;
		for entry in fs::read_dir(stolen.path().join("keystore")).unwrap() {
			let path = entry.unwrap().path();
			if path.is_dir() {
				continue;
			}
			let phrase: String = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
			phrases += 1;
			let keystore = MemoryKeystore::new();
			let found = keystore.sr25519_generate_new(KEY_TYPE, Some(&phrase)).unwrap();
			assert_eq!(found, Pair::from_string(&phrase, None).unwrap().public());
			assert_ne!(found, member);
			fs::create_dir_all(shares.join(hex::encode(found.0))).unwrap();
			let name = "1.share";
			let from = shares.join(hex::encode(member.0)).join(name);
			fs::copy(from, shares.join(hex::encode(found.0)).join(name)).unwrap();
			assert!(open(&keystore, found).is_err());
		}
		assert_eq!(phrases, 1);
		// With the password it opens, so the password makes the difference.
		let keystore = on_disk(stolen.path(), Some("from a credential"));
		let share = open(&*keystore, member).unwrap().unwrap();
		assert_eq!(**share, *b"secret");
	}

	#[test]
	fn the_password_comes_from_a_credential_by_default() {
		let unit = include_str!("../../../deploy/systemd/salus-node.service");
		assert!(unit.contains("LoadCredentialEncrypted=keystore-password:"));
		let start = unit.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
		assert!(start.contains("--password-filename %d/keystore-password"), "{start}");
	}

	#[test]
	fn new_folders_are_synced_before_a_secret_counts() {
		let folder = tempfile::tempdir().unwrap();
		let keystore_folder = folder.path().join("keystore");
		fs::create_dir(&keystore_folder).unwrap();
		let all = keystore_folder.join("committee");
		SYNCED.take();
		let vault = open(&all, "//Alice");
		vault.write(1, Kind::Dealing, b"secret").unwrap();
		let synced = SYNCED.take();
		for new in [&keystore_folder, &all, &vault.folder] {
			assert!(synced.contains(new), "{}", new.display());
		}
		assert_eq!(synced.last(), Some(&vault.folder));
	}

	#[test]
	fn another_members_key_opens_nothing() {
		let folder = tempfile::tempdir().unwrap();
		let alice = open(folder.path(), "//Alice");
		let bob = open(folder.path(), "//Bob");
		assert_ne!(*alice.key, *bob.key);
		alice.write(1, Kind::Share, b"secret").unwrap();
		fs::copy(alice.path(1, Kind::Share), bob.path(1, Kind::Share)).unwrap();
		let refused = bob.read(1, Kind::Share);
		assert!(matches!(refused, Err(VaultError::Refused(_))));
	}

	#[test]
	fn without_the_key_the_vault_does_not_open() {
		let folder = tempfile::tempdir().unwrap();
		let (_, public) = keystore("//Alice");
		let refused = Vault::open(folder.path(), HERE, &MemoryKeystore::new(), public);
		assert!(matches!(refused, Err(VaultError::NoKey(_))));
	}

	#[test]
	fn a_misplaced_altered_or_cut_file_is_refused() {
		let folder = tempfile::tempdir().unwrap();
		let vault = open(folder.path(), "//Alice");
		vault.write(1, Kind::Share, b"secret").unwrap();
		let whole = fs::read(vault.path(1, Kind::Share)).unwrap();
		let refused = |epoch, kind, bytes: &[u8]| {
			fs::write(vault.path(epoch, kind), bytes).unwrap();
			matches!(vault.read(epoch, kind), Err(VaultError::Refused(_)))
		};
		assert!(refused(2, Kind::Share, &whole));
		assert!(refused(1, Kind::Identity, &whole));
		for at in 0..whole.len() {
			let mut altered = whole.clone();
			altered[at] ^= 1;
			assert!(refused(1, Kind::Share, &altered), "{at}");
			assert!(refused(1, Kind::Share, &whole[..at]), "{at}");
		}
		let (keystore, public) = keystore("//Alice");
		let elsewhere = Vault::open(folder.path(), [2; 32], &keystore, public).unwrap();
		fs::write(vault.path(1, Kind::Share), &whole).unwrap();
		assert!(elsewhere.read(1, Kind::Share).is_err());
	}

	#[test]
	fn a_crash_while_writing_leaves_the_old_secret() {
		let folder = tempfile::tempdir().unwrap();
		let vault = open(folder.path(), "//Alice");
		vault.write(1, Kind::Share, b"old").unwrap();
		// Written, but not renamed.
		let unfinished = vault.folder.join("1.share.new");
		fs::write(&unfinished, b"half").unwrap();
		let again = open(folder.path(), "//Alice");
		assert_eq!(files(&again), ["1.share"]);
		assert_eq!(**again.read(1, Kind::Share).unwrap().unwrap(), *b"old");
	}
}
