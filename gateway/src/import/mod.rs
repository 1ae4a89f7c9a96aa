//! Importing documents that exist: files, folders, and NDJSON of DocumentReferences.
//!
//! ```text
//! PATH ── source ──▶ items ── four at a time ──▶ item ── fhir::document ──▶ the chain
//!                                                  └──▶ report
//! ```
//!
//! Contract:
//!
//! - An import that is repeated adds nothing twice, however the one before it ended.

//! - Files are read from where they are. Memory does not grow with their size or number, except by
//!   16 bytes and overhead for each document that was given an identifier, and by the names in a
//!   folder.
//! - The report names files. Logs and progress do not.

mod folder;
mod item;
mod lines;
mod order;
mod report;
mod root;
mod source;
mod stored;
mod walk;

use std::{
	fmt,
	fs::File,
	io,
	os::unix::fs::OpenOptionsExt,
	path::{Path, PathBuf},
	pin::pin,
	process::ExitCode,
	sync::Arc,
};

use clap::Args;
use salus_client::primitives::{Category, Confidentiality};
use salus_fhir::incoming::Subject;
use serde::de::DeserializeOwned;
use tokio::{
	task::{block_in_place, JoinSet},
	time::{interval_at, Instant, MissedTickBehavior},
};

use crate::{
	auth::scope::Act,
	config::Config,
	fhir,
	start::{self, asked_to_end, StartError, CONFIG},
};
use item::{Importer, Lost};
use report::{Entry, Report, Shown};
use source::{has_documents, Files, Found, Source, Whose};

/// Number of items that are under way at a time.
const AT_ONCE: usize = 4;

/// Exit code of an import that went through all items, and refused some.
const REFUSED: u8 = 3;

/// Reason that an import gives if a signal ended it.
const ASKED_TO_END: &str = "it was asked to end";

/// End of the help.
pub(crate) const AFTER_HELP: &str = "\
A PATH is a file, a folder with all that is below it, or an NDJSON of DocumentReferences. An NDJSON
names the patient and category of each document itself.

Run the same command again to continue: nothing is added twice. The report has one line of JSON for
each item.

Exit codes: 0 if nothing was refused, 3 if something was refused, 1 if the import did not begin or
ended early, 2 if the command is wrong.";

#[derive(Args)]
pub(crate) struct Opts {
	/// Configuration file of the server.
	#[arg(long, value_name = "FILE", default_value = CONFIG)]
	config: PathBuf,
	/// Import as this client of the configuration: with its account, within its scopes.
	#[arg(long, value_name = "ID")]
	client: String,
	/// Add files for this patient: an account, or SYSTEM|VALUE of the hospital's own identifier.
	#[arg(long, value_name = "PATIENT", conflicts_with = "patients_in_folders")]
	patient: Option<String>,
	/// Add files for the patient whose identifier in this system is the name of the folder directly
	/// below PATH.
	#[arg(long, value_name = "SYSTEM")]
	patients_in_folders: Option<String>,
	/// File files under this category, such as imaging.
	#[arg(long, value_name = "CATEGORY", value_parser = word::<Category>)]
	category: Option<Category>,
	/// Set the confidentiality of files: normal, restricted or very-restricted [default: normal].
	#[arg(long, value_name = "LEVEL", value_parser = word::<Confidentiality>)]
	confidentiality: Option<Confidentiality>,
	/// Write the report to this file, which must not exist [default: standard output].
	#[arg(long, value_name = "FILE")]
	report: Option<PathBuf>,
	/// Check and report everything, and add nothing.
	#[arg(long)]
	dry_run: bool,
	/// Files, folders and NDJSON to import.
	#[arg(required = true, value_name = "PATH")]
	paths: Vec<PathBuf>,
}

/// Leaves out the patient and the paths.
impl fmt::Debug for Opts {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_struct("Opts").finish_non_exhaustive()
	}
}

