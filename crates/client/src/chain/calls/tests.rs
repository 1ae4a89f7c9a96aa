use super::{access, attestation, consent, council, records, roles, succession, Call};
use crate::Account;
use salus_primitives::*;

const ALICE: Account = subxt::utils::AccountId32([0xaa; 32]);
const BOB: Account = subxt::utils::AccountId32([0xbb; 32]);

fn hex_of(call: &Call) -> String {
	hex::encode(call.arguments())
}

fn repeat(byte: &str, count: usize) -> String {
	byte.repeat(count)
}

#[test]
fn roles_encode_as_the_pallet_reads_them() {
	let call = roles::register_organisation(OrganisationKind::Laboratory, &[ALICE, BOB], [7; 32]);
	assert_eq!((call.pallet(), call.name()), ("Roles", "register_organisation"));
	let admins = format!("08{}{}", repeat("aa", 32), repeat("bb", 32));
	assert_eq!(hex_of(&call), format!("01{admins}{}", repeat("07", 32)));

	let call = roles::admit_member(3, BOB, Role::RecordsAdmin, [9; 32], Some(1), Some(2));
	let expected = format!(
		"03000000{}02{}010100000000000000010200000000000000",
		repeat("bb", 32),
		repeat("09", 32)
	);
	assert_eq!(hex_of(&call), expected);
	let call = roles::renew_member(3, BOB, Role::Device, [9; 32], None, None);
	let expected = format!("03000000{}06{}0000", repeat("bb", 32), repeat("09", 32));
	assert_eq!(hex_of(&call), expected);

	let call = roles::enrol_patient(1, ALICE, [2; 32], [3; 32], 0x0102, [4; 64]);
	let expected = format!(
		"01000000{}{}{}020100000000000001{}",
		repeat("aa", 32),
		repeat("02", 32),
		repeat("03", 32),
		repeat("04", 64)
	);
	assert_eq!(hex_of(&call), expected);

	let wrap = Wrap { key_version: 5, sealed: [6; 80] };
	let call = roles::share_organisation_key(1, BOB, &wrap);
	let expected = format!("01000000{}05000000{}", repeat("bb", 32), repeat("06", 80));
	assert_eq!(hex_of(&call), expected);
}

#[test]
fn records_encode_as_the_pallet_reads_them() {
	let wrap = Wrap { key_version: 1, sealed: [0; 80] };
	let sealed = SealedKey { epoch: 7, sealed: vec![1, 2, 3].try_into().unwrap() };
	let new = NewRecord {
		patient: ALICE,
		organisation: 2,
		category: Category::Imaging,
		confidentiality: Confidentiality::Restricted,
		salt: [1; 32],
		content: Content { root: Cid::new(CODEC_RAW, [2; 32]), size: 256, commitment: [3; 32] },
		wraps: vec![(Recipient::Account(ALICE), wrap)].try_into().unwrap(),
		sealed: Some(sealed.clone()),
	};
	let one = format!(
		"{}020000000101{}01551220{}0001000000000000{}0400{}01000000{}01070000000c010203",
		repeat("aa", 32),
		repeat("01", 32),
		repeat("02", 32),
		repeat("03", 32),
		repeat("aa", 32),
		repeat("00", 80),
	);
	assert_eq!(hex_of(&records::register(&new)), one);
	assert_eq!(hex_of(&records::register_many(&[new.clone(), new])), format!("08{one}{one}"));

	let keys = vec![WrapKey {
		record: RecordId([4; 32]),
		version: 1,
		recipient: Recipient::Organisation(7),
	}];
	let call = records::remove_wraps(&keys.try_into().unwrap());
	assert_eq!(hex_of(&call), format!("04{}010000000107000000", repeat("04", 32)));
	assert_eq!(hex_of(&records::erase(RecordId([4; 32]))), repeat("04", 32));
	let call = records::reseal(RecordId([4; 32]), 2, &sealed);
	let expected = format!("{}02000000070000000c010203", repeat("04", 32));
	assert_eq!(hex_of(&call), expected);
}

