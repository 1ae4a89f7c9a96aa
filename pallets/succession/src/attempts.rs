//! Attempts, from proposal to end.

use crate::{
	standing::Standing, types::MAX_SUPPORT, AttemptOf, Attempts, Barred, Config, Error, Event,
	Pallet, Predecessors, Successors, SupporterOf,
};
use frame_support::{
	dispatch::DispatchResult,
	ensure,
	traits::{ConstU32, Get},
	BoundedVec,
};
use frame_system::pallet_prelude::BlockNumberFor;
use salus_primitives::{
	account_bytes, AccessLogWriter, Moment, OrganisationId, Recovery, RecoveryAttempt, RoleQuery,
	SuccessionEvent, Support, MAX_SIGNATURE_LIFETIME,
};
use sp_runtime::traits::{Verify, Zero};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_propose(
		who: T::AccountId,
		patient: T::AccountId,
		successor: T::AccountId,
		until: Moment,
		signature: &T::Signature,
	) -> DispatchResult {
		let now = Self::now();
		Self::ensure_in_time(until, now)?;
		ensure!(!Predecessors::<T>::contains_key(&patient), Error::<T>::IsSuccessor);
		let standing = Self::standing(&patient, now)?;
		let supporter = standing.supporter(&who).ok_or(Error::<T>::NotEntitled)?;
		Self::ensure_fresh(&standing, &successor)?;
		let failed = Attempts::<T>::get(&patient);
		ensure!(failed.as_ref().is_none_or(|old| old.expires <= now), Error::<T>::AlreadyOpen);
		let barred = failed
			.map(|old| (old.proposed_as, Self::pause_from(old.expires)))
			.filter(|(_, until)| now < *until);
		let waits = barred.as_ref().is_some_and(|(by, _)| *by == supporter)
			|| Barred::<T>::get(&patient, &supporter).is_some_and(|until| now < until);
		ensure!(!waits, Error::<T>::CoolingDown);
		// The most expensive check comes last.
		Self::ensure_accepted(&patient, &successor, until, signature)?;

		Barred::<T>::remove(&patient, &supporter);
		if let Some((by, until)) = barred {
			// A proposer whose attempt expired also waits; otherwise they could keep the others out
			// forever.
			Barred::<T>::insert(&patient, by, until);
		}
		let support = BoundedVec::<_, ConstU32<MAX_SUPPORT>>::truncate_from(alloc::vec![Support {
			by: who.clone(),
			supporter: supporter.clone(),
			at: now,
		}]);
		let attempt = AttemptOf::<T> {
			successor: successor.clone(),
			proposer: who.clone(),
			proposed_as: supporter.clone(),
			proposed: now,
			expires: now.saturating_add(T::MaxLifetime::get()),
			threshold: standing.threshold(),
			hospital: standing.lets_hospital(),
			support,
		};
		let expires = attempt.expires;
		Attempts::<T>::insert(&patient, attempt);
		let event = SuccessionEvent::Proposed { successor: account_bytes(&successor), expires };
		Self::log(&patient, &who, supporter.organisation(), event)?;
		Self::deposit_event(Event::Proposed { patient, successor, by: who, supporter, expires });
		Ok(())
	}

	pub(crate) fn do_approve(
		who: T::AccountId,
		patient: &T::AccountId,
		successor: &T::AccountId,
	) -> DispatchResult {
		let now = Self::now();
		let mut attempt = Self::open_attempt(patient, now)?;
		ensure!(attempt.successor == *successor, Error::<T>::OtherSuccessor);
		let standing = Self::standing(patient, now)?;
		let supporter = standing.supporter_of(&attempt, &who).ok_or(Error::<T>::NotEntitled)?;
		let mut support = attempt.support.clone();
		support.retain(|support| standing.counts(&attempt, support));
		ensure!(
			support.iter().all(|given| given.supporter != supporter),
			Error::<T>::AlreadySupported
		);
		support
			.try_push(Support { by: who.clone(), supporter: supporter.clone(), at: now })
			.map_err(|_| Error::<T>::TooManySupporters)?;
		attempt.support = support;
		Attempts::<T>::insert(patient, attempt);
		let event = SuccessionEvent::Approved { successor: account_bytes(successor) };
		Self::log(patient, &who, supporter.organisation(), event)?;
		Self::deposit_event(Event::Supported {
			patient: patient.clone(),
			successor: successor.clone(),
			by: who,
			supporter,
		});
		Ok(())
	}

	pub(crate) fn do_object(who: T::AccountId, patient: T::AccountId) -> DispatchResult {
		ensure!(who == Self::holder(&patient), Error::<T>::NotHolder);
		let attempt = Attempts::<T>::get(&patient).ok_or(Error::<T>::NoAttempt)?;
		let (proposer, until) = Self::end(&patient, attempt);
		Self::log(&patient, &who, None, SuccessionEvent::Objected)?;
		Self::deposit_event(Event::Objected { patient, by: who, proposer, until });
		Ok(())
	}

	pub(crate) fn do_withdraw(who: T::AccountId, patient: T::AccountId) -> DispatchResult {
		let attempt = Attempts::<T>::get(&patient).ok_or(Error::<T>::NoAttempt)?;
		ensure!(attempt.proposer == who, Error::<T>::NotProposer);
		let (proposer, until) = Self::end(&patient, attempt);
		let organisation = proposer.organisation();
		Self::log(&patient, &who, organisation, SuccessionEvent::Withdrawn)?;
		Self::deposit_event(Event::Withdrawn { patient, proposer, until });
		Ok(())
	}

	pub(crate) fn do_complete(who: T::AccountId, patient: T::AccountId) -> DispatchResult {
		let now = Self::now();
		let attempt = Self::open_attempt(&patient, now)?;
		ensure!(!Predecessors::<T>::contains_key(&patient), Error::<T>::IsSuccessor);
		let standing = Self::standing(&patient, now)?;
		// A membership acquired since the proposal is harmless. Refusing it here would let a
		// stranger who grants one stop the completion.
		ensure!(Self::is_unrelated(&attempt.successor), Error::<T>::NotFresh);
		let since = standing.enough_since(&attempt).ok_or(Error::<T>::NotEnough)?;
		ensure!(since.saturating_add(T::Delay::get()) <= now, Error::<T>::TooEarly);
		let successor = attempt.successor;
		Attempts::<T>::remove(&patient);
		Successors::<T>::insert(&patient, &successor);
		Predecessors::<T>::insert(&successor, &patient);
		frame_system::Pallet::<T>::inc_providers(&successor);
		let event = SuccessionEvent::Completed { successor: account_bytes(&successor) };
		Self::log(&patient, &who, None, event)?;
		Self::deposit_event(Event::Succeeded { patient, successor, before: standing.holder });
		Ok(())
	}

	/// Returns the patient's attempt, if it has not ended.
	fn open_attempt(patient: &T::AccountId, now: Moment) -> Result<AttemptOf<T>, Error<T>> {
		let attempt = Attempts::<T>::get(patient).ok_or(Error::NoAttempt)?;
		ensure!(now < attempt.expires, Error::Expired);
		Ok(attempt)
	}

	/// Ends an attempt as failed. Returns who has to wait, and until when.
	fn end(patient: &T::AccountId, attempt: AttemptOf<T>) -> (SupporterOf<T>, Moment) {
		let until = Self::pause_from(Self::now());
		Attempts::<T>::remove(patient);
		Barred::<T>::insert(patient, &attempt.proposed_as, until);
		(attempt.proposed_as, until)
	}

	/// Returns the end of the wait of a proposer whose attempt ended `at`.
	fn pause_from(at: Moment) -> Moment {
		at.saturating_add(T::Cooldown::get())
	}

	/// Returns whether the account never was a successor and nobody acts for it.
	fn is_unrelated(account: &T::AccountId) -> bool {
		!Successors::<T>::contains_key(account) && !Predecessors::<T>::contains_key(account)
	}

	/// Checks that an account may be proposed: it has no part in anything yet.
	fn ensure_fresh(standing: &Standing<T>, successor: &T::AccountId) -> DispatchResult {
		ensure!(
			Self::is_unrelated(successor)
				&& T::Roles::memberships(successor).is_empty()
				&& !standing.is_party(successor),
			Error::<T>::NotFresh
		);
		Ok(())
	}

	/// Checks that a signature is in time, and ends within [`MAX_SIGNATURE_LIFETIME`].
	fn ensure_in_time(until: Moment, now: Moment) -> DispatchResult {
		ensure!(until > now, Error::<T>::SignatureExpired);
		ensure!(
			until <= now.saturating_add(MAX_SIGNATURE_LIFETIME),
			Error::<T>::SignatureLivesTooLong
		);
		Ok(())
	}

	/// Checks that the proposed account signed that it acts for the patient, either directly or as
	/// browser extensions wrap what they sign.
	fn ensure_accepted(
		patient: &T::AccountId,
		successor: &T::AccountId,
		until: Moment,
		signature: &T::Signature,
	) -> DispatchResult {
		let recovery = Recovery {
			genesis: frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero()).into(),
			patient: patient.clone(),
			successor: successor.clone(),
			until,
		};
		let message = recovery.to_sign();
		let wrapped = [b"<Bytes>", message.as_slice(), b"</Bytes>"].concat();
		ensure!(
			signature.verify(message.as_slice(), successor)
				|| signature.verify(wrapped.as_slice(), successor),
			Error::<T>::InvalidSignature
		);
		Ok(())
	}

	fn log(
		patient: &T::AccountId,
		actor: &T::AccountId,
		organisation: Option<OrganisationId>,
		event: SuccessionEvent,
	) -> DispatchResult {
		T::Log::append(patient, actor, organisation, event).map_err(Into::into)
	}

	/// Returns the patient's open attempt, judged now.
	pub fn attempt(patient: &T::AccountId) -> Option<RecoveryAttempt<T::AccountId>> {
		let now = Self::now();
		let attempt = Self::open_attempt(patient, now).ok()?;
		let standing = Self::standing(patient, now).ok()?;
		let due =
			standing.enough_since(&attempt).map(|since| since.saturating_add(T::Delay::get()));
		let support = attempt
			.support
			.iter()
			.filter(|support| standing.counts(&attempt, support))
			.cloned()
			.collect();
		Some(RecoveryAttempt {
			support,
			threshold: attempt.threshold.max(standing.threshold()),
			hospital: attempt.hospital && standing.lets_hospital(),
			due,
			successor: attempt.successor,
			proposer: attempt.proposer,
			proposed: attempt.proposed,
			expires: attempt.expires,
		})
	}
}