/// Reason why an import does not begin, or cannot report.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
	/// The command does not say where files are filed.
	#[error("files and folders need --category, and --patient or --patients-in-folders")]
	Unfiled,
	/// Options for files are given, and no files.
	#[error(
		"an NDJSON names patient, category and confidentiality itself; leave the options for \
		 files out"
	)]
	Filed,
	/// The configuration has no client with this id.
	#[error("the configuration has no client with this id; name one that it has")]
	NoClient,
	/// The client may not add documents.
	#[error("the scopes of this client do not cover it; give it system/DocumentReference.c")]
	Scope,
	/// The patient cannot be found.
	#[error("--patient: {0}")]
	Patient(String),
	/// The report cannot be made or written.
	#[error("cannot write the report; name a file that does not exist, and check the folder")]
	Report(#[source] io::Error),
}

/// Opens a file, which may have become a pipe since it was looked at: that would wait for a writer,
/// and nothing could end it.
fn open_at_once(path: &Path) -> io::Result<File> {
	let flags = rustix::fs::OFlags::NONBLOCK.bits() as i32;
	let file = File::options().read(true).custom_flags(flags).open(path)?;
	match file.metadata()?.is_file() {
		true => Ok(file),
		false => Err(io::ErrorKind::InvalidInput.into()),
	}
}

/// Reads a word of the chain's vocabulary.
fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
	serde_json::from_value(text.into()).map_err(|error| error.to_string())
}

/// Reads the patient of an option.
fn subject(text: &str) -> Subject {
	match text.split_once('|') {
		Some((system, value)) => {
			Subject::Identifier { system: system.to_owned(), value: value.to_owned() }
		}
		None => Subject::Id(text.to_owned()),
	}
}

/// Patient of files, as it was given.
#[derive(Debug, PartialEq, Eq)]
enum Given {
	Patient(Subject),
	InFolders(String),
}

impl Opts {
	/// Returns where files are filed; `None` if no path leads to any.
	fn files(&self) -> Result<Option<(Given, Category, Confidentiality)>, ImportError> {
		let given = match (&self.patient, &self.patients_in_folders) {
			(Some(text), _) => Some(Given::Patient(subject(text))),
			(None, Some(system)) => Some(Given::InFolders(system.clone())),
			(None, None) => None,
		};
		if self.paths.iter().all(|path| has_documents(path)) {
			let is_filed =
				given.is_some() || self.category.is_some() || self.confidentiality.is_some();
			return if is_filed { Err(ImportError::Filed) } else { Ok(None) };
		}
		match (given, self.category) {
			(Some(given), Some(category)) => {
				Ok(Some((given, category, self.confidentiality.unwrap_or_default())))
			}
			_ => Err(ImportError::Unfiled),
		}
	}
}

/// Imports, and returns the exit code.
pub(crate) async fn run(opts: Opts) -> Result<ExitCode, StartError> {
	let files = opts.files()?;
	let gateway = start::open(Config::read(&opts.config)?).await?;
	let access = gateway.auth.all_of(&opts.client).ok_or(ImportError::NoClient)?;
	if !access.scopes.allow("DocumentReference", Act::Create) {
		return Err(ImportError::Scope.into());
	}
	let files = match files {
		None => None,
		Some((given, category, confidentiality)) => {
			let whose = match given {
				Given::InFolders(system) => Whose::InFolders(system),
				Given::Patient(subject) => {
					let found = fhir::subject(&gateway, &access, &subject, "patient").await;
					let found = found.and_then(|found| Ok(found?));
					Whose::One(found.map_err(|fault| ImportError::Patient(fault.text()))?)
				}
			};
			Some(Files { whose, category, confidentiality })
		}
	};
	let mut report = Report::open(opts.report.as_deref()).map_err(ImportError::Report)?;
	let (importer, source) =
		(Importer::new(gateway, access, opts.dry_run), Source::new(opts.paths, files));
	let shown = Shown::new();
	let ended_early = import(&Arc::new(importer), source, &mut report, &shown).await;
	let counts = report.counts;
	let (line, code) = match ended_early.map_err(ImportError::Report)? {
		Some(reason) => {
			let advice = "run the same command again to continue";
			(format!("ended early: {reason}; {advice}; {counts}"), ExitCode::FAILURE)
		}
		None if counts.refused > 0 => (format!("done: {counts}"), ExitCode::from(REFUSED)),
		None => (format!("done: {counts}"), ExitCode::SUCCESS),
	};
	shown.end(&line);
	Ok(code)
}

