//! Parts of `record add` and `record revise`: a version's file, its key's release, and the wait.

use std::{
	path::PathBuf,
	time::{Duration, Instant},
};

use clap::{Args, ValueEnum};
use salus_client::{primitives::VersionState, words, Added, Client, NewFile, Origin, Step};
use serde::Serialize;

use crate::{parse, show, Context, Failure};

/// Release of the key of a new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Mode {
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
pub(super) struct About {
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
	/// Returns whether a title or a name is given, which fit one file only.
	pub(super) fn names_one_file(&self) -> bool {
		self.title.is_some() || self.name.is_some()
	}

	pub(super) fn file(&self, path: PathBuf) -> NewFile {
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
pub(super) struct Wait {
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
	pub(super) fn limit(&self) -> Option<Duration> {
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
pub(super) struct AddedVersion {
	#[serde(flatten)]
	added: Added,
	state: VersionState,
}

impl AddedVersion {
	pub(super) async fn new(
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

	pub(super) fn row(&self) -> Vec<String> {
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

	pub(super) const HEAD: [&'static str; 7] =
		["record", "version", "state", "size", "mode", "keys", "blocks sent"];
}
