use std::sync::Arc;

use super::*;
use crate::{
	content::{
		unixfs::{build, Block, Dag, Link},
		Codec,
	},
	disk::fault,
};

const MIB: u64 = 1 << 20;

/// A file: its DAG, and its blocks with the root last.
struct File {
	dag: Dag,
	blocks: Vec<Block>,
}

impl File {
	/// Leaf `n` is filled with `first + n`.
	fn new(first: u64, size: u64) -> Self {
		let bytes: Vec<u8> =
			(0..size).map(|at| (first + at / MIB).to_le_bytes()[(at % 8) as usize]).collect();
		let mut blocks = Vec::new();
		let dag = build(&bytes[..], |block| {
			blocks.push(block);
			Ok(())
		})
		.unwrap();
		Self { dag, blocks }
	}

	fn upload(&self) -> Upload {
		upload(self.dag.root, self.dag.size)
	}

	fn data(&self, cid: &Cid) -> &[u8] {
		&self.blocks.iter().find(|block| block.cid == *cid).unwrap().data
	}
}

fn upload(root: Cid, size: u64) -> Upload {
	Upload { root, size, owner: [1; 32], organisation: Some(7), expires_ms: 1_000, created_ms: 10 }
}

fn open(folder: &Path) -> Staging {
	Staging::open(folder, Limits::default()).unwrap()
}

/// Sends what is missing until nothing is, and tells how many blocks it took.
fn send(staging: &Staging, file: &File) -> usize {
	let root = file.dag.root;
	let mut sent = 0;
	loop {
		let missing = staging.missing(&root, 2).unwrap();
		if missing.is_empty() {
			assert!(staging.is_complete(&root).unwrap());
			return sent;
		}
		for cid in missing {
			staging.put(&root, &cid, file.data(&cid)).unwrap();
			sent += 1;
		}
	}
}

/// The invariants: what is on disk is what uploads hold, each as often as they hold it.
fn check(staging: &Staging) {
	let state = staging.state.lock();
	let mut held: HashMap<Digest, usize> = HashMap::new();
	for entry in state.uploads.values() {
		for (cid, block) in &entry.blocks {
			assert_ne!(block.staged, entry.missing.contains_key(&block.number));
			if block.staged {
				*held.entry(*cid.digest()).or_default() += 1;
				let length = staging.store.size(cid).unwrap();
				assert_eq!(length, Some(block.length));
			}
		}
		let staged = entry.blocks.values().filter(|block| block.staged);
		let arrived: u64 = staged.map(|block| block.length).sum();
		assert_eq!(arrived, entry.arrived);
	}
	assert_eq!(held, state.needed);
	let on_disk: HashSet<Digest> = staging.store.digests().unwrap().into_iter().collect();
	assert_eq!(on_disk, held.keys().copied().collect());
	let tickets = fs::read_dir(&staging.tickets).unwrap().count();
	assert_eq!(tickets, state.uploads.len());
	assert_eq!(fs::read_dir(&staging.temps).unwrap().count(), 0);
}

/// Sends a block that must be refused, and checks that nothing changed.
fn refused(staging: &Staging, root: &Cid, cid: &Cid, data: &[u8]) -> Error {
	let before = (staging.missing(root, 99).ok(), staging.stored_bytes(), staging.list());
	let error = staging.put(root, cid, data).unwrap_err();
	let after = (staging.missing(root, 99).ok(), staging.stored_bytes(), staging.list());
	assert_eq!(before, after);
	check(staging);
	error
}

