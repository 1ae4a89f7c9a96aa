//! With the real pallets, every call that takes a wrapped key wants it for the recipient's current
//! one.

use crate::common::*;
use frame_support::storage::{with_transaction, TransactionOutcome};
use salus_primitives::{
	Action, Approval, Category, Cid, Confidentiality, Content, GrantTerms, Grantee, NewRecord,
	Purpose, Recipient, RecordId, RecordWrap, RecordWraps, RequestTerms, Role, Scope, Wrap,
	CODEC_RAW,
};
use salus_runtime::{AccountId, Runtime, RuntimeCall, RuntimeOrigin};
use sp_runtime::{traits::Dispatchable, DispatchError, DispatchResult};

type ConsentCall = pallet_consent::Call<Runtime>;
type RecordsCall = pallet_records::Call<Runtime>;
type RolesCall = pallet_roles::Call<Runtime>;

fn dispatch(uri: &str, call: impl Into<RuntimeCall>) -> DispatchResult {
	let result = call.into().dispatch(RuntimeOrigin::signed(account(uri)));
	result.map(drop).map_err(|error| error.error)
}

fn rotate(uri: &str, key: u8) {
	let rotate = RolesCall::rotate_key { public: [key; 32] };
	assert_eq!(dispatch(uri, rotate), Ok(()));
}

fn wrap(key_version: u32) -> Wrap {
	Wrap { key_version, sealed: [6; 80] }
}

fn content(seed: u8) -> Content {
	Content { root: Cid::new(CODEC_RAW, [seed; 32]), size: 1, commitment: [7; 32] }
}

fn new_record(seed: u8, wraps: &[(Recipient<AccountId>, Wrap)]) -> NewRecord<AccountId> {
	NewRecord {
		patient: account("//Pia"),
		organisation: 1,
		category: Category::Laboratory,
		confidentiality: Confidentiality::Normal,
		salt: [seed; 32],
		content: content(seed),
		wraps: wraps.to_vec().try_into().expect("few"),
		sealed: None,
	}
}

fn terms(grantee: Grantee<AccountId>) -> GrantTerms<AccountId> {
	GrantTerms {
		grantee,
		scope: Scope::Everything,
		purposes: vec![Purpose::TREAT].try_into().expect("one fits"),
		actions: vec![Action::Read, Action::Write].try_into().expect("two fit"),
		from: None,
		until: None,
		uses: None,
		condition: None,
	}
}

/// Sets up a patient and a hospital with keys of version 2, a doctor with a key of version 1,
/// and a nurse without a key. The doctor has registered a record and asks for consent.
fn set_up() {
	admit("//Doctor", Role::Practitioner);
	admit("//Nurse", Role::Practitioner);
	rotate("//Doctor", 1);
	assert_eq!(dispatch("//Admin", enrolment(1, "//Pia")), Ok(()));
	rotate("//Pia", 2);
	for key in [3, 4] {
		let public = [key; 32];
		let set = RolesCall::set_organisation_key { organisation: 1, public };
		assert_eq!(dispatch("//Admin", set), Ok(()));
	}
	let terms = terms(Grantee::Organisation(1));
	let grant = ConsentCall::grant { terms, wraps: Default::default() };
	assert_eq!(dispatch("//Pia", grant), Ok(()));
	let new = new_record(1, &[(Recipient::Account(account("//Pia")), wrap(2))]);
	assert_eq!(dispatch("//Doctor", RecordsCall::register { new }), Ok(()));
	let ask = ConsentCall::request { patient: account("//Pia"), terms: asked() };
	assert_eq!(dispatch("//Doctor", ask), Ok(()));
}

fn asked() -> RequestTerms {
	RequestTerms {
		scope: Scope::Everything,
		purposes: vec![Purpose::TREAT].try_into().expect("one fits"),
		actions: vec![Action::Read].try_into().expect("one fits"),
		until: None,
	}
}

/// Returns every call that takes a wrap, with its sender. Each has one for this version of the
/// recipient's key.
fn calls(recipient: &Recipient<AccountId>, version: u32) -> Vec<(&'static str, RuntimeCall)> {
	let patient = account("//Pia");
	let record = RecordId::new(&account("//Doctor"), &patient, &[1; 32]);
	let owner = Recipient::Account(patient.clone());
	let mut wraps = vec![(recipient.clone(), wrap(version))];
	if *recipient != owner {
		wraps.push((owner, wrap(2)));
	}
	let new = new_record(2, &wraps);
	let records = vec![new.clone()].try_into().expect("one fits");
	let again =
		RecordWrap { record, version: 1, recipient: recipient.clone(), wrap: wrap(version) };
	let again = || RecordWraps::try_from(vec![again.clone()]).expect("one fits");
	let request = pallet_consent::Patients::<Runtime>::get(&patient).next_request - 1;
	let doctors: Vec<RuntimeCall> = vec![
		RecordsCall::register { new }.into(),
		RecordsCall::register_many { records }.into(),
		RecordsCall::revise {
			record,
			expected_version: 1,
			organisation: 1,
			content: content(3),
			wraps: wraps.try_into().expect("two fit"),
			sealed: None,
		}
		.into(),
	];
	let patients: Vec<RuntimeCall> = vec![
		RecordsCall::add_wraps { wraps: again() }.into(),
		ConsentCall::grant { terms: terms(Grantee::Account(account("//Nurse"))), wraps: again() }
			.into(),
		ConsentCall::approve { patient, request, approval: Approval::default(), wraps: again() }
			.into(),
	];
	let doctors = doctors.into_iter().map(|call| ("//Doctor", call));
	doctors.chain(patients.into_iter().map(|call| ("//Pia", call))).collect()
}

/// Asserts what each call leads to, and undoes it.
fn expect(recipient: Recipient<AccountId>, version: u32, expected: DispatchResult) {
	for (sender, call) in calls(&recipient, version) {
		let undone = with_transaction(|| {
			TransactionOutcome::Rollback(Ok::<_, DispatchError>(dispatch(sender, call.clone())))
		});
		let outcome = undone.expect("it is undone");
		assert_eq!(outcome, expected, "version {version}, {call:?}");
	}
}

#[test]
fn every_wrap_is_for_its_recipients_current_key() {
	on_chain(|| {
		set_up();
		let wrong: DispatchError = pallet_records::Error::<Runtime>::WrongKeyVersion.into();
		let recipients = [
			(Recipient::Account(account("//Pia")), Some(2)),
			(Recipient::Account(account("//Doctor")), Some(1)),
			(Recipient::Organisation(1), Some(2)),
			(Recipient::Account(account("//Nurse")), None),
			(Recipient::Organisation(2), None),
		];
		for (recipient, current) in recipients {
			for version in [0, 1, 2, 3, u32::MAX] {
				let expected = if current == Some(version) { Ok(()) } else { Err(wrong) };
				expect(recipient.clone(), version, expected);
			}
		}
		// A rotation between preparing and inclusion.
		let doctor = Recipient::Account(account("//Doctor"));
		rotate("//Doctor", 9);
		expect(doctor.clone(), 1, Err(wrong));
		expect(doctor, 2, Ok(()));
	});
}
