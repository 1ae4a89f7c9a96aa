use std::io::{Cursor, Write};

use super::{
	node::{put_bytes, put_field},
	*,
};
use crate::content::{testing::cut, MAX_BLOCK};
use pattern::Pattern;

#[path = "../../../tests/integration/common/pattern.rs"]
mod pattern;

const MIB: u64 = 1 << 20;

/// Size of a [`Pattern`], and the CID that Kubo 0.43.1 gives under the profile
/// `unixfs-v1-2025`. `tests/integration/kubo.rs` asks a real Kubo again.
const VECTORS: [(u64, &str); 8] = [
	(0, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"),
	(1, "bafkreiczjzizvzezgevssqz3pxmks77qndppzouxkw3nluaoqtcsjvt3ay"),
	(MIB - 1, "bafkreie2dp3ga5ucxepxj5mow3rwyc4z5o52gykmdtrw4zvecb2u7uslla"),
	(MIB, "bafkreiah427eof7heijs3lesvzoqn3wjama466vevlyxlhiaa4nrnfhb34"),
	(MIB + 1, "bafybeib5grbnypdlew6g6xog66xg7rjmqjegze3gkhed5z7eogptsgm2ty"),
	(5 * MIB / 2, "bafybeigng2rjayrlq4zhsw5etubyd2hlqegg7jfwsjc4q67b5nhjlqdat4"),
	(100 * MIB, "bafybeifmpm3fsiie27av76nqlfxdsv7wlcvpngsldg6ou2udu24ts7fl2i"),
	(1025 * MIB, "bafybeifdh5vinksx2hrj7db43brt6paxjcvyicpsxrhibjmfalmzpsbttu"),
];

/// Hashes a [`Pattern`] of this size.
fn dag_of(size: u64) -> Dag {
	let mut writer = DagWriter::new(std::io::sink());
	std::io::copy(&mut Pattern::new(size), &mut writer).unwrap();
	writer.finish().unwrap().0
}

fn node(links: Vec<Link>) -> FileNode {
	FileNode { links }
}

fn leaf(number: u64, size: u64) -> Link {
	let cid = Cid::of(Codec::Raw, &number.to_le_bytes());
	Link { cid, tsize: size, blocksize: size }
}

#[test]
fn roots_equal_those_of_kubo() {
	for (size, root) in VECTORS {
		let dag = dag_of(size);
		assert_eq!(dag.root.to_string(), root, "of {size} bytes");
		assert_eq!(dag.size, size);
		assert_eq!(dag.block_count() as u64, block_count(size), "of {size} bytes");
	}
}

/// More than one level: 1025 leaves.
#[test]
fn a_second_level_is_balanced() {
	let dag = dag_of(1025 * MIB);
	assert_eq!((dag.leaves.len(), dag.nodes.len()), (1025, 3));
	let root = FileNode::decode(&dag.nodes[0].data).unwrap();
	assert_eq!(dag.nodes[0].cid, dag.root);
	assert_eq!(root.check_root(), Ok(2));
	let sizes: Vec<u64> = root.links.iter().map(|link| link.blocksize).collect();
	assert_eq!(sizes, [1024 * MIB, MIB]);
	for (link, block) in root.links.iter().zip(&dag.nodes[1..]) {
		assert_eq!(link.cid, block.cid);
		let child = FileNode::decode(&block.data).unwrap();
		assert_eq!(child.check_layout(1), Ok(()));
		assert_eq!(child.tsize(block.data.len()), link.tsize);
	}
}

#[test]
fn writer_builder_and_stream_agree() {
	for size in [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 17] {
		let bytes = Pattern::bytes(size as usize);
		let (dag, blocks) = cut(&bytes);

		let mut writer = DagWriter::new(Vec::new());
		for part in bytes.chunks(70_001) {
			writer.write_all(part).unwrap();
		}
		assert_eq!(writer.size(), size);
		let (written, spool) = writer.finish().unwrap();
		assert_eq!(written, dag);
		assert!(spool == bytes);

		assert_eq!(blocks.len(), dag.block_count());
		assert_eq!(blocks.last().unwrap().cid, dag.root, "the root comes last");
		let index = dag.index();
		let mut file = Cursor::new(&bytes);
		for block in &blocks {
			block.cid.verify(&block.data).unwrap();
			let read = index.read(&block.cid, &mut file).unwrap();
			assert_eq!(read.as_ref(), Some(&block.data));
		}
		let leaves: Vec<u8> =
			blocks.iter().filter(|block| block.cid.is_raw()).flat_map(|b| b.data.clone()).collect();
		assert!(leaves == bytes);
		assert_eq!(index.read(&Cid::of(Codec::Raw, b"other"), &mut file).unwrap(), None);
	}
}

#[test]
fn a_changed_spool_file_is_noticed() {
	let mut bytes = Pattern::bytes(100);
	let dag = build(&bytes[..], |_| Ok(())).unwrap();
	bytes[50] ^= 1;
	let error = dag.index().read(&dag.root, &mut Cursor::new(&bytes)).unwrap_err();
	assert_eq!(error.kind(), io::ErrorKind::InvalidData);
}

#[test]
fn failures_of_source_and_sink_are_reported() {
	struct Broken;
	impl Read for Broken {
		fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
			Err(io::Error::other("broken"))
		}
	}
	assert!(matches!(build(Broken, |_| Ok(())), Err(Error::Read(_))));
	let full = build(&b"abc"[..], |_| Err(io::Error::from_raw_os_error(28)));
	assert!(matches!(full, Err(Error::Sink { cid, .. }) if cid == Cid::of(Codec::Raw, b"abc")));
}

