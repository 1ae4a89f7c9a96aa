//! Benchmarks of the calls and their authorisation, each in its worst case: a full committee that
//! takes over a key, and its last member.

#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::arithmetic_side_effects,
	clippy::indexing_slicing,
	reason = "a benchmark that cannot be set up must fail"
)]

use super::*;
use alloc::{vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{
	pallet_prelude::{Authorize, TransactionSource},
	traits::ConstU32,
	BoundedVec,
};
use frame_system::RawOrigin;
use salus_primitives::{
	CommitteeStatement, Dealing, Epoch, EpochPhase, EpochPublic, MemberIndex, MemberKey, Renewal,
	RequestId, SealedShare, MAX_COMMITTEE, MAX_DEALING, MAX_EPOCH_PUBLIC, MAX_MEMBER_KEY,
	MAX_SEALED_SHARE,
};
use sp_application_crypto::RuntimeAppPublic;

/// Sets up the state of other pallets.
pub trait BenchmarkHelper<AccountId> {
	/// Returns a request whose release lacks only the share of this member of the active epoch.
	fn release(epoch: Epoch, member: MemberIndex) -> RequestId;
	/// Has the maximum number of validators take part, each of another hospital, and returns them
	/// in the order in which they joined.
	fn validators() -> Vec<AccountId>;
}

const LAST: MemberIndex = MAX_COMMITTEE as MemberIndex;

/// Returns the maximum number of bytes.
fn bytes<const MAX: u32>(first: u8) -> BoundedVec<u8, ConstU32<MAX>> {
	let mut bytes = vec![0; MAX as usize];
	bytes[0] = first;
	bytes.try_into().expect("MAX bytes fit")
}

fn key(index: MemberIndex) -> MemberKey {
	bytes::<MAX_MEMBER_KEY>(index as u8)
}

fn dealing() -> Dealing {
	bytes::<MAX_DEALING>(0)
}

fn public() -> EpochPublic {
	bytes::<MAX_EPOCH_PUBLIC>(0)
}

fn share() -> SealedShare {
	bytes::<MAX_SEALED_SHARE>(0)
}

fn sign<T: Config>(id: &CommitteeId, statement: CommitteeStatement<'_>) -> CommitteeSignature {
	id.sign(&statement.to_sign(&Pallet::<T>::genesis())).expect("its key was just made")
}

/// Members whose dealings are invalid: as many as there can be.
const EXCLUDED: u16 = 0b11111;

/// Lets all members up to this one announce.
fn announce<T: Config>(epoch: Epoch, until: MemberIndex) {
	for index in 1..=until {
		Pallet::<T>::do_announce(epoch, index, key(index)).unwrap();
	}
}

/// Lets all members up to this one deal.
fn deal<T: Config>(epoch: Epoch, until: MemberIndex) {
	for index in 1..=until {
		Pallet::<T>::do_deal(epoch, index, dealing()).unwrap();
	}
}

/// Lets members up to this one vote. The last one's vote completes the quorum.
fn confirm<T: Config>(epoch: Epoch, excluded: u16, until: MemberIndex) {
	for index in 6..=until {
		if Epochs::<T>::get(epoch).unwrap().phase == EpochPhase::Confirming {
			Pallet::<T>::do_confirm(epoch, index, excluded, public()).unwrap();
		}
	}
}

/// Has 16 new members make a key. Returns the number of their epoch and the last member.
fn first<T: Config>() -> (Epoch, CommitteeId) {
	let ids: Vec<_> = (0..MAX_COMMITTEE).map(|_| CommitteeId::generate_pair(None)).collect();
	let last = ids.last().expect("there are 16").clone();
	Pallet::<T>::set_members(ids.into_iter());
	let epoch = Latest::<T>::get();
	announce::<T>(epoch, LAST);
	deal::<T>(epoch, LAST);
	confirm::<T>(epoch, 0, LAST);
	(epoch, last)
}

/// Opens an epoch of 16 members that takes over the key of the same members' first one. Returns its
/// number and the last member.
fn open<T: Config>() -> (Epoch, CommitteeId) {
	let (before, last) = first::<T>();
	Pallet::<T>::do_renew(Renewal::Shares).unwrap();
	let epoch = Latest::<T>::get();
	assert_eq!(Previous::<T>::get(epoch), Some(before));
	(epoch, last)
}

/// Lets all members except the last announce.
fn announcing<T: Config>() -> (Epoch, CommitteeId) {
	let (epoch, last) = open::<T>();
	announce::<T>(epoch, LAST.saturating_sub(1));
	(epoch, last)
}

/// Lets all members except the last deal.
fn dealing_phase<T: Config>() -> (Epoch, CommitteeId) {
	let (epoch, last) = open::<T>();
	announce::<T>(epoch, LAST);
	deal::<T>(epoch, LAST.saturating_sub(1));
	(epoch, last)
}

/// Prepares the last member's vote, which completes the quorum and excludes five members.
fn confirming<T: Config>() -> (Epoch, CommitteeId, u16) {
	let (epoch, last) = dealing_phase::<T>();
	Pallet::<T>::do_deal(epoch, LAST, dealing()).unwrap();
	confirm::<T>(epoch, EXCLUDED, LAST.saturating_sub(1));
	(epoch, last, EXCLUDED)
}

/// Makes an epoch of 16 members active, with its dealings. Returns its number and its last member.
pub fn active<T: Config>() -> (Epoch, CommitteeId) {
	let (epoch, last, excluded) = confirming::<T>();
	Pallet::<T>::do_confirm(epoch, LAST, excluded, public()).unwrap();
	(epoch, last)
}

/// Like [`active`], with too low a threshold, so that every member may ask for another epoch.
fn low_threshold<T: Config>() -> (Epoch, CommitteeId) {
	let (epoch, last) = active::<T>();
	Epochs::<T>::mutate(epoch, |state| state.as_mut().unwrap().threshold = 1);
	(epoch, last)
}

/// Returns the council's origin. The mock's is root: without the `runtime-benchmarks` feature there
/// is no `try_successful_origin`.
#[cfg(feature = "runtime-benchmarks")]
fn council<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
	use frame_support::traits::EnsureOrigin;
	T::CouncilOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)
}

