//! Reads of the runtime API: pages, limits, order.

use super::*;

#[test]
fn a_log_is_read_page_by_page() {
	build_and_execute(|| {
		for _ in 0..5 {
			asked(PATIENT, LAB);
		}
		let page = |from, limit| {
			let page = Access::log_page(&PATIENT, from, limit);
			let places: Vec<_> = page.entries.iter().map(|entry| entry.index).collect();
			(places, page.next)
		};
		assert_eq!(page(0, 2), (vec![0, 1], Some(2)));
		assert_eq!(page(2, 2), (vec![2, 3], Some(4)));
		assert_eq!(page(4, 2), (vec![4], None));
		assert_eq!(page(9, 2), (vec![], None));
		assert_eq!(page(0, u32::MAX), (vec![0, 1, 2, 3, 4], None));
		wait(YEAR);
		assert_ok!(Access::archive(signed(PATIENT), PATIENT, 3));
		assert_eq!(page(0, 1), (vec![3], Some(4)));
	});
}

#[test]
fn the_length_of_a_page_is_capped() {
	build_and_execute(|| {
		MaxOpenReleases::set(1_000);
		for _ in 0..MAX_PAGE + 3 {
			asked(PATIENT, LAB);
		}
		let page = Access::log_page(&PATIENT, 0, u32::MAX);
		assert_eq!(page.entries.len(), MAX_PAGE as usize);
		assert_eq!(page.next, Some(MAX_PAGE));
		assert_eq!(Access::open_releases(0, u32::MAX).len(), MAX_PAGE as usize);
	});
}

#[test]
fn open_releases_are_listed_in_order_from_a_request() {
	build_and_execute(|| {
		let first = asked(DOCTOR, LAB);
		wait(HOUR / 2);
		asked(NURSE, LAB);
		let second = asked(PATIENT, LAB);
		asked(DOCTOR, NOTE);
		let third = asked(DOCTOR, LAB);
		let from = |from, limit| {
			Access::open_releases(from, limit)
				.into_iter()
				.map(|release| release.request)
				.collect::<Vec<_>>()
		};
		assert_eq!(from(0, 10), [first, second, third]);
		assert_eq!(from(0, 2), [first, second]);
		assert_eq!(from(second, 10), [second, third]);
		assert!(from(third + 1, 10).is_empty());
		wait(HOUR / 2);
		assert_eq!(from(0, 10), [second, third]);
	});
}

#[test]
fn a_release_is_read_with_its_shares_in_order_of_members() {
	build_and_execute(|| {
		let request = asked(DOCTOR, LAB);
		for member in [7, 2, 5] {
			assert_ok!(post(request, member));
		}
		let details = Access::release_details(request).expect("the release is open");
		assert_eq!(details.release.shares, 3);
		assert_eq!(details.shares, [(2, share(2)), (5, share(5)), (7, share(7))]);
	});
}
