//! Patients whom a hospital enrols with their signature.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, traits::Get};
use salus_primitives::{Member, MemberStatus, OrganisationKind, Role};
use sp_core::{ecdsa, ed25519, sr25519, Pair, H256};
use sp_runtime::{traits::IdentifyAccount, DispatchError::BadOrigin, MultiSignature, MultiSigner};

const ANOTHER_HOSPITAL: u32 = 3;

#[test]
fn an_admin_enrols_a_patient_with_their_signature() {
	build_and_execute(|| {
		let enrolment = enrolment("Pia", HOSPITAL);
		let signature = sign("Pia", &enrolment.to_sign());
		assert_ok!(present("Ada", enrolment, signature));
		assert_eq!(
			last_event(),
			Event::PatientEnrolled { patient: account("Pia"), organisation: Some(HOSPITAL) }
		);
		let expected = Member {
			organisation: Some(HOSPITAL),
			status: MemberStatus::Active,
			credential: CREDENTIAL,
			expires: None,
			since: START,
			specialty: None,
		};
		assert_eq!(Members::<Test>::get(account("Pia"), Role::Patient), Some(expected));
		assert_eq!(key_of("Pia"), Some((KEY, 1)));
		assert_eq!(enrolled(), [(account("Pia"), Some(HOSPITAL))]);
		assert_eq!(System::providers(&account("Pia")), 1);
		assert!(is_live("Pia", Role::Patient));
	});
}

#[test]
fn a_live_records_admin_enrols_a_patient() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Rita", Role::RecordsAdmin);
		enrol_at("Rita", HOSPITAL, "Pia");
		assert!(is_live("Pia", Role::Patient));
	});
}

#[test]
fn a_signature_wrapped_by_an_extension_is_accepted() {
	build_and_execute(|| {
		let enrolment = enrolment("Pia", HOSPITAL);
		let wrapped = [b"<Bytes>".as_slice(), &enrolment.to_sign(), b"</Bytes>"].concat();
		assert_ok!(present("Ada", enrolment, sign("Pia", &wrapped)));
		assert!(is_live("Pia", Role::Patient));
	});
}

#[test]
fn patients_with_keys_of_other_schemes_are_also_enrolled() {
	build_and_execute(|| {
		let present_as = |signer: MultiSigner, sign: &dyn Fn(&[u8]) -> MultiSignature| {
			let mut enrolment = enrolment("Pia", HOSPITAL);
			enrolment.patient = signer.into_account();
			let signature = sign(&enrolment.to_sign());
			assert_ok!(present("Ada", enrolment, signature));
		};
		let pair = ed25519::Pair::from_seed(&[1; 32]);
		present_as(pair.public().into(), &|message| pair.sign(message).into());
		let pair = ecdsa::Pair::from_seed(&[1; 32]);
		present_as(pair.public().into(), &|message| pair.sign(message).into());
		assert_eq!(enrolled().len(), 2);
	});
}

/// Asserts that the enrolment is refused with this error and changes nothing.
fn assert_refused(
	presenter: &str,
	enrolment: salus_primitives::Enrolment<AccountId>,
	signature: MultiSignature,
	error: Error<Test>,
) {
	assert_noop!(present(presenter, enrolment, signature), error);
	assert!(enrolled().is_empty());
}

#[test]
fn a_signature_of_someone_else_is_refused() {
	build_and_execute(|| {
		let enrolment = enrolment("Pia", HOSPITAL);
		for forger in ["Ada", "Paul"] {
			let signature = sign(forger, &enrolment.to_sign());
			assert_refused("Ada", enrolment.clone(), signature, Error::<Test>::InvalidSignature);
		}
	});
}

#[test]
fn a_signature_with_any_bit_flipped_is_refused() {
	build_and_execute(|| {
		let enrolment = enrolment("Pia", HOSPITAL);
		let good = pair("Pia").sign(&enrolment.to_sign());
		for bit in 0..512 {
			let mut bytes = good.0;
			bytes[bit / 8] ^= 1 << (bit % 8);
			let forged = MultiSignature::Sr25519(sr25519::Signature::from_raw(bytes));
			assert_refused("Ada", enrolment.clone(), forged, Error::<Test>::InvalidSignature);
		}
		let empty = MultiSignature::Sr25519(sr25519::Signature::from_raw([0; 64]));
		assert_refused("Ada", enrolment.clone(), empty, Error::<Test>::InvalidSignature);
		let other_scheme = MultiSignature::Ed25519(ed25519::Signature::from_raw(good.0));
		assert_refused("Ada", enrolment, other_scheme, Error::<Test>::InvalidSignature);
	});
}

#[test]
fn a_signature_over_other_terms_is_refused() {
	build_and_execute(|| {
		let signed_for = enrolment("Pia", HOSPITAL);
		let signature = sign("Pia", &signed_for.to_sign());
		let mut other_key = signed_for.clone();
		other_key.key = OTHER_KEY;
		let mut other_end = signed_for.clone();
		other_end.expires += 1;
		let mut other_patient = signed_for;
		other_patient.patient = account("Paul");
		for presented in [other_key, other_end, other_patient] {
			assert_refused("Ada", presented, signature.clone(), Error::<Test>::InvalidSignature);
		}
	});
}

