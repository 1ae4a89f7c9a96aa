//! The client's calls equal the runtime's, byte for byte. The two share their types; these tests
//! check the names and the order of arguments as well.

mod values;

use codec::Encode;
use frame_support::{traits::GetCallMetadata, weights::Weight};
use pallet_collective::Instance1;
use salus_client::{calls, Call, Entitlement};
use salus_primitives::*;
use salus_runtime::{Runtime, RuntimeCall};
use sp_runtime::MultiSignature;
use std::collections::BTreeSet;
use values::*;

/// A call that the client makes, and the same one of the runtime.
type Pair = (Call, RuntimeCall);

fn pairs() -> Vec<Pair> {
	let parts = [
		of_organisations(),
		of_members(),
		of_records(),
		of_attestation(),
		of_grants(),
		of_requests(),
		of_access(),
		of_succession(),
		of_validators(),
		of_governance(),
	];
	parts.into_iter().flatten().collect()
}

/// Calls of the pallet Roles about organisations, patients and keys.
fn of_organisations() -> Vec<Pair> {
	use pallet_roles::Call as Roles;
	let admins = || vec![there(ALICE), there(BOB)];
	let admins_here = [here(ALICE), here(BOB)];
	let signature = MultiSignature::Sr25519(sp_core::sr25519::Signature::from_raw([6; 64]));
	vec![
		(
			calls::roles::register_organisation(OrganisationKind::Insurer, &admins_here, [7; 32]),
			Roles::<Runtime>::register_organisation {
				kind: OrganisationKind::Insurer,
				admins: admins().try_into().expect("two fit"),
				profile: [7; 32],
			}
			.into(),
		),
		(
			calls::roles::suspend_organisation(4),
			Roles::<Runtime>::suspend_organisation { organisation: 4 }.into(),
		),
		(
			calls::roles::reinstate_organisation(4),
			Roles::<Runtime>::reinstate_organisation { organisation: 4 }.into(),
		),
		(
			calls::roles::set_admins(4, &admins_here),
			Roles::<Runtime>::set_admins {
				organisation: 4,
				admins: admins().try_into().expect("two fit"),
			}
			.into(),
		),
		(calls::roles::leave(Role::Device), Roles::<Runtime>::leave { role: Role::Device }.into()),
		(
			calls::roles::release_patient(4, here(BOB)),
			Roles::<Runtime>::release_patient { organisation: 4, patient: there(BOB) }.into(),
		),
		(
			calls::roles::enrol_patient(4, here(ALICE), [1; 32], [2; 32], 77, [6; 64]),
			Roles::<Runtime>::enrol_patient {
				organisation: 4,
				patient: there(ALICE),
				key: [1; 32],
				credential: [2; 32],
				expires: 77,
				signature,
			}
			.into(),
		),
		(calls::roles::enrol([1; 32]), Roles::<Runtime>::enrol { key: [1; 32] }.into()),
		(
			calls::roles::rotate_key([1; 32]),
			Roles::<Runtime>::rotate_key { public: [1; 32] }.into(),
		),
		(
			calls::roles::set_organisation_key(4, [1; 32]),
			Roles::<Runtime>::set_organisation_key { organisation: 4, public: [1; 32] }.into(),
		),
		(
			calls::roles::share_organisation_key(4, here(BOB), &wrap()),
			Roles::<Runtime>::share_organisation_key {
				organisation: 4,
				account: there(BOB),
				wrap: wrap(),
			}
			.into(),
		),
	]
}

