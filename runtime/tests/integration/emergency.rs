//! Emergency access with the real pallets: what one administrator with puppets can do, and what
//! strangers can do.

use crate::common::*;
use salus_primitives::{
	CaseStatus, EmergencyReason, OrganisationId, OrganisationKind, ReasonCode, Reviewer, Role,
	Subject, Verdict,
};
use salus_runtime::{
	units::{DAY_MILLIS, HEAL},
	Access, Roles, Runtime, RuntimeOrigin,
};
use sp_runtime::{ApplyExtrinsicResult, DispatchError};

type Call = pallet_access::Call<Runtime>;
type Error = pallet_access::Error<Runtime>;
type AttestationCall = pallet_attestation::Call<Runtime>;
type ConsentCall = pallet_consent::Call<Runtime>;
type RolesCall = pallet_roles::Call<Runtime>;
type RolesError = pallet_roles::Error<Runtime>;

/// Sets up hospital 1 with the administrators `//Admin`, `//Vice` and `//Matron`, hospital 2 with
/// `//Chief` and pharmacy 3 with `//Chemist`, each with an auditor, and laboratory 4 with
/// `//Analyst`. `//Victim` enrolled without an organisation.
fn on_stage(test: impl FnOnce()) {
	on_chain(|| {
		let admins = ["//Admin", "//Vice", "//Matron"].map(account).to_vec();
		Roles::set_admins(RuntimeOrigin::root(), 1, admins.try_into().expect("three fit"))
			.expect("root stands for the council");
		for (kind, admin) in [
			(OrganisationKind::Hospital, "//Chief"),
			(OrganisationKind::Pharmacy, "//Chemist"),
			(OrganisationKind::Laboratory, "//Analyst"),
		] {
			let admins = vec![account(admin)].try_into().expect("one fits");
			Roles::register_organisation(RuntimeOrigin::root(), kind, admins, [1; 32])
				.expect("root stands for the council");
		}
		endow("//Admin", 100_000 * HEAL);
		// An account that is not yet a member pays the fee.
		endow("//Victim", HEAL);
		assert_eq!(send("//Victim", RolesCall::enrol { key: [9; 32] }), Ok(Ok(())));
		admit_by("//Chief", 2, "//AuditorB", Role::Auditor);
		admit_by("//Chemist", 3, "//AuditorC", Role::Auditor);
		admit_by("//Analyst", 4, "//AuditorD", Role::Auditor);
		for auditor in ["//AuditorB", "//AuditorC", "//AuditorD"] {
			Access::appoint_auditor(RuntimeOrigin::root(), account(auditor))
				.expect("root stands for the council");
		}
		test();
	});
}

fn admit_by(admin: &str, organisation: OrganisationId, who: &str, role: Role) {
	let call = admission(organisation, who, role);
	assert_eq!(send(admin, call), Ok(Ok(())), "{admin} admits {who}");
}

fn attest(admin: &str, who: &str) {
	let call = AttestationCall::attest {
		subject: Subject::Credential { account: account(who), role: Role::Practitioner },
		verdict: Verdict::Confirmed,
		reason: ReasonCode::Reviewed,
		expires: None,
	};
	assert_eq!(send(admin, call), Ok(Ok(())), "{admin} attests {who}");
}

fn deposit() {
	let call = Call::deposit_bond { organisation: 1, amount: 5_000 * HEAL };
	assert_eq!(send("//Admin", call), Ok(Ok(())));
}

fn open(who: &str) -> ApplyExtrinsicResult {
	let call = Call::open_emergency {
		patient: account("//Victim"),
		organisation: 1,
		reason: EmergencyReason::Other,
		statement: [7; 32],
	};
	send(who, call)
}

fn review(who: &str, justified: bool, reviewer: Reviewer) -> ApplyExtrinsicResult {
	let call = Call::review_emergency { case: 1, justified, reviewer };
	send(who, call)
}

fn refused(error: impl Into<DispatchError>) -> ApplyExtrinsicResult {
	Ok(Err(error.into()))
}

fn status() -> CaseStatus {
	Access::emergency(1).expect("there is a case").status
}

/// Opens a case and draws its panel.
fn opened() {
	deposit();
	admit_by("//Admin", 1, "//Doctor", Role::Practitioner);
	attest("//Vice", "//Doctor");
	assert_eq!(open("//Doctor"), Ok(Ok(())));
	next_block_at(2_000);
	next_block_at(4_000);
}