#[test]
fn a_signature_for_another_hospital_is_refused() {
	build_and_execute(|| {
		register(OrganisationKind::Hospital, &["Bea"]);
		let mut presented = enrolment("Pia", HOSPITAL);
		let signature = sign("Pia", &presented.to_sign());
		presented.organisation = ANOTHER_HOSPITAL;
		assert_refused("Bea", presented, signature, Error::<Test>::InvalidSignature);
	});
}

#[test]
fn a_signature_for_another_chain_is_refused() {
	build_and_execute(|| {
		let mut foreign = enrolment("Pia", HOSPITAL);
		foreign.genesis[31] ^= 1;
		let signature = sign("Pia", &foreign.to_sign());
		assert_refused("Ada", foreign, signature, Error::<Test>::InvalidSignature);
	});
}

#[test]
fn the_genesis_hash_outlives_the_hashes_of_old_blocks() {
	build_and_execute(|| {
		let forgotten = <<Test as frame_system::Config>::BlockHashCount as Get<u64>>::get() + 100;
		for number in 1..=forgotten {
			System::initialize(&(number + 1), &H256::repeat_byte(1), &Default::default());
			System::finalize();
		}
		assert!(System::block_hash(1).is_zero());
		enrol_at("Ada", HOSPITAL, "Pia");
	});
}

#[test]
fn other_domains_and_wrappings_are_refused() {
	build_and_execute(|| {
		let enrolment = enrolment("Pia", HOSPITAL);
		let message = enrolment.to_sign();
		let twice = [b"<Bytes><Bytes>".as_slice(), &message, b"</Bytes></Bytes>"].concat();
		let open = [b"<Bytes>".as_slice(), &message].concat();
		let bare = codec::Encode::encode(&enrolment);
		for other in [twice, open, bare] {
			let signature = sign("Pia", &other);
			assert_refused("Ada", enrolment.clone(), signature, Error::<Test>::InvalidSignature);
		}
	});
}

#[test]
fn a_signature_is_valid_until_its_end() {
	build_and_execute(|| {
		let enrolment = enrolment("Pia", HOSPITAL);
		let signature = sign("Pia", &enrolment.to_sign());
		for late in [enrolment.expires, enrolment.expires + DAY] {
			Now::set(late);
			let error = Error::<Test>::SignatureExpired;
			assert_refused("Ada", enrolment.clone(), signature.clone(), error);
		}
		Now::set(enrolment.expires - 1);
		assert_ok!(present("Ada", enrolment, signature));
	});
}

#[test]
fn a_signature_that_ends_more_than_a_day_ahead_is_refused() {
	build_and_execute(|| {
		let mut enrolment = enrolment("Pia", HOSPITAL);
		enrolment.expires = START + MAX_SIGNATURE_LIFETIME + 1;
		let signature = sign("Pia", &enrolment.to_sign());
		let error = Error::<Test>::SignatureLivesTooLong;
		assert_refused("Ada", enrolment.clone(), signature.clone(), error);
		// A millisecond later, the end is exactly a day ahead.
		Now::set(START + 1);
		assert_ok!(present("Ada", enrolment, signature));
	});
}

#[test]
fn a_replayed_enrolment_is_refused_and_changes_nothing() {
	build_and_execute(|| {
		let enrolment = enrolment("Pia", HOSPITAL);
		let signature = sign("Pia", &enrolment.to_sign());
		assert_ok!(present("Ada", enrolment.clone(), signature.clone()));
		assert_ok!(Roles::rotate_key(signed("Pia"), OTHER_KEY));
		assert_noop!(
			present("Ada", enrolment.clone(), signature.clone()),
			Error::<Test>::AlreadyEnrolled
		);
		// Nor does the signature bring back a patient whom the hospital released.
		assert_ok!(Roles::release_patient(signed("Ada"), HOSPITAL, account("Pia")));
		assert_noop!(present("Ada", enrolment, signature), Error::<Test>::SignatureUsed);
		assert_eq!(key_of("Pia"), Some((OTHER_KEY, 2)));
		assert_eq!(enrolled().len(), 1);
	});
}

#[test]
fn a_hospital_cannot_enrol_a_patient_of_another() {
	build_and_execute(|| {
		register(OrganisationKind::Hospital, &["Bea"]);
		enrol_at("Ada", HOSPITAL, "Pia");
		let enrolment = enrolment("Pia", ANOTHER_HOSPITAL);
		let signature = sign("Pia", &enrolment.to_sign());
		assert_noop!(present("Bea", enrolment, signature), Error::<Test>::AlreadyEnrolled);
	});
}

