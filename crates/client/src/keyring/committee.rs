//! The committee of hospitals, as authors and owners of records use it: sealing keys to it.
//!
//! Like every read, its public key is taken from the node that the client trusts.

use std::collections::BTreeMap;

use salus_envelope::Dek;
use salus_primitives::{
	Epoch, EpochInfo, MemberIndex, OrganisationId, RecordId, SealedKey, Version,
};
use salus_threshold::{Binding, EpochPublic};

use crate::{error::Missing, Client, Error};

/// The kind of the session key with which a hospital signs as a member of the committee.
const COMMITTEE_KEY: [u8; 4] = *b"comm";

/// The key of the committee's active epoch, to which keys are sealed.
pub struct CommitteeKey {
	epoch: Epoch,
	public: EpochPublic,
}

impl CommitteeKey {
	pub(crate) fn new(epoch: Epoch, public: EpochPublic) -> Self {
		Self { epoch, public }
	}

	/// Of which epoch.
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
				.map_err(|_| Error::Terms("the sealed key is longer than the chain takes it"))?,
		})
	}
}

impl Client {
	/// The key of the committee's active epoch.
	pub async fn committee_key(&self) -> Result<CommitteeKey, Error> {
		let epoch = self.now().active_epoch().await?.ok_or(Error::NoCommittee)?;
		let public = self.epoch_public(epoch).await?;
		Ok(CommitteeKey::new(epoch, public))
	}

	/// The public part of an epoch's key, checked to be of this chain and epoch.
	pub async fn epoch_public(&self, epoch: Epoch) -> Result<EpochPublic, Error> {
		let info = self.now().epoch(epoch).await?;
		let bytes = info.and_then(|info| info.public).ok_or(Error::NoEpochKey(epoch))?;
		let genesis = self.genesis();
		// Decoding multiplies points: too long for the thread that answers others.
		let public = tokio::task::spawn_blocking(move || EpochPublic::from_bytes(&bytes))
			.await?
			.map_err(Error::Committee)?;
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

	/// Which organisations the members of an epoch are, as far as the chain tells: by the validators that register their keys now.
	pub async fn committee_organisations(
		&self,
		epoch: Epoch,
	) -> Result<BTreeMap<MemberIndex, OrganisationId>, Error> {
		let now = self.now();
		let Some(info) = now.epoch(epoch).await? else {
			return Ok(BTreeMap::new());
		};
		let validators = now.validators().await?.validators;
		let mut organisations = BTreeMap::new();
		for member in info.members {
			let validator = now.owner_of_key(COMMITTEE_KEY, &member.id).await?;
			let mut known = validators.iter();
			let found = known.find(|known| Some(known.account) == validator);
			if let Some(organisation) = found.and_then(|found| found.organisation) {
				organisations.insert(member.index, organisation);
			}
		}
		Ok(organisations)
	}

	/// The epoch that is active, and the one on its way to a key, if another is.
	pub async fn committee(&self) -> Result<(Option<EpochInfo>, Option<EpochInfo>), Error> {
		let active = self.now().active_epoch().await?;
		let current = self.now().current_epoch().await?;
		let read = async |epoch: Option<Epoch>| match epoch {
			Some(epoch) => self.now().epoch(epoch).await,
			None => Ok(None),
		};
		let forming = Some(current).filter(|current| Some(*current) != active);
		Ok((read(active).await?, read(forming).await?))
	}

	/// Who a member of an epoch is: the public key with which it signs.
	pub async fn committee_member(
		&self,
		epoch: Epoch,
		member: salus_primitives::MemberIndex,
	) -> Result<salus_primitives::Hash32, Error> {
		let info = self.now().epoch(epoch).await?;
		info.and_then(|info| {
			let found = info.members.into_iter().find(|one| one.index == member)?;
			Some(found.id)
		})
		.ok_or(Error::NotFound(Missing::CommitteeMember(epoch, member)))
	}
}
