//! The signature by which the proposed account agrees to act for the patient.

use super::*;

/// Lets a guardian propose a recovery with this signature, which is refused.
#[track_caller]
fn refused(recovery: Recovery<AccountId>, signature: TestSignature, error: Error<Test>) {
	assert_noop!(present(SISTER, recovery, signature), error);
}

#[test]
fn nobody_is_named_without_their_signature() {
	build_and_execute(|| {
		for who in [SISTER, ADMIN] {
			for forger in [SISTER, ADMIN, PATIENT, OTHER] {
				let recovery = recovery(PATIENT, NEW);
				let signature = sign(forger, &recovery.to_sign());
				assert_noop!(present(who, recovery, signature), Error::<Test>::InvalidSignature);
			}
			let unsigned = sign(NEW, b"");
			assert_noop!(
				present(who, recovery(PATIENT, NEW), unsigned),
				Error::<Test>::InvalidSignature
			);
		}
		assert_eq!(Attempts::<Test>::iter().count(), 0);
		nothing_is_taken();
	});
}

#[test]
fn a_signature_is_for_one_patient_and_chain() {
	build_and_execute(|| {
		let good = recovery(PATIENT, NEW);
		let signature = sign(NEW, &good.to_sign());
		let elsewhere = Recovery { patient: LONER, ..good.clone() };
		refused(elsewhere, signature.clone(), Error::InvalidSignature);
		let other = Recovery { successor: OTHER, ..good.clone() };
		refused(other, signature.clone(), Error::InvalidSignature);
		let earlier = Recovery { until: good.until - 1, ..good.clone() };
		refused(earlier, signature.clone(), Error::InvalidSignature);
		let foreign = sign(NEW, &Recovery { genesis: [1; 32], ..good.clone() }.to_sign());
		refused(good.clone(), foreign, Error::InvalidSignature);
		assert_ok!(present(SISTER, good, signature));
	});
}

#[test]
fn a_wrapped_signature_is_accepted() {
	build_and_execute(|| {
		let good = recovery(PATIENT, NEW);
		// Browser extensions wrap what they sign.
		let wrapped = [b"<Bytes>".as_slice(), &good.to_sign(), b"</Bytes>"].concat();
		assert_ok!(present(SISTER, good, sign(NEW, &wrapped)));
	});
}

#[test]
fn a_signature_is_valid_for_at_most_a_day() {
	build_and_execute(|| {
		let good = recovery(PATIENT, NEW);
		let long = Recovery { until: good.until + 1, ..good.clone() };
		let signature = sign(NEW, &long.to_sign());
		refused(long, signature, Error::SignatureLivesTooLong);
		let signature = sign(NEW, &good.to_sign());
		wait(MAX_SIGNATURE_LIFETIME);
		refused(good.clone(), signature.clone(), Error::SignatureExpired);
		Now::mutate(|now| *now -= 1);
		assert_ok!(present(SISTER, good, signature));
	});
}

/// The account agreed to act for this patient, so a second use of its signature does no harm.
#[test]
fn a_signature_serves_another_supporter_within_its_day() {
	build_and_execute(|| {
		let agreed = recovery(PATIENT, NEW);
		let signature = sign(NEW, &agreed.to_sign());
		let again = |who| present(who, agreed.clone(), signature.clone());
		assert_ok!(again(SISTER));
		assert_noop!(again(BROTHER), Error::<Test>::AlreadyOpen);
		assert_ok!(Succession::object(signed(PATIENT), PATIENT));
		assert_noop!(again(SISTER), Error::<Test>::CoolingDown);
		assert_ok!(again(BROTHER));
		assert_ok!(Succession::withdraw(signed(BROTHER), PATIENT));
		wait(DAY);
		assert_noop!(again(FRIEND), Error::<Test>::SignatureExpired);
	});
}

#[test]
fn a_recovery_with_a_signature_completes_after_its_day() {
	build_and_execute(|| {
		let agreed = recovery(PATIENT, NEW);
		let signature = sign(NEW, &agreed.to_sign());
		assert_ok!(present(ADMIN, agreed, signature));
		wait(2 * DAY);
		assert_ok!(approve(SISTER, NEW));
		wait(DELAY);
		assert_ok!(complete());
		assert_eq!(Succession::acts_for(&NEW), Some(PATIENT));
	});
}

#[test]
fn cheap_checks_come_before_the_signature() {
	build_and_execute(|| {
		let bad = |patient, successor| (recovery(patient, successor), sign(STRANGER, b""));
		let (recovery, signature) = bad(PATIENT, NEW);
		assert_noop!(present(STRANGER, recovery, signature), Error::<Test>::NotEntitled);
		let (recovery, signature) = bad(STRANGER, NEW);
		refused(recovery, signature, Error::NotPatient);
		let (recovery, signature) = bad(PATIENT, DOCTOR);
		refused(recovery, signature, Error::NotFresh);
	});
}