#[test]
fn a_patient_without_a_hospital_needs_a_newer_signature() {
	build_and_execute(|| {
		register(OrganisationKind::Hospital, &["Bea"]);
		enrol_at("Ada", HOSPITAL, "Pia");
		assert_ok!(Roles::leave(signed("Pia"), Role::Patient));
		assert_ok!(Roles::enrol(signed("Paul"), KEY));
		for name in ["Pia", "Paul"] {
			let mut late = enrolment(name, ANOTHER_HOSPITAL);
			late.expires = START + MAX_SIGNATURE_LIFETIME;
			let signature = sign(name, &late.to_sign());
			assert_noop!(present("Bea", late, signature), Error::<Test>::SignatureUsed);
		}
		Now::set(START + 1);
		for name in ["Pia", "Paul"] {
			let mut late = enrolment(name, ANOTHER_HOSPITAL);
			late.expires = Now::get() + MAX_SIGNATURE_LIFETIME;
			let signature = sign(name, &late.to_sign());
			assert_ok!(present("Bea", late.clone(), signature.clone()));
			let given = member(name, Role::Patient);
			assert_eq!(given.organisation, Some(ANOTHER_HOSPITAL));
			assert_eq!(given.since, START + 1);
			assert!(enrolled().contains(&(account(name), Some(ANOTHER_HOSPITAL))));
			assert_eq!(System::providers(&account(name)), 1);
			assert_ok!(Roles::release_patient(signed("Bea"), ANOTHER_HOSPITAL, account(name)));
			assert_noop!(present("Bea", late, signature), Error::<Test>::SignatureUsed);
		}
	});
}

#[test]
fn only_hospitals_enrol_patients() {
	build_and_execute(|| {
		let enrolment = enrolment("Pia", LABORATORY);
		let signature = sign("Pia", &enrolment.to_sign());
		assert_refused("Lea", enrolment, signature, Error::<Test>::NotHospital);
	});
}

#[test]
fn an_unknown_hospital_enrols_nobody() {
	build_and_execute(|| {
		let enrolment = enrolment("Pia", 3);
		let signature = sign("Pia", &enrolment.to_sign());
		assert_refused("Ada", enrolment, signature, Error::<Test>::UnknownOrganisation);
	});
}

#[test]
fn only_admins_and_records_admins_of_the_hospital_enrol() {
	build_and_execute(|| {
		register(OrganisationKind::Hospital, &["Bea"]);
		admit("Ada", HOSPITAL, "Dora", Role::Practitioner);
		admit("Bea", ANOTHER_HOSPITAL, "Rudi", Role::RecordsAdmin);
		for stranger in ["Pia", "Dora", "Bea", "Rudi", "Lea"] {
			let enrolment = enrolment("Pia", HOSPITAL);
			let signature = sign("Pia", &enrolment.to_sign());
			assert_refused(stranger, enrolment, signature, Error::<Test>::NotEnroller);
		}
	});
}

#[test]
fn a_records_admin_who_is_not_live_enrols_nobody() {
	build_and_execute(|| {
		let rita = account("Rita");
		let role = Role::RecordsAdmin;
		let refused = || {
			let enrolment = enrolment("Pia", HOSPITAL);
			let signature = sign("Pia", &enrolment.to_sign());
			assert_refused("Rita", enrolment, signature, Error::<Test>::NotEnroller);
		};
		assert_ok!(admit_with(signed("Ada"), HOSPITAL, "Rita", role, Some(START + 10), None));
		Now::set(START + 10);
		refused();
		assert_ok!(renew("Rita", role, CREDENTIAL, None));
		assert_ok!(Roles::suspend_member(signed("Ada"), HOSPITAL, rita.clone(), role));
		refused();
		assert_ok!(Roles::revoke_member(signed("Ada"), HOSPITAL, rita, role));
		refused();
	});
}

#[test]
fn enrolling_a_patient_with_a_zero_key_is_refused() {
	build_and_execute(|| {
		let mut enrolment = enrolment("Pia", HOSPITAL);
		enrolment.key = [0; 32];
		let signature = sign("Pia", &enrolment.to_sign());
		assert_refused("Ada", enrolment, signature, Error::<Test>::InvalidKey);
	});
}

#[test]
fn enrolling_a_patient_needs_a_signed_origin() {
	build_and_execute(|| {
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			let enrolment = enrolment("Pia", HOSPITAL);
			let signature = sign("Pia", &enrolment.to_sign());
			assert_noop!(
				Roles::enrol_patient(
					origin,
					HOSPITAL,
					enrolment.patient,
					KEY,
					CREDENTIAL,
					enrolment.expires,
					signature
				),
				BadOrigin
			);
		}
	});
}

#[test]
fn enrolling_a_practitioner_raises_their_key_version() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", Role::Practitioner);
		assert_ok!(Roles::rotate_key(signed("Dora"), OTHER_KEY));
		enrol_at("Ada", HOSPITAL, "Dora");
		assert_eq!(key_of("Dora"), Some((KEY, 2)));
		assert_eq!(System::providers(&account("Dora")), 1);
	});
}
