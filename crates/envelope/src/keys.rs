//! The keys that are derived from a record's key for one envelope.

use aws_lc_rs::{
	aead::{Aad, LessSafeKey, Nonce, UnboundKey, AES_256_GCM},
	constant_time::verify_slices_are_equal,
	hkdf, hmac,
};
use zeroize::Zeroizing;

use crate::{
	format::{Header, Layout, FORMAT_VERSION, KEY_CHECK_SIZE, SALT_SIZE, SUITE, TAG_SIZE},
	key::array,
	Binding, Dek, Error,
};

/// Keys derived from the DEK for one envelope.
pub(crate) struct Keys {
	pub(crate) header: Header,
	pub(crate) descriptor: LessSafeKey,
	pub(crate) content: LessSafeKey,
	pub(crate) commitment: hmac::Key,
}

impl Keys {
	/// Derives the keys and the header of a new envelope.
	pub(crate) fn new(
		dek: &Dek,
		binding: &Binding,
		layout: Layout,
		salt: [u8; SALT_SIZE],
	) -> Result<Self, Error> {
		let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, &salt).extract(dek.expose());
		let key_check = *expand(&prk, binding, b"key-check")?;
		Self::derive(&prk, binding, Header { layout, salt, key_check })
	}

	/// Derives the keys of an existing envelope, if the DEK and the binding match its header.
	pub(crate) fn check(dek: &Dek, binding: &Binding, header: Header) -> Result<Self, Error> {
		let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, &header.salt).extract(dek.expose());
		let key_check = expand(&prk, binding, b"key-check")?;
		verify_slices_are_equal(&*key_check, &header.key_check).map_err(|_| Error::WrongKey)?;
		Self::derive(&prk, binding, header)
	}

	fn derive(prk: &hkdf::Prk, binding: &Binding, header: Header) -> Result<Self, Error> {
		Ok(Self {
			header,
			descriptor: cipher(&*expand(prk, binding, b"descriptor")?)?,
			content: cipher(&*expand(prk, binding, b"content")?)?,
			commitment: hmac::Key::new(hmac::HMAC_SHA256, &*expand(prk, binding, b"commitment")?),
		})
	}

	/// Computes the HMAC over header, plaintext hash, plaintext size and padded descriptor.
	pub(crate) fn commit(&self, sha256: &[u8; 32], size: u64, descriptor: &[u8]) -> [u8; 32] {
		let mut context = hmac::Context::with_key(&self.commitment);
		context.update(&self.header.to_bytes());
		context.update(sha256);
		context.update(&size.to_be_bytes());
		context.update(descriptor);
		array(context.sign().as_ref())
	}
}

fn cipher(key: &[u8; 32]) -> Result<LessSafeKey, Error> {
	UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new).map_err(|_| Error::Library)
}

fn expand(
	prk: &hkdf::Prk,
	binding: &Binding,
	label: &[u8],
) -> Result<Zeroizing<[u8; KEY_CHECK_SIZE]>, Error> {
	let mut out = Zeroizing::new([0; KEY_CHECK_SIZE]);
	let info: [&[u8]; 5] = [
		b"salus/envelope",
		&FORMAT_VERSION.to_be_bytes(),
		&SUITE.to_be_bytes(),
		&binding.to_bytes(),
		label,
	];
	prk.expand(&info, hkdf::HKDF_SHA256)
		.and_then(|okm| okm.fill(&mut *out))
		.map_err(|_| Error::Library)?;
	Ok(out)
}

/// Returns the descriptor's nonce. It is constant because its key encrypts only this message.
pub(crate) fn descriptor_nonce() -> Nonce {
	Nonce::assume_unique_for_key([0; 12])
}

/// Returns a STREAM nonce: 7 zero bytes, the counter (BE32), and a flag for the last segment.
///
/// The prefix can be constant because the content key serves one envelope only.
pub(crate) fn segment_nonce(counter: u32, is_last: bool) -> Nonce {
	let [a, b, c, d] = counter.to_be_bytes();
	Nonce::assume_unique_for_key([0, 0, 0, 0, 0, 0, 0, a, b, c, d, u8::from(is_last)])
}

/// Encrypts `buffer` except its last 16 bytes, where it writes the tag.
pub(crate) fn seal_in_place(
	key: &LessSafeKey,
	nonce: Nonce,
	aad: &[u8],
	buffer: &mut [u8],
) -> Result<(), Error> {
	let (text, place) = buffer.split_last_chunk_mut::<TAG_SIZE>().ok_or(Error::Library)?;
	let tag =
		key.seal_in_place_separate_tag(nonce, Aad::from(aad), text).map_err(|_| Error::Library)?;
	*place = array(tag.as_ref());
	Ok(())
}