#[cfg(not(feature = "runtime-benchmarks"))]
fn council<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
	Ok(RawOrigin::Root.into())
}

fn authorize<T: Config>(call: &Call<T>) {
	call.authorize(TransactionSource::External)
		.expect("the call has an authorisation")
		.expect("it is permitted");
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn announce() {
		let (epoch, last) = announcing::<T>();
		let key = key(LAST);
		let (index, of) = (LAST, &key);
		let signature = sign::<T>(&last, CommitteeStatement::Announce { epoch, index, key: of });

		#[extrinsic_call]
		_(RawOrigin::Authorized, epoch, LAST, key, signature);

		assert_eq!(Epochs::<T>::get(epoch).unwrap().phase, EpochPhase::Dealing);
	}

	#[benchmark]
	fn deal() {
		let (epoch, last) = dealing_phase::<T>();
		let dealing = dealing();
		let statement = CommitteeStatement::Deal { epoch, index: LAST, dealing: &dealing };
		let signature = sign::<T>(&last, statement);

		#[extrinsic_call]
		_(RawOrigin::Authorized, epoch, LAST, dealing, signature);

		assert_eq!(Epochs::<T>::get(epoch).unwrap().phase, EpochPhase::Confirming);
	}

	#[benchmark]
	fn confirm() {
		let (epoch, last, excluded) = confirming::<T>();
		// The next epoch is to follow.
		let seats = Epochs::<T>::get(epoch).unwrap().seats;
		let ids: Vec<_> = seats.into_iter().map(|seat| seat.id).collect();
		Next::<T>::put(BoundedVec::truncate_from(ids));
		let public = public();
		let statement =
			CommitteeStatement::Confirm { epoch, index: LAST, excluded, public: &public };
		let signature = sign::<T>(&last, statement);

		#[extrinsic_call]
		_(RawOrigin::Authorized, epoch, LAST, excluded, public, signature);

		assert_eq!(Active::<T>::get(), Some(epoch));
		assert!(Dealings::<T>::iter_key_prefix(epoch - 1).next().is_none());
	}

	#[benchmark]
	fn submit_share() {
		let (epoch, last) = active::<T>();
		let request = T::BenchmarkHelper::release(epoch, LAST);
		let share = share();
		let statement = CommitteeStatement::Share { request, epoch, index: LAST, share: &share };
		let signature = sign::<T>(&last, statement);

		#[extrinsic_call]
		_(RawOrigin::Authorized, request, epoch, LAST, share, signature);

		let now = <T::Time as frame_support::traits::Time>::now();
		let again =
			<T::Releases as salus_primitives::KeyRelease>::expects_share(request, epoch, LAST, now);
		assert!(again.is_err());
	}

	#[benchmark]
	fn authorize_announce() {
		let (epoch, last) = announcing::<T>();
		let (index, key) = (LAST, key(LAST));
		let statement = CommitteeStatement::Announce { epoch, index, key: &key };
		let signature = sign::<T>(&last, statement);
		let call = Call::<T>::announce { epoch, index, key, signature };

		#[block]
		{
			authorize(&call);
		}
	}

	#[benchmark]
	fn authorize_deal() {
		let (epoch, last) = dealing_phase::<T>();
		let (index, dealing) = (LAST, dealing());
		let statement = CommitteeStatement::Deal { epoch, index, dealing: &dealing };
		let signature = sign::<T>(&last, statement);
		let call = Call::<T>::deal { epoch, index, dealing, signature };

		#[block]
		{
			authorize(&call);
		}
	}

	#[benchmark]
	fn authorize_confirm() {
		let (epoch, last, excluded) = confirming::<T>();
		let (index, public) = (LAST, public());
		let statement = CommitteeStatement::Confirm { epoch, index, excluded, public: &public };
		let signature = sign::<T>(&last, statement);
		let call = Call::<T>::confirm { epoch, index, excluded, public, signature };

		#[block]
		{
			authorize(&call);
		}
	}

	#[benchmark]
	fn authorize_submit_share() {
		let (epoch, last) = active::<T>();
		let request = T::BenchmarkHelper::release(epoch, LAST);
		let (index, share) = (LAST, share());
		let statement = CommitteeStatement::Share { request, epoch, index, share: &share };
		let signature = sign::<T>(&last, statement);
		let call = Call::<T>::submit_share { request, epoch, index, share, signature };

		#[block]
		{
			authorize(&call);
		}
	}

	#[benchmark]
	fn rejoin() {
		let (epoch, last) = low_threshold::<T>();
		let statement = CommitteeStatement::Rejoin { epoch, index: LAST };
		let signature = sign::<T>(&last, statement);

		#[extrinsic_call]
		_(RawOrigin::Authorized, epoch, LAST, signature);

		assert!(Due::<T>::exists());
	}

	#[benchmark]
	fn renew() -> Result<(), BenchmarkError> {
		// A forming epoch is abandoned, with all its dealings.
		let (epoch, _, _) = confirming::<T>();
		let council = council::<T>()?;

		#[extrinsic_call]
		_(council, Renewal::Key);

		assert_eq!(Latest::<T>::get(), epoch + 1);
		assert!(Dealings::<T>::iter_key_prefix(epoch).next().is_none());
		Ok(())
	}

	#[benchmark]
	fn elect() -> Result<(), BenchmarkError> {
		let validators = T::BenchmarkHelper::validators();
		let members = validators.into_iter().rev().take(MAX_COMMITTEE as usize).collect();
		let members: BoundedVec<T::AccountId, ConstU32<MAX_COMMITTEE>> =
			BoundedVec::truncate_from(members);
		assert!(members.is_full());
		let council = council::<T>()?;

		#[extrinsic_call]
		_(council, members.clone());

		assert_eq!(Elected::<T>::get(), members);
		Ok(())
	}

	#[benchmark]
	fn authorize_rejoin() {
		let (epoch, last) = low_threshold::<T>();
		let index = LAST;
		let statement = CommitteeStatement::Rejoin { epoch, index };
		let signature = sign::<T>(&last, statement);
		let call = Call::<T>::rejoin { epoch, index, signature };

		#[block]
		{
			authorize(&call);
		}
	}

	#[benchmark]
	fn open_next() {
		let (epoch, _) = low_threshold::<T>();
		Pallet::<T>::do_rejoin(epoch, LAST).unwrap();

		#[block]
		{
			Pallet::<T>::open_next();
		}

		assert_eq!(Latest::<T>::get(), epoch + 1);
	}

	#[benchmark]
	fn close_phase() {
		// Too few members confirmed: the epoch restarts, and all its dealings are removed.
		let (epoch, _, _) = confirming::<T>();
		Epochs::<T>::mutate(epoch, |state| {
			let seats = &mut state.as_mut().unwrap().seats;
			seats.iter_mut().for_each(|seat| seat.vote = None);
		});
		let end = Closes::<T>::get().unwrap();
		frame_system::Pallet::<T>::set_block_number(end);

		#[block]
		{
			Pallet::<T>::close_phase();
		}

		assert_eq!(Latest::<T>::get(), epoch + 1);
		assert!(Dealings::<T>::iter_key_prefix(epoch).next().is_none());
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
