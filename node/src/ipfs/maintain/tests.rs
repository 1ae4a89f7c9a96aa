mod blocks;
mod removals;
mod uploads;

use super::*;
use crate::ipfs::testing::{self, TestChain};
use salus_ipfs::{
	staging::{Limits, Upload},
	Codec,
};

fn upload(content: &[u8], expires_ms: u64) -> Upload {
	Upload {
		root: Cid::of(Codec::Raw, content),
		size: content.len() as u64,
		owner: [1; 32],
		organisation: Some(1),
		expires_ms,
		created_ms: 1,
	}
}

/// Creates a node with these complete uploads.
fn node(
	uploads: &[&[u8]],
	expires_ms: u64,
) -> (tempfile::TempDir, TestChain, Maintenance<TestChain>) {
	let folder = tempfile::tempdir().unwrap();
	let chain = TestChain::default();
	let ipfs = testing::ipfs(folder.path(), Limits::default());
	for content in uploads {
		let upload = upload(content, expires_ms);
		ipfs.staging().begin_or_resume(upload.clone()).unwrap();
		ipfs.staging().put(&upload.root, &upload.root, content).unwrap();
	}
	let maintenance = Maintenance::new(Arc::new(chain.clone()), ipfs);
	(folder, chain, maintenance)
}

fn staged(maintenance: &Maintenance<TestChain>) -> Vec<Cid> {
	let mut roots: Vec<Cid> =
		maintenance.ipfs.staging().list().iter().map(|upload| upload.root).collect();
	roots.sort();
	roots
}
