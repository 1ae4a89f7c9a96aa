//! Benchmarked pallets, and the scenes in which Salus's are measured.

#![allow(clippy::expect_used, reason = "a benchmark must fail if it cannot be set up")]

use crate::*;
use alloc::{string::String, vec::Vec};
use frame_benchmarking::{
	account, baseline, baseline::Pallet as BaselineBench, define_benchmarks, BenchmarkBatch,
	BenchmarkConfig, BenchmarkList,
};
use frame_support::{
	traits::{Get, StorageInfo, StorageInfoTrait, Time, WhitelistedStorageKeys},
	BoundedVec,
};
use frame_system::RawOrigin;
use frame_system_benchmarking::{
	extensions::Pallet as SystemExtensionsBench, Pallet as SystemBench,
};
use pallet_roles::benchmarking::BenchmarkHelper as Signs;
use salus_primitives::{
	AccessRequest, Action, Category, Cid, CommitteeQuery, Confidentiality, Content, Epoch,
	GrantTerms, Grantee, KeyAgreementKey, KeyRelease, MemberIndex, Moment, NewRecord,
	OrganisationId, OrganisationKind, Purpose, ReasonCode, Recipient, RecordId, RequestId, Role,
	Scope, SealedKey, StorageClaim, Subject, Verdict, Wrap, CODEC_DAG_PB, MAX_GUARDIANS,
	MAX_SEALED_KEY, MAX_SEALED_SHARE, MAX_VALIDATORS,
};
use sp_storage::TrackedStorageKey;

define_benchmarks!(
	[frame_benchmarking, BaselineBench::<Runtime>]
	[frame_system, SystemBench::<Runtime>]
	[frame_system_extensions, SystemExtensionsBench::<Runtime>]
	[pallet_timestamp, Timestamp]
	[pallet_balances, Balances]
	[pallet_transaction_payment, TransactionPayment]
	[pallet_utility, Utility]
	[pallet_collective, Council]
	[pallet_roles, Roles]
	[pallet_records, Records]
	[pallet_attestation, Attestation]
	[pallet_consent, Consent]
	[pallet_access, Access]
	[pallet_committee, Committee]
	[pallet_succession, Succession]
	[pallet_validators, Validators]
);

impl frame_system_benchmarking::Config for Runtime {}
impl baseline::Config for Runtime {}
impl pallet_transaction_payment::BenchmarkConfig for Runtime {}

/// Returns the benchmarks and the storage that they touch.
pub(crate) fn list(extra: bool) -> (Vec<BenchmarkList>, Vec<StorageInfo>) {
	let mut list = Vec::new();
	list_benchmarks!(list, extra);
	(list, AllPalletsWithSystem::storage_info())
}

