use std::time::Duration;

use super::*;
use crate::content::testing::Random;

/// Returns a ticket for a file of a single block. Organisation 0 stands for the node itself.
fn ticket(content: &[u8], organisation: u32, owner: u8) -> Upload {
	Upload {
		organisation: (organisation > 0).then_some(organisation),
		owner: [owner; 32],
		..upload(Cid::of(Codec::Raw, content), content.len() as u64)
	}
}

/// Returns `size` bytes that differ for each number.
fn content(number: u32, size: usize) -> Vec<u8> {
	let mut bytes = number.to_le_bytes().to_vec();
	bytes.resize(size, 7);
	bytes
}

/// Returns the limit that the call exceeded.
fn quota<T>(result: Result<T, Error>) -> Option<Quota> {
	match result {
		Ok(_) => None,
		Err(Error::QuotaExceeded { quota, .. }) => Some(quota),
		Err(error) => panic!("{error}"),
	}
}

/// Opens an upload and sends its only block. Returns the limit that it exceeded.
fn stage(staging: &Staging, ticket: Upload, content: &[u8]) -> Option<Quota> {
	let root = ticket.root;
	quota(staging.begin_or_resume(ticket).and_then(|_| staging.put(&root, &root, content)))
}

#[test]
fn bytes_count_when_they_arrive() {
	let folder = tempfile::tempdir().unwrap();
	let limits = Limits {
		total_bytes: 800,
		organisation_bytes: 400,
		owner_bytes: 300,
		upload_bytes: 250,
		own_bytes: 100,
		..Limits::default()
	};
	let staging = Staging::open(folder.path(), limits).unwrap();
	let bytes = |number, size| content(number, size);
	let open = |number, size, organisation, owner| {
		quota(staging.begin_or_resume(ticket(&bytes(number, size), organisation, owner)))
	};
	let stage = |number, size, organisation, owner| {
		let content = bytes(number, size);
		stage(&staging, ticket(&content, organisation, owner), &content)
	};
	// Tickets without a block take no room, regardless of their number and size.
	for number in 0..50 {
		assert_eq!(open(number, 250, 7, 1), None);
	}
	assert_eq!((staging.used(), staging.used_by(7)), (0, 0));
	assert_eq!(open(99, 251, 7, 1), Some(Quota::Upload));
	let huge = upload(Cid::of(Codec::DagPb, b""), u64::MAX);
	assert_eq!(quota(staging.begin_or_resume(huge)), Some(Quota::Upload));

	assert_eq!(stage(1, 250, 7, 1), None);
	assert_eq!(stage(1, 250, 7, 1), None, "resumed, not counted twice");
	assert_eq!(staging.used_by_owner(&[1; 32]), 250);
	// A ticket whose blocks would not all fit is refused at once.
	assert_eq!(open(100, 51, 7, 1), Some(Quota::Owner));
	// A ticket that was opened before is refused when its block arrives.
	let root = Cid::of(Codec::Raw, &bytes(2, 250));
	let late = staging.put(&root, &root, &bytes(2, 250));
	assert_eq!(quota(late), Some(Quota::Owner));
	assert_eq!(stage(101, 50, 7, 1), None);
	// A colleague and other organisations find room.
	assert_eq!(stage(102, 51, 7, 2), Some(Quota::Organisation));
	assert_eq!(stage(102, 50, 7, 2), None);
	assert_eq!(stage(103, 6, 7, 3), None, "the reserve is for those who use little");
	assert_eq!(stage(104, 7, 7, 3), Some(Quota::Organisation));
	assert_eq!(stage(105, 250, 8, 4), None);
	assert_eq!(stage(106, 100, 8, 5), Some(Quota::Total));
	assert_eq!(stage(106, 90, 8, 5), None);
	assert_eq!(stage(107, 12, 9, 6), None, "the reserve is for those who use little");
	assert_eq!(stage(108, 12, 9, 6), Some(Quota::Total));
	// Uploads of the node's own have a separate limit.
	assert_eq!(stage(109, 100, 0, 0), None);
	assert_eq!(stage(110, 5, 0, 0), Some(Quota::Own));
	assert_eq!((staging.used(), staging.used_by(7), staging.used_by_node()), (708, 356, 100));
	staging.remove(&Cid::of(Codec::Raw, &bytes(1, 250))).unwrap();
	assert_eq!(staging.used_by(7), 106);
	assert_eq!(stage(111, 200, 7, 1), None);
	check(&staging);
	drop(staging);
	let staging = Staging::open(folder.path(), limits).unwrap();
	assert_eq!((staging.used(), staging.used_by(7)), (658, 306));
	check(&staging);
}