#[test]
fn an_upload_goes_from_the_root_down() {
	let folder = tempfile::tempdir().unwrap();
	let staging = open(folder.path());
	for file in [File::new(0, 0), File::new(1, 5), File::new(2, MIB), File::new(3, 5 * MIB / 2)] {
		let root = file.dag.root;
		assert_eq!(staging.begin_or_resume(file.upload()).unwrap(), Begun::New);
		assert_eq!(staging.missing(&root, 99).unwrap(), [root]);
		assert!(!staging.is_complete(&root).unwrap());
		assert!(matches!(staging.refs(&root), Err(Error::Incomplete { missing: 1, .. })));
		assert_eq!(send(&staging, &file), file.blocks.len());
		let order: Vec<Cid> = file.blocks.iter().map(|block| block.cid).collect();
		assert_eq!(staging.refs(&root).unwrap(), order);
		for block in &file.blocks {
			assert_eq!(staging.get(&block.cid).unwrap().as_ref(), Some(&block.data));
			staging.put(&root, &block.cid, &block.data).unwrap();
		}
		let progress = Progress { staged: file.blocks.len(), missing: 0 };
		assert_eq!(staging.progress(&root).unwrap(), progress);
		check(&staging);
	}
	assert_eq!(staging.list().len(), 4);
}

#[test]
fn a_second_level_is_staged() {
	let folder = tempfile::tempdir().unwrap();
	let staging = open(folder.path());
	// 1026 equal leaves but for the last: three nodes, few distinct leaves.
	let file = {
		let bytes = vec![7; 1025 * MIB as usize + 3];
		let mut blocks = Vec::new();
		let dag = build(&bytes[..], |block| {
			if !blocks.contains(&block) {
				blocks.push(block);
			}
			Ok(())
		})
		.unwrap();
		File { dag, blocks }
	};
	staging.begin_or_resume(file.upload()).unwrap();
	assert_eq!(send(&staging, &file), 5);
	let refs = staging.refs(&file.dag.root).unwrap();
	assert_eq!(refs.len(), 5);
	assert!(refs[0].is_raw() && refs[1].is_raw() && refs[4] == file.dag.root);
	check(&staging);
}

#[test]
fn what_does_not_belong_is_refused() {
	let folder = tempfile::tempdir().unwrap();
	let staging = open(folder.path());
	let file = File::new(1, 3 * MIB + 9);
	let root = file.dag.root;
	let (leaf, root_data) = (&file.blocks[0], &file.blocks[4].data);
	let error = staging.put(&root, &root, root_data).unwrap_err();
	assert!(matches!(error, Error::UnknownUpload(_)));
	assert!(matches!(staging.missing(&root, 1), Err(Error::UnknownUpload(_))));
	staging.begin_or_resume(file.upload()).unwrap();

	let error = refused(&staging, &root, &leaf.cid, &leaf.data);
	assert!(matches!(error, Error::NotLinked { .. }), "before its parent: {error}");
	let error = refused(&staging, &root, &root, b"other bytes");
	assert!(matches!(error, Error::Cid(CidError::Mismatch { .. })), "{error}");
	staging.put(&root, &root, root_data).unwrap();
	let error = refused(&staging, &root, &leaf.cid, &leaf.data[1..]);
	assert!(matches!(error, Error::Cid(CidError::Mismatch { .. })), "{error}");
	let error = refused(&staging, &root, &root, b"other bytes");
	assert!(matches!(error, Error::Cid(CidError::Mismatch { .. })), "also again: {error}");
	let foreign = Block::new(Codec::Raw, b"foreign".to_vec());
	let error = refused(&staging, &root, &foreign.cid, &foreign.data);
	assert!(matches!(error, Error::NotLinked { .. }), "{error}");
	let large = vec![0; MAX_LEAF + 1];
	let error = refused(&staging, &root, &leaf.cid, &large);
	assert!(matches!(error, Error::TooLarge { .. }), "{error}");
	assert_eq!(send(&staging, &file), 4);
}

