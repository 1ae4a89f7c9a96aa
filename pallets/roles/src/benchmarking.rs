//! Benchmarks of the calls, each in its worst case.

#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::arithmetic_side_effects,
	reason = "a benchmark that cannot be set up must fail"
)]

use super::*;
use alloc::vec::Vec;
use frame_benchmarking::v2::*;
#[cfg(feature = "runtime-benchmarks")]
use frame_support::traits::EnsureOrigin;
use frame_support::traits::Get;
use frame_system::RawOrigin;
use salus_primitives::{
	Admission, Enrolment, Hash32, KeyAgreementKey, KeyAgreementPublic, Member, MemberStatus,
	OrganisationId, OrganisationKind, OrganisationStatus, Recipient, Role, RoleControl, RoleQuery,
	Wrap, WRAP_LENGTH,
};
use sp_core::{crypto::KeyTypeId, sr25519};
use sp_runtime::{traits::Zero, AccountId32, MultiSignature};

/// Creates accounts and signatures, which depend on the runtime's types.
pub trait BenchmarkHelper<AccountId, Signature> {
	/// Creates an account that can sign.
	fn patient() -> AccountId;
	/// Signs as that account.
	fn sign(patient: &AccountId, message: &[u8]) -> Signature;
}

const KEY_TYPE: KeyTypeId = KeyTypeId(*b"bnch");

impl BenchmarkHelper<AccountId32, MultiSignature> for () {
	fn patient() -> AccountId32 {
		AccountId32::new(sp_io::crypto::sr25519_generate(KEY_TYPE, None).0)
	}

	fn sign(patient: &AccountId32, message: &[u8]) -> MultiSignature {
		let public = sr25519::Public::from_raw(*patient.as_ref());
		let signature = sp_io::crypto::sr25519_sign(KEY_TYPE, &public, message)
			.expect("the benchmarks run with a keystore");
		MultiSignature::Sr25519(signature)
	}
}

const HASH: Hash32 = [7; 32];
const KEY: KeyAgreementPublic = [8; 32];
const NEW_KEY: KeyAgreementPublic = [9; 32];

fn people<T: Config>(name: &'static str, count: u32) -> AdminsOf<T> {
	let people: Vec<T::AccountId> = (0..count).map(|index| account(name, index, 0)).collect();
	people.try_into().expect("count is at most MaxAdmins")
}

/// Returns an origin that the runtime accepts as the council.
#[cfg(feature = "runtime-benchmarks")]
fn council<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
	T::CouncilOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)
}

/// Returns an origin that the mock accepts as the council. FRAME creates origins only when it is
/// built with benchmarks.
#[cfg(not(feature = "runtime-benchmarks"))]
fn council<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
	Ok(RawOrigin::Root.into())
}

/// Registers a hospital with the maximum number of administrators.
fn hospital<T: Config>() -> (OrganisationId, AdminsOf<T>) {
	let admins = people::<T>("admin", T::MaxAdmins::get());
	Pallet::<T>::do_register_organisation(OrganisationKind::Hospital, admins.clone(), HASH)
		.expect("the organisation can be registered");
	(OrganisationCount::<T>::get(), admins)
}

/// Returns the administrator that is found last.
fn last_admin<T: Config>(admins: &AdminsOf<T>) -> T::AccountId {
	admins.last().expect("there are admins").clone()
}

/// Inserts a member as if admitted; benchmarks of other pallets have no account that can sign.
pub fn member<T: Config>(who: &T::AccountId, role: Role, organisation: OrganisationId) {
	frame_system::Pallet::<T>::inc_providers(who);
	let member = Member {
		organisation: Some(organisation),
		status: MemberStatus::Active,
		credential: HASH,
		expires: Some(u64::MAX),
		since: 0,
		specialty: None,
	};
	Members::<T>::insert(who, role, member);
}

fn set_key<T: Config>(recipient: Recipient<T::AccountId>) {
	KeyAgreementKeys::<T>::insert(recipient, KeyAgreementKey { public: KEY, version: 1 });
}

fn wrap() -> Wrap {
	Wrap { key_version: 1, sealed: [1; WRAP_LENGTH as usize] }
}

/// Creates an account with this number of memberships, each in another role and organisation, and
/// this number of administrations.
fn busy_account<T: Config>(memberships: u32, administrations: u32) -> T::AccountId {
	let who: T::AccountId = account("busy", 0, 0);
	for role in Role::ALL.into_iter().take(memberships as usize) {
		let (organisation, _) = hospital_of::<T>("sponsor", role as u32);
		member::<T>(&who, role, organisation);
	}
	for _ in 0..administrations {
		let admins = alloc::vec![who.clone()].try_into().expect("one administrator fits");
		Pallet::<T>::do_register_organisation(OrganisationKind::Hospital, admins, HASH)
			.expect("the organisation can be registered");
	}
	who
}