/// Calls of the pallet Roles about members.
fn of_members() -> Vec<Pair> {
	use pallet_roles::Call as Roles;
	let signature = MultiSignature::Sr25519(sp_core::sr25519::Signature::from_raw([6; 64]));
	vec![
		(
			calls::roles::admit_member(4, here(BOB), Role::Device, [2; 32], Some(99), Some(7)),
			Roles::<Runtime>::admit_member {
				organisation: 4,
				account: there(BOB),
				role: Role::Device,
				credential: [2; 32],
				expires: Some(99),
				specialty: Some(7),
			}
			.into(),
		),
		(
			calls::roles::admit_accepted(
				4,
				here(BOB),
				Role::Device,
				&Entitlement { credential: [2; 32], expires: Some(99), specialty: Some(7) },
				88,
				[6; 64],
			),
			Roles::<Runtime>::admit_accepted {
				organisation: 4,
				account: there(BOB),
				role: Role::Device,
				credential: [2; 32],
				expires: Some(99),
				specialty: Some(7),
				until: 88,
				signature,
			}
			.into(),
		),
		(
			calls::roles::renew_member(4, here(BOB), Role::Device, [2; 32], None, None),
			Roles::<Runtime>::renew_member {
				organisation: 4,
				account: there(BOB),
				role: Role::Device,
				credential: [2; 32],
				expires: None,
				specialty: None,
			}
			.into(),
		),
		(
			calls::roles::suspend_member(4, here(BOB), Role::Auditor),
			Roles::<Runtime>::suspend_member {
				organisation: 4,
				account: there(BOB),
				role: Role::Auditor,
			}
			.into(),
		),
		(
			calls::roles::reinstate_member(4, here(BOB), Role::Auditor),
			Roles::<Runtime>::reinstate_member {
				organisation: 4,
				account: there(BOB),
				role: Role::Auditor,
			}
			.into(),
		),
		(
			calls::roles::revoke_member(4, here(BOB), Role::Auditor),
			Roles::<Runtime>::revoke_member {
				organisation: 4,
				account: there(BOB),
				role: Role::Auditor,
			}
			.into(),
		),
	]
}

/// Calls of the pallet Records.
fn of_records() -> Vec<Pair> {
	use pallet_records::Call as Records;
	vec![
		(
			calls::records::register(&new_record(here)),
			Records::<Runtime>::register { new: new_record(there) }.into(),
		),
		(
			calls::records::register_many(&[new_record(here), new_record(here)]),
			Records::<Runtime>::register_many {
				records: vec![new_record(there), new_record(there)].try_into().expect("two fit"),
			}
			.into(),
		),
		(
			calls::records::revise(
				RecordId([1; 32]),
				3,
				4,
				&content(),
				&new_record(here).wraps,
				Some(&sealed()),
			),
			Records::<Runtime>::revise {
				record: RecordId([1; 32]),
				expected_version: 3,
				organisation: 4,
				content: content(),
				wraps: new_record(there).wraps,
				sealed: Some(sealed()),
			}
			.into(),
		),
		(
			calls::records::reseal(RecordId([1; 32]), 2, &sealed()),
			Records::<Runtime>::reseal { record: RecordId([1; 32]), version: 2, sealed: sealed() }
				.into(),
		),
		(
			calls::records::set_absence_limit(77),
			Records::<Runtime>::set_absence_limit { blocks: 77 }.into(),
		),
		(
			calls::records::withdraw(RecordId([1; 32]), ReasonCode::WrongPatient),
			Records::<Runtime>::withdraw {
				record: RecordId([1; 32]),
				reason: ReasonCode::WrongPatient,
			}
			.into(),
		),
		(
			calls::records::erase(RecordId([1; 32])),
			Records::<Runtime>::erase { record: RecordId([1; 32]) }.into(),
		),
		(
			calls::records::add_wraps(&record_wraps(here)),
			Records::<Runtime>::add_wraps { wraps: record_wraps(there) }.into(),
		),
		(
			calls::records::remove_wraps(&wrap_keys(here)),
			Records::<Runtime>::remove_wraps { wraps: wrap_keys(there) }.into(),
		),
	]
}

/// Calls of the pallet Attestation.
fn of_attestation() -> Vec<Pair> {
	use pallet_attestation::Call as Attestation;
	let subject = || Subject::RecordVersion { record: RecordId([1; 32]), version: 2 };
	let credential = || Subject::Credential { account: there(BOB), role: Role::Practitioner };
	vec![
		(
			calls::attestation::attest(
				&Subject::RecordVersion { record: RecordId([1; 32]), version: 2 },
				Verdict::Rejected,
				ReasonCode::Incomplete,
				Some(5),
			),
			Attestation::<Runtime>::attest {
				subject: subject(),
				verdict: Verdict::Rejected,
				reason: ReasonCode::Incomplete,
				expires: Some(5),
			}
			.into(),
		),
		(
			calls::attestation::revoke(
				&Subject::Credential { account: here(BOB), role: Role::Practitioner },
				here(ALICE),
			),
			Attestation::<Runtime>::revoke { subject: credential(), attester: there(ALICE) }.into(),
		),
		(
			calls::attestation::set_threshold(4, 2),
			Attestation::<Runtime>::set_threshold { organisation: 4, threshold: 2 }.into(),
		),
	]
}

