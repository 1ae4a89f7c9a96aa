//! Order of the complete uploads in the note for the off-chain worker.
//!
//! One note names [`MAX_UPLOADS`](super::notes::MAX_UPLOADS) of them, so the ones in front keep the
//! rest from being pushed. Uploads that failed least come first, and among those the ones that are
//! registered on the chain. Within each group the organisations take turns, and the accounts of
//! each. So everyone's next upload is near the front, regardless of how many uploads others have
//! and how often these fail.

use std::{collections::HashMap, hash::Hash};

use pallet_records::offchain::Push;
use salus_ipfs::{staging::Upload, Cid};

/// Failed pushes of an upload.
#[derive(Clone, Copy, Debug, Default)]
struct Failures {
	/// Number in the worker's last note. The worker forgets uploads that are not in the node's
	/// note.
	noted: u32,
	/// Total number since the last progress.
	all: u32,
}

/// Failures of uploads that could not be pushed. Losing them costs only time.
#[derive(Debug, Default)]
pub struct Failing(HashMap<Cid, Failures>);

impl Failing {
	/// Takes the worker's current notes, and forgets uploads that are gone.
	pub fn take(&mut self, notes: &[Push], is_staged: impl Fn(&Cid) -> bool) {
		let mut noted: HashMap<Cid, u32> = notes
			.iter()
			.filter_map(|push| Some((Cid::from_bytes(&push.root.0).ok()?, push.backoff.failures)))
			.collect();
		self.0.retain(|root, failures| {
			match noted.remove(root) {
				// The upload moved on.
				Some(0) => return false,
				Some(now) => {
					let new = now.checked_sub(failures.noted).unwrap_or(now);
					failures.all = failures.all.saturating_add(new);
					failures.noted = now;
				}
				None => failures.noted = 0,
			}
			is_staged(root)
		});
		let new = noted.into_iter().filter(|(root, count)| *count > 0 && is_staged(root));
		self.0.extend(new.map(|(root, count)| {
			let failures = Failures { noted: count, all: count };
			(root, failures)
		}));
	}

	fn of(&self, root: &Cid) -> u32 {
		self.0.get(root).map_or(0, |failures| failures.all)
	}
}

/// Puts complete uploads, given oldest first, in the order in which they are to be pushed.
pub fn order(
	uploads: Vec<Upload>,
	failing: &Failing,
	registered: impl Fn(&Cid) -> bool,
) -> Vec<Upload> {
	let mut classed: Vec<_> = uploads
		.into_iter()
		.map(|upload| ((failing.of(&upload.root), !registered(&upload.root)), upload))
		.collect();
	// The sorts are stable.
	take_turns(&mut classed, |upload| (upload.organisation, upload.owner));
	take_turns(&mut classed, |upload| upload.organisation);
	classed.into_iter().map(|(_, upload)| upload).collect()
}

