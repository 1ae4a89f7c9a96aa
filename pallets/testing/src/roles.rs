//! Organisations and their members, in place of the pallet `roles`.

use crate::{AccountId, Now};
use frame_support::{pallet_prelude::ValueQuery, storage_alias, weights::Weight, Twox64Concat};
use salus_primitives::{
	KeyAgreementKey, KeyAgreementPublic, Member, MemberStatus, Moment, OrganisationId,
	OrganisationKind, OrganisationStatus, Recipient, Role, RoleControl, RoleQuery, Specialty,
};
use std::collections::{BTreeMap, BTreeSet};

#[storage_alias]
type Organisations =
	StorageMap<World, Twox64Concat, OrganisationId, (OrganisationKind, OrganisationStatus)>;
#[storage_alias]
type Admins = StorageMap<World, Twox64Concat, OrganisationId, BTreeSet<AccountId>, ValueQuery>;
#[storage_alias]
type Members = StorageMap<World, Twox64Concat, AccountId, BTreeMap<Role, Member>, ValueQuery>;
/// Administrators who admitted members.
#[storage_alias]
type Admitters = StorageMap<World, Twox64Concat, (AccountId, Role), AccountId>;
#[storage_alias]
type Barred = StorageMap<World, Twox64Concat, (AccountId, Role), ()>;
#[storage_alias]
type Keys = StorageMap<World, Twox64Concat, Recipient<AccountId>, KeyAgreementKey>;

/// Organisations and members that the tests register.
pub struct Roles;

/// Returns a live membership that begins now and has no end.
pub fn membership(organisation: Option<OrganisationId>) -> Member {
	Member {
		organisation,
		status: MemberStatus::Active,
		credential: [7; 32],
		expires: None,
		since: Now::get(),
		specialty: None,
	}
}

impl Roles {
	/// Registers an active organisation.
	pub fn register(organisation: OrganisationId, kind: OrganisationKind) {
		Organisations::insert(organisation, (kind, OrganisationStatus::Active));
	}

	/// Removes an organisation, which the real pallet never does.
	pub fn unregister(organisation: OrganisationId) {
		Organisations::remove(organisation);
	}

	/// Suspends an organisation.
	pub fn suspend_organisation(organisation: OrganisationId) {
		Self::set_organisation(organisation, OrganisationStatus::Suspended);
	}

	/// Sets the status of an organisation. One that is not registered becomes a hospital.
	pub fn set_organisation(organisation: OrganisationId, status: OrganisationStatus) {
		let kind = Self::kind(organisation).unwrap_or(OrganisationKind::Hospital);
		Organisations::insert(organisation, (kind, status));
	}

	/// Makes an account an administrator.
	pub fn appoint(organisation: OrganisationId, who: AccountId) {
		Admins::mutate(organisation, |admins| admins.insert(who));
	}

	/// Dismisses an administrator.
	pub fn dismiss(organisation: OrganisationId, who: AccountId) {
		Admins::mutate(organisation, |admins| admins.remove(&who));
	}

	/// Creates or replaces a membership, which is live, begins now and has no end.
	pub fn admit(who: AccountId, role: Role, organisation: Option<OrganisationId>) {
		Members::mutate(who, |members| members.insert(role, membership(organisation)));
	}

	/// Sets the administrator who admitted a member.
	pub fn set_admitter(who: AccountId, role: Role, admin: AccountId) {
		Admitters::insert((who, role), admin);
	}

	/// Removes the administrator who admitted a member, as for members who were admitted before
	/// the pallet kept them.
	pub fn forget_admitter(who: AccountId, role: Role) {
		Admitters::remove((who, role));
	}

	/// Removes all administrators who admitted members.
	pub fn forget_admitters() {
		let _ = Admitters::clear(u32::MAX, None);
	}

	/// Returns a membership.
	pub fn member(who: AccountId, role: Role) -> Option<Member> {
		Members::get(who).remove(&role)
	}

	/// Changes a membership.
	pub fn change(who: AccountId, role: Role, change: impl FnOnce(&mut Member)) {
		Members::mutate(who, |members| change(members.get_mut(&role).expect("is a member")));
	}