/// Calls of the pallet Consent about grants, denials and emergencies.
fn of_grants() -> Vec<Pair> {
	use pallet_consent::Call as Consent;
	vec![
		(
			calls::consent::grant(&terms(here), &record_wraps(here)),
			Consent::<Runtime>::grant { terms: terms(there), wraps: record_wraps(there) }.into(),
		),
		(
			calls::consent::revoke(6, &wrap_keys(here)),
			Consent::<Runtime>::revoke { grant: 6, remove: wrap_keys(there) }.into(),
		),
		(
			calls::consent::deny(
				&Grantee::Role { role: Role::Researcher, organisation: Some(4) },
				&Scope::Version { record: RecordId([1; 32]), version: 2 },
				&wrap_keys(here),
			),
			Consent::<Runtime>::deny {
				grantee: Grantee::Role { role: Role::Researcher, organisation: Some(4) },
				scope: Scope::Version { record: RecordId([1; 32]), version: 2 },
				remove: wrap_keys(there),
			}
			.into(),
		),
		(calls::consent::lift(6), Consent::<Runtime>::lift { denial: 6 }.into()),
		(
			calls::consent::set_emergency_opt_out(true),
			Consent::<Runtime>::set_emergency_opt_out { opted_out: true }.into(),
		),
		(
			calls::consent::set_emergency_summary_closed(true),
			Consent::<Runtime>::set_emergency_summary_closed { closed: true }.into(),
		),
		(
			calls::consent::deny(
				&Grantee::Member { account: here(BOB), role: Role::Practitioner, organisation: 4 },
				&Scope::Everything,
				&wrap_keys(here),
			),
			Consent::<Runtime>::deny {
				grantee: Grantee::Member {
					account: there(BOB),
					role: Role::Practitioner,
					organisation: 4,
				},
				scope: Scope::Everything,
				remove: wrap_keys(there),
			}
			.into(),
		),
		(
			calls::consent::share(here(ALICE), 6, &terms(here)),
			Consent::<Runtime>::share { patient: there(ALICE), parent: 6, terms: terms(there) }
				.into(),
		),
	]
}

/// Calls of the pallet Consent about guardians, requests and rules.
fn of_requests() -> Vec<Pair> {
	use pallet_consent::Call as Consent;
	vec![
		(
			calls::consent::appoint_guardian(here(BOB), &Scope::Everything, &purposes(), Some(9)),
			Consent::<Runtime>::appoint_guardian {
				guardian: there(BOB),
				scope: Scope::Everything,
				purposes: purposes(),
				until: Some(9),
			}
			.into(),
		),
		(
			calls::consent::dismiss_guardian(3),
			Consent::<Runtime>::dismiss_guardian { id: 3 }.into(),
		),
		(
			calls::consent::request(here(ALICE), &request_terms()),
			Consent::<Runtime>::request { patient: there(ALICE), terms: request_terms() }.into(),
		),
		(
			calls::consent::withdraw(here(ALICE), 5),
			Consent::<Runtime>::withdraw { patient: there(ALICE), request: 5 }.into(),
		),
		(
			calls::consent::approve(here(ALICE), 5, &approval(), &record_wraps(here)),
			Consent::<Runtime>::approve {
				patient: there(ALICE),
				request: 5,
				approval: approval(),
				wraps: record_wraps(there),
			}
			.into(),
		),
		(
			calls::consent::decline(here(ALICE), 5),
			Consent::<Runtime>::decline { patient: there(ALICE), request: 5 }.into(),
		),
		(
			calls::consent::answer_many(here(ALICE), &answers()),
			Consent::<Runtime>::answer_many { patient: there(ALICE), answers: answers() }.into(),
		),
		(
			calls::consent::set_rule(&rule(here)),
			Consent::<Runtime>::set_rule { rule: rule(there) }.into(),
		),
		(calls::consent::remove_rule(2), Consent::<Runtime>::remove_rule { rule: 2 }.into()),
	]
}

