//! The release of one key to one reader for one logged request.

use std::collections::{BTreeMap, BTreeSet};

use golden_core::wire::{write_element, write_scalar};
use golden_ehtdh1::{Ciphertext, CombineError as LibraryError, DecryptionShare};
use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::{
	parameters::participant,
	wire::{hash, randomness, Reader, FORMAT_VERSION, G},
	Binding, CombineError, EpochPublic, Error, MemberIndex, SealedKey, SecretShare, ShareError,
	ShareFault, VerifyError,
};

/// Size of a share, in bytes.
pub const SHARE_SIZE: usize = 136;

/// Context of a share. Shares combine only if all its fields are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReleaseContext {
	/// Genesis hash of the chain.
	pub genesis: [u8; 32],
	/// Record version whose key is requested.
	pub binding: Binding,
	/// Id of the entry in the patient's access log.
	pub log_entry: [u8; 32],
	/// One-time X25519 key of the reader.
	pub reader_key: [u8; 32],
	/// Code of the purpose, as encoded on chain.
	pub purpose: u8,
	/// Expiry of the release, in the chain's unit.
	pub expiry: u64,
}

impl ReleaseContext {
	/// Returns the hash of all fields, to which shares are bound.
	pub fn digest(&self) -> [u8; 32] {
		hash(
			"salus/threshold/release",
			&[
				&self.genesis,
				&self.binding.record,
				&self.binding.version.to_be_bytes(),
				&self.log_entry,
				&self.reader_key,
				&[self.purpose],
				&self.expiry.to_be_bytes(),
			],
		)
	}
}

/// Opened key, with the bad shares that were among those given.
#[derive(Debug)]
pub struct Opened {
	/// Data encryption key.
	pub dek: Zeroizing<[u8; 32]>,
	/// Bad shares among those given.
	pub bad: Vec<ShareError>,
}

/// One sealed key under one context. Makes, verifies and combines its shares.
#[derive(Clone, Debug)]
pub struct Release<'a> {
	public: &'a EpochPublic,
	ciphertext: Ciphertext<G>,
	context: [u8; 32],
}

impl<'a> Release<'a> {
	/// Creates a release. Fails if epoch or chain do not match; the first use checks the sealed
	/// key.
	pub fn new(
		public: &'a EpochPublic,
		sealed: &SealedKey,
		context: &ReleaseContext,
	) -> Result<Self, Error> {
		if context.genesis != public.genesis() {
			return Err(Error::OtherChain);
		}
		Ok(Self {
			public,
			ciphertext: sealed.ciphertext(public, &context.binding)?,
			context: context.digest(),
		})
	}

	/// Makes a member's share. Refuses a sealed key that was altered or belongs to another record
	/// version.
	///
	/// The caller decides, on finalised state, whether the release is due.
	pub fn share(&self, secret: &SecretShare) -> Result<[u8; SHARE_SIZE], Error> {
		if secret.digest() != self.public.digest() {
			return Err(Error::OtherEpoch { what: "secret share" });
		}
		let share = secret
			.unsealing()?
			.decrypt_share(&mut randomness()?, &self.public.setup, &self.ciphertext, &self.context)
			.map_err(sealed_key)?;
		Ok(encode(self.public.epoch(), secret.member(), &share))
	}

	/// Verifies a share that was received from `member`.
	pub fn verify(&self, member: MemberIndex, bytes: &[u8]) -> Result<(), VerifyError> {
		self.check(&self.decode(member, bytes)?)
	}

	/// Opens the key with any `t` good shares, each given with the member that sent it.
	///
	/// Bad shares are dropped and reported. Several shares of one member count once.
	pub fn combine<'b>(
		&self,
		shares: impl IntoIterator<Item = (MemberIndex, &'b [u8])>,
	) -> Result<Opened, CombineError> {
		let mut bad = Vec::new();
		let mut left = Vec::new();
		for (member, bytes) in shares {
			match self.decode(member, bytes) {
				Ok(share) if left.contains(&share) => {}
				Ok(share) => left.push(share),
				Err(error) => bad.push(error),
			}
		}
		let opened = self.open(&mut left, &mut bad)?;
		let good = self.check_all(&left, &mut bad)?;
		bad.sort_by_key(|error| error.member);

		let Some(key) = opened else {
			let missing = self.public.keys.threshold.saturating_sub(good);
			return Err(CombineError::Waiting { missing, bad });
		};
		let mut dek = Zeroizing::new([0; 32]);
		// The sealed key's payload has 32 bytes, and so has its plaintext.
		for (to, from) in dek.iter_mut().zip(key.iter()) {
			*to = *from;
		}
		Ok(Opened { dek, bad })
	}

	/// Opens the key with `t` of the shares that are left. `None` if too few of them are good.
	///
	/// Takes the shares that it used out of `left`, and reports the bad ones among them in `bad`.
	fn open(
		&self,
		left: &mut Vec<DecryptionShare<G>>,
		bad: &mut Vec<ShareError>,
	) -> Result<Option<Zeroizing<Vec<u8>>>, CombineError> {
		// Usually all are good; then the first round both checks and opens.
		while let Some(chosen) = self.choose(left) {
			let combined =
				self.public.combiner.combine_exact(&self.ciphertext, &self.context, &chosen);
			match combined {
				Ok(key) => {
					left.retain(|share| !chosen.contains(share));
					return Ok(Some(Zeroizing::new(key)));
				}
				Err(LibraryError::MalformedShares(members)) => {
					let before = left.len();
					left.retain(|share| {
						!(members.contains(&share.participant.get()) && chosen.contains(share))
					});
					if left.len() == before {
						break;
					}
					bad.extend(members.into_iter().map(refused));
				}
				Err(LibraryError::Ciphertext(error)) => {
					return Err(CombineError::SealedKey(sealed_key(error)))
				}
				Err(LibraryError::InsufficientShares { .. }) => break,
			}
		}
		Ok(None)
	}

