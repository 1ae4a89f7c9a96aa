use super::keys::*;
use crate::Account;
use salus_primitives::*;

const CLOCK: Moment = 1_000;
const HOSPITAL: OrganisationId = 1;

fn account(byte: u8) -> Account {
	Account::from([byte; 32])
}

pub(super) fn grant(grantee: Grantee<Account>) -> Grant<Account> {
	Grant {
		terms: GrantTerms {
			grantee,
			scope: Scope::Everything,
			purposes: vec![Purpose::TREAT].try_into().unwrap(),
			actions: vec![Action::Read].try_into().unwrap(),
			from: None,
			until: None,
			uses: None,
			condition: None,
		},
		given: 10,
		used: 0,
		via: None,
	}
}

pub(super) fn held(role: Role, organisation: Option<OrganisationId>, since: Moment) -> MemberInfo {
	MemberInfo {
		role,
		member: Member {
			organisation,
			status: MemberStatus::Active,
			credential: [0; 32],
			expires: None,
			since,
			specialty: None,
		},
		live: true,
	}
}

fn target() -> Target {
	Target {
		record: RecordId([1; 32]),
		version: 2,
		category: Category::Imaging,
		author: account(3),
		organisation: HOSPITAL,
	}
}

/// Returns whether a change removes the key of a version from a holder.
fn is_taken_back(
	holder: &KeyHolder<Account>,
	ended: Grantee<Account>,
	denied: bool,
	others: &[Grant<Account>],
) -> bool {
	let scope = Scope::Everything;
	let mut denials = Vec::new();
	if denied {
		let denial = Denial { grantee: ended.clone(), scope: scope.clone(), given: CLOCK };
		denials.push((0, denial));
	}
	let change = Change {
		ended: vec![(ended, scope)],
		denied,
		grants: others.iter().collect(),
		denials,
		clock: CLOCK,
	};
	change.takes(holder, &target())
}

/// Returns whether revoking a grant to an account removes its key, while `others` remain.
fn is_removed(memberships: &[MemberInfo], others: &[Grant<Account>]) -> bool {
	let who = account(7);
	let holder = KeyHolder::Account(Party { account: &who, memberships });
	is_taken_back(&holder, Grantee::Account(who), false, others)
}

/// A regression: a patient enrolled by the hospital counted as a member whom its grant means, and
/// kept the key.
#[test]
fn a_revoked_grant_takes_a_mere_patients_key() {
	for team in [Grantee::Organisation(HOSPITAL), Grantee::CareTeam(HOSPITAL)] {
		let first = [grant(team)];
		let patient = [held(Role::Patient, Some(HOSPITAL), 0)];
		assert!(is_removed(&patient, &first), "the key would stay");
		let doctor = [held(Role::Practitioner, Some(HOSPITAL), 0)];
		assert!(!is_removed(&doctor, &first));
		assert!(is_removed(&doctor, &[]));
		for role in [Role::Device, Role::StorageNode] {
			assert!(is_removed(&[held(role, Some(HOSPITAL), 0)], &first));
		}
		let mut suspended = held(Role::Practitioner, Some(HOSPITAL), 0);
		suspended.live = false;
		assert!(is_removed(&[suspended], &first));
	}
}

#[test]
fn another_grant_keeps_a_key_only_if_it_justifies_one_now() {
	let doctor = [held(Role::Practitioner, Some(HOSPITAL), 0)];
	let leaves = |change: fn(&mut Grant<Account>)| {
		let mut other = grant(Grantee::Account(account(7)));
		change(&mut other);
		!is_removed(&doctor, &[other])
	};
	assert!(leaves(|_| ()));
	assert!(!leaves(|other| other.terms.uses = Some(3)));
	assert!(!leaves(|other| other.terms.until = Some(CLOCK)));
	assert!(!leaves(|other| other.terms.from = Some(CLOCK + 1)));
	assert!(!leaves(|other| other.terms.condition = Some(Expression::default())));
	assert!(!leaves(|other| { other.terms.scope = Scope::Record(RecordId([2; 32])) }));
	assert!(!leaves(|other| other.via = Some(Via { parent: 0, sharer: account(3) })));
	// The capacity that it names has ended.
	let other = grant(Grantee::Account(account(7)));
	let elsewhere = [held(Role::Practitioner, Some(2), 11)];
	assert!(is_removed(&elsewhere, &[other]));
}