/// Calls of the pallet Access.
fn of_access() -> Vec<Pair> {
	use pallet_access::Call as Access;
	vec![
		(
			calls::access::request(&access_request()),
			Access::<Runtime>::request { request: access_request() }.into(),
		),
		(
			calls::access::request_from(&access_request(), 3),
			Access::<Runtime>::request_from { request: access_request(), epoch: 3 }.into(),
		),
		(
			calls::access::archive(here(ALICE), 12),
			Access::<Runtime>::archive { patient: there(ALICE), up_to: 12 }.into(),
		),
		(
			calls::access::open_emergency(here(ALICE), 4, EmergencyReason::Disaster, [2; 32]),
			Access::<Runtime>::open_emergency {
				patient: there(ALICE),
				organisation: 4,
				reason: EmergencyReason::Disaster,
				statement: [2; 32],
			}
			.into(),
		),
		(
			calls::access::review_emergency(3, false, Reviewer::Admin),
			Access::<Runtime>::review_emergency {
				case: 3,
				justified: false,
				reviewer: Reviewer::Admin,
			}
			.into(),
		),
		(
			calls::access::request_in_emergency(
				4,
				EmergencyReason::Disaster,
				[2; 32],
				&access_request(),
			),
			Access::<Runtime>::request_in_emergency {
				organisation: 4,
				reason: EmergencyReason::Disaster,
				statement: [2; 32],
				request: access_request(),
			}
			.into(),
		),
		(calls::access::forget_case(3), Access::<Runtime>::forget_case { case: 3 }.into()),
		(
			calls::access::deposit_bond(4, 1 << 70),
			Access::<Runtime>::deposit_bond { organisation: 4, amount: 1 << 70 }.into(),
		),
		(
			calls::access::withdraw_bond(4),
			Access::<Runtime>::withdraw_bond { organisation: 4 }.into(),
		),
		(
			calls::access::appoint_auditor(here(ALICE)),
			Access::<Runtime>::appoint_auditor { account: there(ALICE) }.into(),
		),
		(
			calls::access::dismiss_auditor(here(ALICE)),
			Access::<Runtime>::dismiss_auditor { account: there(ALICE) }.into(),
		),
		(
			calls::access::reinstate_clinician(here(BOB)),
			Access::<Runtime>::reinstate_clinician { account: there(BOB) }.into(),
		),
	]
}

/// Calls of the pallet Succession.
fn of_succession() -> Vec<Pair> {
	use pallet_consent::Call as Consent;
	use pallet_succession::Call as Succession;
	let inner = || RuntimeCall::from(Consent::<Runtime>::remove_rule { rule: 2 });
	let signature = MultiSignature::Sr25519(sp_core::sr25519::Signature::from_raw([6; 64]));
	vec![
		(
			calls::succession::propose_accepted(here(ALICE), here(BOB), 88, [6; 64]),
			Succession::<Runtime>::propose_accepted {
				patient: there(ALICE),
				successor: there(BOB),
				until: 88,
				signature,
			}
			.into(),
		),
		(
			calls::succession::approve(here(ALICE), here(BOB)),
			Succession::<Runtime>::approve { patient: there(ALICE), successor: there(BOB) }.into(),
		),
		(
			calls::succession::object(here(ALICE)),
			Succession::<Runtime>::object { patient: there(ALICE) }.into(),
		),
		(
			calls::succession::withdraw(here(ALICE)),
			Succession::<Runtime>::withdraw { patient: there(ALICE) }.into(),
		),
		(
			calls::succession::complete(here(ALICE)),
			Succession::<Runtime>::complete { patient: there(ALICE) }.into(),
		),
		(
			calls::succession::set_threshold(here(ALICE), Some(3)),
			Succession::<Runtime>::set_threshold { patient: there(ALICE), threshold: Some(3) }
				.into(),
		),
		(
			calls::succession::let_hospital(here(ALICE), false),
			Succession::<Runtime>::let_hospital { patient: there(ALICE), hospital: false }.into(),
		),
		(
			calls::succession::act(here(ALICE), &inner().encode()),
			Succession::<Runtime>::act { patient: there(ALICE), call: Box::new(inner()) }.into(),
		),
	]
}

/// Calls of the pallet Validators.
fn of_validators() -> Vec<Pair> {
	use pallet_validators::Call as Validators;
	vec![
		(
			calls::validators::add(&here(ALICE), 4, &here(BOB)),
			Validators::<Runtime>::add {
				validator: there(ALICE),
				organisation: 4,
				representative: there(BOB),
			}
			.into(),
		),
		(
			calls::validators::remove(&here(ALICE)),
			Validators::<Runtime>::remove { validator: there(ALICE) }.into(),
		),
		(
			calls::validators::replace(&here(ALICE), &here(BOB)),
			Validators::<Runtime>::replace { validator: there(ALICE), by: there(BOB) }.into(),
		),
		(
			calls::validators::assign(&here(ALICE), 4),
			Validators::<Runtime>::assign { validator: there(ALICE), organisation: 4 }.into(),
		),
		(
			calls::validators::represent(&here(ALICE), &here(BOB)),
			Validators::<Runtime>::represent {
				validator: there(ALICE),
				representative: there(BOB),
			}
			.into(),
		),
		(
			calls::validators::agree(&here(ALICE), &here(BOB)),
			Validators::<Runtime>::agree { validator: there(ALICE), representative: there(BOB) }
				.into(),
		),
		(
			calls::validators::object(&here(ALICE)),
			Validators::<Runtime>::object { validator: there(ALICE) }.into(),
		),
		(
			calls::validators::confirm(&here(ALICE)),
			Validators::<Runtime>::confirm { validator: there(ALICE) }.into(),
		),
		(
			calls::validators::appoint(&here(ALICE), &here(BOB)),
			Validators::<Runtime>::appoint { validator: there(ALICE), representative: there(BOB) }
				.into(),
		),
		(
			calls::validators::set_minimum(5),
			Validators::<Runtime>::set_minimum { minimum: 5 }.into(),
		),
	]
}

