//! The adding of files that stopped half-way.

use salus_primitives::RecordId;

use super::{Error, ErrorKind};
use crate::files::input::GivenPath;

/// Files that became records before something stopped the rest.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub struct Stopped {
	/// The files that are registered, each with its record.
	pub registered: Vec<(GivenPath, RecordId)>,
	/// How many files there are.
	pub files: usize,
	/// What stopped it.
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
		format!("stopped before the end, {done}; run it again, it goes on")
	}
}

/// Whether a node that is gone or slow is to blame: trying again mends it.
pub(crate) fn is_of_node(error: &Error) -> bool {
	matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::Deadline)
		&& !matches!(error, Error::Deadline { .. })
}

/// What stopped the adding of files, with how far it came where that matters.
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
	fn what_stopped_half_way_says_how_far_it_came_and_that_it_goes_on() {
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
			assert!(shown.contains("run it again, it goes on"), "{shown}");
		}
		// Nothing is to be gained from trying again.
		let refused = stopped(Error::NoCommittee, vec![], 1);
		assert!(matches!(refused, Error::NoCommittee));
	}
}