#[test]
fn a_denial_takes_the_keys_of_exactly_those_it_bars() {
	// Nothing lets the denied keep their keys.
	let others = [grant(Grantee::Person(account(7)))];
	let is_removed = |grantee: Grantee<Account>, holder: &KeyHolder<Account>| {
		is_taken_back(holder, grantee, true, &others)
	};
	let who = account(7);
	let memberships = [held(Role::Practitioner, Some(HOSPITAL), 0)];
	let doctor = KeyHolder::Account(Party { account: &who, memberships: &memberships });
	let hospital = KeyHolder::Organisation { organisation: HOSPITAL, active: false };
	assert!(is_removed(Grantee::Person(who), &doctor));
	assert!(is_removed(Grantee::Organisation(HOSPITAL), &doctor));
	assert!(!is_removed(Grantee::Organisation(2), &doctor));
	assert!(!is_removed(Grantee::Person(account(8)), &doctor));
	assert!(is_removed(Grantee::Organisation(HOSPITAL), &hospital));
	assert!(!is_removed(Grantee::Person(who), &hospital));
}

/// The author wrote for the hospital, and has since moved to another one.
#[test]
fn an_author_who_moved_loses_the_key_of_the_old_capacity() {
	let moved = [held(Role::Practitioner, Some(2), 11)];
	let author = account(3);
	let holder = |account| KeyHolder::Account(Party { account, memberships: &moved });
	let (stranger, there) = (account(8), grant(Grantee::CareTeam(2)));
	let all = |organisation| {
		[
			Grantee::Organisation(organisation),
			Grantee::CareTeam(organisation),
			Grantee::Role { role: Role::Practitioner, organisation: Some(organisation) },
		]
	};
	for denied in [false, true] {
		for ended in all(HOSPITAL) {
			let taken = |account, others: &[_]| {
				is_taken_back(&holder(account), ended.clone(), denied, others)
			};
			assert!(taken(&author, &[]), "the key would stay: {ended:?}");
			assert!(!taken(&stranger, &[]), "{ended:?}");
			// A grant to their current organisation lets them have it.
			assert!(!taken(&author, std::slice::from_ref(&there)), "{ended:?}");
		}
		for ended in all(3) {
			assert!(!is_taken_back(&holder(&author), ended, denied, &[]));
		}
	}
	let writers = Grantee::Role { role: Role::Auditor, organisation: None };
	assert!(!is_taken_back(&holder(&author), writers, false, &[]));
}

#[test]
fn a_large_number_of_keys_goes_into_several_transactions() {
	for (count, first, others) in [(0, 0, 0), (1, 1, 0), (64, 64, 0), (65, 64, 1), (200, 64, 3)] {
		let (head, tail) = batches((0..count).collect::<Vec<u32>>()).unwrap();
		assert_eq!((head.len(), tail.len()), (first, others));
		let all: usize = head.len() + tail.iter().map(|batch| batch.len()).sum::<usize>();
		assert_eq!(all as u32, count);
	}
}

#[test]
fn the_wraps_for_each_recipient_can_be_kept_apart() {
	let wrap_for = |recipient, version| RecordWrap {
		record: RecordId([1; 32]),
		version,
		recipient: Recipient::Account(account(recipient)),
		wrap: Wrap { key_version: 1, sealed: [0; 80] },
	};
	let pairs = (0..MAX_WRAPS).flat_map(|version| [wrap_for(5, version), wrap_for(4, version)]);
	let wraps: Vec<_> = pairs.chain([wrap_for(5, MAX_WRAPS)]).collect();
	let sizes_of = |apart| {
		let batches = wrap_batches(wraps.clone(), apart).unwrap().into_iter();
		batches
			.map(|batch| {
				let others = batch.iter().filter(|wrap| wrap.recipient != batch[0].recipient);
				(batch.len(), others.count())
			})
			.collect::<Vec<_>>()
	};
	assert_eq!(sizes_of(false), [(64, 32), (64, 32), (1, 0)]);
	assert_eq!(sizes_of(true), [(64, 0), (64, 0), (1, 0)]);
	assert!(wrap_batches(Vec::new(), false).unwrap().is_empty());
}
