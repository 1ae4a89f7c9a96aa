//! Logic of the calls, reads of the runtime API, and the reaction to an erased record.

use crate::{types::is_unexpired, *};
use alloc::vec::Vec;
use frame_support::{
	dispatch::DispatchResult,
	ensure,
	traits::{Get, Time},
	weights::Weight,
};
use salus_primitives::{
	Attestation, AttestationStatus, CredentialQuery, MemberStatus, Moment, OnAttested, OnErased,
	OrganisationId, ReasonCode, RecordEntry, RecordId, RecordQuery, Role, RoleQuery, Subject,
	Verdict, Version,
};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
	pub(crate) fn now() -> Moment {
		T::Time::now()
	}

	pub(crate) fn do_attest(
		who: T::AccountId,
		subject: SubjectOf<T>,
		verdict: Verdict,
		reason: ReasonCode,
		expires: Option<Moment>,
	) -> DispatchResult {
		let now = Self::now();
		let organisation = Self::ensure_may_attest(&who, &subject, now)?;
		ensure!(expires.is_none_or(|end| end > now), Error::<T>::AlreadyExpired);
		let mut standing = Self::standing(&subject).unwrap_or_default();
		ensure!(standing.by(&who).is_none(), Error::<T>::AlreadyAttested);
		let attestation = Attestation { organisation, verdict, reason, at: now, expires };
		if standing.attestations.is_full() {
			standing.attestations.retain(|(_, attestation)| is_unexpired(attestation, now));
		}
		standing
			.attestations
			.try_push((who.clone(), attestation))
			.map_err(|_| Error::<T>::TooManyAttestations)?;
		Self::deposit_event(Event::Attested {
			subject: subject.clone(),
			attester: who,
			verdict,
			reason,
		});
		Self::store_and_notify(subject, standing, organisation, now);
		Ok(())
	}

	pub(crate) fn do_revoke(
		who: T::AccountId,
		subject: SubjectOf<T>,
		attester: T::AccountId,
	) -> DispatchResult {
		let now = Self::now();
		let mut standing = Self::standing(&subject).ok_or(Error::<T>::UnknownAttestation)?;
		let organisation =
			standing.by(&attester).ok_or(Error::<T>::UnknownAttestation)?.organisation;
		let may_revoke_own =
			who == attester && Self::may_attest_for(&who, &subject, organisation, now);
		ensure!(may_revoke_own || T::Roles::is_admin(&who, organisation), Error::<T>::NotPermitted);
		standing.attestations.retain(|(other, _)| *other != attester);
		Self::deposit_event(Event::Revoked { subject: subject.clone(), attester });
		Self::store_and_notify(subject, standing, organisation, now);
		Ok(())
	}

	pub(crate) fn do_set_threshold(
		who: T::AccountId,
		organisation: OrganisationId,
		threshold: u32,
	) -> DispatchResult {
		ensure!(T::Roles::is_admin(&who, organisation), Error::<T>::NotPermitted);
		ensure!((1..=MAX_THRESHOLD).contains(&threshold), Error::<T>::InvalidThreshold);
		Thresholds::<T>::insert(organisation, threshold);
		Self::deposit_event(Event::ThresholdSet { organisation, threshold });
		Ok(())
	}

	/// Returns the maximum weight of a call's hooks: one verdict falls and the other is reached.
	pub fn hooks_weight() -> Weight {
		T::OnAttested::on_attested_weight().saturating_mul(2)
	}

	/// Checks that `who` may attest to the subject, and returns the organisation for which they do.
	fn ensure_may_attest(
		who: &T::AccountId,
		subject: &SubjectOf<T>,
		now: Moment,
	) -> Result<OrganisationId, DispatchError> {
		let ensure_may_attest_for = |organisation| -> DispatchResult {
			ensure!(
				Self::may_attest_for(who, subject, organisation, now),
				Error::<T>::NotPermitted
			);
			Ok(())
		};
		match subject {
			Subject::RecordVersion { record, version } => {
				match T::Records::record(record).ok_or(Error::<T>::UnknownSubject)? {
					RecordEntry::Live(_) => {}
					RecordEntry::Erased(_) => return Err(Error::<T>::RecordErased.into()),
				}
				let organisation = T::Records::version_organisation(record, *version)
					.ok_or(Error::<T>::UnknownSubject)?;
				ensure_may_attest_for(organisation)?;
				let author = T::Records::version_author(record, *version)
					.ok_or(Error::<T>::UnknownSubject)?;
				ensure!(author != *who, Error::<T>::SelfAttestation);
				ensure!(T::Records::is_stored(record, *version), Error::<T>::NotStored);
				Ok(organisation)
			}
			Subject::Credential { account, role } => {
				let member = Self::member(account, *role).ok_or(Error::<T>::UnknownSubject)?;
				ensure!(member.status != MemberStatus::Revoked, Error::<T>::CredentialRevoked);
				// No organisation is responsible for a self-enrolled patient, so nobody can state
				// anything.
				let organisation = member.organisation.ok_or(Error::<T>::NotPermitted)?;
				ensure_may_attest_for(organisation)?;
				ensure!(account != who, Error::<T>::SelfAttestation);
				Ok(organisation)
			}
		}
	}

	/// Returns whether `who` may attest for the organisation to subjects of this kind.
	fn may_attest_for(
		who: &T::AccountId,
		subject: &SubjectOf<T>,
		organisation: OrganisationId,
		now: Moment,
	) -> bool {
		match subject {
			Subject::RecordVersion { .. } => {
				T::Roles::is_live_member(who, Role::RecordsAdmin, Some(organisation), now)
			}
			Subject::Credential { .. } => T::Roles::is_admin(who, organisation),
		}
	}

	/// Stores the statements about a subject, and calls the hook if a verdict falls or is reached.
	fn store_and_notify(
		subject: SubjectOf<T>,
		mut standing: StandingOf<T>,
		organisation: OrganisationId,
		now: Moment,
	) {
		let threshold = Thresholds::<T>::get(organisation);
		let before = standing.reached;
		let holds = |verdict: &Verdict| standing.count(*verdict, now) >= threshold;
		let after = before
			.filter(holds)
			.or_else(|| [Verdict::Confirmed, Verdict::Rejected].into_iter().find(holds));
		standing.reached = after;
		if standing.attestations.is_empty() {
			Standings::<T>::remove(&subject);
		} else {
			Standings::<T>::insert(&subject, standing);
		}
		if before == after {
			return;
		}
		if let Some(verdict) = before {
			Self::deposit_event(Event::VerdictFallen { subject: subject.clone(), verdict });
			T::OnAttested::on_verdict_fallen(&subject, verdict);
		}
		if let Some(verdict) = after {
			Self::deposit_event(Event::VerdictReached { subject: subject.clone(), verdict });
			T::OnAttested::on_verdict_reached(&subject, verdict);
		}
	}

	/// Returns the account's membership in this role, live or not.
	fn member(account: &T::AccountId, role: Role) -> Option<salus_primitives::Member> {
		T::Roles::memberships(account)
			.into_iter()
			.find_map(|(other, member)| (other == role).then_some(member))
	}

	/// Returns the statements about a subject. Statements about a credential do not carry over to a
	/// later membership.
	fn standing(subject: &SubjectOf<T>) -> Option<StandingOf<T>> {
		let mut standing = Standings::<T>::get(subject)?;
		if let Subject::Credential { account, role } = subject {
			let member = Self::member(account, *role);
			standing.attestations.retain(|(_, attestation)| {
				member.as_ref().is_some_and(|member| {
					member.organisation == Some(attestation.organisation)
						&& member.since <= attestation.at
				})
			});
			standing.reached = standing.reached.filter(|verdict| {
				let mut attestations = standing.attestations.iter();
				attestations.any(|(_, attestation)| attestation.verdict == *verdict)
			});
		}
		Some(standing)
	}

	/// Returns the organisation whose threshold applies to a subject.
	pub(crate) fn organisation_of(subject: &SubjectOf<T>) -> Option<OrganisationId> {
		match subject {
			Subject::RecordVersion { record, version } => {
				T::Records::version_organisation(record, *version)
			}
			Subject::Credential { account, role } => Self::member(account, *role)?.organisation,
		}
	}

	/// Returns the statements about a subject that count now, oldest first, and the organisation's
	/// threshold.
	pub fn attestations(subject: &SubjectOf<T>) -> AttestationStatus<T::AccountId> {
		let now = Self::now();
		let threshold = Self::organisation_of(subject).map_or(1, Thresholds::<T>::get);
		let mut attestations: Vec<_> = Self::standing(subject)
			.map(|standing| standing.attestations.into_inner())
			.unwrap_or_default();
		attestations.retain(|(_, attestation)| is_unexpired(attestation, now));
		AttestationStatus { threshold, attestations }
	}

	/// Returns the verdict that a subject reached and that the hook was called for.
	pub fn reached(subject: &SubjectOf<T>) -> Option<Verdict> {
		Standings::<T>::get(subject)?.reached
	}
}

