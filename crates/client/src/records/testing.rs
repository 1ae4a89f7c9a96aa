//! An author with files and a state folder, for tests.

use std::fs;

use salus_ipfs::Dag;
use salus_primitives::{Category, Confidentiality};

use super::prepare::{prepare, Mode, PreparedFile, Target};
use crate::{
	files::input::NewFile,
	state::{
		folder::StateDir,
		uploads::{Note, Slot},
	},
	Signer,
};

pub(super) const GENESIS: [u8; 32] = [7; 32];

pub(super) const TARGET: Target = Target {
	patient: subxt::utils::AccountId32([2; 32]),
	organisation: 1,
	category: Category::Laboratory,
	confidentiality: Confidentiality::Normal,
	revises: None,
	mode: Mode::Guarded,
};

pub(super) struct Author {
	folder: tempfile::TempDir,
	pub(super) state: StateDir,
	pub(super) signer: Signer,
}

impl Author {
	pub(super) fn new() -> Self {
		let folder = tempfile::tempdir().unwrap();
		Self {
			state: StateDir::new(Some(folder.path().join("state"))).unwrap(),
			signer: Signer::generate().unwrap(),
			folder,
		}
	}

	/// Writes a file, over an earlier one of the same name.
	pub(super) fn file(&self, name: &str, content: &[u8]) -> NewFile {
		let path = self.folder.path().join(name);
		fs::write(&path, content).unwrap();
		NewFile::new(path)
	}

	/// Seals a file, or finds the envelope of an earlier call.
	pub(super) fn prepare(&self, target: &Target, new: &NewFile) -> (Slot, Note, Option<Dag>) {
		let prepared = prepare(&self.signer, &self.state, GENESIS, target, new, &()).unwrap();
		let PreparedFile { slot, note, dag, .. } = prepared;
		(slot, note, dag)
	}
}
