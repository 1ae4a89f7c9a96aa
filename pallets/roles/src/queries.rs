//! Reads for other pallets and the runtime API, and changes that other pallets cause.

use crate::*;
use alloc::vec::Vec;
use frame_support::{traits::Get, weights::Weight};
use salus_primitives::{
	KeyAgreementKey, Member, MemberInfo, MemberStatus, Moment, OnAttested, OrganisationId,
	OrganisationInfo, OrganisationKind, OrganisationStatus, Page, Recipient, Role, RoleControl,
	RoleQuery, Subject, SuccessionQuery, Verdict, Wrap, MAX_PAGE,
};

impl<T: Config> RoleQuery<T::AccountId> for Pallet<T> {
	fn memberships(who: &T::AccountId) -> Vec<(Role, Member)> {
		Members::<T>::iter_prefix(who)
			.map(|(role, member)| (role, Self::as_it_counts(role, member)))
			.collect()
	}

	fn organisation_in(who: &T::AccountId, role: Role) -> Option<OrganisationId> {
		Members::<T>::get(who, role).and_then(|member| member.organisation)
	}

	fn is_live(role: Role, member: &Member, now: Moment) -> bool {
		role == Role::Patient
			|| (member.status == MemberStatus::Active
				&& member.expires.is_none_or(|end| now < end)
				&& member.organisation.is_none_or(Self::is_active))
	}

	fn is_live_member(
		who: &T::AccountId,
		role: Role,
		organisation: Option<OrganisationId>,
		now: Moment,
	) -> bool {
		Members::<T>::get(who, role).is_some_and(|member| {
			(organisation.is_none() || member.organisation == organisation)
				&& Self::is_live(role, &member, now)
		})
	}

	fn is_registered(organisation: OrganisationId) -> bool {
		Organisations::<T>::contains_key(organisation)
	}

	fn is_active(organisation: OrganisationId) -> bool {
		Organisations::<T>::get(organisation)
			.is_some_and(|info| info.status == OrganisationStatus::Active)
	}

	fn kind(organisation: OrganisationId) -> Option<OrganisationKind> {
		Organisations::<T>::get(organisation).map(|info| info.kind)
	}

	fn is_admin(who: &T::AccountId, organisation: OrganisationId) -> bool {
		Organisations::<T>::get(organisation).is_some_and(|info| {
			info.status == OrganisationStatus::Active && info.admins.contains(who)
		})
	}

	fn admins(organisation: OrganisationId) -> Vec<T::AccountId> {
		Organisations::<T>::get(organisation)
			.map(|info| info.admins.into_inner())
			.unwrap_or_default()
	}

	fn admitted_by(who: &T::AccountId, role: Role) -> Option<T::AccountId> {
		AdmittedBy::<T>::get(who, role)
	}

	fn key(recipient: &Recipient<T::AccountId>) -> Option<KeyAgreementKey> {
		KeyAgreementKeys::<T>::get(recipient)
	}

	fn memberships_weight() -> Weight {
		T::WeightInfo::memberships()
	}
}

impl<T: Config> RoleControl<T::AccountId> for Pallet<T> {
	fn suspend(who: &T::AccountId, role: Role) {
		Self::suspend_if_active(who, role);
	}

	fn suspend_weight() -> Weight {
		// Includes the bar, which is written beside the suspension.
		T::WeightInfo::suspend().saturating_add(T::DbWeight::get().reads_writes(1, 1))
	}

	fn bar(who: &T::AccountId, role: Role) {
		Self::do_bar(who, role);
	}

	fn unbar(who: &T::AccountId, role: Role) -> bool {
		Self::do_unbar(who, role)
	}
}

/// A rejected credential suspends its membership. A confirmed one changes nothing, and neither does
/// a revoked verdict: an administrator reinstates the member.
impl<T: Config> OnAttested<T::AccountId> for Pallet<T> {
	fn on_verdict_reached(subject: &Subject<T::AccountId>, verdict: Verdict) {
		if let (Subject::Credential { account, role }, Verdict::Rejected) = (subject, verdict) {
			// A bar has suspended it already: the suspension then outlasts the bar.
			if !Self::suspend_barred(account, *role) {
				Self::suspend_if_active(account, *role);
			}
		}
	}

	fn on_verdict_fallen(_: &Subject<T::AccountId>, _: Verdict) {}

	fn on_attested_weight() -> Weight {
		// The bar, too.
		T::WeightInfo::suspend().saturating_add(T::DbWeight::get().reads_writes(1, 1))
	}
}

/// Reads for the runtime API.
impl<T: Config> Pallet<T> {
	/// Returns an organisation.
	pub fn organisation_info(id: OrganisationId) -> Option<OrganisationInfo<T::AccountId>> {
		Organisations::<T>::get(id).map(|info| OrganisationInfo {
			id,
			kind: info.kind,
			status: info.status,
			admins: info.admins.into_inner(),
			profile: info.profile,
			key: Self::key(&Recipient::Organisation(id)),
		})
	}

	/// Returns organisations in order of registration. `from` counts from 0; `limit` is capped at
	/// [`MAX_PAGE`].
	pub fn organisations_page(from: u32, limit: u32) -> Page<OrganisationInfo<T::AccountId>> {
		let total = OrganisationCount::<T>::get();
		let end = from.saturating_add(limit.min(MAX_PAGE)).min(total);
		// The number of an organisation is its index in the list, plus 1.
		let items = (from..end)
			.filter_map(|index| Self::organisation_info(index.saturating_add(1)))
			.collect();
		Page { items, next: (end < total).then_some(end), total }
	}

	/// Returns the memberships of an account, in order of role, each with whether it is live now.
	pub fn memberships_info(who: &T::AccountId) -> Vec<MemberInfo> {
		let now = Self::now();
		Self::memberships(who)
			.into_iter()
			.map(|(role, member)| MemberInfo {
				live: Self::is_live(role, &member, now),
				role,
				member,
			})
			.collect()
	}

	/// Returns the organisation's secret key, sealed for an account.
	pub fn organisation_key_share(
		organisation: OrganisationId,
		account: &T::AccountId,
	) -> Option<Wrap> {
		OrganisationKeyShares::<T>::get(organisation, account)
	}

	/// Returns the organisation that answers for the account in a role that writes records: live
	/// practitioner, records admin or device. If several do, returns the first in order of role;
	/// none for a lost key, which another one has succeeded.
	pub fn may_stage(account: &T::AccountId) -> Option<OrganisationId> {
		if T::Succession::is_succeeded(account) {
			return None;
		}
		let now = Self::now();
		Role::WRITERS
			.into_iter()
			.filter_map(|role| Some((role, Members::<T>::get(account, role)?)))
			.find(|(role, member)| Self::is_live(*role, member, now))
			.and_then(|(_, member)| member.organisation)
	}
}