/// Goes through all items. Returns the reason if it ended early.
async fn import(
	importer: &Arc<Importer>,
	mut source: Source,
	report: &mut Report,
	shown: &Shown,
) -> io::Result<Option<String>> {
	let mut running: JoinSet<Result<Entry, Lost>> = JoinSet::new();
	let mut is_asked_to_end = pin!(asked_to_end());
	let interval = shown.interval();
	let mut ticks = interval_at(Instant::now() + interval, interval);
	ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
	let mut is_over = false;
	loop {
		if !is_over && running.len() < AT_ONCE {
			match block_in_place(|| source.next()) {
				None => is_over = true,
				Some(Found::Decided(entry)) => report.write(&entry)?,
				Some(Found::Item(item)) => {
					// Items that are under way continue during this wait, and make the room.
					let room = tokio::select! {
						biased;
						() = &mut is_asked_to_end => return Ok(Some(ASKED_TO_END.into())),
						room = importer.room(&item) => room,
					};
					let turn = importer.turn(&item);
					running.spawn(importer.clone().import(item, turn, room));
				}
			}
		}
		let is_full = is_over || running.len() >= AT_ONCE;
		if is_over && running.is_empty() {
			return Ok(None);
		}
		tokio::select! {
			biased;
			() = &mut is_asked_to_end => return Ok(Some(ASKED_TO_END.into())),
			_ = ticks.tick() => shown.show(&report.counts, importer.is_waiting()),
			Some(decided) = running.join_next() => match decided {
				Ok(Ok(entry)) => report.write(&entry)?,
				Ok(Err(Lost(reason))) => return Ok(Some(reason)),
				Err(_) => return Ok(Some("a part of this program ended early".into())),
			},
			// There is room for a further item.
			() = std::future::ready(()), if !is_full => {}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;

	#[derive(Debug, Parser)]
	struct Command {
		#[command(flatten)]
		opts: Opts,
	}

	type OfFiles = Option<(Given, Category, Confidentiality)>;

	#[test]
	fn a_pipe_does_not_hold_the_import() {
		let folder = tempfile::tempdir().unwrap();
		let pipe = folder.path().join("pipe");
		let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
		assert!(made.success());
		assert!(open_at_once(&pipe).is_err());
		assert!(open_at_once(folder.path()).is_err());
	}

	fn files(arguments: &[&str]) -> Option<Result<OfFiles, ImportError>> {
		let words = ["import", "--client", "his"].iter().chain(arguments);
		Some(Command::try_parse_from(words).ok()?.opts.files())
	}

	#[test]
	fn files_need_a_patient_and_a_category() {
		let given = |patient: &str| {
			let options = ["--patient", patient, "--category", "imaging", "a.pdf"];
			files(&options).unwrap().unwrap().unwrap()
		};
		let expected = (Category::Imaging, Confidentiality::Normal);
		let id = Given::Patient(Subject::Id("5Grw".into()));
		assert_eq!(given("5Grw"), (id, expected.0, expected.1));
		let (system, value) = ("urn:mrn".into(), "08|15".into());
		let named = Given::Patient(Subject::Identifier { system, value });
		assert_eq!(given("urn:mrn|08|15"), (named, expected.0, expected.1));

		let in_folders = ["--patients-in-folders", "urn:mrn", "--category", "clinical-note"];
		let restricted = ["--confidentiality", "restricted", "a", "b.ndjson"];
		let both = files(&[&in_folders[..], &restricted[..]].concat()).unwrap().unwrap();
		let expected = Given::InFolders("urn:mrn".into());
		let classes = (Category::ClinicalNote, Confidentiality::Restricted);
		assert_eq!(both, Some((expected, classes.0, classes.1)));

		for unfiled in [&["a.pdf"][..], &["--category", "other", "a"], &["--patient", "x", "a"]] {
			assert!(matches!(files(unfiled), Some(Err(ImportError::Unfiled))), "{unfiled:?}");
		}
		assert!(matches!(files(&["a.ndjson", "b.NDJSON"]), Some(Ok(None))));
		let filed = files(&["--category", "other", "a.ndjson"]);
		assert!(matches!(filed, Some(Err(ImportError::Filed))));
		for wrong in [
			&["--category", "x", "a"][..],
			&["--patient", "x", "--patients-in-folders", "y", "--category", "other", "a"],
			&[],
		] {
			assert!(files(wrong).is_none(), "{wrong:?}");
		}
	}
}
