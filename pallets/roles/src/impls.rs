//! Implementation of the calls. Checks come before changes; where a check comes later, FRAME
//! reverts the changes.

use crate::*;
use alloc::vec::Vec;
use frame_support::{
	dispatch::DispatchResult,
	ensure,
	traits::{Get, Time},
};
use salus_primitives::{
	Admission, Enrolment, Hash32, KeyAgreementKey, KeyAgreementPublic, Member, MemberStatus,
	Moment, OnEnrolled, OrganisationId, OrganisationKind, OrganisationStatus, Recipient, Role,
	RoleQuery, SuccessionQuery, Wrap,
};
use sp_runtime::{
	traits::{Verify, Zero},
	ArithmeticError, DispatchError,
};

/// Credential hash of a patient who enrolled without an organisation.
const NO_CREDENTIAL: Hash32 = [0; 32];

impl<T: Config> Pallet<T> {
	pub(crate) fn now() -> Moment {
		T::Time::now()
	}

	/// Asserts the relations between the configuration's constants.
	pub(crate) fn check_configuration() {
		assert!(T::MaxAdmins::get() > 0, "an organisation needs an admin");
		assert!(T::MaxAdministrations::get() > 0, "an administrator needs an organisation");
		assert!(T::AllowancePeriod::get() > 0, "time is divided by the period");
		assert!(
			T::AccountAllowance::get() <= T::OrganisationAllowance::get()
				&& T::PatientAllowance::get() <= T::PatientsAllowance::get(),
			"one account may not use more than its whole organisation"
		);
		assert!(T::PatientReserve::get() > 0, "what protects a patient needs a reserve");
	}

	/// Registers the organisations of the genesis.
	#[allow(clippy::expect_used, reason = "a chain must not start from a wrong specification")]
	pub(crate) fn build_genesis(organisations: &[(OrganisationKind, Vec<T::AccountId>, Hash32)]) {
		for (kind, admins, profile) in organisations {
			let admins = AdminsOf::<T>::try_from(admins.clone())
				.expect("a genesis organisation has at most MaxAdmins admins");
			Self::do_register_organisation(*kind, admins, *profile)
				.expect("a genesis organisation has at least one admin, and none twice");
		}
	}

	// ---- organisations ----

	pub(crate) fn do_register_organisation(
		kind: OrganisationKind,
		admins: AdminsOf<T>,
		profile: Hash32,
	) -> DispatchResult {
		Self::ensure_admins(&admins)?;
		let id = OrganisationCount::<T>::get().checked_add(1).ok_or(ArithmeticError::Overflow)?;
		for admin in &admins {
			Self::add_administration(admin, id)?;
		}
		OrganisationCount::<T>::put(id);
		let status = OrganisationStatus::Active;
		Organisations::<T>::insert(id, Organisation { kind, status, admins, profile });
		Self::deposit_event(Event::OrganisationRegistered { organisation: id, kind });
		Ok(())
	}

	pub(crate) fn do_suspend_organisation(id: OrganisationId) -> DispatchResult {
		let mut organisation =
			Organisations::<T>::get(id).ok_or(Error::<T>::UnknownOrganisation)?;
		ensure!(organisation.status == OrganisationStatus::Active, Error::<T>::AlreadySuspended);
		organisation.status = OrganisationStatus::Suspended;
		Organisations::<T>::insert(id, organisation);
		Self::deposit_event(Event::OrganisationSuspended { organisation: id });
		Ok(())
	}

	pub(crate) fn do_reinstate_organisation(id: OrganisationId) -> DispatchResult {
		let mut organisation =
			Organisations::<T>::get(id).ok_or(Error::<T>::UnknownOrganisation)?;
		ensure!(organisation.status == OrganisationStatus::Suspended, Error::<T>::NotSuspended);
		organisation.status = OrganisationStatus::Active;
		Organisations::<T>::insert(id, organisation);
		Self::deposit_event(Event::OrganisationReinstated { organisation: id });
		Ok(())
	}

	pub(crate) fn do_set_admins(id: OrganisationId, admins: AdminsOf<T>) -> DispatchResult {
		let mut organisation =
			Organisations::<T>::get(id).ok_or(Error::<T>::UnknownOrganisation)?;
		Self::ensure_admins(&admins)?;
		for admin in admins.iter().filter(|admin| !organisation.admins.contains(admin)) {
			Self::add_administration(admin, id)?;
		}
		let before = core::mem::replace(&mut organisation.admins, admins.clone());
		Organisations::<T>::insert(id, organisation);
		for dropped in before.iter().filter(|admin| !admins.contains(admin)) {
			let mut ids = Administrations::<T>::get(dropped).unwrap_or_default();
			ids.retain(|other| *other != id);
			Administrations::<T>::insert(dropped, ids);
			Self::drop_share_unless_entitled(id, dropped);
		}
		Self::deposit_event(Event::AdminsSet { organisation: id, admins });
		Ok(())
	}

