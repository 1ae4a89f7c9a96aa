//! The work of one member of one epoch towards the key. It uses neither chain nor clock, only the
//! vault.

use std::collections::BTreeSet;

use codec::Encode;
use salus_envelope::Delivery;
use salus_primitives::{
	is_excluded, member_bit, CommitteeMember, Dealing, Epoch, EpochInfo,
	EpochPublic as PublicBytes, Exclusion, Hash32, MemberIndex, MemberKey, Release as OpenRelease,
	SealedKey as SealedBytes, SealedShare,
};
use salus_threshold::{
	deal, reshare, verify_dealings, Binding, DealingError, DealingSecret, EpochParameters,
	EpochPublic, MemberIdentity, MemberSecret, Place, Release, ReleaseContext, SealedKey,
	SecretShare, VerifiedDealing,
};
use sp_runtime::AccountId32;
use zeroize::Zeroizing;

use super::{
	isolation::{isolated, Failed, Work},
	vault::{Kind, Vault, VaultError},
	LOG_TARGET,
};

/// Reason why a member cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
	/// A secret cannot be stored or read.
	#[error(transparent)]
	Vault(#[from] VaultError),
	/// The key generation or a share failed.
	#[error(transparent)]
	Threshold(#[from] salus_threshold::Error),
	/// A share cannot be sealed to the reader.
	#[error("the share cannot be sealed to the reader's key")]
	Delivery(#[from] salus_envelope::Error),
	/// The secret of the announced key is missing.
	#[error("the secret of the announced key is not in the vault; restore the keystore folder that held it")]
	LostIdentity,
	/// A stored dealing cannot be read.
	#[error("the stored dealing cannot be read; restore the keystore folder")]
	UnreadableDealing,
	/// The key of the previous epoch is not on the chain.
	#[error("the chain does not have the key of the epoch whose key is to be taken over")]
	NoPreviousKey,
	/// The member's own dealing is invalid.
	#[error("this node's own dealing is invalid")]
	OwnDealing,
	/// The key from the dealings differs from the one that the quorum confirmed.
	#[error("the epoch's key on chain differs from the key of its dealings; report this to the other hospitals")]
	OtherKey,
	/// The key library failed.
	#[error(transparent)]
	Library(#[from] Failed),
	/// A value exceeds its size limit on chain.
	#[error("the {0} exceeds its size limit on chain")]
	TooLong(&'static str),
}

/// Member's share of an epoch's key, ready to use.
pub struct Held {
	/// Public part of the epoch's key.
	pub public: EpochPublic,
	/// Secret share.
	pub share: SecretShare,
}

/// Result of checking the dealings.
pub struct Outcome {
	/// Bitmap of the members whose dealings are invalid.
	pub excluded: u16,
	/// Public key from the valid dealings.
	pub public: EpochPublic,
	parameters: EpochParameters,
	dealings: Vec<VerifiedDealing>,
}

/// An epoch that forms its key, and the one whose key it takes over, if it does.
#[derive(Clone)]
pub struct Forming {
	/// Epoch that is forming.
	pub info: EpochInfo,
	/// The earlier epoch.
	pub previous: Option<EpochInfo>,
}

impl Forming {
	/// Returns the index that a member had in the previous epoch, if it holds a share of its key.
	fn held_before(&self, member: &CommitteeMember) -> Option<MemberIndex> {
		let mut before = self.previous.iter().flat_map(|previous| &previous.members);
		let holds = |one: &&CommitteeMember| {
			one.id == member.id
				&& one.key.is_some()
				&& one.excluded != Some(Exclusion::InvalidDealing)
		};
		before.find(holds).map(|one| one.index)
	}
}

/// Returns the member's place, for which its key is announced.
fn place(genesis: Hash32, epoch: Epoch, member: MemberIndex) -> Place {
	Place { genesis, epoch, member }
}

/// Returns the members that take part in an epoch. One that announces no valid key, or does not
/// prove that it knows the secret, is left out. Once the epoch has its key, the members in that key
/// are those that took part.
fn taking_part(
	genesis: Hash32,
	info: &EpochInfo,
) -> Result<Vec<(MemberIndex, MemberIdentity)>, MemberError> {
	let public = info.public.as_ref();
	let formed = public.map(|public| isolated(Work::Forming, || EpochPublic::from_bytes(public)));
	let formed: Option<BTreeSet<_>> = match formed {
		Some(public) => Some(public??.members().collect()),
		None => None,
	};
	let mut members: Vec<(MemberIndex, MemberIdentity)> = Vec::new();
	for member in &info.members {
		let Some(key) = &member.key else { continue };
		let read = || match &formed {
			None => MemberIdentity::announced(key, &place(genesis, info.epoch, member.index)).ok(),
			Some(formed) => {
				let identity = || MemberIdentity::accepted(key).ok();
				formed.contains(&member.index).then(identity).flatten()
			}
		};
		let identity = isolated(Work::Forming, read).unwrap_or_default();
		if identity.is_none() && formed.is_none() {
			log::warn!(
				target: LOG_TARGET,
				"epoch {}: member {} does not prove that it knows the secret of its key, and is left out",
				info.epoch,
				member.index,
			);
		}
		let is_new =
			|identity: &MemberIdentity| !members.iter().any(|(_, one)| one.is_like(identity));
		if let Some(identity) = identity.filter(is_new) {
			members.push((member.index, identity));
		}
	}
	Ok(members)
}

/// Returns the parameters of the key generation.
fn parameters(genesis: Hash32, forming: &Forming) -> Result<EpochParameters, MemberError> {
	let info = &forming.info;
	let members = taking_part(genesis, info)?;
	// At most 16.
	let threshold = info.threshold as u16;
	let Some(previous) = &forming.previous else {
		let make = || EpochParameters::new(genesis, info.epoch, members, threshold);
		return Ok(isolated(Work::Forming, make)??);
	};
	let public = previous.public.as_ref().ok_or(MemberError::NoPreviousKey)?;
	let takes_part = |index| members.iter().any(|(one, _)| *one == index);
	let holders: Vec<(MemberIndex, MemberIndex)> = info
		.members
		.iter()
		.filter(|member| takes_part(member.index))
		.filter_map(|member| Some((member.index, forming.held_before(member)?)))
		.collect();
	Ok(isolated(Work::Forming, || {
		let public = EpochPublic::from_bytes(public)?;
		// A member that announced bytes that are not a key got no share.
		let has_share = |before| public.members().any(|one| one == before);
		let holders: Vec<_> =
			holders.into_iter().filter(|(_, before)| has_share(*before)).collect();
		EpochParameters::resharing(info.epoch, members, threshold, &public, &holders)
	})??)
}

/// Returns the key to announce: the stored one of this epoch, or a new one. A stored key that
/// another member announced as its own is replaced.
pub fn announcement(
	vault: &Vault,
	genesis: Hash32,
	info: &EpochInfo,
	index: MemberIndex,
) -> Result<MemberKey, MemberError> {
	let announced = |secret: &MemberSecret| {
		let key = secret.announce(&place(genesis, info.epoch, index))?;
		MemberKey::try_from(key.to_vec()).map_err(|_| MemberError::TooLong("key"))
	};
	if let Some(bytes) = vault.read(info.epoch, Kind::Identity)? {
		let key = announced(&MemberSecret::from_bytes(&bytes)?)?;
		if info.members.iter().all(|member| member.key.as_ref() != Some(&key)) {
			return Ok(key);
		}
	}
	let secret = MemberSecret::generate()?;
	vault.write(info.epoch, Kind::Identity, &*secret.to_bytes())?;
	announced(&secret)
}

/// Returns the secret of the announced key.
fn identity(
	vault: &Vault,
	info: &EpochInfo,
	index: MemberIndex,
) -> Result<MemberSecret, MemberError> {
	let kept = vault.read(info.epoch, Kind::Identity)?.ok_or(MemberError::LostIdentity)?;
	let secret = MemberSecret::from_bytes(&kept)?;
	let own = secret.identity();
	let is_own = |key: &MemberKey| MemberIdentity::accepted(key).is_ok_and(|key| key == own);
	let is_ours = info
		.members
		.iter()
		.any(|member| member.index == index && member.key.as_ref().is_some_and(is_own));
	if is_ours {
		Ok(secret)
	} else {
		Err(MemberError::LostIdentity)
	}
}

/// Returns whether the vault has the secrets from which the share follows: the announced key's
/// secret, and the posted dealing's if the key is made from it. A folder that was restored from a
/// backup may lack one, or have another one that was made again.
pub fn can_derive(
	vault: &Vault,
	info: &EpochInfo,
	index: MemberIndex,
	dealings: &[(MemberIndex, Dealing)],
) -> Result<bool, MemberError> {
	if dealings.is_empty() {
		return Ok(false);
	}
	match identity(vault, info, index) {
		Ok(_) => {}
		Err(MemberError::LostIdentity) => return Ok(false),
		Err(error) => return Err(error),
	}
	let posted = dealings.iter().find(|(member, _)| *member == index);
	if let Some(public) = &info.public {
		// In the threads for releases, because this must not wait for a key generation.
		let public = isolated(Work::Releasing, || EpochPublic::from_bytes(public))??;
		// This member was left out, for example because it did not prove that it knew the secret of
		// its key.
		if !public.members().any(|member| member == index) {
			return Ok(false);
		}
		// This member's dealing was invalid, or was not needed.
		if !public.dealers().contains(&index) {
			return Ok(true);
		}
	}
	let Some((_, posted)) = posted else { return Ok(true) };
	Ok(kept_dealing(vault, info)?.is_some_and(|(kept, _)| posted.as_slice() == kept.as_slice()))
}

/// Returns the dealing to post: the stored one, or a new one, which is stored first. Returns `None`
/// for a member without a share of the key that the epoch takes over. Takes seconds.
pub fn dealing(
	vault: &Vault,
	genesis: Hash32,
	forming: &Forming,
	index: MemberIndex,
) -> Result<Option<Dealing>, MemberError> {
	let info = &forming.info;
	let message = match kept_dealing(vault, info)? {
		Some((message, _)) => message,
		None => {
			let share = match &forming.previous {
				None => None,
				Some(previous) => match vault.read(previous.epoch, Kind::Share)? {
					Some(kept) => Some(SecretShare::from_bytes(&kept)?),
					None => return Ok(None),
				},
			};
			let secret = identity(vault, info, index)?;
			let parameters = parameters(genesis, forming)?;
			let dealing = isolated(Work::Forming, || match &share {
				None => deal(&parameters, &secret),
				Some(share) => reshare(&parameters, &secret, share),
			})??;
			let kept = Zeroizing::new((&dealing.message, &*dealing.secret.to_bytes()).encode());
			vault.write(info.epoch, Kind::Dealing, &kept)?;
			dealing.message
		}
	};
	Dealing::try_from(message).map(Some).map_err(|_| MemberError::TooLong("dealing"))
}

/// Returns the posted and the secret part of the stored dealing.
fn kept_dealing(
	vault: &Vault,
	info: &EpochInfo,
) -> Result<Option<(Vec<u8>, DealingSecret)>, MemberError> {
	let Some(kept) = vault.read(info.epoch, Kind::Dealing)? else {
		return Ok(None);
	};
	let mut rest = kept.as_slice();
	let message: Vec<u8> =
		codec::Decode::decode(&mut rest).map_err(|_| MemberError::UnreadableDealing)?;
	Ok(Some((message, DealingSecret::from_bytes(rest)?)))
}

/// Function that checks dealings and returns results in their order.
type Verify =
	fn(&EpochParameters, &[(MemberIndex, &[u8])]) -> Vec<Result<VerifiedDealing, DealingError>>;

/// Checks all dealings and assembles the key from the valid ones. Every node gets the same result.
pub fn outcome(
	genesis: Hash32,
	forming: &Forming,
	dealings: &[(MemberIndex, Dealing)],
) -> Result<Outcome, MemberError> {
	outcome_with(genesis, forming, dealings, |parameters, dealings| {
		verify_dealings(parameters, dealings)
	})
}

/// Does what [`outcome`] does, with a given check. A dealing on which the library panics is
/// invalid.
pub(super) fn outcome_with(
	genesis: Hash32,
	forming: &Forming,
	dealings: &[(MemberIndex, Dealing)],
	verify: Verify,
) -> Result<Outcome, MemberError> {
	let parameters = parameters(genesis, forming)?;
	let listed: Vec<(MemberIndex, &[u8])> =
		dealings.iter().map(|(index, dealing)| (*index, dealing.as_slice())).collect();
	let checked =
		|some: &[(MemberIndex, &[u8])]| isolated(Work::Forming, || verify(&parameters, some));
	let results = match checked(&listed) {
		Ok(results) => results.into_iter().map(Ok).collect(),
		// The library panics on some dealing. Check them one by one to find which.
		Err(Failed) => listed
			.iter()
			.map(|one| match checked(std::slice::from_ref(one)) {
				Ok(mut results) => results.pop().ok_or(Failed),
				Err(failed) => Err(failed),
			})
			.collect::<Vec<_>>(),
	};
	let mut excluded = 0;
	let mut valid = Vec::new();
	for ((index, _), result) in listed.iter().zip(results) {
		let why = match result {
			Ok(Ok(dealing)) => {
				valid.push(dealing);
				continue;
			}
			Ok(Err(error)) => error.to_string(),
			Err(failed) => format!("dealing of member {index}: {failed}"),
		};
		log::warn!(target: LOG_TARGET, "epoch {}: {why}", forming.info.epoch);
		excluded |= member_bit(*index);
	}
	let public = isolated(Work::Forming, || EpochPublic::assemble(&parameters, &valid))??;
	Ok(Outcome { excluded, public, parameters, dealings: valid })
}

impl Outcome {
	/// Returns the public key in the form for the chain.
	pub fn public_bytes(&self) -> Result<PublicBytes, MemberError> {
		PublicBytes::try_from(self.public.to_bytes().to_vec())
			.map_err(|_| MemberError::TooLong("public key"))
	}

	/// Makes and stores this member's share. On return, it is on disk.
	pub fn keep_share(
		&self,
		vault: &Vault,
		info: &EpochInfo,
		index: MemberIndex,
	) -> Result<(), MemberError> {
		if is_excluded(self.excluded, index) {
			return Err(MemberError::OwnDealing);
		}
		let secret = identity(vault, info, index)?;
		let own = kept_dealing(vault, info)?.map(|(_, secret)| secret);
		let share = isolated(Work::Forming, || {
			self.public.secret_share(&self.parameters, &self.dealings, &secret, own.as_ref())
		})??;
		vault.write(info.epoch, Kind::Share, &*share.to_bytes())?;
		Ok(())
	}
}

/// Returns the stored share of an epoch with a key, if it belongs to that key.
pub fn held(vault: &Vault, info: &EpochInfo) -> Result<Option<Held>, MemberError> {
	let (Some(public), Some(kept)) = (&info.public, vault.read(info.epoch, Kind::Share)?) else {
		return Ok(None);
	};
	let public = isolated(Work::Releasing, || EpochPublic::from_bytes(public))??;
	let share = SecretShare::from_bytes(&kept)?;
	if share.digest() != public.digest() {
		return Err(MemberError::OtherKey);
	}
	Ok(Some(Held { public, share }))
}

/// Returns the context that the shares of a release are bound to.
pub fn context(genesis: Hash32, release: &OpenRelease<AccountId32>) -> ReleaseContext {
	ReleaseContext {
		genesis,
		binding: Binding { record: release.record.0, version: release.version },
		log_entry: release.entry,
		reader_key: release.reader_key,
		// One byte, because the enumeration has no fields.
		purpose: release.purpose.encode().first().copied().unwrap_or(u8::MAX),
		expiry: release.expires,
	}
}

/// Makes the share of a release and seals it to its reader.
pub fn share(
	held: &Held,
	genesis: Hash32,
	release: &OpenRelease<AccountId32>,
	sealed: &SealedBytes,
) -> Result<SealedShare, MemberError> {
	let context = context(genesis, release);
	let share = isolated(Work::Releasing, || {
		let sealed = SealedKey::from_bytes(&sealed.sealed)?;
		Release::new(&held.public, &sealed, &context)?.share(&held.share)
	})??;
	let share = Zeroizing::new(share);
	let delivery = Delivery { release: context.digest(), member: held.share.member() };
	let sealed = delivery.seal(&release.reader_key, &*share)?;
	SealedShare::try_from(sealed).map_err(|_| MemberError::TooLong("share"))
}
