//! The committee of hospitals, for authors and owners of records: sealing keys to it.
//!
//! Its public key is read with proof, so a node cannot put its own in its place.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use salus_envelope::Dek;
use salus_primitives::{
	Epoch, EpochInfo, EpochKey, MemberIndex, OrganisationId, RecordId, SealedKey, Version,
};
use salus_threshold::{Binding, EpochPublic};
use tracing::info_span;

use crate::{error::Missing, threads::spawn_blocking, Account, Client, Error};

/// Type of the session key with which a hospital signs as a committee member.
const COMMITTEE_KEY: [u8; 4] = *b"comm";

/// The key of the committee's active epoch, to which record keys are sealed.
pub struct CommitteeKey {
	epoch: Epoch,
	public: EpochPublic,
}

/// An earlier key of the committee to which versions are still sealed.
pub struct LeftToReseal {
	/// The key, and which epochs have it.
	pub key: EpochKey,
	/// Epoch whose members release what is sealed to it.
	pub holder: EpochInfo,
	/// Number of versions.
	pub versions: u64,
}

impl CommitteeKey {
	pub(crate) fn new(epoch: Epoch, public: EpochPublic) -> Self {
		Self { epoch, public }
	}

	/// Returns the epoch of the key.
	pub fn epoch(&self) -> Epoch {
		self.epoch
	}

	/// Seals the key of a record version.
	pub fn seal(&self, record: RecordId, version: Version, dek: &Dek) -> Result<SealedKey, Error> {
		let binding = Binding { record: record.0, version };
		let sealed = self.public.seal(dek.expose(), &binding).map_err(Error::Committee)?;
		Ok(SealedKey {
			epoch: self.epoch,
			sealed: sealed
				.to_bytes()
				.to_vec()
				.try_into()
				.map_err(|_| Error::Terms("the sealed key is longer than the chain accepts"))?,
		})
	}
}

impl Client {
	/// Returns the key of the committee's active epoch.
	pub async fn committee_key(&self) -> Result<CommitteeKey, Error> {
		let epoch = self.proven().active_epoch().await?;
		let epoch = epoch.ok_or(Error::NoCommittee)?;
		let public = self.epoch_public(epoch).await?;
		Ok(CommitteeKey::new(epoch, public))
	}

	/// Returns the epoch whose members release what is sealed to an epoch.
	pub async fn holder_of(&self, epoch: Epoch) -> Result<Epoch, Error> {
		// A runtime that does not know hands no keys on.
		let key = self.proven().epoch_key(epoch).await?.flatten();
		Ok(key.map_or(epoch, |key| key.holder))
	}

	/// Returns the first epoch with the key of an epoch.
	pub(crate) async fn origin_of(&self, epoch: Epoch) -> Result<Epoch, Error> {
		let key = self.proven().epoch_key(epoch).await?.flatten();
		Ok(key.map_or(epoch, |key| key.origin))
	}

	/// Returns the last epoch before this one whose members may hold enough shares of the same key.
	pub(crate) async fn earlier_sharing(&self, epoch: Epoch) -> Result<Option<Epoch>, Error> {
		let key = self.proven().epoch_key(epoch).await?.flatten();
		let earlier = key.map(|key| key.others).unwrap_or_default();
		Ok(earlier.into_iter().find(|other| *other < epoch))
	}

	/// Returns the keys that were made before that of the active epoch, latest first, each with the
	/// epoch whose members hold it: those members release what is sealed to it. At most 64.
	pub async fn earlier_keys(&self) -> Result<Vec<(EpochKey, EpochInfo)>, Error> {
		let view = self.snapshot().await?;
		let Some(active) = view.active_epoch().await? else { return Ok(Vec::new()) };
		let mut found = Vec::new();
		let mut epoch = match view.epoch_key(active).await?.flatten() {
			Some(key) => key.origin,
			None => return Ok(found),
		};
		while epoch > 1 && found.len() < 64 {
			epoch -= 1;
			let Some(key) = view.epoch_key(epoch).await?.flatten() else { break };
			let holder = view.epoch(key.holder).await?;
			// An abandoned epoch has no key.
			if let Some(holder) = holder.filter(|holder| holder.public.is_some()) {
				epoch = key.origin;
				found.push((key, holder));
			}
		}
		Ok(found)
	}

