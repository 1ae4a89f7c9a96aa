//! The files that an NDJSON names: only those below its folder.

use std::{
	ffi::OsString,
	fs::File,
	io,
	os::unix::{ffi::OsStringExt, fs::MetadataExt},
	path::{Component, Path, PathBuf},
};

use salus_fhir::outcome::{Issue, IssueKind};

use super::root::{Root, Unopened};

/// The element that names a file.
const URL: &str = "DocumentReference.content[0].attachment.url";

fn issue(code: &'static str, text: &str) -> Issue {
	Issue::error(IssueKind::Value, code, text).at(URL)
}

/// The folder of an NDJSON.
pub(super) struct Export {
	root: Root,
	/// Device and number of the NDJSON itself.
	own: (u64, u64),
}

impl Export {
	/// Takes an NDJSON that was opened, with its folder.
	pub(super) fn new(file: &File, folder: &Path) -> io::Result<Self> {
		let metadata = file.metadata()?;
		Ok(Self { root: Root::open(folder)?, own: (metadata.dev(), metadata.ino()) })
	}

	/// Opens the file at an address relative to the folder. It is below the folder, and no link
	/// leads to it.
	pub(super) fn open(&self, url: &str) -> Result<File, Issue> {
		let opened = match relative(url) {
			Some(path) => self.root.file(&path),
			None => Err(Unopened::Link),
		};
		let file = opened.map_err(|unopened| match unopened {
			Unopened::Link => issue(
				"outside",
				"give the data, or the relative address of a file below the folder of the NDJSON \
				 that no link leads to; nothing is fetched from servers",
			),
			Unopened::HardLink => issue(
				"hard-link",
				"the file has several names, and one may be elsewhere; give a copy",
			),
			Unopened::Missing => {
				issue("no-content", "there is no such file below the folder of the NDJSON")
			}
			Unopened::NotAFile => issue("not-a-file", "this is not a regular file; give one"),
			Unopened::Empty => issue("empty", "the file is empty; give one with content"),
			Unopened::Unreadable => {
				issue("unreadable", "cannot read the file; check its permissions, and the disk")
			}
		})?;
		let metadata = file.metadata();
		match metadata.is_ok_and(|one| (one.dev(), one.ino()) == self.own) {
			true => Err(issue("itself", "this is the NDJSON itself; give the file of the content")),
			false => Ok(file),
		}
	}
}

/// Returns the path of a relative address; `None` if it leads elsewhere.
fn relative(url: &str) -> Option<PathBuf> {
	let first = url.split('/').next().unwrap_or_default();
	if url.contains(['?', '#']) || first.contains(':') {
		return None;
	}
	let path = PathBuf::from(OsString::from_vec(decoded(url)?));
	let mut plain = PathBuf::new();
	for part in path.components() {
		match part {
			Component::Normal(name) => plain.push(name),
			Component::CurDir => {}
			_ => return None,
		}
	}
	let is_path =
		!plain.as_os_str().is_empty() && !plain.as_os_str().as_encoded_bytes().contains(&0);
	is_path.then_some(plain)
}

/// Decodes the percent signs of an address.
fn decoded(url: &str) -> Option<Vec<u8>> {
	let mut bytes = Vec::with_capacity(url.len());
	let mut rest = url.bytes();
	while let Some(byte) = rest.next() {
		if byte != b'%' {
			bytes.push(byte);
			continue;
		}
		let mut one = [0u8];
		hex::decode_to_slice([rest.next()?, rest.next()?], &mut one).ok()?;
		bytes.extend(one);
	}
	Some(bytes)
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::{fs, io::Read, os::unix::fs::symlink};

	#[test]
	fn only_files_below_the_folder_are_opened() {
		let outer = tempfile::tempdir().unwrap();
		let folder = outer.path().join("export");
		fs::create_dir_all(folder.join("files")).unwrap();
		fs::write(outer.path().join("secret"), "secret").unwrap();
		fs::write(folder.join("files/a b.pdf"), "inside").unwrap();
		fs::write(folder.join("files/empty"), "").unwrap();
		fs::write(folder.join("all.ndjson"), "{}").unwrap();
		fs::hard_link(outer.path().join("secret"), folder.join("hard")).unwrap();
		symlink(outer.path().join("secret"), folder.join("link")).unwrap();
		symlink(outer.path(), folder.join("out")).unwrap();
		symlink(folder.join("files"), folder.join("in")).unwrap();
		let own = File::open(folder.join("all.ndjson")).unwrap();
		let export = Export::new(&own, &folder).unwrap();
		let open = |url: &str| export.open(url);
		for url in ["files/a%20b.pdf", "files/a b.pdf", "./files/./a%20b.pdf", "files%2Fa%20b.pdf"]
		{
			let mut content = String::new();
			open(url).unwrap().read_to_string(&mut content).unwrap();
			assert_eq!(content, "inside", "{url}");
		}
		let absolute = outer.path().join("secret").display().to_string();
		for url in [
			"../secret",
			"files/../../secret",
			"%2e%2e/secret",
			"files/%2E%2E/%2e./secret",
			&absolute,
			"//secret",
			"https://example.org/a.pdf",
			"file:///etc/passwd",
			"urn:uuid:1",
			"link",
			"out/secret",
			"in/a%20b.pdf",
			"files/a%20b.pdf?x=1",
			"files/a%20b.pdf#page=2",
			"files/a%00",
			"%",
			"%zz",
			".",
			"",
		] {
			assert_eq!(open(url).unwrap_err().code, "outside", "{url}");
		}
		for (url, code) in [
			("files/missing", "no-content"),
			("files/a%20b.pdf/x", "no-content"),
			("files", "not-a-file"),
			("files/empty", "empty"),
			("all.ndjson", "itself"),
			("./all.ndjson", "itself"),
			("hard", "hard-link"),
		] {
			assert_eq!(open(url).unwrap_err().code, code, "{url}");
		}
	}

	#[test]
	fn an_issue_names_no_file() {
		let folder = tempfile::tempdir().unwrap();
		let own = tempfile::tempfile().unwrap();
		let export = Export::new(&own, folder.path()).unwrap();
		for url in ["../MRN-0815", "MRN-0815", "https://MRN-0815"] {
			let issue = export.open(url).unwrap_err();
			assert!(!format!("{issue:?}").contains("0815"));
		}
	}
}