	/// Returns the first share of each of `t` members. `None` if there are fewer members.
	fn choose(&self, shares: &[DecryptionShare<G>]) -> Option<Vec<DecryptionShare<G>>> {
		let threshold = self.public.keys.threshold;
		let mut first = BTreeMap::new();
		for share in shares {
			first.entry(share.participant).or_insert(share);
		}
		let chosen: Vec<_> = first.into_values().take(threshold).cloned().collect();
		(chosen.len() == threshold).then_some(chosen)
	}

	/// Verifies shares, reports the bad ones in `bad`, and returns the number of members with a
	/// good one.
	fn check_all(
		&self,
		shares: &[DecryptionShare<G>],
		bad: &mut Vec<ShareError>,
	) -> Result<usize, CombineError> {
		let mut good = BTreeSet::new();
		let checked: Vec<_> = shares.par_iter().map(|share| self.check(share)).collect();
		for (share, result) in shares.iter().zip(checked) {
			match result {
				Ok(()) => {
					good.insert(share.participant);
				}
				Err(VerifyError::Share(error)) => bad.push(error),
				Err(VerifyError::SealedKey(error)) => return Err(CombineError::SealedKey(error)),
			}
		}
		Ok(good.len())
	}

	/// Checks everything except the proof.
	fn decode(&self, member: MemberIndex, bytes: &[u8]) -> Result<DecryptionShare<G>, ShareError> {
		let refuse = |fault| ShareError { member, fault };
		if !self.public.members().any(|one| one == member) {
			return Err(refuse(ShareFault::UnknownMember));
		}
		let (epoch, found, share) = decode(bytes).map_err(|_| refuse(ShareFault::Malformed))?;
		if epoch != self.public.epoch() {
			return Err(refuse(ShareFault::OtherEpoch { found: epoch }));
		}
		if found != member {
			return Err(refuse(ShareFault::OtherMember { found }));
		}
		Ok(share)
	}

	/// Verifies one share. The library checks a share only while combining, where a single good one
	/// gives "insufficient shares".
	fn check(&self, share: &DecryptionShare<G>) -> Result<(), VerifyError> {
		let combined = self.public.combiner.combine_quorum(
			&self.ciphertext,
			&self.context,
			std::slice::from_ref(share),
		);
		match combined.map(Zeroizing::new) {
			Ok(_) | Err(LibraryError::InsufficientShares { provided: 1, .. }) => Ok(()),
			Err(LibraryError::Ciphertext(error)) => Err(VerifyError::SealedKey(sealed_key(error))),
			Err(LibraryError::MalformedShares(_) | LibraryError::InsufficientShares { .. }) => {
				Err(refused(share.participant.get()).into())
			}
		}
	}
}

fn sealed_key(error: golden_ehtdh1::Error) -> Error {
	match error {
		golden_ehtdh1::Error::InvalidCiphertextProof
		| golden_ehtdh1::Error::AssociatedDataMismatch => Error::SealedKeyRefused,
		other => Error::Library(other),
	}
}

fn refused(member: u32) -> ShareError {
	ShareError {
		// The number was converted from a `u16`.
		member: member as MemberIndex,
		fault: ShareFault::Proof,
	}
}

fn encode(epoch: u32, member: MemberIndex, share: &DecryptionShare<G>) -> [u8; SHARE_SIZE] {
	let mut bytes = Vec::with_capacity(SHARE_SIZE);
	bytes.push(FORMAT_VERSION);
	bytes.extend_from_slice(&epoch.to_be_bytes());
	bytes.extend_from_slice(&member.to_be_bytes());
	write_element::<G>(&mut bytes, &share.share);
	write_scalar::<G>(&mut bytes, &share.challenge);
	write_scalar::<G>(&mut bytes, &share.decryption_response);
	write_scalar::<G>(&mut bytes, &share.context_response);
	let mut array = [0; SHARE_SIZE];
	for (to, from) in array.iter_mut().zip(bytes) {
		*to = from;
	}
	array
}

fn decode(bytes: &[u8]) -> Result<(u32, MemberIndex, DecryptionShare<G>), Error> {
	let what = "share";
	let mut reader = Reader::new(what, bytes)?;
	let epoch = reader.u32()?;
	let member = reader.u16()?;
	let share = DecryptionShare {
		participant: participant(member)?,
		share: reader.point()?,
		challenge: reader.scalar()?,
		decryption_response: reader.scalar()?,
		context_response: reader.scalar()?,
	};
	reader.finish()?;
	// A point must have a unique encoding, or an altered share could still pass.
	if encode(epoch, member, &share) != bytes {
		return Err(Error::Malformed { what });
	}
	Ok((epoch, member, share))
}