#[test]
fn a_size_determines_height_and_block_count() {
	let table = [
		(0, 0, 1),
		(1, 0, 1),
		(MIB, 0, 1),
		(MIB + 1, 1, 3),
		(1024 * MIB, 1, 1025),
		(1024 * MIB + 1, 2, 1028),
		(1024 * 1024 * MIB, 2, 1024 * 1024 + 1024 + 1),
	];
	for (size, expected_height, blocks) in table {
		assert_eq!(height(size), expected_height, "of {size}");
		assert_eq!(block_count(size), blocks, "of {size}");
	}
	assert_eq!(height(u64::MAX), 5);
	assert_eq!(capacity(9), u64::MAX);
}

#[test]
fn a_node_has_one_encoding() {
	let good = node(vec![leaf(1, MIB), leaf(2, 7)]);
	let bytes = good.encode();
	assert_eq!(FileNode::decode(&bytes), Ok(good.clone()));

	// UnixFS data before the links, which older tools write.
	let links_end = bytes.windows(2).rposition(|pair| pair == [0x08, 0x02]).unwrap() - 2;
	let swapped = [&bytes[links_end..], &bytes[..links_end]].concat();
	assert!(matches!(FileNode::decode(&swapped), Err(NodeError::Malformed(_))));
	// Trailing bytes, missing bytes.
	assert!(FileNode::decode(&[&bytes[..], &[0]].concat()).is_err());
	for length in 0..bytes.len() {
		assert!(FileNode::decode(&bytes[..length]).is_err(), "cut at {length}");
	}
	// A varint that is not minimal.
	let at = bytes.len() - 1;
	assert_eq!(bytes[at], 7);
	let mut long = bytes.clone();
	long[at] = 0x87;
	long.push(0);
	long[links_end + 1] += 1;
	assert_eq!(FileNode::decode(&long), Err(NodeError::NotCanonical));
	// Every bit counts: flipping one gives another node or none.
	for bit in 0..bytes.len() * 8 {
		let mut flipped = bytes.clone();
		flipped[bit / 8] ^= 1 << (bit % 8);
		assert_ne!(FileNode::decode(&flipped), Ok(good.clone()), "bit {bit}");
	}
}

#[test]
fn nodes_beyond_the_limits_are_refused() {
	let many = node((0..1025).map(|number| leaf(number, MIB)).collect());
	assert_eq!(FileNode::decode(&many.encode()), Err(NodeError::TooManyLinks));
	let most = node((0..1024).map(|number| leaf(number, MIB)).collect());
	assert!(FileNode::decode(&most.encode()).is_ok());
	assert_eq!(FileNode::decode(&node(vec![]).encode()), Err(NodeError::NoLinks));
	assert_eq!(FileNode::decode(&vec![0; MAX_BLOCK + 1]), Err(NodeError::TooLarge(MAX_BLOCK + 1)));
	let raw = Cid::of(Codec::Raw, b"");
	assert_eq!(links(&raw, &[]), Ok(vec![]));
	assert_eq!(links(&raw, &vec![0; MAX_LEAF + 1]), Err(NodeError::LeafTooLarge(MAX_LEAF + 1)));
	let huge = node(vec![leaf(1, u64::MAX / 2), leaf(2, u64::MAX / 2)]);
	assert!(FileNode::decode(&huge.encode()).unwrap().check_root().is_err());
}

