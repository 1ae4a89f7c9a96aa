//! Consistency of the constants: every call fits into a block, and every preset gives a genesis.

use codec::Encode;
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	traits::{ConstU32, Get, GetCallMetadata, IntegrityTest},
	weights::Weight,
	BoundedVec,
};
use salus_primitives::*;
use salus_runtime::{
	configs::{RuntimeBlockLength, RuntimeBlockWeights},
	presets, signing,
	units::{MIB, SLOT_DURATION},
	AccountId, AllPalletsWithSystem, Aura, Runtime, RuntimeCall, RuntimeGenesisConfig, TxExtension,
};
use sp_runtime::traits::TransactionExtension;

fn max_extrinsic() -> Weight {
	RuntimeBlockWeights::get().get(DispatchClass::Normal).max_extrinsic.expect("it is limited")
}

#[test]
fn every_pallet_accepts_its_constants() {
	sp_io::TestExternalities::default().execute_with(AllPalletsWithSystem::integrity_test);
}

#[test]
fn a_block_takes_at_most_half_of_its_slot() {
	let weights = RuntimeBlockWeights::get();
	let max = weights.max_block;
	assert_eq!(Aura::slot_duration(), SLOT_DURATION);
	assert_eq!(max.ref_time(), SLOT_DURATION / 2 * 1_000_000_000);
	assert_eq!(*RuntimeBlockLength::get().max.get(DispatchClass::Mandatory), 2 * MIB);
}

#[test]
fn urgent_calls_leave_a_quarter_of_the_length_to_others() {
	let length = |class| *RuntimeBlockLength::get().max.get(class);
	let [normal, urgent] = [DispatchClass::Normal, DispatchClass::Operational].map(length);
	assert!(normal - urgent >= 2 * MIB / 4, "{normal} and {urgent}");
}

#[test]
fn outdated_storage_is_reported_and_a_new_chain_has_none() {
	use frame_support::traits::StorageVersion;
	use salus_runtime::{migrations::outdated, Access, Records, Validators};
	crate::common::on_chain(|| {
		assert!(outdated().is_empty());
		StorageVersion::new(1).put::<Validators>();
		StorageVersion::new(1).put::<Access>();
		StorageVersion::new(1).put::<Records>();
		assert_eq!(outdated(), ["Records", "Access", "Validators"]);
	});
}

/// Otherwise the council could never replace this runtime.
#[test]
fn an_upgrade_of_the_runtime_fits_into_a_block() {
	let code = salus_runtime::WASM_BINARY.map_or(1_500_000, <[u8]>::len);
	let call = RuntimeCall::from(frame_system::Call::<Runtime>::apply_authorized_upgrade {
		code: vec![0xff; code],
	});
	let mut info = call.get_dispatch_info();
	info.extension_weight =
		<TxExtension as TransactionExtension<RuntimeCall>>::weight(&extension(), &call);
	let weights = RuntimeBlockWeights::get();
	let class = weights.get(info.class);
	let limit = class.max_extrinsic.expect("it is limited");
	let weight = info.total_weight().saturating_add(class.base_extrinsic);
	assert!(weight.all_lte(limit), "{weight:?} of {limit:?}");
	let length = *RuntimeBlockLength::get().max.get(info.class) as usize;
	// Room for releases to grow.
	assert!(code * 3 / 2 < length, "{code} of {length}");
}

/// A client fetches it at its first start (ADR 22). A build for tests is not compressed.
#[test]
fn a_compressed_runtime_has_at_most_1_1_megabytes() {
	const COMPRESSED: [u8; 8] = [82, 188, 83, 118, 70, 219, 142, 5];
	if let Some(code) = salus_runtime::WASM_BINARY.filter(|code| code.starts_with(&COMPRESSED)) {
		assert!(code.len() <= 1_100_000, "{} bytes", code.len());
	}
}

fn max_batch() -> usize {
	let most: u32 = <Runtime as pallet_records::Config>::MaxBatch::get();
	most as usize
}