/// Runs one benchmark.
pub(crate) fn run(config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, String> {
	let whitelist: Vec<TrackedStorageKey> = AllPalletsWithSystem::whitelisted_storage_keys();
	let mut batches = Vec::new();
	let params = (&config, &whitelist);
	add_benchmarks!(params, batches);
	Ok(batches)
}

/// Sets the scene for a pallet, with the storage of its real siblings.
pub struct Helper;

impl Helper {
	fn person(name: &'static str, index: u32) -> AccountId {
		account(name, index, 0)
	}

	/// Registers a hospital with this administrator, and returns its number.
	fn hospital_of(admin: &AccountId) -> OrganisationId {
		let admins =
			Vec::from([admin.clone()]).try_into().expect("an organisation may have an admin");
		Roles::register_organisation(
			RawOrigin::Root.into(),
			OrganisationKind::Hospital,
			admins,
			[1; 32],
		)
		.expect("root stands for the council");
		pallet_roles::OrganisationCount::<Runtime>::get()
	}

	/// Registers a hospital and returns its number and its administrator.
	fn hospital(name: &'static str) -> (OrganisationId, AccountId) {
		let admin = Self::person(name, 0);
		(Self::hospital_of(&admin), admin)
	}

	/// Adds a member as if the administrator had admitted them, without the signature.
	fn admit(organisation: OrganisationId, admin: &AccountId, who: &AccountId, role: Role) {
		pallet_roles::benchmarking::member::<Runtime>(who, role, organisation);
		pallet_roles::AdmittedBy::<Runtime>::insert(who, role, admin);
	}

	/// Lets every member of the organisation write to the patient's file.
	fn grant_writing(patient: &AccountId, organisation: OrganisationId) {
		let terms = GrantTerms {
			grantee: Grantee::Organisation(organisation),
			scope: Scope::Everything,
			purposes: Vec::from([Purpose::TREAT]).try_into().expect("one fits"),
			actions: Vec::from([Action::Write]).try_into().expect("one fits"),
			from: None,
			until: None,
			uses: None,
			condition: None,
		};
		Consent::grant(RawOrigin::Signed(patient.clone()).into(), terms, Default::default())
			.expect("a patient grants");
	}

	/// Returns the active epoch, or creates one.
	fn epoch() -> Epoch {
		<Committee as CommitteeQuery>::active()
			.unwrap_or_else(|| pallet_committee::benchmarking::active::<Runtime>().0)
	}

	/// Creates a live patient's record, whose only version is sealed to the active epoch and held
	/// by a storage node of the author's hospital.
	fn record() -> (AccountId, RecordId, OrganisationId, AccountId) {
		let (organisation, admin) = Self::hospital("admin of the author");
		let author = Self::person("author", 0);
		let node = Self::person("storage node", 0);
		let patient = Self::person("patient", 0);
		Self::admit(organisation, &admin, &author, Role::Practitioner);
		Self::admit(organisation, &admin, &node, Role::StorageNode);
		Roles::enrol(RawOrigin::Signed(patient.clone()).into(), [3; 32]).expect("anyone may enrol");
		Self::grant_writing(&patient, organisation);

		let salt = [4; 32];
		let root = Cid::new(CODEC_DAG_PB, [5; 32]);
		let wrap = Wrap { key_version: 1, sealed: [6; 80] };
		let new = NewRecord {
			patient: patient.clone(),
			organisation,
			category: Category::Laboratory,
			confidentiality: Confidentiality::Normal,
			salt,
			content: Content { root, size: 1, commitment: [7; 32] },
			wraps: Vec::from([(Recipient::Account(patient.clone()), wrap)])
				.try_into()
				.expect("one fits"),
			sealed: Some(SealedKey {
				epoch: Self::epoch(),
				sealed: Vec::from([8; MAX_SEALED_KEY as usize])
					.try_into()
					.expect("it has the maximum length"),
			}),
		};
		Records::register(RawOrigin::Signed(author.clone()).into(), new)
			.expect("the author may write");
		let record = RecordId::new(&author, &patient, &salt);
		let claims = Vec::from([StorageClaim { record, version: 1, root }]);
		Records::confirm_stored(
			RawOrigin::Signed(node).into(),
			claims.try_into().expect("one fits"),
		)
		.expect("the storage node confirms");
		(patient, record, organisation, admin)
	}
}

impl pallet_records::BenchmarkHelper<AccountId> for Helper {
	fn set_up(author: &AccountId, patient: &AccountId, node: &AccountId) -> OrganisationId {
		let (organisation, admin) = Self::hospital("admin");
		Self::admit(organisation, &admin, author, Role::Device);
		Self::admit(organisation, &admin, node, Role::StorageNode);
		Self::set_up_patient(patient, organisation);
		organisation
	}

	fn set_up_patient(patient: &AccountId, organisation: OrganisationId) {
		Roles::enrol(RawOrigin::Signed(patient.clone()).into(), [3; 32]).expect("anyone may enrol");
		Self::grant_writing(patient, organisation);
	}

	fn set_up_key(recipient: &Recipient<AccountId>) {
		let key = KeyAgreementKey { public: [3; 32], version: 1 };
		pallet_roles::KeyAgreementKeys::<Runtime>::insert(recipient, key);
	}

	fn set_up_committee() -> Epoch {
		Self::epoch()
	}
}

impl pallet_access::benchmarking::BenchmarkHelper<AccountId> for Helper {
	fn record() -> (AccountId, RecordId) {
		let (patient, record, ..) = Self::record();
		(patient, record)
	}

	fn practitioner() -> (AccountId, OrganisationId, AccountId) {
		let (organisation, first) = Self::hospital("admin of the practitioner");
		let [second, admin] = [1, 2].map(|index| Self::person("admin of the practitioner", index));
		let admins = Vec::from([first.clone(), second.clone(), admin.clone()])
			.try_into()
			.expect("an organisation may have three admins");
		Roles::set_admins(RawOrigin::Root.into(), organisation, admins)
			.expect("root stands for the council");
		let practitioner = Self::person("practitioner", 0);
		Self::admit(organisation, &first, &practitioner, Role::Practitioner);
		for admin in [first, second] {
			Attestation::attest(
				RawOrigin::Signed(admin).into(),
				Subject::Credential { account: practitioner.clone(), role: Role::Practitioner },
				Verdict::Confirmed,
				ReasonCode::Reviewed,
				None,
			)
			.expect("the administrator confirms the credential");
		}
		(practitioner, organisation, admin)
	}

	fn auditors(count: u32) -> Vec<AccountId> {
		(0..count)
			.map(|index| {
				let admin = Self::person("admin of an auditor", index);
				let organisation = Self::hospital_of(&admin);
				let auditor = Self::person("auditor of emergencies", index);
				Self::admit(organisation, &admin, &auditor, Role::Auditor);
				auditor
			})
			.collect()
	}

	fn auditor() -> AccountId {
		let (organisation, admin) = Self::hospital("admin of the auditor");
		let auditor = Self::person("auditor", 0);
		Self::admit(organisation, &admin, &auditor, Role::Auditor);
		auditor
	}

	fn set_time(now: Moment) {
		pallet_timestamp::Now::<Runtime>::put(now);
	}
}

impl pallet_committee::benchmarking::BenchmarkHelper<AccountId> for Helper {
	fn release(epoch: Epoch, member: MemberIndex) -> RequestId {
		let (patient, record, ..) = Self::record();
		Access::request(
			RawOrigin::Signed(patient).into(),
			AccessRequest {
				record,
				version: Some(1),
				purpose: Purpose::PATRQT,
				reader_key: [9; 32],
			},
		)
		.expect("the patient may always read");
		let request = pallet_access::RequestCount::<Runtime>::get();
		let threshold = <Committee as CommitteeQuery>::threshold(epoch).expect("it has a key");
		for other in (1..).filter(|other| *other != member).take(threshold as usize - 1) {
			Access::accept_share(
				request,
				epoch,
				other,
				Vec::from([0; MAX_SEALED_SHARE as usize])
					.try_into()
					.expect("it has the maximum length"),
				<Timestamp as Time>::now(),
			)
			.expect("the release is open");
		}
		request
	}

	fn validators() -> Vec<AccountId> {
		let set: Vec<_> = (0..MAX_VALIDATORS)
			.map(|index| pallet_validators::Validator {
				account: Self::person("validator", index),
				representative: Self::person("representative", index),
				organisation: Some(index),
				since: Some(0),
			})
			.collect();
		let accounts: Vec<_> = set.iter().map(|validator| validator.account.clone()).collect();
		pallet_validators::Validators::<Runtime>::put(BoundedVec::truncate_from(set));
		pallet_session::Validators::<Runtime>::put(&accounts);
		accounts
	}
}

impl pallet_attestation::benchmarking::BenchmarkHelper<AccountId> for Helper {
	fn version(attesters: u32) -> (Subject<AccountId>, Vec<AccountId>, AccountId) {
		let (_, record, organisation, admin) = Self::record();
		let attesters: Vec<_> =
			(0..attesters).map(|index| Self::person("records admin", index)).collect();
		for attester in &attesters {
			Self::admit(organisation, &admin, attester, Role::RecordsAdmin);
		}
		(Subject::RecordVersion { record, version: 1 }, attesters, admin)
	}
}

impl pallet_consent::benchmarking::BenchmarkHelper<AccountId> for Helper {
	fn patient() -> (AccountId, RecordId) {
		let (patient, record, ..) = Self::record();
		(patient, record)
	}

	fn member() -> (AccountId, OrganisationId) {
		let (organisation, admin) = Self::hospital("admin of the member");
		let member = Self::person("member", 0);
		for role in Role::ALL.into_iter().filter(|role| *role != Role::Patient) {
			Self::admit(organisation, &admin, &member, role);
		}
		(member, organisation)
	}
}

impl pallet_validators::benchmarking::BenchmarkHelper<AccountId> for Helper {
	fn hospital(administrator: &AccountId) -> OrganisationId {
		Self::hospital_of(administrator)
	}

	fn register_keys(validator: &AccountId, index: u32) {
		let public = sp_core::sr25519::Public::from_raw([index as u8 + 1; 32]);
		let keys = SessionKeys {
			aura: public.into(),
			grandpa: sp_core::ed25519::Public::from_raw([index as u8 + 1; 32]).into(),
			committee: public.into(),
			authority_discovery: public.into(),
		};
		pallet_session::NextKeys::<Runtime>::insert(validator, keys);
	}

	fn crowd(council: &[AccountId]) {
		let most: u32 =
			<Runtime as pallet_collective::Config<pallet_collective::Instance1>>::MaxProposals::get(
			);
		for number in 0..most {
			let call: RuntimeCall =
				frame_system::Call::remark { remark: number.to_le_bytes().to_vec() }.into();
			let length = codec::Encode::encoded_size(&call) as u32;
			let proposer = council.first().expect("there is a seat").clone();
			let index =
				pallet_collective::ProposalCount::<Runtime, pallet_collective::Instance1>::get();
			Council::do_propose_proposed(
				proposer,
				council.len() as u32,
				alloc::boxed::Box::new(call.clone()),
				length,
			)
			.expect("the number of motions is within its limit");
			let hash =
				<<Runtime as frame_system::Config>::Hashing as sp_runtime::traits::Hash>::hash_of(
					&call,
				);
			for seat in council {
				Council::do_vote(seat.clone(), hash, index, true).expect("it has a vote");
			}
		}
	}
}

impl pallet_succession::benchmarking::BenchmarkHelper<AccountId, RuntimeCall, Signature>
	for Helper
{
	/// Every guardian has the maximum number of memberships.
	fn patient() -> (AccountId, Vec<AccountId>, AccountId) {
		let (organisation, admin) = Self::hospital("admin of the patient");
		let patient = Self::person("patient", 0);
		Roles::enrol(RawOrigin::Signed(patient.clone()).into(), [3; 32]).expect("anyone may enrol");
		// As if the hospital had enrolled them, without the signature.
		pallet_roles::Members::<Runtime>::mutate(&patient, Role::Patient, |member| {
			if let Some(member) = member {
				member.organisation = Some(organisation);
			}
		});
		let guardians: Vec<_> = (0..MAX_GUARDIANS)
			.map(|index| {
				let guardian = Self::person("guardian", index);
				for role in Role::ALL.into_iter().filter(|role| *role != Role::Patient) {
					Self::admit(organisation, &admin, &guardian, role);
				}
				Consent::appoint_guardian(
					RawOrigin::Signed(patient.clone()).into(),
					guardian.clone(),
					Scope::Everything,
					Vec::from([Purpose::TREAT]).try_into().expect("one fits"),
					None,
				)
				.expect("a patient appoints");
				guardian
			})
			.collect();
		(patient, guardians, admin)
	}

	fn call() -> RuntimeCall {
		pallet_consent::Call::set_emergency_opt_out { opted_out: true }.into()
	}

	fn set_time(now: Moment) {
		pallet_timestamp::Now::<Runtime>::put(now);
	}

	/// A new account for each call, whatever the number.
	fn successor(_: u32) -> AccountId {
		<() as Signs<AccountId, Signature>>::patient()
	}

	fn sign(successor: &AccountId, message: &[u8]) -> Signature {
		<() as Signs<AccountId, Signature>>::sign(successor, message)
	}
}
