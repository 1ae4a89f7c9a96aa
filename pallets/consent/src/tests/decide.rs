//! The decision: records, versions, purposes, actions, and the grant that is the basis.

use super::*;

#[test]
fn an_unknown_record_is_denied() {
	build_and_execute(|| {
		give(doctors_terms());
		let question = Question { record: MISSING, ..question(DOCTOR) };
		assert_eq!(decide(&question), denied(DenyReason::UnknownRecord));
	});
}

#[test]
fn an_erased_record_is_denied_even_to_its_patient() {
	build_and_execute(|| {
		give(doctors_terms());
		give(GrantTerms { scope: Scope::Record(LAB), ..doctors_terms() });
		Records::erase(LAB);
		for reader in [DOCTOR, PATIENT, STRANGER] {
			assert_eq!(decide(&question(reader)), denied(DenyReason::RecordErased));
		}
	});
}

#[test]
fn a_withdrawn_record_is_denied_even_to_its_patient() {
	build_and_execute(|| {
		give(doctors_terms());
		assert!(decide(&question(DOCTOR)).is_permit());
		Records::withdraw(LAB);
		for reader in [DOCTOR, PATIENT, STRANGER] {
			assert_eq!(decide(&question(reader)), denied(DenyReason::RecordWithdrawn));
		}
	});
}

#[test]
fn a_missing_version_is_denied() {
	build_and_execute(|| {
		let id = give(doctors_terms());
		let of = |version| decide(&Question { version, ..question(DOCTOR) });
		assert_eq!(of(Some(0)), denied(DenyReason::UnknownVersion));
		assert_eq!(of(Some(1)), by_grant(id));
		assert_eq!(of(Some(3)), by_grant(id));
		assert_eq!(of(Some(4)), denied(DenyReason::UnknownVersion));
		assert_eq!(of(None), by_grant(id));
	});
}

#[test]
fn nothing_is_permitted_without_a_grant() {
	build_and_execute(|| {
		for reader in [DOCTOR, CLERK, RESEARCHER, OTHER_PATIENT] {
			assert_eq!(decide(&question(reader)), denied(DenyReason::NoGrant));
		}
	});
}

#[test]
fn another_patients_grant_permits_nothing() {
	build_and_execute(|| {
		let terms = doctors_terms();
		assert_ok!(grant(signed(OTHER_PATIENT), terms, Default::default()));
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
		assert_eq!(decide(&Question { record: FOREIGN, ..question(DOCTOR) }), by_grant(0));
	});
}

#[test]
fn another_patients_denial_denies_nothing() {
	build_and_execute(|| {
		let id = give(doctors_terms());
		assert_ok!(Consent::deny(
			signed(OTHER_PATIENT),
			Grantee::Account(DOCTOR),
			Scope::Everything,
			Default::default()
		));
		assert_eq!(decide(&question(DOCTOR)), by_grant(id));
	});
}

#[test]
fn a_grant_permits_exactly_its_purposes() {
	build_and_execute(|| {
		let granted = [Purpose::TREAT, Purpose::PUBHLTH];
		let id = give(GrantTerms { purposes: purposes(&granted), ..doctors_terms() });
		for purpose in Purpose::ALL {
			let expected =
				if granted.contains(&purpose) { by_grant(id) } else { denied(DenyReason::NoGrant) };
			assert_eq!(decide(&Question { purpose, ..question(DOCTOR) }), expected);
		}
	});
}

#[test]
fn a_grant_permits_exactly_its_actions() {
	build_and_execute(|| {
		let id = give(GrantTerms { actions: actions(&[Action::Write]), ..doctors_terms() });
		let to = |action| decide(&Question { action, ..question(DOCTOR) });
		assert_eq!(to(Action::Read), denied(DenyReason::NoGrant));
		assert_eq!(to(Action::Write), by_grant(id));
		assert_eq!(to(Action::Share), denied(DenyReason::NoGrant));
	});
}

#[test]
fn two_grants_that_each_cover_half_do_not_add_up() {
	build_and_execute(|| {
		give(GrantTerms { actions: actions(&[Action::Share]), ..doctors_terms() });
		give(GrantTerms { purposes: purposes(&[Purpose::HRESCH]), ..doctors_terms() });
		let purpose = Purpose::HRESCH;
		let question = Question { purpose, action: Action::Share, ..question(DOCTOR) };
		assert_eq!(decide(&question), denied(DenyReason::NoGrant));
	});
}

#[test]
fn the_oldest_grant_that_covers_the_question_is_the_basis() {
	build_and_execute(|| {
		// Enough grants that the iteration order of the map differs from the order of their
		// numbers.
		for _ in 0..20 {
			give(terms(Grantee::Account(CLERK)));
		}
		let first = give(terms(practitioners()));
		for _ in 0..20 {
			give(doctors_terms());
		}
		assert_eq!(decide(&question(DOCTOR)), by_grant(first));
	});
}

#[test]
fn the_patient_needs_no_grant_for_any_purpose_or_action() {
	build_and_execute(|| {
		for purpose in Purpose::ALL {
			for action in [Action::Read, Action::Write, Action::Share] {
				let question = Question { purpose, action, ..question(PATIENT) };
				assert_eq!(decide(&question), Decision::Permit(Basis::Patient));
			}
		}
	});
}

#[test]
fn consent_of_lists_grants_and_denials_oldest_first() {
	build_and_execute(|| {
		for _ in 0..20 {
			give(doctors_terms());
			deny(Grantee::Account(CLERK), Scope::Everything);
		}
		assert_ok!(Consent::revoke(signed(PATIENT), 7, Default::default()));
		let consent = Consent::consent_of(&PATIENT);
		let grants: Vec<_> = consent.grants.iter().map(|(id, _)| *id).collect();
		let denials: Vec<_> = consent.denials.iter().map(|(id, _)| *id).collect();
		assert_eq!(grants, (0..20).filter(|id| *id != 7).collect::<Vec<_>>());
		assert_eq!(denials, (0..20).collect::<Vec<_>>());
		assert_eq!(Consent::consent_of(&OTHER_PATIENT).grants, vec![]);
	});
}
