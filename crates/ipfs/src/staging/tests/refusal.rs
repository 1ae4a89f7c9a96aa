use super::*;

#[test]
fn blocks_outside_the_upload_are_refused() {
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
	assert!(matches!(error, Error::Cid(CidError::Mismatch { .. })), "staged already: {error}");
	let foreign = Block::new(Codec::Raw, b"foreign".to_vec());
	let error = refused(&staging, &root, &foreign.cid, &foreign.data);
	assert!(matches!(error, Error::NotLinked { .. }), "{error}");
	let large = vec![0; MAX_LEAF + 1];
	let error = refused(&staging, &root, &leaf.cid, &large);
	assert!(matches!(error, Error::TooLarge { .. }), "{error}");
	assert_eq!(send(&staging, &file), 4);
}

#[test]
fn a_ticket_with_a_wrong_size_is_refused() {
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
		// The wrong claim does not block the right one, which stays once it is proved.
		assert_eq!(staging.begin_or_resume(file.upload()).unwrap(), Begun::New);
		send(&staging, &file);
		let error = staging.begin_or_resume(upload(root, wrong)).unwrap_err();
		assert!(matches!(error, Error::SizeMismatch { .. }), "{error}");
		check(&staging);
	}
	// A leaf cannot be the root of a large file, nor a node the root of a small one.
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
	// A node that announces 5 bytes for a leaf of 4.
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

	// The same if an honest upload has staged the leaf.
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

	// Leaves of 256 KiB, and a superfluous level.
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
fn a_node_with_a_wrong_total_size_is_refused() {
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