#[test]
fn a_ticket_of_a_wrong_size_is_refused() {
	let folder = tempfile::tempdir().unwrap();
	let staging = open(folder.path());
	for (file, wrong) in [(File::new(1, 3 * MIB), 3 * MIB - 1), (File::new(2, 500), 499)] {
		let root = file.dag.root;
		let data = file.data(&root);
		staging.begin_or_resume(upload(root, wrong)).unwrap();
		let error = refused(&staging, &root, &root, data);
		assert!(
			matches!(error, Error::SizeMismatch { expected, actual, .. }
				if expected == wrong && actual == file.dag.size),
			"{error}"
		);
		// The wrong claim is not in the way of the right one; once proved, the right one stays.
		assert_eq!(staging.begin_or_resume(file.upload()).unwrap(), Begun::New);
		send(&staging, &file);
		let error = staging.begin_or_resume(upload(root, wrong)).unwrap_err();
		assert!(matches!(error, Error::SizeMismatch { .. }), "{error}");
		check(&staging);
	}
	// A leaf cannot be the root of a large file, nor a node that of a small one.
	let leaf = Cid::of(Codec::Raw, b"");
	let error = staging.begin_or_resume(upload(leaf, MIB + 1)).unwrap_err();
	assert!(matches!(error, Error::Node { .. }), "{error}");
	let node = Cid::of(Codec::DagPb, b"");
	let error = staging.begin_or_resume(upload(node, MIB)).unwrap_err();
	assert!(matches!(error, Error::Node { .. }), "{error}");
	check(&staging);
}

#[test]
fn a_lying_node_is_refused() {
	let folder = tempfile::tempdir().unwrap();
	let staging = open(folder.path());
	// Announces a leaf of 5 bytes that has 4.
	let full = Block::new(Codec::Raw, vec![1; MAX_LEAF]);
	let short = Block::new(Codec::Raw, vec![2; 4]);
	let node = |last: u64| {
		let links = [(full.cid, MIB), (short.cid, last)]
			.map(|(cid, size)| Link { cid, tsize: size, blocksize: size })
			.to_vec();
		Block::new(Codec::DagPb, FileNode { links }.encode())
	};
	let root = node(5);
	staging.begin_or_resume(upload(root.cid, MIB + 5)).unwrap();
	staging.put(&root.cid, &root.cid, &root.data).unwrap();
	let error = refused(&staging, &root.cid, &short.cid, &short.data);
	assert!(matches!(error, Error::SizeMismatch { expected: 5, actual: 4, .. }), "{error}");

	// Also if the leaf is there already, by an honest upload.
	let honest = node(4);
	staging.begin_or_resume(upload(honest.cid, MIB + 4)).unwrap();
	staging.put(&honest.cid, &honest.cid, &honest.data).unwrap();
	staging.put(&honest.cid, &full.cid, &full.data).unwrap();
	staging.put(&honest.cid, &short.cid, &short.data).unwrap();
	assert!(staging.is_complete(&honest.cid).unwrap());
	staging.remove(&root.cid).unwrap();
	staging.begin_or_resume(upload(root.cid, MIB + 5)).unwrap();
	staging.put(&root.cid, &root.cid, &root.data).unwrap();
	assert_eq!(staging.missing(&root.cid, 9).unwrap(), [short.cid]);
	check(&staging);

	// Leaves of 256 KiB, and a needless level.
	let quarter = Cid::of(Codec::Raw, b"q");
	let links = vec![Link { cid: quarter, tsize: MIB / 4, blocksize: MIB / 4 }; 5];
	let foreign = Block::new(Codec::DagPb, FileNode { links }.encode());
	staging.begin_or_resume(upload(foreign.cid, 5 * MIB / 4)).unwrap();
	let error = refused(&staging, &foreign.cid, &foreign.cid, &foreign.data);
	assert!(matches!(error, Error::Node { source: NodeError::Layout, .. }), "{error}");
	let links = vec![Link { cid: honest.cid, tsize: 2 * MIB, blocksize: MIB + 4 }];
	let chain = Block::new(Codec::DagPb, FileNode { links }.encode());
	staging.begin_or_resume(upload(chain.cid, MIB + 4)).unwrap();
	let error = refused(&staging, &chain.cid, &chain.cid, &chain.data);
	assert!(matches!(error, Error::Node { source: NodeError::Layout, .. }), "{error}");
}

