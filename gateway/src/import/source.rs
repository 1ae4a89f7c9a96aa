//! The items of an import, in the order of the paths that were given.

use std::{
	fs::File,
	path::{Path, PathBuf},
	sync::Arc,
	vec,
};

use salus_client::{
	primitives::{Category, Confidentiality},
	Account,
};
use salus_fhir::incoming::Subject;

use super::{
	folder::Export,
	lines::{Line, Lines},
	report::{Entry, Outcome, Place},
	root::Root,
	walk::{Met, Walk},
};
use crate::body::MAX_BODY;

/// Patient of files.
pub(super) enum Whose {
	/// One patient.
	One(Account),
	/// For each file, the patient whose identifier in this system is the name of the folder
	/// directly below the path that was given.
	InFolders(String),
}

/// Filing of files.
pub(super) struct Files {
	pub(super) whose: Whose,
	pub(super) category: Category,
	pub(super) confidentiality: Confidentiality,
}

/// Patient of a file.
pub(super) enum Patient {
	Known(Account),
	Named(Subject),
}

/// An item that may be added.
pub(super) struct Item {
	pub(super) place: Place,
	pub(super) what: What,
}

/// Content of an item, and what is known of it.
pub(super) enum What {
	/// A file, and the folder below which it was met.
	File {
		root: Option<Arc<Root>>,
		patient: Patient,
		category: Category,
		confidentiality: Confidentiality,
	},
	/// A DocumentReference, and the folder of the files that it may name.
	Document { json: String, export: Arc<Export> },
}

/// Something that a path led to.
pub(super) enum Found {
	/// An item that may be added.
	Item(Item),
	/// An item that is not added, whatever the chain says.
	Decided(Entry),
}

/// Place in the paths.
enum Current {
	Folder { root: Arc<Root>, walk: Walk },
	Documents { path: PathBuf, export: Arc<Export>, lines: Lines<File> },
}

/// The items of the paths that were given.
pub(super) struct Source {
	paths: vec::IntoIter<PathBuf>,
	files: Option<Files>,
	current: Option<Current>,
}

/// Returns whether a path that was given is an NDJSON of DocumentReferences. A file of this ending
/// in a folder is a document like others.
pub(super) fn has_documents(path: &Path) -> bool {
	let ending = path.extension().and_then(|ending| ending.to_str());
	ending.is_some_and(|ending| ending.eq_ignore_ascii_case("ndjson")) && !path.is_dir()
}

fn refused(path: PathBuf, code: &'static str, reason: &str) -> Found {
	let place = Place { path, line: None };
	Found::Decided(Entry::not_added(&place, Outcome::Refused, code, reason))
}

fn unreadable(path: PathBuf) -> Found {
	refused(path, "unreadable", "cannot read this; check the path, its permissions, and the disk")
}

fn special(path: PathBuf) -> Found {
	refused(path, "not-a-file", "this is a device, a pipe or a socket; save its content in a file")
}

impl Source {
	/// `files` says where files are filed; `None` if all paths have documents.
	pub(super) fn new(paths: Vec<PathBuf>, files: Option<Files>) -> Self {
		Self { paths: paths.into_iter(), files, current: None }
	}

	/// Begins a path. Returns what it led to, unless that is still to come.
	fn begin(&mut self, path: PathBuf) -> Option<Found> {
		let Ok(metadata) = path.metadata() else { return Some(unreadable(path)) };
		if metadata.is_dir() {
			let Ok(root) = Root::open(&path).map(Arc::new) else { return Some(unreadable(path)) };
			match Walk::new(root.clone()) {
				Ok(walk) => self.current = Some(Current::Folder { root, walk }),
				Err(_) => return Some(unreadable(path)),
			}
			return None;
		}
		if !metadata.is_file() {
			return Some(special(path));
		}
		if !has_documents(&path) {
			return Some(self.file(path, None));
		}
		let Ok(file) = super::open_at_once(&path) else { return Some(unreadable(path)) };
		let folder = match path.parent() {
			Some(folder) if !folder.as_os_str().is_empty() => folder,
			_ => Path::new("."),
		};
		let Ok(export) = Export::new(&file, folder).map(Arc::new) else {
			return Some(unreadable(path));
		};
		let lines = Lines::new(file, MAX_BODY);
		self.current = Some(Current::Documents { path, export, lines });
		None
	}

	/// Returns the item of a file, which a walk may have met below a folder.
	fn file(&self, path: PathBuf, root: Option<&Arc<Root>>) -> Found {
		const NO_PATIENT: &str =
			"this is in no patient's folder; give the folder that has one for each \
		                          patient, named by the patient's identifier";
		let Some(Files { whose, category, confidentiality }) = &self.files else {
			return refused(path, "no-patient", NO_PATIENT);
		};
		let patient = match whose {
			Whose::One(account) => Patient::Known(*account),
			Whose::InFolders(system) => {
				let below = root.and_then(|root| path.strip_prefix(root.path()).ok());
				let mut parts = below.into_iter().flat_map(Path::components);
				let (Some(folder), Some(_)) = (parts.next(), parts.next()) else {
					return refused(path, "no-patient", NO_PATIENT);
				};
				let Some(value) = folder.as_os_str().to_str().map(str::to_owned) else {
					let reason = "the name of the patient's folder is not UTF-8; rename it";
					return refused(path, "name", reason);
				};
				Patient::Named(Subject::Identifier { system: system.clone(), value })
			}
		};
		let (category, confidentiality) = (*category, *confidentiality);
		let root = root.cloned();
		let what = What::File { root, patient, category, confidentiality };
		Found::Item(Item { place: Place { path, line: None }, what })
	}

