//! The records that a grant or a denial covers.

use super::*;

fn grant_over(scope: Scope) -> GrantId {
	give(GrantTerms { scope, ..doctors_terms() })
}

/// Returns whether the doctor may read that version of that record.
fn may_read(record: RecordId, version: Version) -> bool {
	decide(&Question { record, version: Some(version), ..question(DOCTOR) }).is_permit()
}

#[test]
fn everything_covers_all_records_including_future_ones() {
	build_and_execute(|| {
		grant_over(Scope::Everything);
		assert!(may_read(LAB, 1) && may_read(LAB, 3) && may_read(SCAN, 1));
		Records::register(MISSING, PATIENT, Category::Genomic, 1);
		assert!(may_read(MISSING, 1));
		assert!(!may_read(FOREIGN, 1));
	});
}

#[test]
fn categories_cover_their_records_including_future_ones() {
	build_and_execute(|| {
		grant_over(categories(&[Category::Laboratory, Category::Genomic]));
		assert!(may_read(LAB, 1) && may_read(LAB, 3) && !may_read(SCAN, 1));
		Records::register(MISSING, PATIENT, Category::Genomic, 1);
		assert!(may_read(MISSING, 1));
		assert!(!may_read(FOREIGN, 1));
	});
}

#[test]
fn a_record_covers_all_its_versions_including_future_ones() {
	build_and_execute(|| {
		grant_over(Scope::Record(LAB));
		assert!(may_read(LAB, 1) && may_read(LAB, 3) && !may_read(SCAN, 1));
		Records::register(LAB, PATIENT, Category::Laboratory, 4);
		assert!(may_read(LAB, 4));
	});
}

#[test]
fn a_version_covers_only_itself() {
	build_and_execute(|| {
		grant_over(Scope::Version { record: LAB, version: 2 });
		assert!(!may_read(LAB, 1) && may_read(LAB, 2) && !may_read(LAB, 3));
		assert!(!may_read(SCAN, 1));
	});
}

#[test]
fn a_question_without_a_version_is_about_the_latest() {
	build_and_execute(|| {
		let id = grant_over(Scope::Version { record: LAB, version: 3 });
		assert_eq!(decide(&question(DOCTOR)), by_grant(id));
		Records::register(LAB, PATIENT, Category::Laboratory, 4);
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
	});
}

#[test]
fn a_denial_over_categories_leaves_the_others() {
	build_and_execute(|| {
		grant_over(Scope::Everything);
		deny(Grantee::Account(DOCTOR), categories(&[Category::Imaging]));
		assert!(may_read(LAB, 1) && !may_read(SCAN, 1));
	});
}

#[test]
fn a_denial_over_a_record_leaves_the_others() {
	build_and_execute(|| {
		grant_over(Scope::Everything);
		deny(Grantee::Account(DOCTOR), Scope::Record(LAB));
		assert!(!may_read(LAB, 1) && !may_read(LAB, 3) && may_read(SCAN, 1));
	});
}

#[test]
fn a_denial_over_a_version_leaves_the_others() {
	build_and_execute(|| {
		grant_over(Scope::Everything);
		deny(Grantee::Account(DOCTOR), Scope::Version { record: LAB, version: 2 });
		assert!(may_read(LAB, 1) && !may_read(LAB, 2) && may_read(LAB, 3) && may_read(SCAN, 1));
	});
}

#[test]
fn a_denial_bars_narrower_and_broader_grants() {
	build_and_execute(|| {
		grant_over(Scope::Version { record: LAB, version: 1 });
		deny(Grantee::Account(DOCTOR), categories(&[Category::Laboratory]));
		assert!(!may_read(LAB, 1));
		grant_over(Scope::Everything);
		assert!(!may_read(LAB, 1) && may_read(SCAN, 1));
	});
}