	/// Sets the status of a membership.
	pub fn set_status(who: AccountId, role: Role, status: MemberStatus) {
		Self::change(who, role, |member| member.status = status);
	}

	/// Sets the end of a membership.
	pub fn set_expiry(who: AccountId, role: Role, expires: Moment) {
		Self::change(who, role, |member| member.expires = Some(expires));
	}

	/// Sets the specialty of a member.
	pub fn set_specialty(who: AccountId, role: Role, specialty: Specialty) {
		Self::change(who, role, |member| member.specialty = Some(specialty));
	}

	/// Removes all memberships of an account, which the real pallet never does.
	pub fn forget(who: AccountId) {
		Members::remove(who);
	}

	/// Returns whether a membership is barred.
	pub fn is_barred(who: AccountId, role: Role) -> bool {
		Barred::contains_key((who, role))
	}

	/// Sets the first version of a key.
	pub fn give_key(recipient: Recipient<AccountId>, public: KeyAgreementPublic) {
		Keys::insert(recipient, KeyAgreementKey { public, version: 1 });
	}

	/// Replaces a key by its next version.
	pub fn rotate_key(recipient: Recipient<AccountId>) {
		Keys::mutate(recipient, |key| {
			let key = key.as_mut().expect("it has a key");
			key.version += 1;
			key.public[0] ^= 1;
		});
	}
}

impl RoleQuery<AccountId> for Roles {
	fn memberships(who: &AccountId) -> Vec<(Role, Member)> {
		Members::get(who).into_iter().collect()
	}
	fn is_live(role: Role, member: &Member, now: Moment) -> bool {
		member.status == MemberStatus::Active
			&& member.expires.is_none_or(|end| now < end)
			&& (role == Role::Patient || member.organisation.is_none_or(Self::is_active))
	}
	fn is_live_member(
		who: &AccountId,
		role: Role,
		organisation: Option<OrganisationId>,
		now: Moment,
	) -> bool {
		Self::member(*who, role).is_some_and(|member| {
			(organisation.is_none() || organisation == member.organisation)
				&& Self::is_live(role, &member, now)
		})
	}
	fn is_active(organisation: OrganisationId) -> bool {
		Organisations::get(organisation)
			.is_some_and(|(_, status)| status == OrganisationStatus::Active)
	}
	fn is_registered(organisation: OrganisationId) -> bool {
		Organisations::contains_key(organisation)
	}
	fn kind(organisation: OrganisationId) -> Option<OrganisationKind> {
		Organisations::get(organisation).map(|(kind, _)| kind)
	}
	fn is_admin(who: &AccountId, organisation: OrganisationId) -> bool {
		Self::is_active(organisation) && Admins::get(organisation).contains(who)
	}
	fn admins(organisation: OrganisationId) -> Vec<AccountId> {
		Admins::get(organisation).into_iter().collect()
	}
	fn admitted_by(who: &AccountId, role: Role) -> Option<AccountId> {
		Admitters::get((who, role))
	}
	fn key(recipient: &Recipient<AccountId>) -> Option<KeyAgreementKey> {
		Keys::get(recipient)
	}
	fn memberships_weight() -> Weight {
		Weight::from_parts(1_000, 0)
	}
}

impl RoleControl<AccountId> for Roles {
	fn suspend(who: &AccountId, role: Role) {
		Members::mutate(who, |members| match members.get_mut(&role) {
			Some(member) if member.status == MemberStatus::Active => {
				member.status = MemberStatus::Suspended;
			}
			_ => {}
		});
	}
	fn suspend_weight() -> Weight {
		Weight::from_parts(1_000, 0)
	}
	fn bar(who: &AccountId, role: Role) {
		Self::suspend(who, role);
		Barred::insert((who, role), ());
	}
	fn unbar(who: &AccountId, role: Role) -> bool {
		let barred = Barred::take((who, role)).is_some();
		if barred && Members::get(who).contains_key(&role) {
			Self::set_status(*who, role, MemberStatus::Active);
		}
		barred
	}
}
