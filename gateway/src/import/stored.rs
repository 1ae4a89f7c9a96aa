//! Whether the content of a record that exists is anywhere but in the archive.
//!
//! A final block has a record before a storage node holds its content. Somebody may remove the
//! archive because of the report, so the report calls an item `present` only if a storage node has
//! confirmed its content.

use std::time::Duration;

use salus_client::{
	primitives::{Moment, VersionState},
	Client, Error,
};

use crate::{fault::Answer, fhir::document::Existing, subscriptions::now};

/// Time from the registration of a version within which a storage node should confirm it. Later,
/// none is waited for: an archive can have thousands of these.
const STORED: Duration = Duration::from_secs(60);

/// Reason why content cannot be relied on: the code, and the cause with the remedy.
type Absence = (&'static str, &'static str);

/// Returns why no storage node holds the content of an existing record; `None` if one does. Waits
/// for a version that was just registered.
pub(super) async fn absence(client: &Client, found: &Existing) -> Answer<Option<Absence>> {
	let info = &found.latest.info;
	let left = left_to_wait(info.registered, now());
	if info.state != VersionState::Pending || left.is_zero() {
		return Ok(absence_in(info.state, info.replicas));
	}
	match client.wait_until_stored(found.record, found.latest.version, left).await {
		// A version that is waited for has a replica, or was withdrawn.
		Ok(state) => Ok(absence_in(state, 1)),
		Err(Error::Deadline { .. }) => Ok(absence_in(VersionState::Pending, 0)),
		Err(error) => Err(error.into()),
	}
}

fn left_to_wait(registered: Moment, now: Moment) -> Duration {
	STORED.saturating_sub(Duration::from_millis(now.saturating_sub(registered)))
}

fn absence_in(state: VersionState, replicas: u32) -> Option<Absence> {
	match state {
		VersionState::Pending => Some((
			"not-stored",
			"no storage node has confirmed the content; keep the file and import again later; if \
			 that does not help, add it as a new version of the record",
		)),
		VersionState::Withdrawn => Some((
			"withdrawn",
			"the record was withdrawn, so only its patient opens it; if the document is right, add \
			 it as another record",
		)),
		VersionState::Stored | VersionState::Attested | VersionState::Rejected if replicas > 0 => {
			None
		}
		VersionState::Stored
		| VersionState::Attested
		| VersionState::Rejected
		| VersionState::Lost => Some((
			"lost",
			"no storage node holds the content now; keep the file, and add it as a new \
			 version of the record",
		)),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn only_what_a_storage_node_holds_is_present() {
		let code = |state, replicas| absence_in(state, replicas).map(|(code, _)| code);
		for state in [VersionState::Stored, VersionState::Attested, VersionState::Rejected] {
			assert_eq!((code(state, 1), code(state, 0)), (None, Some("lost")), "{state:?}");
		}
		for (state, expected) in [
			(VersionState::Pending, "not-stored"),
			(VersionState::Lost, "lost"),
			(VersionState::Withdrawn, "withdrawn"),
		] {
			assert_eq!((code(state, 0), code(state, 1)), (Some(expected), Some(expected)));
		}
	}

	#[test]
	fn only_a_new_version_is_waited_for() {
		let left = |registered, now| left_to_wait(registered, now).as_secs();
		assert_eq!((left(1_000, 1_000), left(1_000, 31_000), left(1_000, 61_000)), (60, 30, 0));
		// By a clock that is late.
		assert_eq!(left(1_000, 0), 60);
	}
}