/// Calls of the council, the committee, the session, upgrades and balances.
fn of_governance() -> Vec<Pair> {
	use pallet_committee::Call as Committee;
	vec![
		(
			calls::committee::renew(Renewal::Key),
			Committee::<Runtime>::renew { renewal: Renewal::Key }.into(),
		),
		(
			calls::committee::elect(&[here(ALICE), here(BOB)]),
			Committee::<Runtime>::elect {
				members: vec![there(ALICE), there(BOB)].try_into().expect("two fit"),
			}
			.into(),
		),
		(
			calls::council::vote([8; 32], 300, true),
			pallet_collective::Call::<Runtime, Instance1>::vote {
				proposal: [8; 32].into(),
				index: 300,
				approve: true,
			}
			.into(),
		),
		(
			calls::council::close([8; 32], 300, (1 << 40, 1 << 20), 700),
			pallet_collective::Call::<Runtime, Instance1>::close {
				proposal_hash: [8; 32].into(),
				index: 300,
				proposal_weight_bound: Weight::from_parts(1 << 40, 1 << 20),
				length_bound: 700,
			}
			.into(),
		),
		(
			calls::session::set_keys(&session_keys().encode(), &[6; 64]),
			pallet_session::Call::<Runtime>::set_keys { keys: session_keys(), proof: vec![6; 64] }
				.into(),
		),
		(
			calls::balances::transfer(&here(ALICE), 3_000_000_000_000_000_000),
			pallet_balances::Call::<Runtime>::transfer_keep_alive {
				dest: sp_runtime::MultiAddress::Id(there(ALICE)),
				value: 3_000_000_000_000_000_000,
			}
			.into(),
		),
		(
			calls::upgrades::authorize(&[9; 32]),
			pallet_upgrades::Call::<Runtime>::authorize { code_hash: [9; 32].into() }.into(),
		),
		(
			calls::upgrades::apply(&[7; 300]),
			frame_system::Call::<Runtime>::apply_authorized_upgrade { code: vec![7; 300] }.into(),
		),
	]
}

#[test]
fn every_call_of_the_client_encodes_as_the_runtime_does() {
	for (client, runtime) in pairs() {
		let names = runtime.get_call_metadata();
		assert_eq!((client.pallet(), client.name()), (names.pallet_name, names.function_name));
		// The client takes the first two bytes, the numbers of pallet and call, from the metadata.
		assert_eq!(
			hex::encode(client.arguments()),
			hex::encode(&runtime.encode()[2..]),
			"{}",
			names.function_name
		);
	}
}

/// Calls that only the off-chain workers of storage nodes make.
const OF_STORAGE_NODES: [&str; 6] = [
	"announce",
	"confirm_stored",
	"confirm_removed",
	"retire_replicas",
	"set_peer",
	"withdraw_replica",
];

/// Pallets with calls that the client does not make: the SDK's pallets, and the committee, whose
/// members' nodes make the calls.
const OTHER_PALLETS: [&str; 9] = [
	"Balances",
	"Committee",
	"Council",
	"Grandpa",
	"Migrations",
	"Session",
	"System",
	"Timestamp",
	"Utility",
];

#[test]
fn the_client_has_every_call() {
	let covered: BTreeSet<_> =
		pairs().iter().map(|(client, _)| (client.pallet(), client.name())).collect();
	for pallet in RuntimeCall::get_module_names() {
		if OTHER_PALLETS.contains(pallet) {
			continue;
		}
		for name in RuntimeCall::get_call_names(pallet) {
			assert!(
				covered.contains(&(*pallet, *name)) || OF_STORAGE_NODES.contains(name),
				"{pallet}.{name} has no function in the client, or no line in this test; add it"
			);
		}
	}
}
