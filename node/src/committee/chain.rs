//! What the worker asks of the chain and says to it, so that it can be tried without a node.

use async_trait::async_trait;
use salus_primitives::{
	CommitteeStatement, Dealing, Epoch, EpochInfo, EpochPublic, Hash32, MemberIndex, MemberKey,
	RecordId, Release, ReleaseDetails, RequestId, SealedKey, SealedShare, Version,
};
use sp_core::H256;
use sp_runtime::AccountId32;

/// Why the chain cannot be read or spoken to.
pub type ChainError = Box<dyn std::error::Error + Send + Sync>;

/// A state of the chain: the hash and number of its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
	/// Hash of the block.
	pub hash: H256,
	/// Its number.
	pub number: u32,
}

/// What a member says, as [`CommitteeStatement`] but owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
	/// See [`CommitteeStatement::Announce`].
	Announce {
		/// For which epoch.
		epoch: Epoch,
		/// The member's place.
		index: MemberIndex,
		/// The key.
		key: MemberKey,
	},
	/// See [`CommitteeStatement::Deal`].
	Deal {
		/// For which epoch.
		epoch: Epoch,
		/// The member's place.
		index: MemberIndex,
		/// The dealing.
		dealing: Dealing,
	},
	/// See [`CommitteeStatement::Confirm`].
	Confirm {
		/// For which epoch.
		epoch: Epoch,
		/// The member's place.
		index: MemberIndex,
		/// Whose dealings are invalid.
		excluded: u16,
		/// The key that came of the others.
		public: EpochPublic,
	},
	/// See [`CommitteeStatement::Share`].
	Share {
		/// For which request.
		request: RequestId,
		/// To whose key it is sealed.
		epoch: Epoch,
		/// The member's place.
		index: MemberIndex,
		/// The share.
		share: SealedShare,
	},
	/// See [`CommitteeStatement::Rejoin`].
	Rejoin {
		/// The active epoch.
		epoch: Epoch,
		/// The member's place.
		index: MemberIndex,
	},
}

impl Said {
	/// The same, to be signed.
	pub fn statement(&self) -> CommitteeStatement<'_> {
		match self {
			Self::Announce { epoch, index, key } => CommitteeStatement::Announce {
				epoch: *epoch,
				index: *index,
				key,
			},
			Self::Deal {
				epoch,
				index,
				dealing,
			} => CommitteeStatement::Deal {
				epoch: *epoch,
				index: *index,
				dealing,
			},
			Self::Confirm {
				epoch,
				index,
				excluded,
				public,
			} => CommitteeStatement::Confirm {
				epoch: *epoch,
				index: *index,
				excluded: *excluded,
				public,
			},
			Self::Share {
				request,
				epoch,
				index,
				share,
			} => CommitteeStatement::Share {
				request: *request,
				epoch: *epoch,
				index: *index,
				share,
			},
			Self::Rejoin { epoch, index } => CommitteeStatement::Rejoin {
				epoch: *epoch,
				index: *index,
			},
		}
	}
}

/// The chain as the worker sees it. Reads are at a state that the worker names, which is always a finalised one.
#[async_trait]
pub trait Chain: Send + Sync + 'static {
	/// The genesis hash.
	fn genesis(&self) -> Hash32;
	/// The last finalised block.
	fn finalised(&self) -> At;
	/// Whether this node is far behind the others, so that what it takes for final is long past.
	fn is_behind(&self) -> bool;
	/// The epoch that forms, or else the active one.
	fn current_epoch(&self, at: At) -> Result<Epoch, ChainError>;
	/// An epoch.
	fn epoch(&self, at: At, epoch: Epoch) -> Result<Option<EpochInfo>, ChainError>;
	/// The dealings of an epoch.
	fn dealings(&self, at: At, epoch: Epoch) -> Result<Vec<(MemberIndex, Dealing)>, ChainError>;
	/// Releases that take shares, oldest first, from this request on.
	fn open_releases(
		&self,
		at: At,
		from: RequestId,
		limit: u32,
	) -> Result<Vec<Release<AccountId32>>, ChainError>;
	/// A release with its shares.
	fn release(
		&self,
		at: At,
		request: RequestId,
	) -> Result<Option<ReleaseDetails<AccountId32>>, ChainError>;
	/// Whether the release is open and its decision still a permit.
	fn release_stands(&self, at: At, request: RequestId) -> Result<bool, ChainError>;
	/// The sealed key of a version.
	fn sealed_key(
		&self,
		at: At,
		record: RecordId,
		version: Version,
	) -> Result<Option<SealedKey>, ChainError>;
	/// Hands a transaction that says this to the pool. That it was said before is no failure.
	async fn say(&self, said: Said, signature: [u8; 64]) -> Result<(), ChainError>;
}