	fn met(&self, met: Met, root: &Arc<Root>) -> Found {
		let skipped = |path: PathBuf, code: &'static str, reason: &str| {
			let place = Place { path, line: None };
			Found::Decided(Entry::not_added(&place, Outcome::Skipped, code, reason))
		};
		match met {
			Met::File(path) => self.file(path, Some(root)),
			Met::Hidden(path) => {
				skipped(path, "hidden", "hidden files and folders are left out; rename it")
			}
			Met::Link(path) => {
				skipped(path, "link", "symbolic links are not followed; give its target as a path")
			}
			Met::Special(path) => special(path),
			Met::Unreadable(path) => unreadable(path),
		}
	}
}

/// Returns the item of a line.
fn line(path: PathBuf, number: u64, export: Arc<Export>, line: Line) -> Found {
	let place = Place { path, line: Some(number) };
	let (code, reason) = match line {
		Line::Text(json) => {
			return Found::Item(Item { place, what: What::Document { json, export } });
		}
		Line::TooLong => {
			let reason =
				"the line is longer than 64 MiB; put the content in a file, and name it in \
			              attachment.url";
			("too-large", reason)
		}
		Line::NotText => ("not-utf-8", "the line is not UTF-8; FHIR's JSON is"),
		Line::Unreadable => {
			("unreadable", "cannot read further lines; check the disk, and import the file again")
		}
	};
	Found::Decided(Entry::not_added(&place, Outcome::Refused, code, reason))
}

impl Iterator for Source {
	type Item = Found;

	fn next(&mut self) -> Option<Found> {
		loop {
			match &mut self.current {
				Some(Current::Folder { root, walk }) => {
					if let Some(met) = walk.next() {
						let root = root.clone();
						return Some(self.met(met, &root));
					}
				}
				Some(Current::Documents { path, export, lines }) => {
					if let Some((number, one)) = lines.next() {
						return Some(line(path.clone(), number, export.clone(), one));
					}
				}
				None => {}
			}
			self.current = None;
			let path = self.paths.next()?;
			if let Some(found) = self.begin(path) {
				return Some(found);
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::fs;

	fn files(whose: Whose) -> Option<Files> {
		let (category, confidentiality) = (Category::Imaging, Confidentiality::Normal);
		Some(Files { whose, category, confidentiality })
	}

	/// Returns what each path led to: its name, and the patient's identifier or the code.
	fn found(source: Source, root: &Path) -> Vec<(String, String)> {
		let relative = |path: &str| {
			let path = Path::new(path);
			path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned()
		};
		source
			.map(|found| match found {
				Found::Decided(entry) => {
					let entry = serde_json::to_value(&entry).unwrap();
					let code = entry["code"].as_str().unwrap().to_owned();
					(relative(entry["path"].as_str().unwrap()), code)
				}
				Found::Item(Item { place, what }) => {
					let of = match what {
						What::File { patient: Patient::Known(account), .. } => account.to_string(),
						What::File { patient: Patient::Named(subject), .. } => match subject {
							Subject::Identifier { system, value } => format!("{system}|{value}"),
							Subject::Id(id) => id,
						},
						What::Document { json, .. } => format!("{:?} {json}", place.line),
					};
					(relative(&place.path.to_string_lossy()), of)
				}
			})
			.collect()
	}

	fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
		all.iter().map(|(one, two)| ((*one).to_owned(), (*two).to_owned())).collect()
	}

	#[test]
	fn a_folders_name_is_its_patient() {
		let folder = tempfile::tempdir().unwrap();
		let root = folder.path();
		fs::create_dir_all(root.join("0815/2024")).unwrap();
		fs::create_dir_all(root.join("0816")).unwrap();
		for name in ["0815/a.pdf", "0815/2024/b.dcm", "0816/.x", "0816/list.ndjson", "loose.pdf"] {
			fs::write(root.join(name), "{}\n").unwrap();
		}
		let missing = root.join("missing");
		let paths = vec![root.to_owned(), root.join("loose.pdf"), missing];
		let source = Source::new(paths, files(Whose::InFolders("urn:mrn".into())));
		assert_eq!(
			found(source, root),
			pairs(&[
				("0815/2024/b.dcm", "urn:mrn|0815"),
				("0815/a.pdf", "urn:mrn|0815"),
				("0816/.x", "hidden"),
				("0816/list.ndjson", "urn:mrn|0816"),
				("loose.pdf", "no-patient"),
				("loose.pdf", "no-patient"),
				("missing", "unreadable"),
			])
		);
	}

	#[test]
	fn lines_of_a_given_ndjson_are_documents() {
		let folder = tempfile::tempdir().unwrap();
		let root = folder.path();
		fs::write(root.join("all.NDJSON"), "{\"a\":1}\n\n{\"a\":2}\n\u{ff}").unwrap();
		fs::write(root.join("a.pdf"), "x").unwrap();
		let alice = salus_client::parse_account("//Alice").unwrap();
		let paths = vec![root.join("all.NDJSON"), root.join("a.pdf")];
		assert!(has_documents(&paths[0]) && !has_documents(&paths[1]));
		let (source, alice) = (Source::new(paths, files(Whose::One(alice))), alice.to_string());
		assert_eq!(
			found(source, root),
			pairs(&[
				("all.NDJSON", "Some(1) {\"a\":1}"),
				("all.NDJSON", "Some(3) {\"a\":2}"),
				("all.NDJSON", "Some(4) \u{ff}"),
				("a.pdf", &*alice),
			])
		);
	}
}