	fn ensure_admins(admins: &AdminsOf<T>) -> DispatchResult {
		ensure!(!admins.is_empty(), Error::<T>::NoAdmins);
		let mut sorted: Vec<_> = admins.iter().collect();
		sorted.sort();
		sorted.dedup();
		ensure!(sorted.len() == admins.len(), Error::<T>::DuplicateAdmin);
		Ok(())
	}

	/// May fail after earlier calls for other accounts: FRAME reverts the changes of a failed call.
	fn add_administration(who: &T::AccountId, id: OrganisationId) -> DispatchResult {
		Self::provide(who);
		let mut ids = Administrations::<T>::get(who).unwrap_or_default();
		ids.try_push(id).map_err(|_| Error::<T>::TooManyAdministrations)?;
		Administrations::<T>::insert(who, ids);
		Ok(())
	}

	// ---- members ----

	pub(crate) fn do_admit_member(
		who: &T::AccountId,
		organisation: OrganisationId,
		account: T::AccountId,
		role: Role,
		entitled: Entitlement,
		accepted: Option<(Moment, T::Signature)>,
	) -> DispatchResult {
		Self::ensure_admin(who, organisation)?;
		ensure!(role != Role::Patient, Error::<T>::PatientsEnrol);
		let Entitlement { credential, expires, specialty } = entitled;
		let since = Self::now();
		ensure!(expires.is_none_or(|end| end > since), Error::<T>::AlreadyExpired);
		Self::ensure_not_barred(&account, role)?;
		let before = Members::<T>::get(&account, role);
		ensure!(
			before.as_ref().is_none_or(|member| {
				member.organisation != Some(organisation) || member.status == MemberStatus::Revoked
			}),
			Error::<T>::AlreadyMember
		);
		match accepted {
			None => ensure!(*who == account, Error::<T>::NotAccepted),
			Some((until, signature)) => {
				Self::ensure_in_time(until, since, before.as_ref())?;
				let admission = Admission {
					genesis: Self::genesis(),
					account: account.clone(),
					organisation,
					role,
					until,
				};
				Self::ensure_signed_by(&account, &admission.to_sign(), &signature)?;
			}
		}
		Self::provide(&account);
		let status = MemberStatus::Active;
		let member = Member {
			organisation: Some(organisation),
			status,
			credential,
			expires,
			since,
			specialty,
		};
		Members::<T>::insert(&account, role, member);
		if let Some(previous) = before.and_then(|member| member.organisation) {
			Self::end_share(previous, &account, role);
		}
		AdmittedBy::<T>::insert(&account, role, who);
		Self::deposit_event(Event::MemberAdmitted { organisation, account, role });
		Ok(())
	}

	/// Checks that a signature is in time and was not used for the membership that it replaces. A
	/// signature used for that membership ended within [`MAX_SIGNATURE_LIFETIME`] of its beginning.
	fn ensure_in_time(until: Moment, now: Moment, before: Option<&Member>) -> DispatchResult {
		ensure!(until > now, Error::<T>::SignatureExpired);
		ensure!(
			until <= now.saturating_add(MAX_SIGNATURE_LIFETIME),
			Error::<T>::SignatureLivesTooLong
		);
		ensure!(
			before.is_none_or(|member| until > member.since.saturating_add(MAX_SIGNATURE_LIFETIME)),
			Error::<T>::SignatureUsed
		);
		Ok(())
	}

	/// Returns the genesis hash, which identifies the chain.
	fn genesis() -> Hash32 {
		frame_system::Pallet::<T>::block_hash(
			frame_system::pallet_prelude::BlockNumberFor::<T>::zero(),
		)
		.into()
	}

	pub(crate) fn do_renew_member(
		who: &T::AccountId,
		organisation: OrganisationId,
		account: T::AccountId,
		role: Role,
		entitled: Entitlement,
	) -> DispatchResult {
		ensure!(entitled.expires.is_none_or(|end| end > Self::now()), Error::<T>::AlreadyExpired);
		ensure!(role != Role::Patient || entitled.expires.is_none(), Error::<T>::PatientStays);
		Self::change_member(who, organisation, &account, role, |member| {
			member.credential = entitled.credential;
			member.expires = entitled.expires;
			member.specialty = entitled.specialty;
			Ok(())
		})?;
		Self::deposit_event(Event::MemberRenewed { organisation, account, role });
		Ok(())
	}

