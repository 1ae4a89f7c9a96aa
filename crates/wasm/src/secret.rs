//! Keys, and the wraps that pass them on.

use std::fmt;

use js_sys::Uint8Array;
use salus_envelope::{Binding, Dek, KeyAgreementSecret, WrapContext, WrapKind};
use wasm_bindgen::prelude::*;
use zeroize::{Zeroize, Zeroizing};

use crate::{
	failure::{self, array, integer},
	Failure,
};

/// A secret key of 32 bytes: a record's data encryption key, or the seed of an organisation's
/// key-agreement key. `free()` erases it.
#[wasm_bindgen]
pub struct Key(
	/// On the heap: an object that moves would leave copies on the stack.
	Box<Dek>,
);

#[wasm_bindgen]
impl Key {
	/// Generates a key from the browser's randomness. Use a new one for each record version.
	///
	/// Throws `no-randomness`.
	pub fn generate() -> Result<Key, Failure> {
		secretly(|| Ok(Self(Box::new(Dek::generate()?))))
	}

	/// Takes the 32 bytes of a key. Erase the caller's copy.
	///
	/// Throws `length`.
	#[wasm_bindgen(js_name = fromBytes)]
	pub fn from_bytes(bytes: Vec<u8>) -> Result<Key, Failure> {
		let bytes = Zeroizing::new(bytes);
		secretly(|| Ok(Self::of(Zeroizing::new(array("key", &bytes)?))))
	}

	/// Derives the key pair of an organisation from this seed of its key. `context` is the text
	/// `salus/organisation-key`, then the organisation's number and the version of its key, each in
	/// 4 bytes, the most significant first.
	#[wasm_bindgen(js_name = keyPair)]
	pub fn key_pair(&self, context: &[u8]) -> Result<KeyPair, Failure> {
		let derive = || KeyAgreementSecret::derive(self.bytes(), context);
		secretly(|| Ok(KeyPair(Box::new(derive()?))))
	}

	/// Returns a copy of the 32 bytes, to import them into WebCrypto. Erase it afterwards.
	pub fn expose(&self) -> Uint8Array {
		Uint8Array::from(self.bytes().as_slice())
	}
}

impl Key {
	/// Takes a key of a crate below. Call it inside [`secretly`].
	pub(crate) fn of(bytes: Zeroizing<[u8; 32]>) -> Self {
		Self(Box::new(bytes.into()))
	}

	pub(crate) fn bytes(&self) -> &[u8; 32] {
		self.0.expose()
	}
}

impl fmt::Debug for Key {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("Key(..)")
	}
}

/// A secret key-agreement key (X25519), which opens wraps and shares. `free()` erases it.
#[wasm_bindgen]
pub struct KeyPair(pub(crate) Box<KeyAgreementSecret>);

#[wasm_bindgen]
impl KeyPair {
	/// Derives the key pair from at least 32 bytes of a secret source. `context` separates purposes
	/// and versions, and is not secret. Erase the caller's copy of the seed.
	///
	/// Throws `seed-size`.
	pub fn derive(seed: Vec<u8>, context: &[u8]) -> Result<KeyPair, Failure> {
		let seed = Zeroizing::new(seed);
		secretly(|| Ok(Self(Box::new(KeyAgreementSecret::derive(&seed, context)?))))
	}

	/// Generates a key pair for a single request from the browser's randomness.
	///
	/// Throws `no-randomness`.
	pub fn generate() -> Result<KeyPair, Failure> {
		secretly(|| Ok(Self(Box::new(KeyAgreementSecret::generate()?))))
	}

	/// Returns the public key, 32 bytes.
	#[wasm_bindgen(getter, js_name = publicKey)]
	pub fn public_key(&self) -> Vec<u8> {
		secretly(|| self.0.public().to_vec())
	}