#[test]
fn an_upload_goes_on_after_a_restart() {
	let folder = tempfile::tempdir().unwrap();
	let file = File::new(1, 4 * MIB + 1);
	let root = file.dag.root;
	{
		let staging = open(folder.path());
		staging.begin_or_resume(file.upload()).unwrap();
		for block in [&file.blocks[5], &file.blocks[1], &file.blocks[3]] {
			staging.put(&root, &block.cid, &block.data).unwrap();
		}
	}
	// What a kill may leave: half a ticket and half a block under way, a block without upload.
	fs::write(folder.path().join("temp/1-1"), b"{").unwrap();
	fs::write(folder.path().join("store/temp/1-1"), b"half").unwrap();
	fs::write(folder.path().join("uploads/foreign.json"), b"{}").unwrap();
	let orphan = Block::new(Codec::Raw, b"orphan".to_vec());
	let store = BlockStore::open(folder.path().join("store")).unwrap();
	store.put(&orphan.cid, &orphan.data).unwrap();
	drop(store);

	let staging = open(folder.path());
	fs::remove_file(folder.path().join("uploads/foreign.bad")).unwrap();
	assert_eq!(staging.list(), [file.upload()]);
	let left = [0, 2, 4].map(|number: usize| file.blocks[number].cid);
	assert_eq!(staging.missing(&root, 99).unwrap(), left);
	assert!(!staging.has(&orphan.cid).unwrap());
	check(&staging);
	let later = Upload { expires_ms: 5_000, owner: [9; 32], ..file.upload() };
	assert_eq!(staging.begin_or_resume(later).unwrap(), Begun::Resumed);
	assert_eq!(send(&staging, &file), 3);
	drop(staging);
	let staging = open(folder.path());
	assert!(staging.is_complete(&root).unwrap());
	assert_eq!(staging.list(), [Upload { expires_ms: 5_000, ..file.upload() }]);
	check(&staging);
}

#[test]
fn rotten_blocks_are_missing_again() {
	let folder = tempfile::tempdir().unwrap();
	let file = File::new(1, 2 * MIB);
	let root = file.dag.root;
	let rot = |cid: &Cid, bytes: &[u8]| {
		let name = hex::encode(cid.digest());
		fs::write(folder.path().join("store/blocks").join(&name[..2]).join(name), bytes).unwrap();
	};
	let staging = open(folder.path());
	staging.begin_or_resume(file.upload()).unwrap();
	send(&staging, &file);
	for block in &file.blocks {
		rot(&block.cid, b"rotten");
		let error = staging.get(&block.cid).unwrap_err();
		assert!(matches!(error, Error::Store(store::Error::Corrupt(_))), "{error}");
		assert_eq!(staging.get(&block.cid).unwrap(), None);
		assert_eq!(staging.missing(&root, 9).unwrap(), [block.cid]);
		check(&staging);
		assert_eq!(send(&staging, &file), 1);
		check(&staging);
	}
	// Found when opened: a node by its bytes, a leaf by its length.
	drop(staging);
	rot(&root, b"rotten");
	let staging = open(folder.path());
	assert_eq!(staging.missing(&root, 9).unwrap(), [root]);
	send(&staging, &file);
	drop(staging);
	rot(&file.blocks[0].cid, b"rotten");
	let staging = open(folder.path());
	assert_eq!(staging.missing(&root, 9).unwrap(), [file.blocks[0].cid]);
	assert_eq!(send(&staging, &file), 1);
	assert!(staging.get(&file.blocks[0].cid).unwrap().is_some());
	check(&staging);
}