#[test]
fn the_number_of_uploads_is_limited() {
	let folder = tempfile::tempdir().unwrap();
	let limits =
		Limits { uploads: 192, organisation_uploads: 64, owner_uploads: 40, ..Limits::default() };
	let staging = Staging::open(folder.path(), limits).unwrap();
	let one = |number: u32| content(number, 5);
	// Hostile accounts of three organisations open every upload they can, each with a block.
	let mut number = 0;
	let mut refused = HashSet::new();
	for organisation in [1_u32, 2, 3] {
		for owner in 0..3 {
			for _ in 0..50 {
				number += 1;
				let ticket = ticket(&one(number), organisation, 10 * organisation as u8 + owner);
				refused.extend(stage(&staging, ticket, &one(number)));
			}
		}
	}
	let expected = [Quota::OwnerUploads, Quota::OrganisationUploads, Quota::Uploads];
	assert_eq!(refused, HashSet::from(expected));
	assert_eq!(staging.list().len(), 168);
	for (number, refused) in [(900, None), (901, None), (902, None), (903, Some(Quota::Uploads))] {
		let ticket = ticket(&one(number), 4, 99);
		assert_eq!(stage(&staging, ticket, &one(number)), refused);
	}
	check(&staging);

	// Tickets without a block give way, the oldest first, and no block is lost.
	let folder = tempfile::tempdir().unwrap();
	let staging = Staging::open(folder.path(), limits).unwrap();
	assert_eq!(stage(&staging, ticket(&one(900), 1, 10), &one(900)), None);
	for number in 0..200 {
		let ticket = ticket(&one(number), 1, 10);
		assert_eq!(quota(staging.begin_or_resume(ticket)), None, "{number}");
	}
	assert_eq!(staging.list().len(), 40);
	let of = |number| staging.upload(&Cid::of(Codec::Raw, &one(number))).is_some();
	assert_eq!((of(900), of(0), of(199)), (true, false, true));
	check(&staging);
}

#[test]
fn a_stalled_upload_makes_room() {
	let folder = tempfile::tempdir().unwrap();
	let mut limits = Limits { organisation_bytes: 4 * MIB, ..Limits::default() };
	let staging = Staging::open(folder.path(), limits).unwrap();
	let (half, other) = (File::new(1, 4 * MIB), File::new(9, 3 * MIB));
	let begin = |staging: &Staging, file: &File| quota(staging.begin_or_resume(file.upload()));
	assert_eq!(begin(&staging, &half), Some(Quota::Organisation));
	let half = File::new(1, 3 * MIB);
	assert_eq!(begin(&staging, &half), None);
	for block in half.blocks.iter().rev().take(3) {
		staging.put(&half.dag.root, &block.cid, &block.data).unwrap();
	}
	assert_eq!(begin(&staging, &other), Some(Quota::Organisation));
	drop(staging);
	limits.stalled = Duration::ZERO;
	let staging = Staging::open(folder.path(), limits).unwrap();
	assert_eq!(begin(&staging, &other), None);
	assert!(staging.upload(&half.dag.root).is_some(), "a promise removes nothing");
	assert_eq!(send(&staging, &other), 4);
	assert!(staging.upload(&half.dag.root).is_none());
	// A complete upload stays, regardless of its age.
	assert_eq!(begin(&staging, &half), Some(Quota::Organisation));
	assert!(staging.is_complete(&other.dag.root).unwrap());
	check(&staging);
}

#[test]
fn a_ticket_without_a_block_does_not_block_others() {
	let folder = tempfile::tempdir().unwrap();
	let staging = open(folder.path());
	let file = File::new(1, 5);
	let mine = file.upload();
	// Another account that knows the root comes first: with a wrong size, then with the right one.
	for size in [4, 5] {
		let theirs =
			Upload { owner: [9; 32], organisation: Some(9), ..upload(file.dag.root, size) };
		assert_eq!(staging.begin_or_resume(theirs).unwrap(), Begun::New);
		assert_eq!(staging.begin_or_resume(mine.clone()).unwrap(), Begun::New);
		assert_eq!(staging.upload(&file.dag.root), Some(mine.clone()));
	}
	send(&staging, &file);
	let theirs = Upload { owner: [9; 32], ..mine.clone() };
	assert_eq!(staging.begin_or_resume(theirs).unwrap(), Begun::Resumed);
	assert_eq!(staging.upload(&file.dag.root), Some(mine));
	check(&staging);
}

/// Random histories: accounts of some organisations open uploads, and finish or abandon them. In
/// each of them, an account that uses little can stage its uploads, and no complete upload is lost.
#[test]
fn nobody_locks_the_others_out() {
	const HISTORIES: u64 = 6;
	let limits = Limits {
		total_bytes: 6 * 64 * 100,
		organisation_bytes: 2 * 64 * 100,
		owner_bytes: 64 * 100,
		upload_bytes: 64 * 50,
		own_bytes: 1_000,
		uploads: 4 * 64,
		organisation_uploads: 100,
		owner_uploads: 64,
		stalled: Duration::ZERO,
	};
	let folder = tempfile::tempdir().unwrap();
	for seed in 0..HISTORIES {
		let folder = folder.path().join(seed.to_string());
		let staging = Staging::open(&folder, limits).unwrap();
		let mut numbers = Random::new(seed);
		let mut random = |limit: u64| numbers.below(limit);
		let mut complete = HashSet::new();
		for step in 0..40_u32 {
			let organisation = random(6) as u32;
			let owner = (10 * organisation) as u8 + random(3) as u8;
			// Some fill the room, others the number.
			let most = if seed % 2 == 0 { 40 } else { u64::from(step % 4) * 1_000 + 60 };
			let size = 4 + random(most) as usize;
			for copy in 0..random(20) as u32 {
				let content = content(step * 100 + copy, size);
				let ticket = ticket(&content, organisation, owner);
				let root = ticket.root;
				if random(3) == 0 {
					let _ = staging.begin_or_resume(ticket);
				} else if stage(&staging, ticket, &content).is_none() {
					complete.insert(root);
				}
			}
			if step % 10 == 9 {
				let content = content(1_000_000 + step, 50);
				let ticket = ticket(&content, 9, 99);
				complete.insert(ticket.root);
				let refused = stage(&staging, ticket, &content);
				assert_eq!(refused, None, "seed {seed}, step {step}");
			}
		}
		for root in complete {
			assert!(staging.is_complete(&root).unwrap(), "seed {seed}: {root}");
		}
		check(&staging);
	}
}