	/// Returns the earlier keys to which versions are still sealed, latest first. Returns `None` if
	/// the chain has not counted the versions.
	pub async fn left_to_reseal(&self) -> Result<Option<Vec<LeftToReseal>>, Error> {
		let view = self.snapshot().await?;
		let Some(sealed) = view.sealed_versions().await?.flatten() else { return Ok(None) };
		let mut left = Vec::new();
		for one in sealed.into_iter().filter(|one| !one.is_present).rev() {
			let key = view.epoch_key(one.key).await?.flatten();
			let key = key.ok_or(Error::NoEpochKey(one.key))?;
			let holder = view.epoch(key.holder).await?.ok_or(Error::NoEpochKey(key.holder))?;
			left.push(LeftToReseal { key, holder, versions: one.versions });
		}
		Ok(Some(left))
	}

	/// Returns the public part of an epoch's key, after checking that it belongs to this chain and
	/// epoch.
	pub async fn epoch_public(&self, epoch: Epoch) -> Result<EpochPublic, Error> {
		let info = self.proven().epoch(epoch).await?;
		let bytes = info.and_then(|info| info.public).ok_or(Error::NoEpochKey(epoch))?;
		let genesis = self.genesis();
		// Decoding multiplies points, which would block the thread for too long.
		let decode = move || EpochPublic::from_bytes(&bytes);
		let public = spawn_blocking(info_span!("committee key"), decode).await?;
		let public = public.map_err(Error::Committee)?;
		if public.genesis() != genesis {
			return Err(Error::Committee(salus_threshold::Error::OtherChain));
		}
		if public.epoch() != epoch {
			return Err(Error::Committee(salus_threshold::Error::OtherEpoch {
				what: "public key",
			}));
		}
		Ok(public)
	}

	/// Returns the known organisations of an epoch's members: those of the validators that register
	/// the members' keys now.
	pub async fn committee_organisations(
		&self,
		epoch: Epoch,
	) -> Result<BTreeMap<MemberIndex, OrganisationId>, Error> {
		// The validators' last blocks change with every block: `now` would wait for the best one.
		let now = self.snapshot().await?;
		let (info, validators) = tokio::try_join!(now.epoch(epoch), now.validators())?;
		let Some(info) = info else {
			return Ok(BTreeMap::new());
		};
		let owners = info.members.iter().map(|member| now.owner_of_key(COMMITTEE_KEY, &member.id));
		let owners = try_join_all(owners).await?;
		let organisation = |owner: Option<Account>| {
			let mut known = validators.validators.iter();
			known.find(|known| Some(known.account) == owner)?.organisation
		};
		let members = info.members.iter().zip(owners);
		Ok(members
			.filter_map(|(member, owner)| Some((member.index, organisation(owner)?)))
			.collect())
	}

	/// Returns the active epoch, and the one that is forming a key, if it is another.
	pub async fn committee(&self) -> Result<(Option<EpochInfo>, Option<EpochInfo>), Error> {
		let now = self.snapshot().await?;
		let active = now.active_epoch().await?;
		let current = now.current_epoch().await?;
		let read = async |epoch: Option<Epoch>| match epoch {
			Some(epoch) => now.epoch(epoch).await,
			None => Ok(None),
		};
		let forming = Some(current).filter(|current| Some(*current) != active);
		Ok((read(active).await?, read(forming).await?))
	}

	/// Returns the public key with which a member of an epoch signs.
	pub async fn committee_member(
		&self,
		epoch: Epoch,
		member: salus_primitives::MemberIndex,
	) -> Result<salus_primitives::Hash32, Error> {
		let info = self.proven().epoch(epoch).await?;
		info.and_then(|info| {
			let found = info.members.into_iter().find(|one| one.index == member)?;
			Some(found.id)
		})
		.ok_or(Error::NotFound(Missing::CommitteeMember(epoch, member)))
	}
}