	pub(crate) fn do_suspend_member(
		who: &T::AccountId,
		organisation: OrganisationId,
		account: T::AccountId,
		role: Role,
	) -> DispatchResult {
		Self::change_member(who, organisation, &account, role, |member| {
			ensure!(role != Role::Patient, Error::<T>::PatientStays);
			let is_new = match member.status {
				MemberStatus::Suspended => Self::suspend_barred(&account, role),
				status => status == MemberStatus::Active,
			};
			ensure!(is_new, Error::<T>::AlreadySuspended);
			member.status = MemberStatus::Suspended;
			Ok(())
		})?;
		Self::deposit_event(Event::MemberSuspended { account, role });
		Ok(())
	}

	pub(crate) fn do_reinstate_member(
		who: &T::AccountId,
		organisation: OrganisationId,
		account: T::AccountId,
		role: Role,
	) -> DispatchResult {
		Self::change_member(who, organisation, &account, role, |member| {
			ensure!(member.status == MemberStatus::Suspended, Error::<T>::NotSuspended);
			Self::ensure_not_barred(&account, role)?;
			member.status = MemberStatus::Active;
			Ok(())
		})?;
		Self::deposit_event(Event::MemberReinstated { account, role });
		Ok(())
	}

	pub(crate) fn do_revoke_member(
		who: &T::AccountId,
		organisation: OrganisationId,
		account: T::AccountId,
		role: Role,
	) -> DispatchResult {
		Self::change_member(who, organisation, &account, role, |member| {
			ensure!(role != Role::Patient, Error::<T>::PatientStays);
			member.status = MemberStatus::Revoked;
			Ok(())
		})?;
		Self::end_share(organisation, &account, role);
		Self::deposit_event(Event::MemberRevoked { account, role });
		Ok(())
	}

	pub(crate) fn do_leave(account: T::AccountId, role: Role) -> DispatchResult {
		let mut member = Self::member(&account, role).ok_or(Error::<T>::UnknownMember)?;
		if role == Role::Patient {
			let organisation = member.organisation.ok_or(Error::<T>::NoOrganisation)?;
			Self::release(account, member, organisation);
			return Ok(());
		}
		ensure!(member.status != MemberStatus::Revoked, Error::<T>::MemberRevoked);
		member.status = MemberStatus::Revoked;
		let organisation = member.organisation;
		Members::<T>::insert(&account, role, member);
		if let Some(organisation) = organisation {
			Self::end_share(organisation, &account, role);
		}
		Self::deposit_event(Event::MemberLeft { account, role });
		Ok(())
	}

	pub(crate) fn do_release_patient(
		who: &T::AccountId,
		organisation: OrganisationId,
		patient: T::AccountId,
	) -> DispatchResult {
		Self::ensure_admin(who, organisation)?;
		let member = Self::member(&patient, Role::Patient).ok_or(Error::<T>::UnknownMember)?;
		ensure!(member.organisation == Some(organisation), Error::<T>::NotYourMember);
		Self::release(patient, member, organisation);
		Ok(())
	}

	fn release(patient: T::AccountId, mut member: Member, organisation: OrganisationId) {
		member.organisation = None;
		Members::<T>::insert(&patient, Role::Patient, member);
		Self::deposit_event(Event::PatientReleased { patient, organisation });
	}

	/// Lets an administrator change a membership of their organisation that is not revoked.
	fn change_member(
		who: &T::AccountId,
		organisation: OrganisationId,
		account: &T::AccountId,
		role: Role,
		change: impl FnOnce(&mut Member) -> DispatchResult,
	) -> DispatchResult {
		Self::ensure_admin(who, organisation)?;
		let mut member = Self::member(account, role).ok_or(Error::<T>::UnknownMember)?;
		ensure!(member.organisation == Some(organisation), Error::<T>::NotYourMember);
		ensure!(member.status != MemberStatus::Revoked, Error::<T>::MemberRevoked);
		change(&mut member)?;
		Members::<T>::insert(account, role, member);
		Ok(())
	}

	/// Returns the membership of an account in a role, as [`Pallet::as_it_counts`] reads it.
	pub(crate) fn member(account: &T::AccountId, role: Role) -> Option<Member> {
		Members::<T>::get(account, role).map(|member| Self::as_it_counts(role, member))
	}

