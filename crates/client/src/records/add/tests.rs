use super::{known::known_files, *};
use crate::{
	files::input::FileError,
	records::testing::{Author, GENESIS, TARGET},
};
use std::path::PathBuf;

impl Author {
	/// Adds a file as if the chain had registered it.
	fn registered(&self, new: &NewFile) -> Added {
		let (slot, mut note, _) = self.prepare(&TARGET, new);
		slot.remember_registered(&mut note).unwrap();
		added(StagedFile {
			file: new.given(),
			slot,
			note,
			upload: UploadReport::default(),
			is_registered: true,
			known: Some((1, true)),
			registered: None,
		})
	}

	fn known(&self, files: &[NewFile]) -> Result<Vec<RecordId>, Error> {
		let facts = check_all(files)?;
		let known = known_files(&self.signer, &self.state, GENESIS, &TARGET, files, &facts)?;
		Ok(known.into_iter().map(|(_, record, _)| record).collect())
	}
}

#[test]
fn a_repetition_before_settling_is_the_same_record() {
	let author = Author::new();
	let new = author.file("scan.dcm", b"a scan");
	let first = author.registered(&new);
	for _ in 0..2 {
		// Even if the waiting command is killed repeatedly.
		assert_eq!(author.known(std::slice::from_ref(&new)).unwrap(), []);
		assert_eq!(author.registered(&new).record, first.record);
	}
	author.state.settle(std::slice::from_ref(&first)).unwrap();
	assert_eq!(author.known(std::slice::from_ref(&new)).unwrap(), [first.record]);
	// Under another name, or with another time.
	let copy = author.file("copy.dcm", b"a scan");
	let other = author.file("other.dcm", b"b scan");
	assert_eq!(author.known(&[other, copy]).unwrap(), [first.record]);
	// With `again`, it becomes another record, which is settled on its own.
	let second = author.registered(&new);
	assert_ne!(second.record, first.record);
	author.state.settle(&[second.clone(), second.clone()]).unwrap();
	let both = author.known(&[new]).unwrap();
	assert_eq!(both, [first.record, second.record]);
}

#[test]
fn a_revision_with_known_content_is_noticed() {
	let author = Author::new();
	let new = author.file("scan.dcm", b"a scan");
	let first = author.registered(&new);
	author.state.settle(std::slice::from_ref(&first)).unwrap();
	let target = Target { revises: Some((first.record, 1)), ..TARGET };
	let known = |new: NewFile| {
		let files = [new];
		let facts = check_all(&files).unwrap();
		let (signer, state) = (&author.signer, &author.state);
		known_files(signer, state, GENESIS, &target, &files, &facts).unwrap()
	};
	let found = known(author.file("same.dcm", b"a scan"));
	assert_eq!(found.len(), 1);
	assert_eq!((found[0].1, found[0].2), (first.record, 1));
	assert_eq!(known(author.file("better.dcm", b"b scan")).len(), 0);
}

#[test]
fn only_a_registered_upload_is_settled() {
	let author = Author::new();
	let new = author.file("scan.dcm", b"a scan");
	let first = author.registered(&new);
	author.state.settle(std::slice::from_ref(&first)).unwrap();
	let (slot, note, _) = author.prepare(&TARGET, &new);
	// Another process is working on it.
	author.state.settle(std::slice::from_ref(&first)).unwrap();
	drop(slot);
	author.state.settle(&[first]).unwrap();
	let (_, again, _) = author.prepare(&TARGET, &new);
	assert_eq!(again, note);
}

#[test]
fn every_file_is_checked_before_any_is_sealed() {
	let author = Author::new();
	let mut files: Vec<_> = (0..150)
		.map(|number: u32| author.file(&number.to_string(), &number.to_be_bytes()))
		.collect();
	assert_eq!(check_all(&files).unwrap().len(), 150);
	files[139] = author.file("empty", b"");
	let Err(Error::File(FileError::Empty(file))) = check_all(&files) else {
		panic!("an empty file was accepted")
	};
	assert_eq!(file, files[139].given());
	files[139] = NewFile::new(PathBuf::from("/missing/x"));
	let shown = check_all(&files).err().unwrap().to_string();
	assert_eq!(shown, "cannot read /missing/x; check the path and its permissions");
	files[139] = files[3].clone();
	let twice = check_all(&files).err().unwrap();
	assert!(matches!(twice, Error::File(FileError::NamedTwice(_))));
}

#[test]
fn two_files_with_the_same_content_are_noticed() {
	let author = Author::new();
	let files = [("a", "same"), ("b", "else"), ("c", "same")];
	let files = files.map(|(name, content)| author.file(name, content.as_bytes()));
	let error = author.known(&files).unwrap_err().to_string();
	assert!(error.contains("/c has the same content as"), "{error}");
	assert!(error.contains("allow both"), "{error}");
}
