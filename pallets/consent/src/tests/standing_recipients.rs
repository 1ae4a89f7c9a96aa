//! The recipients for whom an author wraps the key of a new record or version.

use super::*;

fn recipients(category: Category, record: Option<&RecordId>) -> Vec<Recipient<AccountId>> {
	let found = Consent::standing_recipients(&PATIENT, category, record, START);
	found.into_iter().map(|key| key.recipient).collect()
}

fn of_new_lab_record() -> Vec<Recipient<AccountId>> {
	recipients(Category::Laboratory, None)
}

fn with_keys(test: impl FnOnce()) {
	build_and_execute(|| {
		for account in [DOCTOR, CLERK, RESEARCHER, OTHER_PATIENT, STRANGER] {
			Roles::give_key(Recipient::Account(account), [account as u8; 32]);
		}
		for organisation in [HOSPITAL, INSTITUTE] {
			Roles::give_key(Recipient::Organisation(organisation), [organisation as u8; 32]);
		}
		test();
	});
}

const THE_DOCTOR: Recipient<AccountId> = Recipient::Account(DOCTOR);
const THE_HOSPITAL: Recipient<AccountId> = Recipient::Organisation(HOSPITAL);

#[test]
fn recipients_with_a_read_grant_are_listed_oldest_first() {
	with_keys(|| {
		give(terms(Grantee::Organisation(HOSPITAL)));
		give(doctors_terms());
		let found = Consent::standing_recipients(&PATIENT, Category::Laboratory, None, START);
		assert_eq!(
			found,
			vec![
				RecipientKey { recipient: THE_HOSPITAL, public: [HOSPITAL as u8; 32], version: 1 },
				RecipientKey { recipient: THE_DOCTOR, public: [DOCTOR as u8; 32], version: 1 },
			]
		);
	});
}

#[test]
fn a_recipient_with_several_grants_is_listed_once() {
	with_keys(|| {
		give(doctors_terms());
		give(GrantTerms { scope: categories(&[Category::Laboratory]), ..doctors_terms() });
		assert_eq!(of_new_lab_record(), vec![THE_DOCTOR]);
	});
}

#[test]
fn roles_and_grants_without_read_yield_no_recipient() {
	with_keys(|| {
		give(terms(practitioners()));
		give(GrantTerms { actions: actions(&[Action::Write, Action::Share]), ..doctors_terms() });
		assert_eq!(of_new_lab_record(), vec![]);
	});
}

#[test]
fn the_purpose_does_not_matter() {
	with_keys(|| {
		let purposes = purposes(&[Purpose::HRESCH]);
		give(GrantTerms { purposes, ..doctors_terms() });
		assert_eq!(of_new_lab_record(), vec![THE_DOCTOR]);
	});
}

#[test]
fn only_grants_that_cover_the_addition_count() {
	with_keys(|| {
		let over = |scope, to| GrantTerms { scope, ..terms(Grantee::Account(to)) };
		give(over(categories(&[Category::Imaging]), RESEARCHER));
		give(over(categories(&[Category::Laboratory]), CLERK));
		give(over(Scope::Record(LAB), DOCTOR));
		give(over(Scope::Version { record: LAB, version: 3 }, OTHER_PATIENT));
		assert_eq!(of_new_lab_record(), vec![Recipient::Account(CLERK)]);
		assert_eq!(
			recipients(Category::Laboratory, Some(&LAB)),
			vec![Recipient::Account(CLERK), THE_DOCTOR]
		);
		assert_eq!(
			recipients(Category::Imaging, Some(&SCAN)),
			vec![Recipient::Account(RESEARCHER)]
		);
	});
}

#[test]
fn grants_outside_their_time_yield_no_recipient() {
	with_keys(|| {
		let from = Some(START + 10);
		let until = Some(START + 20);
		give(GrantTerms { from, until, ..doctors_terms() });
		let at =
			|now| Consent::standing_recipients(&PATIENT, Category::Laboratory, None, now).len();
		assert_eq!([START + 9, START + 10, START + 19, START + 20].map(at), [0, 1, 1, 0]);
	});
}

#[test]
fn an_account_under_any_kind_of_denial_is_not_a_recipient() {
	let everyone = Grantee::Role { role: Role::Practitioner, organisation: None };
	for barred in
		[Grantee::Account(DOCTOR), Grantee::Organisation(HOSPITAL), practitioners(), everyone]
	{
		with_keys(|| {
			give(doctors_terms());
			let denial = deny(barred, categories(&[Category::Laboratory]));
			assert_eq!(of_new_lab_record(), vec![]);
			assert_eq!(recipients(Category::Imaging, None), vec![THE_DOCTOR]);
			assert_ok!(Consent::lift(signed(PATIENT), denial));
			assert_eq!(of_new_lab_record(), vec![THE_DOCTOR]);
		});
	}
}

#[test]
fn an_account_that_is_not_live_is_not_a_recipient() {
	with_keys(|| {
		give(doctors_terms());
		give(terms(Grantee::Account(STRANGER)));
		assert_eq!(of_new_lab_record(), vec![THE_DOCTOR]);
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Suspended);
		assert_eq!(of_new_lab_record(), vec![]);
	});
}

#[test]
fn a_denied_or_suspended_organisation_is_not_a_recipient() {
	with_keys(|| {
		give(terms(Grantee::Organisation(HOSPITAL)));
		let denial = deny(Grantee::Organisation(HOSPITAL), Scope::Record(LAB));
		assert_eq!(of_new_lab_record(), vec![THE_HOSPITAL]);
		assert_eq!(recipients(Category::Laboratory, Some(&LAB)), vec![]);
		assert_ok!(Consent::lift(signed(PATIENT), denial));
		assert_eq!(recipients(Category::Laboratory, Some(&LAB)), vec![THE_HOSPITAL]);
		Roles::suspend_organisation(HOSPITAL);
		assert_eq!(of_new_lab_record(), vec![]);
	});
}

#[test]
fn denying_the_holders_of_its_key_bars_an_organisation() {
	with_keys(|| {
		give(terms(Grantee::Organisation(HOSPITAL)));
		// These do not concern the holders of the key, or concern another organisation.
		deny(practitioners(), Scope::Everything);
		deny(Grantee::Account(DOCTOR), Scope::Everything);
		let admins = |organisation| Grantee::Role { role: Role::RecordsAdmin, organisation };
		deny(admins(Some(INSTITUTE)), Scope::Everything);
		assert_eq!(of_new_lab_record(), vec![THE_HOSPITAL]);
		for organisation in [None, Some(HOSPITAL)] {
			let denial = deny(admins(organisation), Scope::Everything);
			assert_eq!(of_new_lab_record(), vec![]);
			assert_ok!(Consent::lift(signed(PATIENT), denial));
		}
	});
}

#[test]
fn a_grantee_without_a_key_is_not_a_recipient() {
	build_and_execute(|| {
		give(doctors_terms());
		assert_eq!(of_new_lab_record(), vec![]);
	});
}