#[test]
fn one_administrator_with_puppets_settles_no_case() {
	on_stage(|| {
		admit_by("//Admin", 1, "//Puppet", Role::Practitioner);
		admit_by("//Admin", 1, "//Ear", Role::Auditor);
		attest("//Admin", "//Puppet");
		deposit();
		assert_eq!(open("//Puppet"), refused(Error::VouchedByOne));
		// With a second administrator it opens, and its review is still due.
		attest("//Vice", "//Puppet");
		assert_eq!(open("//Puppet"), Ok(Ok(())));
		next_block_at(2_000);
		next_block_at(4_000);
		assert_eq!(review("//Ear", true, Reviewer::Auditor), refused(Error::NotAuditor));
		for admin in ["//Admin", "//Vice"] {
			assert_eq!(review(admin, true, Reviewer::Admin), refused(Error::NotIndependent));
		}
		assert_eq!(review("//Puppet", true, Reviewer::Admin), refused(Error::OwnCase));
		let withdraw = Call::withdraw_bond { organisation: 1 };
		assert_eq!(send("//Admin", withdraw), refused(Error::BondNeeded));
		assert_eq!(review("//Matron", true, Reviewer::Admin), Ok(Ok(())));
		assert_eq!(status(), CaseStatus::Open);
	});
}

#[test]
fn strangers_or_one_drawn_auditor_cannot_end_an_emergency() {
	on_stage(|| {
		opened();
		admit_by("//Chemist", 3, "//Lackey", Role::Auditor);
		assert_eq!(review("//Lackey", false, Reviewer::Auditor), refused(Error::NotAuditor));
		assert_eq!(review("//Chemist", false, Reviewer::Admin), refused(Error::NotAdmin));
		assert_eq!(review("//AuditorC", false, Reviewer::Auditor), Ok(Ok(())));
		assert_eq!(status(), CaseStatus::Open);
		let live = || Roles::memberships_info(&account("//Doctor"))[0].live;
		assert!(live());
		// A second organisation ends it, and nobody at the hospital can undo that.
		assert_eq!(review("//AuditorB", false, Reviewer::Auditor), Ok(Ok(())));
		assert_eq!(status(), CaseStatus::Rejected);
		assert!(!live());
		for admin in ["//Admin", "//Matron"] {
			let reinstate = RolesCall::reinstate_member {
				organisation: 1,
				account: account("//Doctor"),
				role: Role::Practitioner,
			};
			assert_eq!(send(admin, reinstate), refused(RolesError::Barred));
		}
		Access::reinstate_clinician(RuntimeOrigin::root(), account("//Doctor"))
			.expect("root stands for the council");
		assert!(live());
	});
}

#[test]
fn an_outside_auditor_and_the_hospital_settle_a_case() {
	on_stage(|| {
		opened();
		let panel = Access::panel(1).expect("there is a case");
		assert_eq!(panel.waiting.len(), 3);
		assert_eq!(panel.admins, [account("//Matron")]);
		assert_eq!(review("//AuditorD", true, Reviewer::Auditor), Ok(Ok(())));
		assert_eq!(review("//Matron", true, Reviewer::Admin), Ok(Ok(())));
		assert_eq!(status(), CaseStatus::Justified);
		next_block_at(DAY_MILLIS / 2);
		let withdraw = Call::withdraw_bond { organisation: 1 };
		assert_eq!(send("//Admin", withdraw), Ok(Ok(())));
	});
}

#[test]
fn no_case_is_opened_against_the_patients_will() {
	on_stage(|| {
		deposit();
		admit_by("//Admin", 1, "//Doctor", Role::Practitioner);
		attest("//Vice", "//Doctor");
		let opt_out = |opted_out| ConsentCall::set_emergency_opt_out { opted_out };
		let close = |closed| ConsentCall::set_emergency_summary_closed { closed };
		assert_eq!(send("//Victim", opt_out(true)), Ok(Ok(())));
		assert_eq!(send("//Victim", close(true)), Ok(Ok(())));
		assert_eq!(open("//Doctor"), refused(Error::BarredByPatient));
		assert_eq!(send("//Victim", opt_out(false)), Ok(Ok(())));
		assert_eq!(open("//Doctor"), Ok(Ok(())));
	});
}