/// Returns the largest calls that the types admit.
fn largest_calls() -> Vec<RuntimeCall> {
	[of_access(), of_committee(), of_records(), of_consent()].concat()
}

const RECORD: RecordId = RecordId([0xff; 32]);

fn someone(seed: u32) -> AccountId {
	AccountId::from(sp_crypto_hashing::blake2_256(&seed.to_le_bytes()))
}

fn wrap() -> Wrap {
	Wrap { key_version: u32::MAX, sealed: [0xff; 80] }
}

fn new_record(wraps: u32) -> NewRecord<AccountId> {
	NewRecord {
		patient: someone(0),
		organisation: u32::MAX,
		category: Category::Other,
		confidentiality: Confidentiality::VeryRestricted,
		salt: [0xff; 32],
		content: content(),
		wraps: (0..wraps)
			.map(|seed| (Recipient::Account(someone(seed)), wrap()))
			.collect::<Vec<_>>()
			.try_into()
			.expect("these are not too many"),
		sealed: Some(sealed()),
	}
}

fn record_wraps() -> RecordWraps<AccountId> {
	(0..MAX_WRAPS)
		.map(|seed| RecordWrap {
			record: RECORD,
			version: u32::MAX,
			recipient: Recipient::Account(someone(seed)),
			wrap: wrap(),
		})
		.collect::<Vec<_>>()
		.try_into()
		.expect("these are not too many")
}

fn wrap_keys() -> WrapKeys<AccountId> {
	record_wraps()
		.into_iter()
		.map(|wrap| WrapKey {
			record: wrap.record,
			version: wrap.version,
			recipient: wrap.recipient,
		})
		.collect::<Vec<_>>()
		.try_into()
		.expect("these are not too many")
}

fn grant_terms() -> GrantTerms<AccountId> {
	GrantTerms {
		grantee: Grantee::Account(someone(0)),
		scope: Scope::Categories(
			Category::ALL.to_vec().try_into().expect("these are not too many"),
		),
		purposes: Purpose::ALL.to_vec().try_into().expect("these are not too many"),
		actions: vec![Action::Read, Action::Write, Action::Share]
			.try_into()
			.expect("these are not too many"),
		from: Some(0),
		until: Some(u64::MAX),
		uses: Some(u32::MAX),
		condition: Some(Expression(
			vec![Term::Is(Attribute::Specialty(u64::MAX)); MAX_TERMS as usize]
				.try_into()
				.expect("these are not too many"),
		)),
	}
}

fn of_access() -> Vec<RuntimeCall> {
	use pallet_access as access;
	let request = AccessRequest {
		record: RECORD,
		version: Some(u32::MAX),
		purpose: Purpose::BTG,
		reader_key: [0xff; 32],
	};
	vec![
		access::Call::request { request: request.clone() }.into(),
		access::Call::request_from { request: request.clone(), epoch: u32::MAX }.into(),
		access::Call::request_in_emergency {
			organisation: u32::MAX,
			reason: EmergencyReason::Other,
			statement: [0xff; 32],
			request,
		}
		.into(),
		access::Call::archive { patient: someone(0), up_to: u32::MAX }.into(),
		access::Call::open_emergency {
			patient: someone(0),
			organisation: u32::MAX,
			reason: EmergencyReason::Other,
			statement: [0xff; 32],
		}
		.into(),
		access::Call::review_emergency {
			case: u32::MAX,
			justified: false,
			reviewer: Reviewer::Auditor,
		}
		.into(),
	]
}

fn of_committee() -> Vec<RuntimeCall> {
	use pallet_committee as committee;
	let signature =
		committee::CommitteeSignature::from(sp_core::sr25519::Signature::from_raw([0xff; 64]));
	vec![
		committee::Call::elect {
			members: (0..MAX_COMMITTEE)
				.map(someone)
				.collect::<Vec<_>>()
				.try_into()
				.expect("these are not too many"),
		}
		.into(),
		committee::Call::deal {
			epoch: u32::MAX,
			index: 16,
			dealing: bytes(),
			signature: signature.clone(),
		}
		.into(),
		committee::Call::confirm {
			epoch: u32::MAX,
			index: 16,
			excluded: u16::MAX,
			public: bytes(),
			signature: signature.clone(),
		}
		.into(),
		committee::Call::submit_share {
			request: u64::MAX,
			epoch: u32::MAX,
			index: 16,
			share: bytes(),
			signature,
		}
		.into(),
	]
}