/// Erasing a record removes the statements about its versions. No hook is called: there is nothing
/// left to act on.
impl<T: Config> OnErased for Pallet<T> {
	fn on_erased(record: &RecordId, latest: Version) {
		for version in 1..=latest {
			Standings::<T>::remove(Subject::RecordVersion { record: *record, version });
		}
	}

	fn on_erased_weight(versions: u32) -> Weight {
		T::WeightInfo::on_erased(versions)
	}
}

/// Evaluated on each query: unlike the verdict for which the hook was called, an expired statement
/// attests nothing.
impl<T: Config> CredentialQuery<T::AccountId> for Pallet<T> {
	fn is_attested(who: &T::AccountId, role: Role) -> bool {
		let subject = Subject::Credential { account: who.clone(), role };
		let Some(standing) = Self::standing(&subject) else {
			return false;
		};
		// All statements are for the organisation that is responsible for the member.
		let Some((_, first)) = standing.attestations.first() else {
			return false;
		};
		standing.reached == Some(Verdict::Confirmed)
			&& standing.count(Verdict::Confirmed, Self::now())
				>= Thresholds::<T>::get(first.organisation)
	}

	fn attesters(who: &T::AccountId, role: Role) -> Vec<T::AccountId> {
		let subject = Subject::Credential { account: who.clone(), role };
		let now = Self::now();
		Self::standing(&subject)
			.unwrap_or_default()
			.attestations
			.into_iter()
			.filter(|(_, attestation)| {
				attestation.verdict == Verdict::Confirmed && is_unexpired(attestation, now)
			})
			.map(|(attester, _)| attester)
			.collect()
	}

	fn is_attested_weight() -> Weight {
		// Besides the memberships: the statements, the threshold and the time.
		T::Roles::memberships_weight().saturating_add(T::DbWeight::get().reads(3))
	}
}
