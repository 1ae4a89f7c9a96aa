//! The chain as the committee's worker uses it, as a trait so that tests need no node.

use async_trait::async_trait;
use salus_primitives::{
	CommitteeStatement, Dealing, Epoch, EpochInfo, EpochKey, EpochPublic, Hash32, MemberIndex,
	MemberInfo, MemberKey, OrganisationId, RecordId, Release, ReleaseDetails, RequestId, Role,
	SealedKey, SealedShare, SealedVersions, Version,
};
use sp_core::H256;
use sp_runtime::AccountId32;

/// Error of reading from the chain or sending to it.
pub type ChainError = Box<dyn std::error::Error + Send + Sync>;

/// State of the chain, identified by its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
	/// Hash of the block.
	pub hash: H256,
	/// Number of the block.
	pub number: u32,
}

/// Readers whose requests have their turns together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
	/// Members of an organisation, other than patients.
	Staff(OrganisationId),
	/// Patients whom an organisation enrolled.
	Patients(OrganisationId),
	/// Accounts for which no organisation answers.
	Others,
}

impl Party {
	/// Returns the party of an account with these memberships.
	pub fn of(memberships: &[MemberInfo]) -> Self {
		let organisation = |is_patient: bool| {
			memberships
				.iter()
				.filter(|one| one.live && (one.role == Role::Patient) == is_patient)
				.find_map(|one| one.member.organisation)
		};
		let staff = organisation(false).map(Self::Staff);
		staff.or_else(|| organisation(true).map(Self::Patients)).unwrap_or(Self::Others)
	}
}

/// Statement of a member: [`CommitteeStatement`] with owned data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
	/// See [`CommitteeStatement::Announce`].
	Announce {
		/// Epoch of the statement.
		epoch: Epoch,
		/// Index of the member.
		index: MemberIndex,
		/// Announced key.
		key: MemberKey,
	},
	/// See [`CommitteeStatement::Deal`].
	Deal {
		/// Epoch of the statement.
		epoch: Epoch,
		/// Index of the member.
		index: MemberIndex,
		/// Dealing of the member.
		dealing: Dealing,
	},
	/// See [`CommitteeStatement::Confirm`].
	Confirm {
		/// Epoch of the statement.
		epoch: Epoch,
		/// Index of the member.
		index: MemberIndex,
		/// Bitmap of the members whose dealings are invalid.
		excluded: u16,
		/// Public key from the valid dealings.
		public: EpochPublic,
	},
	/// See [`CommitteeStatement::Share`].
	Share {
		/// Request that the share is for.
		request: RequestId,
		/// Epoch whose key seals the record's key.
		epoch: Epoch,
		/// Index of the member.
		index: MemberIndex,
		/// The share, sealed to the reader.
		share: SealedShare,
	},
	/// See [`CommitteeStatement::Rejoin`].
	Rejoin {
		/// Active epoch.
		epoch: Epoch,
		/// Index of the member.
		index: MemberIndex,
	},
}

impl Said {
	/// Returns the statement in the form to sign.
	pub fn statement(&self) -> CommitteeStatement<'_> {
		match self {
			Self::Announce { epoch, index, key } => {
				CommitteeStatement::Announce { epoch: *epoch, index: *index, key }
			}
			Self::Deal { epoch, index, dealing } => {
				CommitteeStatement::Deal { epoch: *epoch, index: *index, dealing }
			}
			Self::Confirm { epoch, index, excluded, public } => CommitteeStatement::Confirm {
				epoch: *epoch,
				index: *index,
				excluded: *excluded,
				public,
			},
			Self::Share { request, epoch, index, share } => {
				CommitteeStatement::Share { request: *request, epoch: *epoch, index: *index, share }
			}
			Self::Rejoin { epoch, index } => {
				CommitteeStatement::Rejoin { epoch: *epoch, index: *index }
			}
		}
	}
}

/// Chain as seen by the worker. The worker names the state to read, which is always finalised.
#[async_trait]
pub trait Chain: Send + Sync + 'static {
	/// Returns the genesis hash.
	fn genesis(&self) -> Hash32;
	/// Returns the last finalised block.
	fn finalised(&self) -> At;
	/// Returns whether this node is far behind the others, so that its finalised state is outdated.
	fn is_behind(&self) -> bool;
	/// Returns the forming epoch, or else the active one.
	fn current_epoch(&self, at: At) -> Result<Epoch, ChainError>;
	/// Returns an epoch.
	fn epoch(&self, at: At, epoch: Epoch) -> Result<Option<EpochInfo>, ChainError>;
	/// Returns whose key an epoch has or takes over; `None` if the runtime does not know.
	fn epoch_key(&self, at: At, epoch: Epoch) -> Result<Option<EpochKey>, ChainError>;
	/// Returns the number of versions sealed to each key; `None` if the chain has not counted them.
	fn sealed_versions(&self, at: At) -> Result<Option<Vec<SealedVersions>>, ChainError>;
	/// Returns the dealings of an epoch.
	fn dealings(&self, at: At, epoch: Epoch) -> Result<Vec<(MemberIndex, Dealing)>, ChainError>;
	/// Returns the number of the last request, or `None` if it cannot be read.
	fn last_request(&self, at: At) -> Result<Option<RequestId>, ChainError>;
	/// Returns the party of a reader.
	fn party(&self, at: At, reader: &AccountId32) -> Result<Party, ChainError>;
	/// Returns the releases that take shares, oldest first, from this request on.
	fn open_releases(
		&self,
		at: At,
		from: RequestId,
		limit: u32,
	) -> Result<Vec<Release<AccountId32>>, ChainError>;
	/// Returns a release with its shares.
	fn release(
		&self,
		at: At,
		request: RequestId,
	) -> Result<Option<ReleaseDetails<AccountId32>>, ChainError>;
	/// Returns whether the release is open and its decision is still a permit.
	fn release_stands(&self, at: At, request: RequestId) -> Result<bool, ChainError>;
	/// Returns the sealed key of a version.
	fn sealed_key(
		&self,
		at: At,
		record: RecordId,
		version: Version,
	) -> Result<Option<SealedKey>, ChainError>;
	/// Submits a statement to the transaction pool. Submitting it again is not an error.
	async fn say(&self, said: Said, signature: [u8; 64]) -> Result<(), ChainError>;
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_primitives::{Member, MemberStatus};

	fn member(role: Role, organisation: Option<OrganisationId>, live: bool) -> MemberInfo {
		let status = MemberStatus::Active;
		let member = Member {
			organisation,
			status,
			credential: [0; 32],
			expires: None,
			since: 0,
			specialty: None,
		};
		MemberInfo { role, member, live }
	}

	#[test]
	fn a_reader_belongs_to_the_organisation_that_answers() {
		let patient = member(Role::Patient, Some(1), true);
		let doctor = |live| member(Role::Practitioner, Some(2), live);
		assert_eq!(Party::of(&[patient.clone(), doctor(true)]), Party::Staff(2));
		assert_eq!(Party::of(&[patient.clone(), doctor(false)]), Party::Patients(1));
		assert_eq!(Party::of(&[patient]), Party::Patients(1));
		assert_eq!(Party::of(&[member(Role::Patient, None, true)]), Party::Others);
		assert_eq!(Party::of(&[]), Party::Others);
	}
}
