//! `salus record add`: encrypts each file, uploads it, registers it on the chain, waits for a
//! storage node if asked to, and shows the records.

use std::{
	path::PathBuf,
	time::{Duration, Instant},
};

use clap::{Args, ValueEnum};
use salus_client::{
	primitives::{Category, Confidentiality, OrganisationId, VersionState},
	words, Account, Added, Client, Filing, NewFile, Origin, Step,
};
use serde::Serialize;

use crate::{limit::within, parse, show, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Files to add.
	#[arg(required = true, value_name = "FILE")]
	files: Vec<PathBuf>,
	/// Add the records for this patient.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Account,
	/// File all records of the command under this category.
	#[arg(long, value_parser = parse::category())]
	category: Category,
	/// Set the confidentiality of the records (HL7 v3 codes N, R and V).
	#[arg(long, default_value = "normal", value_parser = parse::confidentiality())]
	confidentiality: Confidentiality,
	/// Choose who releases the key.
	#[arg(long, value_enum, default_value = "guarded")]
	mode: Mode,
	/// Act for the organisation with this number [default: the only one that you may act for].
	#[arg(long = "org", value_name = "ID")]
	organisation: Option<OrganisationId>,
	/// Add files even if they were added for this patient before, or if two have the same content.
	#[arg(long)]
	again: bool,
	#[command(flatten)]
	about: About,
	#[command(flatten)]
	wait: Wait,
}

/// Release of the key of a new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
	/// The committee of hospitals releases it, for requests on the patient's log.
	Guarded,
	/// Everyone who may read now gets the key. Their reading is not logged.
	Direct,
}

impl From<Mode> for salus_client::Mode {
	fn from(mode: Mode) -> Self {
		match mode {
			Mode::Guarded => Self::Guarded,
			Mode::Direct => Self::Direct,
		}
	}
}

/// Description of a file for those who may open it. All of it is encrypted.
#[derive(Args, Clone)]
pub(crate) struct About {
	/// Set the title that people see [default: the file's name].
	#[arg(long)]
	title: Option<String>,
	/// Set the file name that readers get [default: the file's name, made safe for every system].
	#[arg(long)]
	name: Option<String>,
	/// Set the media type, such as application/pdf [default: from the name or the content].
	#[arg(long)]
	media_type: Option<String>,
	/// Set the FHIR resource type, such as Bundle [default: read from the file].
	#[arg(long)]
	fhir_type: Option<String>,
}

/// Leaves out titles and names, because they tell about the patient.
impl std::fmt::Debug for About {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.debug_struct("About").finish_non_exhaustive()
	}
}

impl About {
	pub(crate) fn file(&self, path: PathBuf) -> NewFile {
		NewFile {
			origin: Origin::Path(path),
			title: self.title.clone(),
			name: self.name.clone(),
			media_type: self.media_type.clone(),
			fhir_type: self.fhir_type.clone(),
			identifier: None,
			sha256: None,
		}
	}
}

/// Options about waiting.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Wait {
	/// Wait for this state.
	#[arg(long, value_name = "UNTIL", default_value = "registered")]
	wait: Until,
	/// End the command after this time span [default: no limit, but 10m for a storage node].
	#[arg(long, value_name = "SPAN", value_parser = parse::duration)]
	wait_for: Option<Duration>,
}

/// Longest wait for a storage node if no limit is given.
const STORAGE: Duration = Duration::from_secs(600);

impl Wait {
	/// Returns the time limit of the command, if one was given.
	pub(crate) fn limit(&self) -> Option<Duration> {
		self.wait_for
	}
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Until {
	/// The version is registered on the chain.
	Registered,
	/// A storage node holds it as well.
	Stored,
}

/// Added version with its state.
#[derive(Serialize)]
pub(crate) struct AddedVersion {
	#[serde(flatten)]
	added: Added,
	state: VersionState,
}

impl AddedVersion {
	pub(crate) async fn new(
		client: &Client,
		added: Added,
		wait: Wait,
		context: &Context<'_>,
	) -> Result<Self, Failure> {
		let waits = wait.wait == Until::Stored;
		let limit = match context.until {
			_ if !waits => Duration::ZERO,
			Some(until) => until.saturating_duration_since(Instant::now()),
			None => STORAGE,
		};
		if waits {
			context.progress.begin(Step::Storing, limit.as_secs());
		}
		let stored = client.wait_until_stored(added.record, added.version, limit).await;
		context.progress.end();
		let state = match stored {
			Err(salus_client::Error::Deadline { .. }) if !waits => VersionState::Pending,
			other => other?,
		};
		Ok(Self { added, state })
	}

	pub(crate) fn row(&self) -> Vec<String> {
		let Added { record, version, size, wraps, guarded, upload, .. } = &self.added;
		vec![
			words::record(record),
			version.to_string(),
			words::state(self.state).into(),
			show::size(*size),
			match guarded {
				Some(true) => "guarded".into(),
				Some(false) => "direct".into(),
				None => "-".into(),
			},
			wraps.to_string(),
			format!("{} of {}", upload.sent, upload.blocks),
		]
	}

	pub(crate) const HEAD: [&'static str; 7] =
		["record", "version", "state", "size", "mode", "keys", "blocks sent"];
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	within(opts.wait.limit(), context, async |context| add(opts, context).await).await
}

async fn add(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	if opts.files.len() > 1 && (opts.about.title.is_some() || opts.about.name.is_some()) {
		let error = clap::Error::raw(
			clap::error::ErrorKind::ArgumentConflict,
			"--title and --name are for one file; add several files without them\n",
		);
		return Err(error.into());
	}
	let (author, client) = context.signer_and_client().await?;
	let filing = Filing {
		patient: opts.patient,
		organisation: opts.organisation,
		category: opts.category,
		confidentiality: opts.confidentiality,
		mode: opts.mode.into(),
		again: opts.again,
	};
	let files: Vec<_> = opts.files.into_iter().map(|path| opts.about.file(path)).collect();
	let state = context.state()?;
	let added = client.add_records(&author, &state, &filing, &files, &context.progress).await;
	context.progress.end();
	let added = added?;
	let mut results = Vec::new();
	for added in &added {
		results.push(AddedVersion::new(&client, added.clone(), opts.wait, context).await?);
	}
	// Until here, the same command resumes with these records.
	state.settle(&added)?;
	let rows: Vec<_> = results.iter().map(AddedVersion::row).collect();
	context.emit(&results, |out| show::table(out, &AddedVersion::HEAD, &rows))
}