#[test]
fn contradicting_sizes_are_refused() {
	let wrong = |change: fn(&mut Link)| {
		let mut links = vec![leaf(1, MIB), leaf(2, 9)];
		change(&mut links[1]);
		FileNode::decode(&node(links).encode())
	};
	assert!(wrong(|_| {}).is_ok());
	assert_eq!(wrong(|link| link.tsize = 8), Err(NodeError::Sizes));
	assert_eq!(wrong(|link| link.tsize = 10), Err(NodeError::Sizes));
	assert_eq!(wrong(|link| link.blocksize = 0), Err(NodeError::Sizes));
	// One leaf cannot have two sizes.
	let mut short = leaf(1, 9);
	short.tsize = 9;
	assert_eq!(FileNode::decode(&node(vec![leaf(1, MIB), short]).encode()), Err(NodeError::Sizes));
}

#[test]
fn directories_and_inline_files_are_refused() {
	// An empty directory, and a file with its bytes inside, as Kubo makes them.
	assert_eq!(FileNode::decode(&[0x0a, 2, 0x08, 1]), Err(NodeError::NotAFile(1)));
	let inline = [0x0a, 9, 0x08, 2, 0x12, 3, b'a', b'b', b'c', 0x18, 3];
	assert!(matches!(FileNode::decode(&inline), Err(NodeError::Malformed(_))));
	// A named link is a directory's.
	let mut link = vec![];
	put_bytes(&mut link, 0x0a, &leaf(1, 5).cid.to_bytes());
	put_bytes(&mut link, 0x12, b"name");
	put_field(&mut link, 0x18, 5);
	let mut named = vec![];
	put_bytes(&mut named, 0x12, &link);
	put_bytes(&mut named, 0x0a, &[0x08, 2, 0x18, 5, 0x20, 5]);
	assert_eq!(FileNode::decode(&named), Err(NodeError::Malformed("a named link in a file")));
}

#[test]
fn foreign_layouts_are_refused() {
	let layout = |links| node(links).check_root();
	assert_eq!(layout(vec![leaf(1, MIB), leaf(2, 1)]), Ok(1));
	// Leaves of 256 KiB, Kubo's old default.
	assert_eq!(layout((0..5).map(|n| leaf(n, MIB / 4)).collect()), Err(NodeError::Layout));
	// A leaf in place of an inner node, and the other way round.
	let mut inner = leaf(2, 1);
	inner.cid = Cid::of(Codec::DagPb, b"");
	assert_eq!(layout(vec![leaf(1, MIB), inner]), Err(NodeError::Layout));
	assert_eq!(layout(vec![leaf(1, 1024 * MIB), leaf(2, 1)]), Err(NodeError::Layout));
	// A node over a single small leaf should be that leaf.
	assert_eq!(layout(vec![leaf(1, 5)]), Err(NodeError::Layout));
	assert_eq!(node(vec![leaf(1, 5)]).check_layout(1), Ok(()), "allowed at the end of a level");
	assert_eq!(node(vec![leaf(1, 5)]).check_layout(0), Err(NodeError::Layout));
}

proptest::proptest! {
	#[test]
	fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
		if let Ok(node) = FileNode::decode(&bytes) {
			proptest::prop_assert_eq!(node.encode(), bytes);
		}
	}

	/// Nearly correct bytes reach deeper into the parser than arbitrary ones.
	#[test]
	fn mutated_nodes_never_panic(
		sizes in proptest::collection::vec(1..=u64::MAX / 2048, 1..20),
		changes in proptest::collection::vec((0..2000_usize, 0..=255_u8), 1..4),
	) {
		let links = sizes.iter().zip(0..).map(|(size, number)| leaf(number, *size)).collect();
		let mut bytes = node(links).encode();
		for (at, value) in changes {
			let at = at % bytes.len();
			bytes[at] = value;
		}
		if let Ok(node) = FileNode::decode(&bytes) {
			let _ = node.check_root();
			proptest::prop_assert_eq!(node.encode(), bytes);
		}
	}

	#[test]
	fn built_files_are_accepted(size in 0..6 * MIB) {
		let dag = dag_of(size);
		if let Some(root) = dag.nodes.first() {
			let root = FileNode::decode(&root.data).unwrap();
			proptest::prop_assert_eq!(root.size(), size);
			proptest::prop_assert_eq!(root.check_root(), Ok(height(size)));
		}
	}
}