	/// Returns a membership as it counts. Hospitals could once suspend a patient, end their
	/// membership, and let it expire. This reads every stored patient membership as active and
	/// without an end.
	pub(crate) fn as_it_counts(role: Role, member: Member) -> Member {
		if role != Role::Patient {
			return member;
		}
		Member { status: MemberStatus::Active, expires: None, ..member }
	}

	/// Suspends a membership for another pallet, if it is active and not a patient's.
	pub(crate) fn suspend_if_active(account: &T::AccountId, role: Role) {
		let Some(mut member) = Members::<T>::get(account, role) else {
			return;
		};
		if role != Role::Patient && member.status == MemberStatus::Active {
			member.status = MemberStatus::Suspended;
			Members::<T>::insert(account, role, member);
			Self::deposit_event(Event::MemberSuspended { account: account.clone(), role });
		}
	}

	// ---- patients ----

	pub(crate) fn do_enrol_patient(
		who: &T::AccountId,
		organisation: OrganisationId,
		patient: T::AccountId,
		key: KeyAgreementPublic,
		credential: Hash32,
		expires: Moment,
		signature: T::Signature,
	) -> DispatchResult {
		let hospital = Self::active_organisation(organisation)?;
		ensure!(hospital.kind == OrganisationKind::Hospital, Error::<T>::NotHospital);
		let now = Self::now();
		ensure!(
			hospital.admins.contains(who)
				|| Self::is_live_member(who, Role::RecordsAdmin, Some(organisation), now),
			Error::<T>::NotEnroller
		);
		let before = Members::<T>::get(&patient, Role::Patient);
		ensure!(
			before.as_ref().is_none_or(|member| member.organisation.is_none()),
			Error::<T>::AlreadyEnrolled
		);
		ensure!(key != [0; 32], Error::<T>::InvalidKey);
		Self::ensure_in_time(expires, now, before.as_ref())?;
		let enrolment = Enrolment { genesis: Self::genesis(), patient, organisation, key, expires };
		Self::ensure_signed_by(&enrolment.patient, &enrolment.to_sign(), &signature)?;
		Self::enrol_now(enrolment.patient, key, Some(organisation), credential, now)
	}

	pub(crate) fn do_enrol(who: T::AccountId, key: KeyAgreementPublic) -> DispatchResult {
		ensure!(!Members::<T>::contains_key(&who, Role::Patient), Error::<T>::AlreadyEnrolled);
		ensure!(key != [0; 32], Error::<T>::InvalidKey);
		Self::enrol_now(who, key, None, NO_CREDENTIAL, Self::now())
	}

	fn enrol_now(
		patient: T::AccountId,
		key: KeyAgreementPublic,
		organisation: Option<OrganisationId>,
		credential: Hash32,
		since: Moment,
	) -> DispatchResult {
		let recipient = Recipient::Account(patient.clone());
		// A member in another role may enrol with the key that they already have.
		if Self::key(&recipient).is_none_or(|current| current.public != key) {
			Self::put_key(recipient, key)?;
		}
		Self::provide(&patient);
		let member = Member {
			organisation,
			status: MemberStatus::Active,
			credential,
			expires: None,
			since,
			specialty: None,
		};
		Members::<T>::insert(&patient, Role::Patient, member);
		Self::deposit_event(Event::PatientEnrolled { patient: patient.clone(), organisation });
		T::OnEnrolled::on_enrolled(&patient, organisation);
		Ok(())
	}

	/// Checks that `signature` is the account's over the message, either directly or wrapped as
	/// browser extensions wrap it, and that the account still signs for itself. A lost key may be
	/// in other hands.
	fn ensure_signed_by(
		who: &T::AccountId,
		message: &[u8],
		signature: &T::Signature,
	) -> DispatchResult {
		ensure!(!T::Succession::is_succeeded(who), Error::<T>::Succeeded);
		ensure!(
			signature.verify(message, who)
				|| signature.verify([b"<Bytes>", message, b"</Bytes>"].concat().as_slice(), who),
			Error::<T>::InvalidSignature
		);
		Ok(())
	}

	// ---- keys ----

	pub(crate) fn do_rotate_key(who: T::AccountId, public: KeyAgreementPublic) -> DispatchResult {
		let entitled = Administrations::<T>::decode_len(&who).is_some_and(|held| held > 0)
			|| Self::memberships(&who)
				.iter()
				.any(|(_, member)| member.status != MemberStatus::Revoked);
		ensure!(entitled, Error::<T>::NotMember);
		Self::replace_key(Recipient::Account(who), public)
	}

