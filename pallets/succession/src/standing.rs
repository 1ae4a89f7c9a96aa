//! Who has a say in bringing a patient back, and whether enough of them said it.

use crate::{AttemptOf, Config, Error, Pallet, Policies, Successors, SupporterOf};
use alloc::collections::BTreeSet;
use salus_primitives::{
	Member, MemberStatus, Moment, OrganisationId, RecoveryGuardians, RecoveryPolicy, Role,
	RoleQuery, Support, Supporter, MAX_GUARDIANS, MIN_RECOVERY_THRESHOLD,
};

/// Who has a say now, and what the patient asks for now.
pub(crate) struct Standing<T: Config> {
	/// The account that holds the patient's now: it is the one said to be lost, so it has no say.
	pub(crate) holder: T::AccountId,
	patient: T::AccountId,
	/// Without those who speak for the hospital.
	guardians: BTreeSet<T::AccountId>,
	enrolled_by: Option<OrganisationId>,
	policy: RecoveryPolicy,
}

impl<T: Config> Standing<T> {
	/// How many guardians it takes.
	pub(crate) fn threshold(&self) -> u32 {
		let most = || (self.guardians.len() as u32 / 2).saturating_add(1);
		self.policy
			.threshold
			.unwrap_or_else(most)
			.max(MIN_RECOVERY_THRESHOLD)
	}

	/// Whether the hospital can do it with one guardian.
	pub(crate) fn lets_hospital(&self) -> bool {
		self.policy.hospital
	}

	/// Whether `who` administers the hospital that enrolled the patient, and it is active.
	fn is_admin(&self, who: &T::AccountId) -> bool {
		self.enrolled_by
			.is_some_and(|organisation| T::Roles::is_admin(who, organisation))
	}

	/// Whether `who` may have a say, today or once the patient lets the hospital.
	pub(crate) fn is_party(&self, who: &T::AccountId) -> bool {
		self.guardians.contains(who) || self.is_admin(who)
	}

	/// As what `who` may support an attempt.
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

	/// As what `who` may support this attempt.
	pub(crate) fn supporter_of(
		&self,
		attempt: &AttemptOf<T>,
		who: &T::AccountId,
	) -> Option<SupporterOf<T>> {
		self.supporter(who).filter(|supporter| {
			*who != attempt.successor && (attempt.hospital || supporter.organisation().is_none())
		})
	}

	/// Whether a support counts: who gave it could give it again.
	pub(crate) fn counts(&self, attempt: &AttemptOf<T>, support: &Support<T::AccountId>) -> bool {
		self.supporter_of(attempt, &support.by).as_ref() == Some(&support.supporter)
	}

	/// Since when enough support the attempt; `None` if too few do.
	pub(crate) fn enough_since(&self, attempt: &AttemptOf<T>) -> Option<Moment> {
		let threshold = attempt.threshold.max(self.threshold());
		let (mut guardians, mut first_guardian, mut hospital) = (0u32, None, None);
		// They are in order of time, so the first moment at which it is enough is the earliest.
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
	/// The account that holds the patient's: the patient's own, or the successor.
	pub(crate) fn holder(patient: &T::AccountId) -> T::AccountId {
		Successors::<T>::get(patient).unwrap_or_else(|| patient.clone())
	}

	/// The membership of a patient, suspended or not: a suspension takes nobody's account away.
	pub(crate) fn patient(patient: &T::AccountId) -> Result<Member, Error<T>> {
		T::Roles::memberships(patient)
			.into_iter()
			.find(|(role, member)| *role == Role::Patient && member.status != MemberStatus::Revoked)
			.map(|(_, member)| member)
			.ok_or(Error::NotPatient)
	}

	/// Who has a say in bringing the patient back at `now`.
	pub(crate) fn standing(patient: &T::AccountId, now: Moment) -> Result<Standing<T>, Error<T>> {
		let mut standing = Standing {
			holder: Self::holder(patient),
			patient: patient.clone(),
			guardians: BTreeSet::new(),
			enrolled_by: Self::patient(patient)?.organisation,
			policy: Policies::<T>::get(patient),
		};
		standing.guardians = T::Guardians::recovery_guardians(patient, now)
			.into_iter()
			.take(MAX_GUARDIANS as usize)
			.filter(|who| *who != *patient && *who != standing.holder && !standing.is_admin(who))
			.collect();
		Ok(standing)
	}
}
