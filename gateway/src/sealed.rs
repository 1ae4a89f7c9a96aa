//! Sealing what names a patient, in files of the state folder.
//!
//! Each entry is sealed with AES-256-GCM, bound to its place, and is found by an HMAC-SHA256. The
//! keys are derived from the secret of the configuration and a label, so no two files share any.

use std::{
	path::Path,
	sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_lc_rs::{
	aead::{Aad, Nonce, RandomizedNonceKey, AES_256_GCM, NONCE_LEN},
	hkdf, hmac,
};
use rusqlite::{params, Connection, OptionalExtension};
use zeroize::Zeroizing;

use crate::{database, identifiers::IdentifierError};

/// Length of the secret, in bytes.
const SECRET: usize = 32;

/// Form of the files of one kind.
pub(crate) struct Form {
	/// Label of the keys.
	pub(crate) label: &'static [u8],
	/// Makes the tables that do not exist yet.
	pub(crate) tables: &'static str,
}

/// A file whose entries are sealed. Clones share it.
#[derive(Clone)]
pub(crate) struct File(Arc<Opened>);

struct Opened {
	connection: Mutex<Connection>,
	sealer: Sealer,
}

impl File {
	/// Opens a file, or makes it. `secret` is in hexadecimal.
	pub(crate) fn open(path: &Path, form: &Form, secret: &str) -> Result<Self, IdentifierError> {
		let sealer = Sealer::new(form.label, secret)?;
		let connection = database::open(path)?;
		connection.execute_batch(form.tables)?;
		sealer.check(&connection)?;
		Ok(Self(Arc::new(Opened { connection: Mutex::new(connection), sealer })))
	}

	pub(crate) fn sealer(&self) -> &Sealer {
		&self.0.sealer
	}

	pub(crate) fn lock(&self) -> MutexGuard<'_, Connection> {
		self.0.connection.lock().unwrap_or_else(PoisonError::into_inner)
	}

	/// Acts on the file in a thread that may wait for the disk.
	pub(crate) async fn blocking<T: Send + 'static, E: From<IdentifierError> + Send + 'static>(
		&self,
		act: impl FnOnce(&Self) -> Result<T, E> + Send + 'static,
	) -> Result<T, E> {
		let file = self.clone();
		let acting = tokio::task::spawn_blocking(move || act(&file));
		acting.await.map_err(|_| IdentifierError::Entry)?
	}
}

/// The keys of one file.
pub(crate) struct Sealer {
	/// Label of the file, which is also the content by which a wrong secret is noticed.
	label: &'static [u8],
	sealing: RandomizedNonceKey,
	finding: hmac::Key,
}

/// Length of a derived key.
struct Length;

impl hkdf::KeyType for Length {
	fn len(&self) -> usize {
		SECRET
	}
}

impl Sealer {
	/// Derives the keys of a file. `secret` is in hexadecimal.
	fn new(label: &'static [u8], secret: &str) -> Result<Self, IdentifierError> {
		let mut bytes = Zeroizing::new([0; SECRET]);
		hex::decode_to_slice(secret.trim(), &mut *bytes).map_err(|_| IdentifierError::Secret)?;
		let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, label).extract(&*bytes);
		let derived = |purpose: &[u8]| {
			let mut key = Zeroizing::new([0; SECRET]);
			let info = [purpose];
			let filled = secret.expand(&info, Length).and_then(|expanded| expanded.fill(&mut *key));
			filled.map(|()| key).map_err(|_| IdentifierError::Secret)
		};
		let sealing = RandomizedNonceKey::new(&AES_256_GCM, &*derived(b"sealing")?)
			.map_err(|_| IdentifierError::Secret)?;
		let finding = hmac::Key::new(hmac::HMAC_SHA256, &*derived(b"finding")?);
		Ok(Self { label, sealing, finding })
	}

	/// Checks that the secret is the one under which the file was made, and notes it in a new file.
	fn check(&self, connection: &Connection) -> Result<(), IdentifierError> {
		self.fits(connection)?.then_some(()).ok_or(IdentifierError::OtherSecret)
	}

	/// Returns whether the file was made under this secret. A new file is from now on.
	fn fits(&self, connection: &Connection) -> Result<bool, IdentifierError> {
		connection
			.execute_batch("CREATE TABLE IF NOT EXISTS secret (sealed BLOB NOT NULL) STRICT;")?;
		let found: Option<Vec<u8>> =
			connection.query_row("SELECT sealed FROM secret", [], |row| row.get(0)).optional()?;
		if let Some(sealed) = found {
			return Ok(self.open(self.label, &sealed).is_ok_and(|opened| opened == self.label));
		}
		let sealed = self.seal(self.label, self.label.to_vec())?;
		connection.execute("INSERT INTO secret (sealed) VALUES (?1)", params![sealed])?;
		Ok(true)
	}

	/// Computes the HMAC of parts, each behind its length.
	pub(crate) fn mac<T: AsRef<[u8]>>(&self, purpose: &[u8], parts: &[T]) -> Vec<u8> {
		let mut context = hmac::Context::with_key(&self.finding);
		context.update(purpose);
		for part in parts {
			let part = part.as_ref();
			context.update(&(part.len() as u64).to_be_bytes());
			context.update(part);
		}
		context.sign().as_ref().to_vec()
	}

	/// Seals bytes, bound to their place, behind the nonce.
	pub(crate) fn seal(
		&self,
		place: &[u8],
		mut bytes: Vec<u8>,
	) -> Result<Vec<u8>, IdentifierError> {
		let nonce = self
			.sealing
			.seal_in_place_append_tag(Aad::from(place), &mut bytes)
			.map_err(|_| IdentifierError::Entry)?;
		let mut sealed = nonce.as_ref().to_vec();
		sealed.append(&mut bytes);
		Ok(sealed)
	}

	/// Opens what was sealed for a place.
	pub(crate) fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, IdentifierError> {
		let (nonce, sealed) =
			sealed.split_first_chunk::<NONCE_LEN>().ok_or(IdentifierError::Entry)?;
		let mut bytes = sealed.to_vec();
		let opened = self
			.sealing
			.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(place), &mut bytes)
			.map_err(|_| IdentifierError::Entry)?
			.len();
		bytes.truncate(opened);
		Ok(bytes)
	}
}

impl Form {
	/// Seals a file under another secret, all or nothing, and returns the number of entries; `None`
	/// if it is sealed under it already, perhaps by a run that was interrupted. `reseal` seals the
	/// entries with the second sealer that the first one opens.
	pub(crate) fn reseal(
		&self,
		path: &Path,
		old: &str,
		new: &str,
		reseal: impl FnOnce(&Connection, &Sealer, &Sealer) -> Result<u64, IdentifierError>,
	) -> Result<Option<u64>, IdentifierError> {
		let (old, new) = (Sealer::new(self.label, old)?, Sealer::new(self.label, new)?);
		// A server that has the file open would find nothing under the old keys.
		let mut connection = database::open_alone(path)?;
		connection.execute_batch(self.tables)?;
		let changes = connection.transaction()?;
		let count = match old.fits(&changes)? {
			true => {
				let count = reseal(&changes, &old, &new)?;
				changes.execute_batch("DELETE FROM secret")?;
				Some(count)
			}
			false => None,
		};
		new.check(&changes)?;
		changes.commit()?;
		// Nothing that the old secret opens stays in the file, nor in its log. A run that was
		// interrupted may not have come here.
		connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
		Ok(count)
	}
}