	pub(crate) fn do_set_organisation_key(
		who: &T::AccountId,
		organisation: OrganisationId,
		public: KeyAgreementPublic,
	) -> DispatchResult {
		Self::ensure_admin(who, organisation)?;
		Self::replace_key(Recipient::Organisation(organisation), public)
	}

	pub(crate) fn do_share_organisation_key(
		who: &T::AccountId,
		organisation: OrganisationId,
		account: T::AccountId,
		wrap: Wrap,
	) -> DispatchResult {
		let now = Self::now();
		let is_admin = Self::ensure_admin(who, organisation)?.admins.contains(&account);
		ensure!(
			is_admin || Self::is_live_member(&account, Role::RecordsAdmin, Some(organisation), now),
			Error::<T>::NotRecordsAdmin
		);
		Self::key(&Recipient::Organisation(organisation)).ok_or(Error::<T>::NoKey)?;
		let key = Self::key(&Recipient::Account(account.clone())).ok_or(Error::<T>::NoKey)?;
		ensure!(wrap.key_version == key.version, Error::<T>::WrongKeyVersion);
		OrganisationKeyShares::<T>::insert(organisation, &account, wrap);
		Self::deposit_event(Event::OrganisationKeyShared { organisation, account });
		Ok(())
	}

	fn replace_key(
		recipient: Recipient<T::AccountId>,
		public: KeyAgreementPublic,
	) -> DispatchResult {
		ensure!(public != [0; 32], Error::<T>::InvalidKey);
		let unchanged = Self::key(&recipient).is_some_and(|current| current.public == public);
		ensure!(!unchanged, Error::<T>::KeyUnchanged);
		Self::put_key(recipient, public)
	}

	fn put_key(recipient: Recipient<T::AccountId>, public: KeyAgreementPublic) -> DispatchResult {
		let version = Self::key(&recipient)
			.map_or(0, |current| current.version)
			.checked_add(1)
			.ok_or(ArithmeticError::Overflow)?;
		KeyAgreementKeys::<T>::insert(&recipient, KeyAgreementKey { public, version });
		Self::deposit_event(Event::KeySet { recipient, version });
		Ok(())
	}

	/// Removes an account's share of an organisation's key after its membership in this role ended.
	fn end_share(organisation: OrganisationId, account: &T::AccountId, role: Role) {
		if role == Role::RecordsAdmin {
			Self::drop_share_unless_entitled(organisation, account);
		}
	}

	/// Removes an account's share of an organisation's key, unless the account may still use it.
	fn drop_share_unless_entitled(organisation: OrganisationId, account: &T::AccountId) {
		if !Self::may_hold_share(organisation, account) {
			OrganisationKeyShares::<T>::remove(organisation, account);
		}
	}

	/// Returns whether an account may keep its share: a suspension does not remove it, a revocation
	/// does.
	pub(crate) fn may_hold_share(organisation: OrganisationId, account: &T::AccountId) -> bool {
		Organisations::<T>::get(organisation).is_some_and(|info| info.admins.contains(account))
			|| Members::<T>::get(account, Role::RecordsAdmin).is_some_and(|member| {
				member.organisation == Some(organisation) && member.status != MemberStatus::Revoked
			})
	}

	// ---- common ----

	fn active_organisation(id: OrganisationId) -> Result<OrganisationOf<T>, DispatchError> {
		let organisation = Organisations::<T>::get(id).ok_or(Error::<T>::UnknownOrganisation)?;
		ensure!(
			organisation.status == OrganisationStatus::Active,
			Error::<T>::OrganisationSuspended
		);
		Ok(organisation)
	}

	fn ensure_admin(
		who: &T::AccountId,
		id: OrganisationId,
	) -> Result<OrganisationOf<T>, DispatchError> {
		let organisation = Self::active_organisation(id)?;
		ensure!(organisation.admins.contains(who), Error::<T>::NotAdmin);
		Ok(organisation)
	}

	/// Gives an account that is new to the pallet a provider reference, so that it can send
	/// transactions without a balance. Call it before storing the account.
	///
	/// The reference is never removed, so the account keeps its nonce and none of its old
	/// transactions can be replayed.
	fn provide(who: &T::AccountId) {
		if !Self::is_known(who) {
			frame_system::Pallet::<T>::inc_providers(who);
		}
	}

	/// Returns whether the account is, or was, a member or an administrator.
	pub(crate) fn is_known(who: &T::AccountId) -> bool {
		Administrations::<T>::contains_key(who)
			|| Members::<T>::iter_key_prefix(who).next().is_some()
	}
}