/// Returns the largest calls of the pallet Records. A batch is about one patient, and has as many
/// wraps per record as there are usual readers. Clients must split a larger batch, because the pool
/// refuses it by its weight.
fn of_records() -> Vec<RuntimeCall> {
	use pallet_records as records;
	let claims = || {
		vec![StorageClaim { record: RECORD, version: u32::MAX, root: content().root }; 256]
			.try_into()
			.expect("these are not too many")
	};
	vec![
		records::Call::reseal { record: RECORD, version: u32::MAX, sealed: sealed() }.into(),
		records::Call::register { new: new_record(MAX_WRAPS) }.into(),
		records::Call::register_many {
			records: vec![new_record(8); max_batch()].try_into().expect("these are not too many"),
		}
		.into(),
		records::Call::revise {
			record: RECORD,
			expected_version: 1,
			organisation: 1,
			content: content(),
			wraps: new_record(MAX_WRAPS).wraps,
			sealed: Some(sealed()),
		}
		.into(),
		records::Call::confirm_stored { claims: claims() }.into(),
		records::Call::erase { record: RECORD }.into(),
		records::Call::confirm_removed { claims: claims() }.into(),
		records::Call::add_wraps { wraps: record_wraps() }.into(),
		records::Call::remove_wraps { wraps: wrap_keys() }.into(),
		records::Call::withdraw_replica { claims: claims() }.into(),
		records::Call::announce {}.into(),
		records::Call::retire_replicas { node: someone(0), claims: claims() }.into(),
		records::Call::set_absence_limit { blocks: u32::MAX }.into(),
		records::Call::set_peer { peer: [1; 32] }.into(),
		records::Call::withdraw { record: RECORD, reason: ReasonCode::Other }.into(),
	]
}

/// Returns the largest calls of the pallets Consent and Attestation.
fn of_consent() -> Vec<RuntimeCall> {
	use {pallet_attestation as attestation, pallet_consent as consent};
	let terms = grant_terms();
	let answers: Answers = (0..MAX_CONSENT_REQUESTS)
		.map(|request| (request, Answer::Approve(Approval::default())))
		.collect::<Vec<_>>()
		.try_into()
		.expect("these are not too many");
	vec![
		consent::Call::answer_many { patient: someone(0), answers }.into(),
		consent::Call::request {
			patient: someone(0),
			terms: RequestTerms {
				scope: terms.scope.clone(),
				purposes: terms.purposes.clone(),
				actions: terms.actions.clone(),
				until: Some(u64::MAX),
			},
		}
		.into(),
		consent::Call::share { patient: someone(0), parent: u32::MAX, terms: terms.clone() }.into(),
		consent::Call::grant { terms: terms.clone(), wraps: record_wraps() }.into(),
		consent::Call::revoke { grant: 1, remove: wrap_keys() }.into(),
		consent::Call::deny { grantee: terms.grantee, scope: terms.scope, remove: wrap_keys() }
			.into(),
		attestation::Call::attest {
			subject: Subject::RecordVersion { record: RECORD, version: 1 },
			verdict: Verdict::Confirmed,
			reason: ReasonCode::Reviewed,
			expires: None,
		}
		.into(),
	]
}

/// Returns the maximum number of bytes.
fn bytes<const MAX: u32>() -> BoundedVec<u8, ConstU32<MAX>> {
	vec![0xff; MAX as usize].try_into().expect("these are not too many")
}

fn sealed() -> SealedKey {
	SealedKey { epoch: u32::MAX, sealed: bytes() }
}

fn content() -> Content {
	Content { root: Cid::new(CODEC_DAG_PB, [0xff; 32]), size: u64::MAX, commitment: [0xff; 32] }
}

