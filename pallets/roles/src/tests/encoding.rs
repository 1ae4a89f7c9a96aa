//! Encodings that others depend on: clients sign the calls and read the storage by key.

use crate::{mock::*, *};
use codec::Encode;
use frame_support::traits::{GetCallIndex, GetCallName};
use salus_primitives::Role;

#[test]
fn calls_keep_their_indices() {
	let expected = [
		"register_organisation",
		"suspend_organisation",
		"reinstate_organisation",
		"set_admins",
		"admit_member",
		"renew_member",
		"suspend_member",
		"reinstate_member",
		"revoke_member",
		"enrol_patient",
		"enrol",
		"rotate_key",
		"set_organisation_key",
		"share_organisation_key",
		"admit_accepted",
		"leave",
		"release_patient",
	];
	let names = Call::<Test>::get_call_names();
	assert_eq!(names, expected);
	let indices: Vec<_> = (0..17).collect();
	assert_eq!(Call::<Test>::get_call_indices(), indices);
}

#[test]
fn the_bytes_of_an_enrolment_are_pinned() {
	let enrolment = enrolment("Pia", HOSPITAL);
	let mut expected = b"salus/enrolment/1".to_vec();
	expected.extend(GENESIS);
	expected.extend(account("Pia").encode());
	expected.extend([1, 0, 0, 0]);
	expected.extend(KEY);
	expected.extend((START + 60_000).to_le_bytes());
	assert_eq!(enrolment.to_sign(), expected);
}

#[test]
fn the_bytes_of_an_admission_are_pinned() {
	let admission = admission("Dora", HOSPITAL, Role::StorageNode);
	let mut expected = b"salus/admission/1".to_vec();
	expected.extend(GENESIS);
	expected.extend(account("Dora").encode());
	expected.extend([1, 0, 0, 0, 7]);
	expected.extend((START + DAY).to_le_bytes());
	assert_eq!(admission.to_sign(), expected);
}

#[test]
fn the_key_of_a_membership_ends_with_the_bare_role() {
	let key = Members::<Test>::hashed_key_for(account("Dora"), Role::StorageNode);
	let account = account("Dora").encode();
	assert_eq!(key[48..80], account);
	assert_eq!(key[80..], [7]);
}

#[test]
fn only_calls_of_members_may_be_free() {
	use frame_support::dispatch::CheckIfFeeless;
	let origin = RuntimeOrigin::signed(account("Ada"));
	let (id, who, role) = (HOSPITAL, account("Dora"), Role::Practitioner);
	let free: Vec<Call<Test>> = vec![
		Call::admit_member {
			organisation: id,
			account: who.clone(),
			role,
			credential: CREDENTIAL,
			expires: None,
			specialty: None,
		},
		Call::renew_member {
			organisation: id,
			account: who.clone(),
			role,
			credential: CREDENTIAL,
			expires: None,
			specialty: None,
		},
		Call::suspend_member { organisation: id, account: who.clone(), role },
		Call::reinstate_member { organisation: id, account: who.clone(), role },
		Call::revoke_member { organisation: id, account: who.clone(), role },
		Call::enrol_patient {
			organisation: id,
			patient: who.clone(),
			key: KEY,
			credential: CREDENTIAL,
			expires: START,
			signature: sign("Pia", b""),
		},
		Call::enrol { key: KEY },
		Call::rotate_key { public: KEY },
		Call::set_organisation_key { organisation: id, public: KEY },
		Call::share_organisation_key { organisation: id, account: who.clone(), wrap: wrap(1) },
		Call::admit_accepted {
			organisation: id,
			account: who.clone(),
			role,
			credential: CREDENTIAL,
			expires: None,
			specialty: None,
			until: START,
			signature: sign("Dora", b""),
		},
		Call::leave { role },
		Call::release_patient { organisation: id, patient: who },
	];
	for call in free {
		assert!(call.is_feeless(&origin), "{call:?}");
	}
	let kind = salus_primitives::OrganisationKind::Hospital;
	let paid: Vec<Call<Test>> = vec![
		Call::register_organisation { kind, admins: admins(&["Ada"]), profile: PROFILE },
		Call::suspend_organisation { organisation: id },
		Call::reinstate_organisation { organisation: id },
		Call::set_admins { organisation: id, admins: admins(&["Ada"]) },
	];
	for call in paid {
		assert!(!call.is_feeless(&origin), "{call:?}");
	}
}

#[test]
fn the_weight_of_the_listener_is_charged() {
	use frame_support::dispatch::GetDispatchInfo;
	use salus_primitives::OnEnrolled;
	let call = Call::<Test>::enrol { key: KEY };
	let expected = <() as WeightInfo>::enrol() + Listener::on_enrolled_weight();
	assert_eq!(call.get_dispatch_info().call_weight, expected);
}
