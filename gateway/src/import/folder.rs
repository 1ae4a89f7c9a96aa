//! The files that an NDJSON names: only those below its folder.

use std::{
	ffi::OsString,
	fs::File,
	io,
	os::{fd::AsRawFd, unix::ffi::OsStringExt},
	path::{Component, Path, PathBuf},
};

use salus_fhir::outcome::{Issue, IssueKind};

/// The element that names a file.
const URL: &str = "DocumentReference.content[0].attachment.url";

fn issue(code: &'static str, text: &str) -> Issue {
	Issue::error(IssueKind::Value, code, text).at(URL)
}

/// Opens the file at an address relative to a folder. It is below the folder, and no link leads to
/// it.
pub(super) fn open(folder: &Path, url: &str) -> Result<File, Issue> {
	let outside = || {
		let text =
			"give the data, or the relative address of a file below the folder of the NDJSON \
		            that no link leads to; nothing is fetched from servers";
		issue("outside", text)
	};
	let failed = |error: io::Error| match error.kind() {
		io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
			issue("no-content", "there is no such file below the folder of the NDJSON")
		}
		_ => issue("unreadable", "cannot read the file; check its permissions, and the disk"),
	};
	let relative = relative(url).ok_or_else(outside)?;
	let path = folder.canonicalize().map_err(failed)?.join(relative);
	let metadata = path.symlink_metadata().map_err(failed)?;
	if metadata.is_symlink() {
		return Err(outside());
	}
	if !metadata.is_file() {
		return Err(issue("not-a-file", "this is not a regular file; give one"));
	}
	if metadata.len() == 0 {
		return Err(issue("empty", "the file is empty; give one with content"));
	}
	let file = super::open_at_once(&path).map_err(failed)?;
	// A folder on the way may be a link. The system says which file it has opened.
	let opened = std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()));
	match opened.map_err(failed)? == path {
		true => Ok(file),
		false => Err(outside()),
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
		symlink(outer.path().join("secret"), folder.join("link")).unwrap();
		symlink(outer.path(), folder.join("out")).unwrap();
		symlink(folder.join("files"), folder.join("in")).unwrap();
		for url in ["files/a%20b.pdf", "files/a b.pdf", "./files/./a%20b.pdf", "files%2Fa%20b.pdf"]
		{
			let mut content = String::new();
			open(&folder, url).unwrap().read_to_string(&mut content).unwrap();
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
			assert_eq!(open(&folder, url).unwrap_err().code, "outside", "{url}");
		}
		for (url, code) in [
			("files/missing", "no-content"),
			("files/a%20b.pdf/x", "no-content"),
			("files", "not-a-file"),
			("files/empty", "empty"),
		] {
			assert_eq!(open(&folder, url).unwrap_err().code, code, "{url}");
		}
	}

	#[test]
	fn an_issue_names_no_file() {
		let folder = tempfile::tempdir().unwrap();
		for url in ["../MRN-0815", "MRN-0815", "https://MRN-0815"] {
			let issue = open(folder.path(), url).unwrap_err();
			assert!(!format!("{issue:?}").contains("0815"));
		}
	}
}