#[test]
fn the_largest_calls_fit_into_a_block() {
	let limit = max_extrinsic();
	let length = *RuntimeBlockLength::get().max.get(DispatchClass::Normal) as usize;
	for call in largest_calls() {
		let name = call.get_call_metadata();
		let mut info = call.get_dispatch_info();
		info.extension_weight =
			<TxExtension as TransactionExtension<RuntimeCall>>::weight(&extension(), &call);
		let weight = info.total_weight();
		println!(
			"{}.{}: {} µs, {} B",
			name.pallet_name,
			name.function_name,
			weight.ref_time() / 1_000_000,
			call.encoded_size()
		);
		assert!(weight.all_lte(limit), "{name:?} takes {weight:?} of {limit:?}");
		assert!(call.encoded_size() + 200 < length, "{name:?}");
	}
}

fn extension() -> TxExtension {
	signing::extension(0, sp_runtime::generic::Era::Immortal, 0)
}

/// Returns the largest batch, with this number of wraps per record.
fn batch(wraps: usize) -> Vec<NewRecord<AccountId>> {
	let records = largest_calls()
		.into_iter()
		.find_map(|call| match call {
			RuntimeCall::Records(pallet_records::Call::register_many { records }) => Some(records),
			_ => None,
		})
		.expect("it is among them");
	let mut records = records.into_inner();
	for record in &mut records {
		record.wraps.truncate(wraps);
	}
	records
}

/// Returns the weight that registering the records in one call is announced to take, and its
/// length.
fn announced(records: Vec<NewRecord<AccountId>>) -> (Weight, usize) {
	let records = records.try_into().expect("these are not too many");
	let call = RuntimeCall::from(pallet_records::Call::register_many { records });
	let mut info = call.get_dispatch_info();
	info.extension_weight =
		<TxExtension as TransactionExtension<RuntimeCall>>::weight(&extension(), &call);
	(info.total_weight(), call.encoded_size())
}

#[test]
fn two_full_batches_about_a_patient_each_fit_into_a_block() {
	let records = batch(1);
	assert_eq!(records.len(), max_batch());
	let (weight, length) = announced(records);
	println!("{} records: {} µs, {length} B", max_batch(), weight.ref_time() / 1_000_000);
	assert!(weight.all_lte(max_extrinsic() / 2), "{weight:?} of {:?}", max_extrinsic());
	let limit = *RuntimeBlockLength::get().max.get(DispatchClass::Normal) as usize;
	assert!(length < limit / 2, "{length} of {limit}");
}

/// However many grants and denials they have.
#[test]
fn a_hundred_patients_fit_into_one_call() {
	let mut records = batch(4);
	records.truncate(100);
	for (number, record) in (0_u32..).zip(&mut records) {
		record.patient = sp_crypto_hashing::blake2_256(&number.to_le_bytes()).into();
	}
	let (weight, _) = announced(records);
	println!("100 patients: {} µs", weight.ref_time() / 1_000_000);
	assert!(weight.all_lte(max_extrinsic()), "{weight:?} of {:?}", max_extrinsic());
}

#[test]
fn presets_are_complete_and_consistent() {
	for id in presets::preset_names() {
		let preset = presets::get_preset(&id).expect("it is listed");
		let built = sp_io::TestExternalities::default().execute_with(|| {
			frame_support::genesis_builder_helper::build_state::<RuntimeGenesisConfig>(merged(
				&preset,
			))
		});
		assert_eq!(built, Ok(()), "{id}");
	}
	assert_eq!(presets::get_preset(&"unknown".into()), None);
}

fn merged(patch: &[u8]) -> Vec<u8> {
	let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).expect("it is JSON");
	let patch: serde_json::Value = serde_json::from_slice(patch).expect("it is JSON");
	for (pallet, fields) in patch.as_object().expect("a preset is a map") {
		for (field, value) in fields.as_object().expect("so is each pallet") {
			config[pallet][field] = value.clone();
		}
	}
	serde_json::to_vec(&config).expect("it is JSON")
}
