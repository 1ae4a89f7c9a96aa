//! The members of an epoch, and the parameters of its two key generations.

use std::collections::{BTreeMap, BTreeSet};

use golden_core::{DkgConfig, GoldenScalar, ParticipantIndex, ParticipantRegistry, SessionId};
use golden_ehtdh1::derive_context_session_id;

use crate::{
	wire::{hash, Point, Scalar, G},
	EpochPublic, Error, MemberIdentity, MemberSecret,
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

/// The first epoch with a key, which later epochs take over. Everything that is sealed to one of
/// these epochs is sealed to this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
	/// Number of the epoch.
	pub epoch: u32,
	/// Digest of the epoch's [`EpochPublic`].
	pub digest: [u8; 32],
}

/// Key that an epoch takes over from an earlier one.
#[derive(Clone, Debug)]
pub(crate) struct Inherited {
	/// Digest of the earlier epoch's public key set.
	pub(crate) digest: [u8; 32],
	/// Number of shares of the earlier epoch that determine the key.
	pub(crate) threshold: u16,
	/// Public key that is taken over.
	pub(crate) key: Point,
	pub(crate) origin: Origin,
	/// Members of this epoch that hold a share of the earlier one, with their index and public
	/// share there.
	pub(crate) holders: BTreeMap<MemberIndex, (MemberIndex, Point)>,
}

/// Parameters of an epoch. All of them are bound into the epoch's dealings and its key.
#[derive(Clone, Debug)]
pub struct EpochParameters {
	genesis: [u8; 32],
	epoch: u32,
	threshold: u16,
	members: Vec<(MemberIndex, MemberIdentity)>,
	digest: [u8; 32],
	/// `None` if the epoch makes a new key.
	pub(crate) inherited: Option<Inherited>,
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
		Self::build(genesis, epoch, members, threshold, None)
	}

	/// Creates the parameters of an epoch that takes over the key of `previous`, whatever its own
	/// members and threshold are.
	///
	/// `holders` lists members that hold a share of the previous epoch: their index in this epoch,
	/// and in the previous one. At least as many as the previous threshold are required, because
	/// only they can deal ([`reshare`](crate::reshare)).
	pub fn resharing(
		epoch: u32,
		members: Vec<(MemberIndex, MemberIdentity)>,
		threshold: u16,
		previous: &EpochPublic,
		holders: &[(MemberIndex, MemberIndex)],
	) -> Result<Self, Error> {
		let mut known = BTreeMap::new();
		let mut seen = BTreeSet::new();
		for (index, before) in holders {
			let refuse = || Error::Holder { index: *index };
			let is_member = members.iter().any(|(one, _)| one == index);
			let share = previous.keys.public_share(participant(*before)?).ok_or_else(refuse)?;
			let is_new = seen.insert(*before);
			let earlier = known.insert(*index, (*before, share.decryption));
			if !is_member || !is_new || earlier.is_some() {
				return Err(refuse());
			}
		}
		let (have, need) = (known.len(), usize::from(previous.threshold()));
		if have < need {
			return Err(Error::TooFewHolders { have, need });
		}
		if epoch <= previous.epoch() {
			return Err(Error::OtherEpoch { what: "previous epoch" });
		}
		let inherited = Inherited {
			digest: previous.digest(),
			threshold: previous.threshold(),
			key: previous.keys.joint_public_key,
			origin: previous.origin(),
			holders: known,
		};
		Self::build(previous.genesis(), epoch, members, threshold, Some(inherited))
	}

	fn build(
		genesis: [u8; 32],
		epoch: u32,
		members: Vec<(MemberIndex, MemberIdentity)>,
		threshold: u16,
		inherited: Option<Inherited>,
	) -> Result<Self, Error> {
		check_members(&members, threshold)?;
		let mut entries = Vec::with_capacity(members.len());
		for (index, identity) in &members {
			entries.push((participant(*index)?, identity.point()?));
		}
		let digest = digest(&genesis, epoch, threshold, &members, inherited.as_ref());
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
			inherited,
		})
	}

	/// Returns the members that can deal: all, or those that hold a share of the key that the epoch
	/// takes over.
	pub fn dealers(&self) -> impl Iterator<Item = MemberIndex> + '_ {
		self.members.iter().map(|(index, _)| *index).filter(|index| {
			self.inherited.as_ref().is_none_or(|inherited| inherited.holders.contains_key(index))
		})
	}

	/// Returns the number of dealings that form the key: the threshold, or the threshold of the
	/// epoch whose key this one takes over.
	pub fn quorum(&self) -> u16 {
		self.inherited.as_ref().map_or(self.threshold, |inherited| inherited.threshold)
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

/// Checks the number of members, the threshold, and that indices and identities are unique.
fn check_members(members: &[(MemberIndex, MemberIdentity)], threshold: u16) -> Result<(), Error> {
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
		let earlier = members.iter().take(at).find(|(_, one)| one.is_like(identity));
		if let Some((first, _)) = earlier {
			return Err(Error::SameIdentity { first: *first, second: *index });
		}
	}
	Ok(())
}

/// Returns the hash of all parameters, for at most [`MAX_MEMBERS`] members.
fn digest(
	genesis: &[u8; 32],
	epoch: u32,
	threshold: u16,
	members: &[(MemberIndex, MemberIdentity)],
	inherited: Option<&Inherited>,
) -> [u8; 32] {
	let mut listed = Vec::with_capacity(members.len() * 35);
	for (index, identity) in members {
		listed.extend_from_slice(&index.to_be_bytes());
		listed.extend_from_slice(&identity.to_bytes());
	}
	let digest = hash(
		"salus/threshold/parameters",
		&[
			genesis,
			&epoch.to_be_bytes(),
			&threshold.to_be_bytes(),
			// At most 16.
			&(members.len() as u16).to_be_bytes(),
			&listed,
		],
	);
	let Some(inherited) = inherited else {
		return digest;
	};
	let holders: Vec<u8> = inherited
		.holders
		.iter()
		.flat_map(|(index, (before, _))| [index.to_be_bytes(), before.to_be_bytes()].concat())
		.collect();
	hash("salus/threshold/resharing", &[&digest, &inherited.digest, &holders])
}

pub(crate) fn participant(index: MemberIndex) -> Result<ParticipantIndex, Error> {
	Ok(ParticipantIndex::new(u32::from(index))?)
}