/// An account of an organisation opens an upload of these bytes, a single block. 0 is the node itself.
fn ticket(content: &[u8], organisation: u32, owner: u8) -> Upload {
	Upload {
		organisation: (organisation > 0).then_some(organisation),
		owner: [owner; 32],
		..upload(Cid::of(Codec::Raw, content), content.len() as u64)
	}
}

/// So many bytes that no other number has.
fn content(number: u32, size: usize) -> Vec<u8> {
	let mut bytes = number.to_le_bytes().to_vec();
	bytes.resize(size, 7);
	bytes
}

fn quota<T>(result: Result<T, Error>) -> Option<Quota> {
	match result {
		Ok(_) => None,
		Err(Error::QuotaExceeded { quota, .. }) => Some(quota),
		Err(error) => panic!("{error}"),
	}
}

/// Opens an upload and sends its only block.
fn stage(staging: &Staging, ticket: Upload, content: &[u8]) -> Option<Quota> {
	let root = ticket.root;
	quota(staging.begin_or_resume(ticket).and_then(|_| staging.put(&root, &root, content)))
}

#[test]
fn bytes_count_when_they_arrive_and_limits_hold() {
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
	// Tickets without a block take nothing from anybody, however many and large.
	for number in 0..50 {
		assert_eq!(open(number, 250, 7, 1), None);
	}
	assert_eq!((staging.used(), staging.used_by(7)), (0, 0));
	assert_eq!(open(99, 251, 7, 1), Some(Quota::Upload));
	let huge = upload(Cid::of(Codec::DagPb, b""), u64::MAX);
	assert_eq!(quota(staging.begin_or_resume(huge)), Some(Quota::Upload));

	assert_eq!(stage(1, 250, 7, 1), None);
	assert_eq!(stage(1, 250, 7, 1), None, "resumed, not charged twice");
	assert_eq!(staging.used_by_owner(&[1; 32]), 250);
	// What could not be finished is refused at once.
	assert_eq!(open(100, 51, 7, 1), Some(Quota::Owner));
	// And what was opened before, when its block comes.
	let root = Cid::of(Codec::Raw, &bytes(2, 250));
	let late = staging.put(&root, &root, &bytes(2, 250));
	assert_eq!(quota(late), Some(Quota::Owner));
	assert_eq!(stage(101, 50, 7, 1), None);
	// A colleague finds room, and others too.
	assert_eq!(stage(102, 51, 7, 2), Some(Quota::Organisation));
	assert_eq!(stage(102, 50, 7, 2), None);
	assert_eq!(stage(103, 6, 7, 3), None, "the last part is for those with little");
	assert_eq!(stage(104, 7, 7, 3), Some(Quota::Organisation));
	assert_eq!(stage(105, 250, 8, 4), None);
	assert_eq!(stage(106, 100, 8, 5), Some(Quota::Total));
	assert_eq!(stage(106, 90, 8, 5), None);
	assert_eq!(stage(107, 12, 9, 6), None, "the last part is for those with little");
	assert_eq!(stage(108, 12, 9, 6), Some(Quota::Total));
	// What the node fetches is counted apart.
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
fn numbers_of_uploads_are_bound_and_tickets_without_a_block_give_way() {
	let folder = tempfile::tempdir().unwrap();
	let limits =
		Limits { uploads: 192, organisation_uploads: 64, owner_uploads: 40, ..Limits::default() };
	let staging = Staging::open(folder.path(), limits).unwrap();
	let one = |number: u32| content(number, 5);
	// Hostile accounts of three organisations open whatever they can, with a block in each.
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

	// Without a block they give way, the oldest first, and nothing that arrived is lost.
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
fn an_unfinished_upload_makes_room_when_it_stands_still() {
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
	// What is complete stays, however long.
	assert_eq!(begin(&staging, &half), Some(Quota::Organisation));
	assert!(staging.is_complete(&other.dag.root).unwrap());
	check(&staging);
}

#[test]
fn a_ticket_without_a_block_is_in_nobodys_way() {
	let folder = tempfile::tempdir().unwrap();
	let staging = open(folder.path());
	let file = File::new(1, 5);
	let mine = file.upload();
	// Somebody who knows the root was first, with another size, then with the right one.
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

/// Random histories: accounts of some organisations open, send, leave half done and send anew whatever they like. However
/// they do, an account with little gets its uploads staged, and nothing that is complete is lost.
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
		let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
		let mut random = |below: u64| {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			(state >> 11) % below
		};
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

#[test]
fn shared_blocks_stay_while_needed() {
	let folder = tempfile::tempdir().unwrap();
	let staging = open(folder.path());
	// The second file begins with the first one's leaves 1 and 2.
	let (one, two) = (File::new(1, 3 * MIB), File::new(2, 2 * MIB + 5));
	for file in [&one, &two] {
		staging.begin_or_resume(file.upload()).unwrap();
	}
	assert_eq!(send(&staging, &one), 4);
	assert_eq!(send(&staging, &two), 2, "the root and the last leaf: the others are there");
	check(&staging);
	assert!(staging.remove(&one.dag.root).unwrap());
	assert!(!staging.remove(&one.dag.root).unwrap());
	check(&staging);
	for block in &two.blocks {
		assert_eq!(staging.get(&block.cid).unwrap().as_ref(), Some(&block.data));
	}
	assert_eq!(staging.get(&one.blocks[0].cid).unwrap(), None);
	assert!(staging.remove(&two.dag.root).unwrap());
	assert_eq!(staging.stored_bytes(), 0);
	check(&staging);
}

#[test]
fn expired_uploads_are_collected() {
	let folder = tempfile::tempdir().unwrap();
	let staging = open(folder.path());
	let files = [File::new(1, 10), File::new(2, 20), File::new(3, 30)];
	for (file, expires_ms) in files.iter().zip([100, 200, 100]) {
		staging.begin_or_resume(Upload { expires_ms, ..file.upload() }).unwrap();
		send(&staging, file);
	}
	let kept = files[2].dag.root;
	let keep = |upload: &Upload| upload.root == kept;
	assert_eq!(staging.collect(99, keep).unwrap(), []);
	assert_eq!(staging.collect(100, keep).unwrap(), [files[0].dag.root]);
	assert_eq!(staging.collect(u64::MAX, keep).unwrap(), [files[1].dag.root]);
	assert_eq!(staging.list().len(), 1);
	check(&staging);
	drop(staging);
	assert_eq!(open(folder.path()).list()[0].root, kept);
}

#[test]
fn a_full_disk_refuses_and_the_upload_goes_on_later() {
	let folder = tempfile::tempdir().unwrap();
	let staging = open(folder.path());
	let (one, two) = (File::new(1, 2 * MIB), File::new(9, 5));
	let root = one.dag.root;
	staging.begin_or_resume(one.upload()).unwrap();
	fault::fill(folder.path());
	let error = refused(&staging, &root, &root, one.data(&root));
	assert!(matches!(error, Error::Store(store::Error::DiskFull(_))), "{error}");
	let error = staging.begin_or_resume(two.upload()).unwrap_err();
	assert!(matches!(error, Error::Store(store::Error::DiskFull(_))), "{error}");
	assert_eq!(staging.list(), [one.upload()]);
	check(&staging);
	fault::free(folder.path());
	assert_eq!(send(&staging, &one), 3);
}

#[test]
fn many_leaves_are_quick() {
	let folder = tempfile::tempdir().unwrap();
	let staging = open(folder.path());
	// Ten levels of a thousand announced leaves; only nodes are sent.
	let leaf = |number: u32| Cid::of(Codec::Raw, &number.to_le_bytes());
	let nodes: Vec<Block> = (0..10_u32)
		.map(|node| {
			let links = (0..1024)
				.map(|n| Link { cid: leaf(node * 1024 + n), tsize: MIB, blocksize: MIB })
				.collect();
			Block::new(Codec::DagPb, FileNode { links }.encode())
		})
		.collect();
	let links = nodes
		.iter()
		.map(|node| Link {
			cid: node.cid,
			tsize: 1024 * MIB + node.data.len() as u64,
			blocksize: 1024 * MIB,
		})
		.collect();
	let root = Block::new(Codec::DagPb, FileNode { links }.encode());
	staging.begin_or_resume(upload(root.cid, 10 * 1024 * MIB)).unwrap();
	staging.put(&root.cid, &root.cid, &root.data).unwrap();
	for node in &nodes {
		staging.put(&root.cid, &node.cid, &node.data).unwrap();
	}
	let progress = Progress { staged: 11, missing: 10_240 };
	assert_eq!(staging.progress(&root.cid).unwrap(), progress);
	let start = std::time::Instant::now();
	for _ in 0..1_000 {
		assert_eq!(staging.missing(&root.cid, 64).unwrap()[0], leaf(0));
	}
	let took = start.elapsed();
	assert!(took.as_secs() < 2, "1,000 questions took {took:?}");
}

#[test]
fn uploads_run_side_by_side() {
	let folder = tempfile::tempdir().unwrap();
	let staging = Arc::new(open(folder.path()));
	// They share leaves, and some are removed and begun again all the time.
	let files: Arc<Vec<File>> = Arc::new((0..4).map(|n| File::new(n, 3 * MIB + n)).collect());
	let threads: Vec<_> = (0..6_usize)
		.map(|thread| {
			let (staging, files) = (staging.clone(), files.clone());
			std::thread::spawn(move || {
				for round in 0..12_usize {
					let file = &files[(thread + round) % 4];
					let root = file.dag.root;
					staging.begin_or_resume(file.upload()).unwrap();
					for block in file.blocks.iter().rev() {
						match staging.put(&root, &block.cid, &block.data) {
							Ok(()) | Err(Error::UnknownUpload(_) | Error::NotLinked { .. }) => {}
							Err(error) => panic!("{error}"),
						}
					}
					if (thread + round) % 3 == 0 {
						staging.remove(&root).unwrap();
					}
				}
			})
		})
		.collect();
	for thread in threads {
		thread.join().unwrap();
	}
	check(&staging);
	for file in files.iter() {
		staging.begin_or_resume(file.upload()).unwrap();
		send(&staging, file);
	}
	check(&staging);
}

#[test]
fn a_node_that_is_lighter_or_heavier_than_announced_is_refused() {
	let folder = tempfile::tempdir().unwrap();
	let staging = open(folder.path());
	let leaf = |number: u32, size| {
		let cid = Cid::of(Codec::Raw, &number.to_le_bytes());
		Link { cid, tsize: size, blocksize: size }
	};
	let node = |links: Vec<Link>| Block::new(Codec::DagPb, FileNode { links }.encode());
	let full = node((0..1024).map(|number| leaf(number, MIB)).collect());
	let last = node(vec![leaf(2000, 9)]);
	for lie in [0, 1, 2] {
		let tsize = last.data.len() as u64 + 9 + lie - 1;
		let root = node(vec![
			Link {
				cid: full.cid,
				tsize: 1024 * MIB + full.data.len() as u64,
				blocksize: 1024 * MIB,
			},
			Link { cid: last.cid, tsize, blocksize: 9 },
		]);
		staging.begin_or_resume(upload(root.cid, 1024 * MIB + 9)).unwrap();
		staging.put(&root.cid, &root.cid, &root.data).unwrap();
		staging.put(&root.cid, &full.cid, &full.data).unwrap();
		if lie == 1 {
			staging.put(&root.cid, &last.cid, &last.data).unwrap();
		} else {
			let error = refused(&staging, &root.cid, &last.cid, &last.data);
			assert!(matches!(error, Error::Node { source: NodeError::Sizes, .. }), "{error}");
		}
		staging.remove(&root.cid).unwrap();
	}
}
