//! Parties that may support an attempt, and whether their supports are enough.

use crate::{AttemptOf, Config, Error, Pallet, Policies, Successors, SupporterOf};
use alloc::collections::BTreeSet;
use frame_support::weights::Weight;
use salus_primitives::{
	Member, MemberStatus, Moment, OrganisationId, RecoveryGuardians, RecoveryPolicy, Role,
	RoleQuery, Support, Supporter, MAX_GUARDIANS, MIN_RECOVERY_THRESHOLD,
};

/// Parties that may support an attempt now, and the patient's current policy.
pub(crate) struct Standing<T: Config> {
	/// Account that acts for the patient now. Its key is said to be lost, so it may not support.
	pub(crate) holder: T::AccountId,
	patient: T::AccountId,
	/// Guardians who may support, without administrators of the hospital.
	guardians: BTreeSet<T::AccountId>,
	/// Number of all guardians over everything, including those who may not support now.
	appointed: u32,
	enrolled_by: Option<OrganisationId>,
	policy: RecoveryPolicy,
}

impl<T: Config> Standing<T> {
	/// Returns the number of guardians required. A majority is counted over all guardians,
	/// including those who lost their memberships, so that nobody turns the others into a majority
	/// by dismissing some.
	pub(crate) fn threshold(&self) -> u32 {
		let most = || (self.appointed / 2).saturating_add(1);
		self.policy.threshold.unwrap_or_else(most).max(MIN_RECOVERY_THRESHOLD)
	}

	/// Returns whether the hospital can recover the account with one guardian.
	pub(crate) fn lets_hospital(&self) -> bool {
		self.policy.hospital
	}

	/// Returns whether `who` administers the active hospital that enrolled the patient.
	fn is_admin(&self, who: &T::AccountId) -> bool {
		self.enrolled_by.is_some_and(|organisation| T::Roles::is_admin(who, organisation))
	}

	/// Returns whether `who` may support an attempt, now or once the patient allows the hospital.
	pub(crate) fn is_party(&self, who: &T::AccountId) -> bool {
		self.guardians.contains(who) || self.is_admin(who)
	}

	/// Returns the capacity in which `who` may support an attempt.
	pub(crate) fn supporter(&self, who: &T::AccountId) -> Option<SupporterOf<T>> {
		if *who == self.patient || *who == self.holder {
			return None;
		}
		if self.guardians.contains(who) {
			return Some(Supporter::Guardian(who.clone()));
		}
		self.enrolled_by
			.filter(|_| self.policy.hospital && self.is_admin(who))
			.map(Supporter::Hospital)
	}

	/// Returns the capacity in which `who` may support this attempt.
	pub(crate) fn supporter_of(
		&self,
		attempt: &AttemptOf<T>,
		who: &T::AccountId,
	) -> Option<SupporterOf<T>> {
		self.supporter(who).filter(|supporter| {
			*who != attempt.successor && (attempt.hospital || supporter.organisation().is_none())
		})
	}

	/// Returns whether a support counts: its signer could give it again now.
	pub(crate) fn counts(&self, attempt: &AttemptOf<T>, support: &Support<T::AccountId>) -> bool {
		self.supporter_of(attempt, &support.by).as_ref() == Some(&support.supporter)
	}

	/// Returns the time at which the supports became enough; `None` if there are too few.
	pub(crate) fn enough_since(&self, attempt: &AttemptOf<T>) -> Option<Moment> {
		let threshold = attempt.threshold.max(self.threshold());
		let (mut guardians, mut first_guardian, mut hospital) = (0u32, None, None);
		// Supports are in order of time, so the first sufficient one gives the earliest time.
		for support in attempt.support.iter() {
			if !self.counts(attempt, support) {
				continue;
			}
			match support.supporter {
				Supporter::Guardian(_) => {
					guardians = guardians.saturating_add(1);
					first_guardian = first_guardian.or(Some(support.at));
				}
				Supporter::Hospital(_) => hospital = hospital.or(Some(support.at)),
			}
			let both = first_guardian.is_some() && hospital.is_some();
			if guardians >= threshold || both {
				return Some(support.at);
			}
		}
		None
	}
}

impl<T: Config> Pallet<T> {
	/// Returns the account that acts for the patient: the patient's own, or the successor.
	pub(crate) fn holder(patient: &T::AccountId) -> T::AccountId {
		Successors::<T>::get(patient).unwrap_or_else(|| patient.clone())
	}

	/// Returns the membership of a patient, suspended or not: a suspension takes no account away.
	pub(crate) fn patient(patient: &T::AccountId) -> Result<Member, Error<T>> {
		T::Roles::memberships(patient)
			.into_iter()
			.find(|(role, member)| *role == Role::Patient && member.status != MemberStatus::Revoked)
			.map(|(_, member)| member)
			.ok_or(Error::NotPatient)
	}

	/// Returns the parties that may support the recovery of the patient at `now`.
	pub(crate) fn standing(patient: &T::AccountId, now: Moment) -> Result<Standing<T>, Error<T>> {
		let mut standing = Standing {
			holder: Self::holder(patient),
			patient: patient.clone(),
			guardians: BTreeSet::new(),
			appointed: 0,
			enrolled_by: Self::patient(patient)?.organisation,
			policy: Policies::<T>::get(patient),
		};
		let guardians = T::Guardians::recovery_guardians(patient, now);
		standing.appointed = guardians.appointed;
		standing.guardians = guardians
			.live
			.into_iter()
			.take(MAX_GUARDIANS as usize)
			.filter(|who| *who != *patient && *who != standing.holder && !standing.is_admin(who))
			.collect();
		Ok(standing)
	}

	/// Returns the maximum weight of determining who may support an attempt: the patient's
	/// membership, their guardians, and which guardians and supporters administer the hospital.
	pub fn standing_weight() -> Weight {
		T::Guardians::recovery_guardians_weight()
			.saturating_add(T::Roles::memberships_weight().saturating_mul(2))
	}
}