#[test]
fn consent_and_attestation_encode_as_the_pallets_read_them() {
	let terms = GrantTerms {
		grantee: Grantee::Account(BOB),
		scope: Scope::Categories(vec![Category::Laboratory].try_into().unwrap()),
		purposes: vec![Purpose::TREAT].try_into().unwrap(),
		actions: vec![Action::Read].try_into().unwrap(),
		from: None,
		until: Some(0x0a),
		uses: Some(3),
		condition: None,
	};
	let call = consent::grant(&terms, &Default::default());
	let expected =
		format!("00{}010400040004000001{}00", repeat("bb", 32), "0a00000000000000010300000000");
	assert_eq!(hex_of(&call), expected);
	assert_eq!(hex_of(&consent::revoke(3, &Default::default())), "0300000000");
	let role = Grantee::Role { role: Role::Researcher, organisation: None };
	let call = consent::deny(&role, &Scope::Everything, &Default::default());
	assert_eq!(hex_of(&call), "0205000000");

	let subject = Subject::RecordVersion { record: RecordId([5; 32]), version: 2 };
	let call = attestation::attest(&subject, Verdict::Rejected, ReasonCode::WrongPatient, None);
	assert_eq!(hex_of(&call), format!("00{}02000000010100", repeat("05", 32)));
}

#[test]
fn requests_and_answers_encode_as_the_pallet_reads_them() {
	let terms = RequestTerms {
		scope: Scope::Everything,
		purposes: vec![Purpose::TREAT].try_into().unwrap(),
		actions: vec![Action::Read].try_into().unwrap(),
		until: None,
	};
	let call = consent::request(ALICE, &terms);
	assert_eq!(hex_of(&call), format!("{}000400040000", repeat("aa", 32)));
	let approval = Approval { uses: Some(1), until: None };
	let call = consent::approve(ALICE, 2, &approval, &Default::default());
	let expected = format!("{}0200000001010000000000", repeat("aa", 32));
	assert_eq!(hex_of(&call), expected);
	let answers = vec![(2, Answer::Decline)].try_into().unwrap();
	let call = consent::answer_many(ALICE, &answers);
	assert_eq!(hex_of(&call), format!("{}040200000001", repeat("aa", 32)));
	let rule = StandingRule {
		requester: None,
		scope: Scope::Everything,
		purposes: vec![Purpose::HRESCH].try_into().unwrap(),
		actions: vec![Action::Read].try_into().unwrap(),
		condition: None,
		answer: RuleAnswer::Decline,
	};
	assert_eq!(hex_of(&consent::set_rule(&rule)), "0000040504000001");
}

#[test]
fn access_encodes_as_the_pallet_reads_it() {
	let request = AccessRequest {
		record: RecordId([4; 32]),
		version: Some(2),
		purpose: Purpose::BTG,
		reader_key: [5; 32],
	};
	let call = access::request(&request);
	assert_eq!((call.pallet(), call.name()), ("Access", "request"));
	assert_eq!(hex_of(&call), format!("{}010200000002{}", repeat("04", 32), repeat("05", 32)));
	let call = access::open_emergency(ALICE, 1, EmergencyReason::Disaster, [6; 32]);
	assert_eq!(hex_of(&call), format!("{}0100000003{}", repeat("aa", 32), repeat("06", 32)));
	let call = access::review_emergency(9, true, Reviewer::Admin);
	assert_eq!(hex_of(&call), "090000000101");
	assert_eq!(hex_of(&access::deposit_bond(1, 64)), "010000000101");
	for (call, name) in [
		(access::appoint_auditor(ALICE), "appoint_auditor"),
		(access::dismiss_auditor(ALICE), "dismiss_auditor"),
		(access::reinstate_clinician(ALICE), "reinstate_clinician"),
	] {
		assert_eq!((call.pallet(), call.name()), ("Access", name));
		assert_eq!(hex_of(&call), repeat("aa", 32));
	}
}

#[test]
fn a_successors_call_carries_the_whole_call() {
	let call = succession::act(ALICE, &[20, 11, 7]);
	assert_eq!((call.pallet(), call.name()), ("Succession", "act"));
	assert_eq!(hex_of(&call), format!("{}140b07", repeat("aa", 32)));
	let call = succession::set_threshold(ALICE, Some(3));
	assert_eq!(hex_of(&call), format!("{}0103000000", repeat("aa", 32)));
}

#[test]
fn a_proposed_successor_has_its_signature() {
	let call = succession::propose(ALICE, BOB);
	assert_eq!((call.pallet(), call.name()), ("Succession", "propose"));
	let accounts = format!("{}{}", repeat("aa", 32), repeat("bb", 32));
	assert_eq!(hex_of(&call), accounts);
	let call = succession::propose_accepted(ALICE, BOB, 0x0102, [4; 64]);
	assert_eq!(hex_of(&call), format!("{accounts}020100000000000001{}", repeat("04", 64)));
}

#[test]
fn a_proposal_carries_the_whole_call_and_its_length() {
	let call = council::propose(1, &[20, 1, 9, 0, 0, 0]);
	assert_eq!(hex_of(&call), "04140109000000".to_owned() + "18");
	assert_eq!(hex_of(&council::vote([1; 32], 2, true)), format!("{}0801", repeat("01", 32)));
}
