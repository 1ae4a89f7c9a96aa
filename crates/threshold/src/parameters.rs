//! The members of an epoch, and the parameters of its two key generations.

use golden_core::{DkgConfig, GoldenScalar, ParticipantIndex, ParticipantRegistry, SessionId};
use golden_ehtdh1::derive_context_session_id;

use crate::{
	wire::{hash, Scalar, G},
	Error, MemberIdentity, MemberSecret,
};

/// Index of a member in its epoch, from 1.
pub type MemberIndex = u16;

/// Maximum number of members of an epoch.
pub const MAX_MEMBERS: u16 = 16;

/// Returns how many of `members` must act together: two thirds plus one, the chain's own
/// assumption.
pub const fn threshold_of(members: u16) -> u16 {
	// Does not overflow for any `u16`, although an epoch has at most 16 members.
	members / 3 * 2 + members % 3 * 2 / 3 + 1
}

/// Parameters of an epoch. All of them are bound into the epoch's dealings and its key.
#[derive(Clone, Debug)]
pub struct EpochParameters {
	genesis: [u8; 32],
	epoch: u32,
	threshold: u16,
	members: Vec<(MemberIndex, MemberIdentity)>,
	digest: [u8; 32],
	/// Generation of the secret that opens keys.
	pub(crate) decryption: DkgConfig<G>,
	/// Generation of the sharing of zero that binds shares to a context.
	pub(crate) context: DkgConfig<G>,
}

impl EpochParameters {
	/// Creates the parameters of epoch `epoch` of the chain with the hash `genesis`.
	///
	/// `members` are in order of their index, which is in 1 to 16. Indices may have gaps, because a
	/// member without an announced identity is left out. `threshold` is more than half of the
	/// members.
	pub fn new(
		genesis: [u8; 32],
		epoch: u32,
		members: Vec<(MemberIndex, MemberIdentity)>,
		threshold: u16,
	) -> Result<Self, Error> {
		let count = members.len();
		if count == 0 || count > usize::from(MAX_MEMBERS) {
			return Err(Error::MemberCount { found: count });
		}
		if usize::from(threshold) * 2 <= count || usize::from(threshold) > count {
			return Err(Error::Threshold { threshold, members: count });
		}
		let mut last = 0;
		for (at, (index, identity)) in members.iter().enumerate() {
			if *index <= last || *index > MAX_MEMBERS {
				return Err(Error::MemberOrder { index: *index });
			}
			last = *index;
			let earlier = members.iter().take(at).find(|(_, one)| one == identity);
			if let Some((first, _)) = earlier {
				return Err(Error::SameIdentity { first: *first, second: *index });
			}
		}

		let mut listed = Vec::with_capacity(count * 35);
		let mut entries = Vec::with_capacity(count);
		for (index, identity) in &members {
			listed.extend_from_slice(&index.to_be_bytes());
			listed.extend_from_slice(&identity.to_bytes());
			entries.push((participant(*index)?, identity.point()?));
		}
		let digest = hash(
			"salus/threshold/parameters",
			&[
				&genesis,
				&epoch.to_be_bytes(),
				&threshold.to_be_bytes(),
				// At most 16.
				&(count as u16).to_be_bytes(),
				&listed,
			],
		);
		let session = SessionId(hash("salus/threshold/session", &[&digest]));
		// A public coefficient that nobody can choose.
		let beta = Scalar::hash_to_scalar(b"salus/threshold/beta", &digest)?;
		let registry = ParticipantRegistry::new(entries)?;
		let config =
			|session| DkgConfig::new(usize::from(threshold), session, beta, registry.clone());
		Ok(Self {
			decryption: config(session)?,
			context: config(derive_context_session_id(session))?,
			genesis,
			epoch,
			threshold,
			members,
			digest,
		})
	}

	/// Returns the genesis hash of the chain.
	pub fn genesis(&self) -> [u8; 32] {
		self.genesis
	}

	/// Returns the epoch's number.
	pub fn epoch(&self) -> u32 {
		self.epoch
	}

	/// Returns the number of members that must act together.
	pub fn threshold(&self) -> u16 {
		self.threshold
	}

	/// Returns the members in order of their index.
	pub fn members(&self) -> &[(MemberIndex, MemberIdentity)] {
		&self.members
	}

	/// Returns the hash of all parameters, which is the same for everyone.
	pub fn digest(&self) -> [u8; 32] {
		self.digest
	}

	/// Returns the index of the member that owns `secret`.
	pub fn index_of(&self, secret: &MemberSecret) -> Result<MemberIndex, Error> {
		let identity = secret.identity();
		self.members
			.iter()
			.find(|(_, one)| *one == identity)
			.map(|(index, _)| *index)
			.ok_or(Error::NotAMember)
	}

	pub(crate) fn has(&self, index: MemberIndex) -> bool {
		self.members.iter().any(|(one, _)| *one == index)
	}
}

pub(crate) fn participant(index: MemberIndex) -> Result<ParticipantIndex, Error> {
	Ok(ParticipantIndex::new(u32::from(index))?)
}