/// Registers a hospital with its own administrators.
fn hospital_of<T: Config>(name: &'static str, number: u32) -> (OrganisationId, AdminsOf<T>) {
	let admins: Vec<T::AccountId> =
		(0..T::MaxAdmins::get()).map(|index| account(name, index, number)).collect();
	let admins: AdminsOf<T> = admins.try_into().expect("there are MaxAdmins of them");
	Pallet::<T>::do_register_organisation(OrganisationKind::Hospital, admins.clone(), HASH)
		.expect("the organisation can be registered");
	(OrganisationCount::<T>::get(), admins)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn register_organisation(a: Linear<1, { T::MaxAdmins::get() }>) -> Result<(), BenchmarkError> {
		let origin = council::<T>()?;
		let admins = people::<T>("admin", a);

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, OrganisationKind::Hospital, admins, HASH);

		assert_eq!(
			Organisations::<T>::get(OrganisationCount::<T>::get()).unwrap().admins.len() as u32,
			a
		);
		Ok(())
	}

	#[benchmark]
	fn suspend_organisation() -> Result<(), BenchmarkError> {
		let origin = council::<T>()?;
		let (id, _) = hospital::<T>();

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, id);

		assert!(!Pallet::<T>::is_active(id));
		Ok(())
	}

	#[benchmark]
	fn reinstate_organisation() -> Result<(), BenchmarkError> {
		let origin = council::<T>()?;
		let (id, _) = hospital::<T>();
		Organisations::<T>::mutate(id, |organisation| {
			organisation.as_mut().unwrap().status = OrganisationStatus::Suspended;
		});

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, id);

		assert!(Pallet::<T>::is_active(id));
		Ok(())
	}

	#[benchmark]
	fn set_admins(a: Linear<1, { T::MaxAdmins::get() }>) -> Result<(), BenchmarkError> {
		let origin = council::<T>()?;
		let (id, old) = hospital::<T>();
		for admin in &old {
			OrganisationKeyShares::<T>::insert(id, admin, wrap());
		}
		let new = people::<T>("successor", a);

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, id, new.clone());

		assert_eq!(Organisations::<T>::get(id).unwrap().admins, new);
		assert!(OrganisationKeyShares::<T>::iter_prefix(id).next().is_none());
		Ok(())
	}

	#[benchmark]
	fn admit_member() {
		let (id, admins) = hospital::<T>();
		let admin = last_admin::<T>(&admins);
		let (before, _) = hospital_of::<T>("earlier", 0);
		member::<T>(&admin, Role::RecordsAdmin, before);
		OrganisationKeyShares::<T>::insert(before, &admin, wrap());
		let expires = Some(u64::MAX);

		#[extrinsic_call]
		_(
			RawOrigin::Signed(admin.clone()),
			id,
			admin.clone(),
			Role::RecordsAdmin,
			HASH,
			expires,
			Some(u64::MAX),
		);

		assert!(OrganisationKeyShares::<T>::get(before, &admin).is_none());
	}

	#[benchmark]
	fn renew_member() {
		let (id, admins) = hospital::<T>();
		let doctor: T::AccountId = account("doctor", 0, 0);
		member::<T>(&doctor, Role::Practitioner, id);

		#[extrinsic_call]
		_(
			RawOrigin::Signed(last_admin::<T>(&admins)),
			id,
			doctor.clone(),
			Role::Practitioner,
			[1; 32],
			None,
			Some(u64::MAX),
		);

		assert_eq!(Members::<T>::get(&doctor, Role::Practitioner).unwrap().credential, [1; 32]);
	}

	#[benchmark]
	fn suspend_member() {
		let (id, admins) = hospital::<T>();
		let doctor: T::AccountId = account("doctor", 0, 0);
		member::<T>(&doctor, Role::Practitioner, id);

		#[extrinsic_call]
		_(RawOrigin::Signed(last_admin::<T>(&admins)), id, doctor.clone(), Role::Practitioner);

		let status = Members::<T>::get(&doctor, Role::Practitioner).unwrap().status;
		assert_eq!(status, MemberStatus::Suspended);
	}

	#[benchmark]
	fn reinstate_member() {
		let (id, admins) = hospital::<T>();
		let doctor: T::AccountId = account("doctor", 0, 0);
		member::<T>(&doctor, Role::Practitioner, id);
		Pallet::<T>::suspend_if_active(&doctor, Role::Practitioner);

		#[extrinsic_call]
		_(RawOrigin::Signed(last_admin::<T>(&admins)), id, doctor.clone(), Role::Practitioner);

		let status = Members::<T>::get(&doctor, Role::Practitioner).unwrap().status;
		assert_eq!(status, MemberStatus::Active);
	}

	#[benchmark]
	fn revoke_member() {
		let (id, admins) = hospital::<T>();
		let reviewer: T::AccountId = account("reviewer", 0, 0);
		member::<T>(&reviewer, Role::RecordsAdmin, id);
		OrganisationKeyShares::<T>::insert(id, &reviewer, wrap());

		#[extrinsic_call]
		_(RawOrigin::Signed(last_admin::<T>(&admins)), id, reviewer.clone(), Role::RecordsAdmin);

		assert!(OrganisationKeyShares::<T>::get(id, &reviewer).is_none());
	}

	#[benchmark]
	fn enrol_patient() {
		let (organisation, _) = hospital::<T>();
		let reviewer: T::AccountId = account("reviewer", 0, 0);
		member::<T>(&reviewer, Role::RecordsAdmin, organisation);
		let patient = T::BenchmarkHelper::patient();
		let expires = Pallet::<T>::now() + MAX_SIGNATURE_LIFETIME;
		let enrolment = Enrolment {
			genesis: frame_system::Pallet::<T>::block_hash(
				frame_system::pallet_prelude::BlockNumberFor::<T>::zero(),
			)
			.into(),
			patient: patient.clone(),
			organisation,
			key: KEY,
			expires,
		};
		// A wrapped signature is verified twice.
		let message = [b"<Bytes>".as_slice(), &enrolment.to_sign(), b"</Bytes>"].concat();
		let signature = T::BenchmarkHelper::sign(&patient, &message);

		#[extrinsic_call]
		_(
			RawOrigin::Signed(reviewer),
			organisation,
			patient.clone(),
			KEY,
			HASH,
			expires,
			signature,
		);

		assert!(Members::<T>::contains_key(&patient, Role::Patient));
	}

	#[benchmark]
	fn enrol() {
		let patient: T::AccountId = account("patient", 0, 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(patient.clone()), KEY);

		assert!(Members::<T>::contains_key(&patient, Role::Patient));
	}

	#[benchmark]
	fn rotate_key() {
		let (id, _) = hospital::<T>();
		let who: T::AccountId = account("busy", 0, 0);
		// Only the last membership that is checked entitles the account.
		for role in Role::ALL {
			member::<T>(&who, role, id);
			if role != Role::StorageNode {
				Members::<T>::mutate(&who, role, |member| {
					member.as_mut().unwrap().status = MemberStatus::Revoked;
				});
			}
		}
		let recipient = Recipient::Account(who.clone());
		set_key::<T>(recipient.clone());

		#[extrinsic_call]
		_(RawOrigin::Signed(who), NEW_KEY);

		assert_eq!(Pallet::<T>::key(&recipient).unwrap().version, 2);
	}

	#[benchmark]
	fn set_organisation_key() {
		let (id, admins) = hospital::<T>();
		let recipient = Recipient::Organisation(id);
		set_key::<T>(recipient.clone());

		#[extrinsic_call]
		_(RawOrigin::Signed(last_admin::<T>(&admins)), id, NEW_KEY);

		assert_eq!(Pallet::<T>::key(&recipient).unwrap().version, 2);
	}

	#[benchmark]
	fn share_organisation_key() {
		let (id, admins) = hospital::<T>();
		let reviewer: T::AccountId = account("reviewer", 0, 0);
		member::<T>(&reviewer, Role::RecordsAdmin, id);
		set_key::<T>(Recipient::Organisation(id));
		set_key::<T>(Recipient::Account(reviewer.clone()));

		#[extrinsic_call]
		_(RawOrigin::Signed(last_admin::<T>(&admins)), id, reviewer.clone(), wrap());

		assert!(OrganisationKeyShares::<T>::get(id, &reviewer).is_some());
	}

	#[benchmark]
	fn memberships() {
		let who = busy_account::<T>(Role::ALL.len() as u32, T::MaxAdministrations::get());
		let now = Pallet::<T>::now();
		let live;

		#[block]
		{
			live = Pallet::<T>::memberships(&who)
				.iter()
				.filter(|(role, member)| Pallet::<T>::is_live(*role, member, now))
				.count();
		}

		assert_eq!(live, Role::ALL.len());
	}

	#[benchmark]
	fn suspend() {
		let (id, _) = hospital::<T>();
		let doctor: T::AccountId = account("doctor", 0, 0);
		member::<T>(&doctor, Role::Practitioner, id);

		#[block]
		{
			<Pallet<T> as RoleControl<T::AccountId>>::suspend(&doctor, Role::Practitioner);
		}

		let status = Members::<T>::get(&doctor, Role::Practitioner).unwrap().status;
		assert_eq!(status, MemberStatus::Suspended);
	}

	/// `m`: memberships, `a`: administrations.
	#[benchmark]
	fn allowance(
		m: Linear<0, { Role::ALL.len() as u32 }>,
		a: Linear<0, { T::MaxAdministrations::get() }>,
	) {
		let who = busy_account::<T>(m, a);
		let found;

		#[block]
		{
			(found, _) = Pallet::<T>::allowance(&who);
		}

		assert_eq!(found.is_some(), m + a > 0);
	}

	#[benchmark]
	fn draw_from() {
		let who = busy_account::<T>(1, 0);
		let (found, _) = Pallet::<T>::allowance(&who);
		let Allowance { pool, left } = found.expect("an organisation answers for the member");
		let outcome;

		#[block]
		{
			outcome = Pallet::<T>::draw_from(&who, pool, left);
		}

		assert_eq!(outcome, Ok(()));
	}

	#[benchmark]
	fn admit_accepted() {
		let (id, admins) = hospital::<T>();
		let (before, _) = hospital_of::<T>("earlier", 0);
		let reviewer = T::BenchmarkHelper::patient();
		let role = Role::RecordsAdmin;
		let until = Pallet::<T>::now() + MAX_SIGNATURE_LIFETIME;
		// At time zero there can be no earlier membership.
		if Pallet::<T>::now() > 0 {
			member::<T>(&reviewer, role, before);
			OrganisationKeyShares::<T>::insert(before, &reviewer, wrap());
		}
		let admission = Admission {
			genesis: frame_system::Pallet::<T>::block_hash(
				frame_system::pallet_prelude::BlockNumberFor::<T>::zero(),
			)
			.into(),
			account: reviewer.clone(),
			organisation: id,
			role,
			until,
		};
		// A wrapped signature is verified twice.
		let message = [b"<Bytes>".as_slice(), &admission.to_sign(), b"</Bytes>"].concat();
		let signature = T::BenchmarkHelper::sign(&reviewer, &message);

		#[extrinsic_call]
		_(
			RawOrigin::Signed(last_admin::<T>(&admins)),
			id,
			reviewer.clone(),
			role,
			HASH,
			Some(u64::MAX),
			Some(u64::MAX),
			until,
			signature,
		);

		assert_eq!(Members::<T>::get(&reviewer, role).unwrap().organisation, Some(id));
		assert!(OrganisationKeyShares::<T>::get(before, &reviewer).is_none());
	}

	#[benchmark]
	fn leave() {
		let (id, _) = hospital::<T>();
		let reviewer: T::AccountId = account("reviewer", 0, 0);
		member::<T>(&reviewer, Role::RecordsAdmin, id);
		OrganisationKeyShares::<T>::insert(id, &reviewer, wrap());

		#[extrinsic_call]
		_(RawOrigin::Signed(reviewer.clone()), Role::RecordsAdmin);

		assert!(OrganisationKeyShares::<T>::get(id, &reviewer).is_none());
	}

	#[benchmark]
	fn release_patient() {
		let (id, admins) = hospital::<T>();
		let patient: T::AccountId = account("patient", 0, 0);
		member::<T>(&patient, Role::Patient, id);

		#[extrinsic_call]
		_(RawOrigin::Signed(last_admin::<T>(&admins)), id, patient.clone());

		assert_eq!(Members::<T>::get(&patient, Role::Patient).unwrap().organisation, None);
	}

	#[benchmark]
	fn reserve() {
		let (id, _) = hospital::<T>();
		let patient: T::AccountId = account("patient", 0, 0);
		member::<T>(&patient, Role::Patient, id);
		let found;

		#[block]
		{
			found = Pallet::<T>::reserve(&patient);
		}

		assert!(found.is_some());
	}

	#[benchmark]
	fn refund() {
		let who = busy_account::<T>(1, 0);
		let (found, _) = Pallet::<T>::allowance(&who);
		let pool = found.expect("an organisation answers for the member").pool;
		assert_eq!(Pallet::<T>::draw_from(&who, pool, 2), Ok(()));

		#[block]
		{
			Pallet::<T>::refund(&who, pool, 1);
		}

		assert_eq!(AccountUsages::<T>::get(&who).spent, 1);
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
