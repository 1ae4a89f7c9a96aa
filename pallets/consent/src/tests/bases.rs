//! Each basis of a permit against everything that must stop the next release: the first decision
//! and deciding again.

use super::*;

const SUMMARY: RecordId = RecordId([4; 32]);
const END: Moment = START + 100;

/// Way to obtain a permit: the reader, the role on which it depends, and the purpose.
struct Way {
	name: &'static str,
	reader: AccountId,
	role: Role,
	purpose: Purpose,
	set_up: fn(),
}

impl Way {
	fn question(&self) -> Question<AccountId> {
		Question { record: SUMMARY, purpose: self.purpose, ..question(self.reader) }
	}

	fn treat(name: &'static str, reader: AccountId, role: Role, set_up: fn()) -> Self {
		Self { name, reader, role, purpose: Purpose::TREAT, set_up }
	}
}

fn until_end(grantee: Grantee<AccountId>) -> GrantTerms<AccountId> {
	GrantTerms {
		until: Some(END),
		uses: Some(1),
		actions: actions(&[Action::Read, Action::Share]),
		..terms(grantee)
	}
}

fn share_with_researcher() {
	give(GrantTerms { uses: Some(2), ..until_end(Grantee::Account(DOCTOR)) });
	let terms =
		GrantTerms { actions: actions(&[Action::Read]), ..until_end(Grantee::Account(RESEARCHER)) };
	let made = Call::share { patient: PATIENT, parent: 0, terms };
	assert_ok!(call(DOCTOR, made));
}

fn appoint_parent() {
	Roles::admit(PARENT, Role::Patient, None);
	let made = Call::appoint_guardian {
		guardian: PARENT,
		scope: Scope::Everything,
		purposes: purposes(&[Purpose::TREAT]),
		until: Some(END),
	};
	assert_ok!(call(PATIENT, made));
}

fn ways() -> Vec<Way> {
	let practitioner = Role::Practitioner;
	vec![
		Way::treat("patient", PATIENT, Role::Patient, || ()),
		Way::treat("guardian", PARENT, Role::Patient, appoint_parent),
		Way::treat("account", DOCTOR, practitioner, || {
			give(until_end(Grantee::Account(DOCTOR)));
		}),
		Way::treat("member", DOCTOR, practitioner, || {
			give(until_end(the_doctor()));
		}),
		Way::treat("team", DOCTOR, practitioner, || {
			give(until_end(Grantee::CareTeam(HOSPITAL)));
		}),
		Way::treat("organisation", DOCTOR, practitioner, || {
			give(until_end(Grantee::Organisation(HOSPITAL)));
		}),
		Way::treat("role", DOCTOR, practitioner, || {
			give(until_end(practitioners()));
		}),
		Way::treat("shared", RESEARCHER, Role::Researcher, share_with_researcher),
		Way {
			purpose: Purpose::BTG,
			..Way::treat("case", DOCTOR, practitioner, || {
				Emergencies::open(DOCTOR, PATIENT, 1, END)
			})
		},
		Way {
			purpose: Purpose::ETREAT,
			..Way::treat("summary", DOCTOR, practitioner, || {
				Emergencies::open(DOCTOR, PATIENT, 1, END)
			})
		},
	]
}

/// Checks for each way that access is permitted, is counted, and is still permitted for that
/// request. After `befalls`, it is no longer permitted if `befalls` returns that it concerns the
/// way.
fn stops(befalls: impl Fn(&Way) -> bool) {
	for way in ways() {
		build_and_execute(|| {
			Records::register(SUMMARY, PATIENT, Category::EmergencySummary, 1);
			(way.set_up)();
			let question = way.question();
			let Decision::Permit(basis) = decide(&question) else {
				panic!("{} does not permit", way.name);
			};
			Consent::count_use(&question, &PATIENT, &basis);
			let again = || {
				let now = Now::get();
				Consent::decide_again(&question, &basis, now)
			};
			assert_eq!(again(), Decision::Permit(basis), "{}", way.name);
			let stopped = befalls(&way);
			let after = (decide(&question).is_permit(), again().is_permit());
			if stopped {
				assert_eq!(after, (false, false), "{}", way.name);
			} else {
				assert!(after.1, "{}", way.name);
			}
		});
	}
}

/// Gives the reader live memberships of other kinds, which must not replace the one on which the
/// access depends.
fn keeps_another(way: &Way) {
	Now::set(START + 1);
	Roles::admit(way.reader, Role::StorageNode, Some(INSTITUTE));
	Roles::admit(way.reader, Role::Patient, None);
}

#[test]
fn a_suspended_or_revoked_membership_stops_access() {
	for status in [MemberStatus::Suspended, MemberStatus::Revoked] {
		stops(|way| {
			Roles::set_status(way.reader, way.role, status);
			true
		});
	}
}

#[test]
fn an_expired_membership_stops_access() {
	stops(|way| {
		Roles::set_expiry(way.reader, way.role, START);
		true
	});
}

#[test]
fn another_live_membership_does_not_keep_access() {
	stops(|way| {
		keeps_another(way);
		Roles::set_status(way.reader, way.role, MemberStatus::Suspended);
		// A guardian acts as a person.
		way.name != "guardian"
	});
}

#[test]
fn a_suspended_organisation_stops_access() {
	stops(|way| {
		for organisation in [HOSPITAL, INSTITUTE] {
			Roles::suspend_organisation(organisation);
		}
		// Patients keep their rights.
		way.role != Role::Patient
	});
}

#[test]
fn an_erased_record_stops_access() {
	stops(|_| {
		Records::erase(SUMMARY);
		true
	});
}

#[test]
fn a_revoked_grant_stops_access() {
	stops(|way| {
		let _ = Consent::revoke(signed(PATIENT), 0, Default::default());
		let granted = ["account", "member", "team", "organisation", "role", "shared"];
		granted.contains(&way.name)
	});
}

#[test]
fn revoking_a_passed_on_grant_stops_access() {
	stops(|way| {
		let _ = Consent::revoke(signed(PATIENT), 1, Default::default());
		way.name == "shared"
	});
}

#[test]
fn the_sharers_suspension_stops_access() {
	stops(|way| {
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Suspended);
		way.reader == DOCTOR || way.name == "shared"
	});
}

#[test]
fn access_ends_with_the_grant_appointment_or_case() {
	stops(|way| {
		Now::set(END);
		way.name != "patient"
	});
}

#[test]
fn a_dismissed_guardian_has_no_access() {
	stops(|way| {
		let _ = call(PATIENT, Call::dismiss_guardian { id: 0 });
		way.name == "guardian"
	});
}

#[test]
fn an_explicit_denial_stops_access() {
	stops(|way| {
		deny(Grantee::Account(DOCTOR), Scope::Everything);
		deny(Grantee::Account(RESEARCHER), Scope::Everything);
		!["patient", "guardian"].contains(&way.name)
	});
}

#[test]
fn an_opt_out_stops_emergency_access() {
	stops(|way| {
		let opted_out = true;
		assert_ok!(call(PATIENT, Call::set_emergency_opt_out { opted_out }));
		way.name == "case"
	});
}

#[test]
fn closing_the_summaries_stops_access_to_them() {
	stops(|way| {
		let closed = true;
		assert_ok!(call(PATIENT, Call::set_emergency_summary_closed { closed }));
		way.name == "summary"
	});
}