/// Sorts by class. Within each class, everyone's first upload comes first, then everyone's second
/// one, and so on.
fn take_turns<K: Eq + Hash>(classed: &mut [((u32, bool), Upload)], who: impl Fn(&Upload) -> K) {
	let mut counts: HashMap<((u32, bool), K), usize> = HashMap::new();
	let mut turns: HashMap<Cid, usize> = HashMap::new();
	for (class, upload) in classed.iter() {
		let count = counts.entry((*class, who(upload))).or_default();
		turns.insert(upload.root, *count);
		*count += 1;
	}
	classed.sort_by_key(|(class, upload)| (*class, turns[&upload.root]));
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::ipfs::notes::MAX_UPLOADS;
	use pallet_records::offchain::Backoff;
	use salus_ipfs::Codec;

	fn upload(number: u32, organisation: u32, owner: u8) -> Upload {
		Upload {
			root: Cid::of(Codec::Raw, &number.to_le_bytes()),
			size: 4,
			owner: [owner; 32],
			organisation: Some(organisation),
			expires_ms: 10,
			created_ms: number.into(),
		}
	}

	fn note(upload: &Upload, failures: u32) -> Push {
		Push {
			root: salus_primitives::Cid(upload.root.to_bytes()),
			done: 0,
			last: None,
			backoff: Backoff { failures, retry: 0 },
		}
	}

	fn place(ordered: &[Upload], upload: &Upload) -> usize {
		ordered.iter().position(|other| other == upload).unwrap()
	}

	#[test]
	fn failing_uploads_come_last() {
		// These fill one note. They have a wrong size, are all registered, and are older than the
		// good one.
		let mut uploads: Vec<_> = (0..MAX_UPLOADS as u32).map(|n| upload(n, 1, 1)).collect();
		let mut failing = Failing::default();
		let notes: Vec<_> = uploads.iter().map(|upload| note(upload, 1)).collect();
		failing.take(&notes, |_| true);
		let good = upload(9_999, 1, 1);
		uploads.push(good.clone());
		let ordered = order(uploads.clone(), &failing, |root| *root != good.root);
		assert_eq!(ordered[0], good);
		// The one with the fewest failures is next.
		failing.take(&[&notes[1..], &[note(&uploads[0], 0)][..]].concat(), |_| true);
		assert_eq!(order(uploads.clone(), &failing, |_| true)[0], uploads[0]);
	}

	#[test]
	fn failures_add_up_although_the_worker_forgets_them() {
		let bad = upload(1, 1, 1);
		let mut failing = Failing::default();
		for (notes, all) in [
			(vec![note(&bad, 2)], 2),
			(vec![note(&bad, 3)], 3),
			(vec![], 3),
			(vec![note(&bad, 1)], 4),
			(vec![note(&bad, 1)], 4),
			(vec![note(&bad, 0)], 0),
			(vec![note(&bad, 1)], 1),
		] {
			failing.take(&notes, |_| true);
			assert_eq!(failing.of(&bad.root), all);
		}
		failing.take(&[note(&bad, 1)], |_| false);
		assert!(failing.0.is_empty());
	}

	#[test]
	fn organisations_take_turns_and_so_do_their_accounts() {
		let uploads = [
			upload(1, 1, 1),
			upload(2, 1, 1),
			upload(3, 1, 1),
			upload(4, 1, 2),
			upload(5, 2, 3),
			upload(6, 2, 3),
		];
		let ordered = order(uploads.to_vec(), &Failing::default(), |_| false);
		let numbers: Vec<u64> = ordered.iter().map(|upload| upload.created_ms).collect();
		assert_eq!(numbers, [1, 5, 4, 6, 2, 3]);
		// Registered ones come first, in the same order otherwise.
		let known = [uploads[2].root, uploads[5].root];
		let ordered = order(uploads.to_vec(), &Failing::default(), |root| known.contains(root));
		let numbers: Vec<u64> = ordered.iter().map(|upload| upload.created_ms).collect();
		assert_eq!(numbers, [3, 6, 1, 5, 4, 2]);
	}

	/// With random uploads of others, good and bad, the first upload of an account without failures
	/// is always in the note.
	#[test]
	fn everyone_gets_a_turn_however_many_others_wait() {
		for seed in 0..1_000_u64 {
			let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
			let mut random = |below: u32| {
				state ^= state << 13;
				state ^= state >> 7;
				state ^= state << 17;
				(state >> 33) as u32 % below
			};
			let count = random(2_000);
			let mut uploads: Vec<_> = (0..count)
				.map(|number| {
					let organisation = 1 + random(20);
					upload(number, organisation, (organisation * 10 + random(8)) as u8)
				})
				.collect();
			let mut failing = Failing::default();
			let notes: Vec<_> = uploads
				.iter()
				.filter_map(|upload| {
					let failures = random(4);
					(failures > 0).then(|| note(upload, failures))
				})
				.collect();
			failing.take(&notes, |_| true);
			let known = random(3) == 0;
			let mine = upload(1_000_000, 99, 255);
			uploads.push(mine.clone());
			let ordered = order(uploads, &failing, |_| known);
			assert!(place(&ordered, &mine) <= 20, "seed {seed}");
		}
	}
}
