//! Adding files that stopped half-way.

use salus_primitives::RecordId;

use super::{Error, ErrorKind};
use crate::files::input::GivenPath;

/// Adding files stopped: some are registered, the rest are not.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub struct Stopped {
	/// The registered files, each with its record.
	pub registered: Vec<(GivenPath, RecordId)>,
	/// Number of files in all.
	pub files: usize,
	/// Cause of the stop.
	#[source]
	pub source: Error,
}

impl Stopped {
	fn text(&self) -> String {
		let done = match (self.registered.len(), self.files) {
			(0, _) => "nothing is registered yet".into(),
			(1, 1) => "the record is registered".into(),
			(done, files) => format!("{done} of {files} files are registered"),
		};
		format!("stopped before the end, {done}; try the same again to continue")
	}
}

/// Returns whether a missing or slow node is to blame, so that trying again may help.
pub(crate) fn is_of_node(error: &Error) -> bool {
	matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::Deadline)
		&& !matches!(error, Error::Deadline { .. })
}

/// Adds how far the task came to an error, where that matters.
pub(crate) fn stopped(error: Error, registered: Vec<(GivenPath, RecordId)>, files: usize) -> Error {
	if registered.is_empty() && !is_of_node(&error) {
		return error;
	}
	Box::new(Stopped { registered, files, source: error }).into()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn an_interrupted_task_says_how_far_it_came() {
		let lost = || {
			Error::Rpc(crate::RpcError::Unreachable { url: "ws://x".into(), source: "gone".into() })
		};
		let one = |number: u8| {
			let file = GivenPath(format!("{number}.dcm").into());
			(file, RecordId([number; 32]))
		};
		for (registered, files, said) in [
			(vec![], 1, "nothing is registered yet"),
			(vec![one(1)], 1, "the record is registered"),
			(vec![one(1), one(2)], 150, "2 of 150 files are registered"),
		] {
			let error = stopped(lost(), registered, files);
			assert_eq!(error.kind(), ErrorKind::Unreachable);
			let shown = error.to_string();
			assert!(shown.contains(said), "{shown}");
			assert!(shown.contains("try the same again to continue"), "{shown}");
		}
		// Trying again would not help.
		let refused = stopped(Error::NoCommittee, vec![], 1);
		assert!(matches!(refused, Error::NoCommittee));
	}
}
