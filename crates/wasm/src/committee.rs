//! The committee's key: sealing to it, checking shares, and opening.

use salus_envelope::Delivery;
use salus_threshold::{Binding, EpochPublic, ReleaseContext, SealedKey};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use crate::{
	failure::{self, array, integer},
	secret::secretly,
	Failure, Key, KeyPair,
};

/// The public part of an epoch's key, as the chain stores it.
#[wasm_bindgen]
#[derive(Clone, Debug)]
pub struct Committee(EpochPublic);

#[wasm_bindgen]
impl Committee {
	/// Decodes the key and checks that all members' verification shares belong to it. Take the
	/// bytes from proved state.
	///
	/// Throws `malformed` or `unknown-format`.
	#[wasm_bindgen(js_name = fromBytes)]
	pub fn from_bytes(bytes: &[u8]) -> Result<Committee, Failure> {
		Ok(Self(EpochPublic::from_bytes(bytes)?))
	}

	/// Returns the hash of the key, 32 bytes, by which members confirm it.
	#[wasm_bindgen(getter)]
	pub fn digest(&self) -> Vec<u8> {
		self.0.digest().to_vec()
	}

	/// Returns the genesis hash of the chain, 32 bytes.
	#[wasm_bindgen(getter)]
	pub fn genesis(&self) -> Vec<u8> {
		self.0.genesis().to_vec()
	}

	/// Returns the epoch's number.
	#[wasm_bindgen(getter)]
	pub fn epoch(&self) -> u32 {
		self.0.epoch()
	}

	/// Returns the number of good shares that open a key.
	#[wasm_bindgen(getter)]
	pub fn threshold(&self) -> u16 {
		self.0.threshold()
	}

	/// Returns the indices of the members, from 1.
	#[wasm_bindgen(getter)]
	pub fn members(&self) -> Vec<u16> {
		self.0.members().collect()
	}

	/// Seals a record version's key to the committee. Returns 167 bytes, for the chain.
	///
	/// Throws `length`, `number` or `no-randomness`.
	pub fn seal(&self, key: &Key, record: &[u8], version: f64) -> Result<Vec<u8>, Failure> {
		let binding = binding(record, version)?;
		secretly(|| Ok(self.0.seal(key.bytes(), &binding)?.to_bytes().to_vec()))
	}

	/// Checks that a sealed key (167 bytes) is for this committee and this record version.
	///
	/// Throws `length`, `number`, `malformed`, `unknown-format`, `other-epoch` or
	/// `sealed-key-refused`.
	#[wasm_bindgen(js_name = verifySealed)]
	pub fn verify_sealed(&self, sealed: &[u8], record: &[u8], version: f64) -> Result<(), Failure> {
		Ok(SealedKey::from_bytes(sealed)?.verify(&self.0, &binding(record, version)?)?)
	}
}

fn binding(record: &[u8], version: f64) -> Result<Binding, Failure> {
	let version = failure::version("version", version)?;
	Ok(Binding { record: array("record id", record)?, version })
}

/// Converts the index of a member.
fn index(member: f64) -> Result<u16, Failure> {
	integer("member's index", member)
}

/// A logged request for a record's key, to which shares are bound.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request(ReleaseContext);

#[wasm_bindgen]
impl Request {
	/// Describes the request by its entry in the patient's access log: the chain's genesis hash,
	/// the record's id and version, the id of the log entry, the reader's one-time public key (32
	/// bytes each), the code of the purpose, and the expiry in the chain's unit.
	///
	/// Throws `length` or `number`.
	#[wasm_bindgen(constructor)]
	pub fn new(
		genesis: &[u8],
		record: &[u8],
		version: f64,
		log_entry: &[u8],
		reader_key: &[u8],
		purpose: f64,
		expiry: u64,
	) -> Result<Request, Failure> {
		Ok(Self(ReleaseContext {
			genesis: array("genesis hash", genesis)?,
			binding: binding(record, version)?,
			log_entry: array("id of the log entry", log_entry)?,
			reader_key: array("reader's public key", reader_key)?,
			purpose: integer("code of the purpose", purpose)?,
			expiry,
		}))
	}

