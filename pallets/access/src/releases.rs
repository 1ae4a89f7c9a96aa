//! Releases: the committee's shares, and the end of a release.

use crate::*;
use alloc::vec::Vec;
use frame_support::{
	ensure,
	weights::{Weight, WeightMeter},
};
use salus_primitives::{
	Action, CommitteeQuery, ConsentPolicy, Epoch, KeyRelease, LogEvent, MemberIndex, Moment,
	Question, RecordEntry, RecordQuery, Release, ReleaseDetails, RequestId, SealedShare,
	MAX_COMMITTEE, MAX_PAGE,
};
use sp_runtime::{DispatchError, DispatchResult};

/// Maximum number of requests that the clean-up of one block checks.
pub(crate) const MAX_CLEANED: u32 = 256;

impl<T: Config> KeyRelease for Pallet<T> {
	type Error = DispatchError;

	/// While the release is open, shares beyond the threshold are accepted too: one bad share among
	/// the first ones must not lock the reader out.
	fn expects_share(
		request: RequestId,
		epoch: Epoch,
		member: MemberIndex,
		now: Moment,
	) -> DispatchResult {
		Self::expecting_release(request, epoch, member, now).map(|_| ())
	}

	fn accept_share(
		request: RequestId,
		epoch: Epoch,
		member: MemberIndex,
		share: SealedShare,
		now: Moment,
	) -> DispatchResult {
		let mut release = Self::expecting_release(request, epoch, member, now)?;
		release.shares = release.shares.saturating_add(1);
		Shares::<T>::insert(request, member, share);
		Releases::<T>::insert(request, &release);
		Self::deposit_event(Event::ShareTaken { request, member });
		if release.shares == release.threshold {
			let organisation = Entries::<T>::get(&release.patient, release.index)
				.and_then(|entry| entry.organisation);
			Self::append(
				&release.patient,
				release.reader.clone(),
				organisation,
				LogEvent::Released { request },
				now,
			)?;
			Self::deposit_event(Event::Released {
				request,
				patient: release.patient,
				reader: release.reader,
			});
		}
		Ok(())
	}

	fn accept_share_weight() -> Weight {
		T::WeightInfo::accept_share().saturating_add(T::Records::record_weight().saturating_mul(2))
	}
}

impl<T: Config> Pallet<T> {
	/// Returns the release if it would accept this member's share now.
	fn expecting_release(
		request: RequestId,
		epoch: Epoch,
		member: MemberIndex,
		now: Moment,
	) -> Result<Release<T::AccountId>, DispatchError> {
		let release = Releases::<T>::get(request).ok_or(Error::<T>::UnknownRelease)?;
		ensure!(now < release.expires, Error::<T>::ReleaseExpired);
		ensure!(epoch == release.epoch, Error::<T>::WrongEpoch);
		ensure!((1..=MAX_COMMITTEE).contains(&u32::from(member)), Error::<T>::InvalidMember);
		ensure!(!Shares::<T>::contains_key(request, member), Error::<T>::AlreadyShared);
		ensure!(
			matches!(T::Records::record(&release.record), Some(RecordEntry::Live(_)))
				&& !T::Records::is_withdrawn(&release.record),
			Error::<T>::RecordErased
		);
		Ok(release)
	}

	/// Removes releases that have ended, oldest first, within `limit`. Returns the weight consumed.
	///
	/// Requests have sequential numbers and the same lifetime, so they end in the order of their
	/// numbers.
	pub(crate) fn clean_up(limit: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(limit);
		if meter.try_consume(T::WeightInfo::clean_up()).is_err() {
			return meter.consumed();
		}
		let (now, last, before) = (Self::now(), RequestCount::<T>::get(), Cleared::<T>::get());
		let mut cleared = before;
		for _ in 0..MAX_CLEANED {
			let request = cleared.saturating_add(1);
			if request > last || !meter.can_consume(T::WeightInfo::expire_release()) {
				break;
			}
			match Releases::<T>::get(request) {
				// Denied, or in direct mode: there was no release.
				None => meter.consume(T::WeightInfo::pass_over()),
				Some(release) if release.expires <= now => {
					meter.consume(T::WeightInfo::expire_release());
					Self::remove_release(request, &release, now);
				}
				Some(_) => {
					meter.consume(T::WeightInfo::pass_over());
					break;
				}
			}
			cleared = request;
		}
		if cleared != before {
			Cleared::<T>::put(cleared);
		}
		meter.consumed()
	}

	pub(crate) fn remove_release(request: RequestId, release: &Release<T::AccountId>, now: Moment) {
		Releases::<T>::remove(request);
		// A release has at most one share of each member, so one pass removes them all.
		let _ = Shares::<T>::clear_prefix(request, MAX_COMMITTEE, None);
		Self::prune_permitted(&release.reader, now);
		Self::deposit_event(Event::Ended { request });
	}

	fn open_release(request: RequestId, now: Moment) -> Option<Release<T::AccountId>> {
		Releases::<T>::get(request).filter(|release| now < release.expires)
	}

	/// Returns a release with its posted shares. Returns `None` if it never existed or has ended.
	pub fn release_details(request: RequestId) -> Option<ReleaseDetails<T::AccountId>> {
		let release = Self::open_release(request, Self::now())?;
		let mut shares: Vec<_> = Shares::<T>::iter_prefix(request).collect();
		shares.sort_unstable_by_key(|(member, _)| *member);
		Some(ReleaseDetails { release, shares })
	}

	/// Returns releases that still take shares, oldest first, starting at request `from`. `limit`
	/// is capped at [`MAX_PAGE`].
	pub fn open_releases(from: RequestId, limit: u32) -> Vec<Release<T::AccountId>> {
		let now = Self::now();
		let oldest = Cleared::<T>::get().saturating_add(1);
		(from.max(oldest)..=RequestCount::<T>::get())
			.filter_map(|request| Self::open_release(request, now))
			.take(limit.min(MAX_PAGE) as usize)
			.collect()
	}

	/// Returns whether a release is still in force on this state: it is open, the version is still
	/// sealed to its key, and the decision is still a permit. A committee member makes its share
	/// only then.
	pub fn stands(request: RequestId) -> bool {
		let now = Self::now();
		Self::open_release(request, now).is_some_and(|release| {
			let question = Question {
				reader: release.reader,
				record: release.record,
				version: Some(release.version),
				purpose: release.purpose,
				action: Action::Read,
			};
			let sealed = T::Records::sealed_to(&release.record, release.version);
			sealed.is_some_and(|sealed| {
				T::Committee::holder(sealed) == T::Committee::holder(release.epoch)
			}) && matches!(T::Records::record(&release.record), Some(RecordEntry::Live(_)))
				&& !T::Records::is_withdrawn(&release.record)
				&& T::Consent::decide_again(&question, &release.basis, now).is_permit()
		})
	}
}