	/// Opens the wrap (80 bytes) of a record version's key. `genesis` names the chain, and `record`
	/// is the record's id.
	///
	/// Throws `length`, `number`, `wrap-size`, or `wrap-refused` if the wrap is for another key,
	/// record, version or chain, or was altered.
	#[wasm_bindgen(js_name = unwrapRecord)]
	pub fn unwrap_record(
		&self,
		wrap: &[u8],
		genesis: &[u8],
		record: &[u8],
		version: f64,
	) -> Result<Key, Failure> {
		self.unwrap(wrap, genesis, record_kind(record, version)?)
	}

	/// Opens the wrap (80 bytes) of the seed of an organisation's key, for [`Key::key_pair`].
	///
	/// Throws `length`, `number`, `wrap-size` or `wrap-refused`.
	#[wasm_bindgen(js_name = unwrapOrganisation)]
	pub fn unwrap_organisation(
		&self,
		wrap: &[u8],
		genesis: &[u8],
		organisation: f64,
		key_version: f64,
	) -> Result<Key, Failure> {
		self.unwrap(wrap, genesis, organisation_kind(organisation, key_version)?)
	}
}

impl KeyPair {
	fn unwrap(&self, wrap: &[u8], genesis: &[u8], kind: WrapKind) -> Result<Key, Failure> {
		let context = WrapContext { genesis: array("genesis hash", genesis)?, kind };
		secretly(|| Ok(Key::of(salus_envelope::unwrap(&self.0, &context, wrap)?)))
	}
}

impl fmt::Debug for KeyPair {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("KeyPair(..)")
	}
}

/// Wraps a record version's key to a recipient's public key (32 bytes). Returns 80 bytes.
///
/// Throws `length`, `number`, `no-randomness`, or `weak-public-key` if anyone could open the wrap.
#[wasm_bindgen(js_name = wrapRecord)]
pub fn wrap_record(
	recipient: &[u8],
	genesis: &[u8],
	record: &[u8],
	version: f64,
	key: &Key,
) -> Result<Vec<u8>, Failure> {
	wrap(recipient, genesis, record_kind(record, version)?, key)
}

/// Wraps the seed of an organisation's key to a member's public key (32 bytes). Returns 80 bytes.
///
/// Throws `length`, `number`, `no-randomness` or `weak-public-key`.
#[wasm_bindgen(js_name = wrapForOrganisation)]
pub fn wrap_for_organisation(
	recipient: &[u8],
	genesis: &[u8],
	organisation: f64,
	key_version: f64,
	key: &Key,
) -> Result<Vec<u8>, Failure> {
	wrap(recipient, genesis, organisation_kind(organisation, key_version)?, key)
}

fn wrap(recipient: &[u8], genesis: &[u8], kind: WrapKind, key: &Key) -> Result<Vec<u8>, Failure> {
	let context = WrapContext { genesis: array("genesis hash", genesis)?, kind };
	let recipient = array("recipient's public key", recipient)?;
	secretly(|| Ok(salus_envelope::wrap(&recipient, &context, key.bytes())?.to_vec()))
}

fn record_kind(record: &[u8], version: f64) -> Result<WrapKind, Failure> {
	let version = failure::version("version", version)?;
	Ok(WrapKind::Record(Binding { record: array("record id", record)?, version }))
}

fn organisation_kind(organisation: f64, key_version: f64) -> Result<WrapKind, Failure> {
	let organisation = integer("number of the organisation", organisation)?;
	let key_version = failure::version("version of the key", key_version)?;
	Ok(WrapKind::Organisation { organisation, key_version })
}

/// Size of the part of the stack that is erased, in bytes: an eighth of a module's stack.
const ERASED: usize = 128 << 10;

/// Does work with secrets, then erases the stack that it used. Its result keeps a secret on the
/// heap only.
pub(crate) fn secretly<T>(work: impl FnOnce() -> T) -> T {
	// A frame of its own, so that it is below that of the caller.
	#[inline(never)]
	fn apart<T>(work: impl FnOnce() -> T) -> T {
		work()
	}

	#[inline(never)]
	fn erase() {
		let mut frame = [0u8; ERASED];
		frame.zeroize();
		std::hint::black_box(&frame);
	}

	let result = apart(work);
	erase();
	result
}