	/// Returns the hash of all fields, 32 bytes.
	#[wasm_bindgen(getter)]
	pub fn digest(&self) -> Vec<u8> {
		self.0.digest().to_vec()
	}
}

/// The shares of one request, as they arrive. `free()` erases them.
#[wasm_bindgen]
pub struct Release {
	committee: EpochPublic,
	sealed: SealedKey,
	context: ReleaseContext,
	shares: Vec<(u16, Zeroizing<Vec<u8>>)>,
}

#[wasm_bindgen]
impl Release {
	/// Starts without shares. `sealed` has 167 bytes.
	///
	/// Throws `malformed`, `unknown-format`, `other-chain`, `other-epoch`, or `sealed-key-refused`
	/// if the sealed key is for another record version or was altered.
	#[wasm_bindgen(constructor)]
	pub fn new(
		committee: &Committee,
		sealed: &[u8],
		request: &Request,
	) -> Result<Release, Failure> {
		let sealed = SealedKey::from_bytes(sealed)?;
		// Checks the chain, too.
		salus_threshold::Release::new(&committee.0, &sealed, &request.0)?;
		sealed.verify(&committee.0, &request.0.binding)?;
		let committee = committee.0.clone();
		Ok(Self { committee, sealed, context: request.0, shares: Vec::new() })
	}

	/// Checks a share (136 bytes) of a member, and keeps it.
	///
	/// Throws `share-unknown-member`, `share-malformed`, `share-other-epoch`, `share-other-member`
	/// or `share-proof`, with the member in `bad`. Throws `number` if no member has this index.
	pub fn add(&mut self, member: f64, share: Vec<u8>) -> Result<(), Failure> {
		let share = Zeroizing::new(share);
		let member = index(member)?;
		secretly(|| self.keep(member, share))
	}

	/// Opens a share that a member sealed to the reader's one-time key, checks it, and keeps it.
	///
	/// Throws `share-refused`, or the codes of [`add`](Self::add), with the member in `bad`.
	#[wasm_bindgen(js_name = addSealed)]
	pub fn add_sealed(
		&mut self,
		member: f64,
		sealed: &[u8],
		reader: &KeyPair,
	) -> Result<(), Failure> {
		let member = index(member)?;
		let delivery = Delivery { release: self.context.digest(), member };
		secretly(|| {
			let share = delivery
				.open(&reader.0, sealed)
				.map_err(|error| Failure::from(error).of_member(member))?;
			self.keep(member, share)
		})
	}

	/// Returns the members whose good shares are here, each once.
	#[wasm_bindgen(getter)]
	pub fn members(&self) -> Vec<u16> {
		self.shares.iter().map(|(member, _)| *member).collect()
	}

	/// Opens the key with the good shares.
	///
	/// Throws `waiting`, with the number of missing shares in `missing`.
	pub fn combine(&self) -> Result<Key, Failure> {
		let shares = self.shares.iter().map(|(member, share)| (*member, share.as_slice()));
		secretly(|| Ok(Key::of(self.release()?.combine(shares)?.dek)))
	}
}

impl Release {
	fn release(&self) -> Result<salus_threshold::Release<'_>, Failure> {
		Ok(salus_threshold::Release::new(&self.committee, &self.sealed, &self.context)?)
	}

	/// Keeps a good share; a second one of the same member says the same.
	fn keep(&mut self, member: u16, share: Zeroizing<Vec<u8>>) -> Result<(), Failure> {
		self.release()?.verify(member, &share)?;
		if !self.shares.iter().any(|(known, _)| *known == member) {
			self.shares.push((member, share));
		}
		Ok(())
	}
}
