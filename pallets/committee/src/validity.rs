//! Validity of members' transactions, in the pool and in a block.
//!
//! The checks read the state first and verify the signature last, because it costs more, and most
//! refused transactions are simply too late.

use crate::*;
use frame_support::{
	pallet_prelude::{
		InvalidTransaction, TransactionSource, TransactionValidityError,
		TransactionValidityWithRefund, ValidTransaction,
	},
	traits::{Get, Time},
	weights::Weight,
};
use salus_primitives::{
	CommitteeStatement, Dealing, Epoch, EpochPublic, Hash32, KeyRelease, MemberIndex, MemberKey,
	RequestId, SealedShare,
};
use sp_application_crypto::RuntimeAppPublic;
use sp_runtime::traits::Zero;

/// Lifetime of a transaction in the pool, in blocks. A member repeats what was not included.
const LONGEVITY: u64 = 128;

/// Reason for which a transaction is refused.
impl<T> From<Error<T>> for InvalidTransaction {
	fn from(error: Error<T>) -> Self {
		match error {
			Error::UnknownEpoch | Error::TooEarly => Self::Future,
			Error::TooLate | Error::AlreadySaid => Self::Stale,
			Error::UnknownMember | Error::NoKey | Error::NoShare | Error::Excluded => {
				Self::BadSigner
			}
			_ => Self::Call,
		}
	}
}

fn refuse<T>(error: Error<T>) -> TransactionValidityError {
	TransactionValidityError::Invalid(error.into())
}

impl<T: Config> Pallet<T> {
	/// Returns the chain's genesis hash.
	pub(crate) fn genesis() -> Hash32 {
		let hash = frame_system::Pallet::<T>::block_hash(
			frame_system::pallet_prelude::BlockNumberFor::<T>::zero(),
		);
		let mut genesis = [0; 32];
		for (to, from) in genesis.iter_mut().zip(hash.as_ref()) {
			*to = *from;
		}
		genesis
	}

	/// Checks that the member itself signed the statement.
	fn check_signature(
		id: &CommitteeId,
		statement: CommitteeStatement<'_>,
		signature: &CommitteeSignature,
	) -> Result<(), TransactionValidityError> {
		if id.verify(&statement.to_sign(&Self::genesis()), signature) {
			Ok(())
		} else {
			Err(InvalidTransaction::BadProof.into())
		}
	}

	/// Builds a valid transaction. The pool accepts no other one with the same kind, number and
	/// member beside it.
	fn valid(kind: u8, number: u64, index: MemberIndex) -> TransactionValidityWithRefund {
		ValidTransaction::with_tag_prefix("SalusCommittee")
			.priority(T::Priority::get())
			.and_provides((kind, number, index))
			.longevity(LONGEVITY)
			.propagate(true)
			.build()
			.map(|valid| (valid, Weight::zero()))
	}

	pub(crate) fn authorize_announce(
		_: TransactionSource,
		epoch: &Epoch,
		index: &MemberIndex,
		key: &MemberKey,
		signature: &CommitteeSignature,
	) -> TransactionValidityWithRefund {
		let (epoch, index) = (*epoch, *index);
		let state = Self::may_announce(epoch, index, key).map_err(refuse)?;
		let id = Self::id(&state, index).map_err(refuse)?;
		let statement = CommitteeStatement::Announce { epoch, index, key };
		Self::check_signature(id, statement, signature)?;
		Self::valid(0, epoch.into(), index)
	}

	pub(crate) fn authorize_deal(
		_: TransactionSource,
		epoch: &Epoch,
		index: &MemberIndex,
		dealing: &Dealing,
		signature: &CommitteeSignature,
	) -> TransactionValidityWithRefund {
		let (epoch, index) = (*epoch, *index);
		let state = Self::may_deal(epoch, index).map_err(refuse)?;
		let id = Self::id(&state, index).map_err(refuse)?;
		let statement = CommitteeStatement::Deal { epoch, index, dealing };
		Self::check_signature(id, statement, signature)?;
		Self::valid(1, epoch.into(), index)
	}

	pub(crate) fn authorize_confirm(
		_: TransactionSource,
		epoch: &Epoch,
		index: &MemberIndex,
		excluded: &u16,
		public: &EpochPublic,
		signature: &CommitteeSignature,
	) -> TransactionValidityWithRefund {
		let (epoch, index, excluded) = (*epoch, *index, *excluded);
		let state = Self::may_confirm(epoch, index, excluded, public).map_err(refuse)?;
		let id = Self::id(&state, index).map_err(refuse)?;
		let statement = CommitteeStatement::Confirm { epoch, index, excluded, public };
		Self::check_signature(id, statement, signature)?;
		Self::valid(2, epoch.into(), index)
	}

	pub(crate) fn authorize_submit_share(
		_: TransactionSource,
		request: &RequestId,
		epoch: &Epoch,
		index: &MemberIndex,
		share: &SealedShare,
		signature: &CommitteeSignature,
	) -> TransactionValidityWithRefund {
		let (request, epoch, index) = (*request, *epoch, *index);
		let state = Self::may_share(epoch, index).map_err(refuse)?;
		// The release has ended, is complete, has this member's share, or was removed.
		T::Releases::expects_share(request, epoch, index, T::Time::now())
			.map_err(|_| InvalidTransaction::Stale)?;
		let id = Self::id(&state, index).map_err(refuse)?;
		let statement = CommitteeStatement::Share { request, epoch, index, share };
		Self::check_signature(id, statement, signature)?;
		Self::valid(3, request, index)
	}

	pub(crate) fn authorize_rejoin(
		_: TransactionSource,
		epoch: &Epoch,
		index: &MemberIndex,
		signature: &CommitteeSignature,
	) -> TransactionValidityWithRefund {
		let (epoch, index) = (*epoch, *index);
		let state = Self::may_rejoin(epoch, index).map_err(refuse)?;
		let id = Self::id(&state, index).map_err(refuse)?;
		let statement = CommitteeStatement::Rejoin { epoch, index };
		Self::check_signature(id, statement, signature)?;
		Self::valid(4, epoch.into(), index)
	}
}
