//! Waiting until storage nodes hold a version.

use std::time::Duration;

use futures::future::BoxFuture;
use salus_primitives::{RecordDetails, RecordId, Version, VersionState};
use tokio::time::Instant;
use tracing::{info_span, Instrument};

use crate::{
	error::{is_of_node, stopped, Missing},
	files::input::GivenPath,
	Account, Client, Error,
};

impl Client {
	/// Waits until a storage node holds a version.
	pub async fn wait_until_stored(
		&self,
		record: RecordId,
		version: Version,
		deadline: Duration,
	) -> Result<VersionState, Error> {
		let waiting = self.look_until_stored(record, version, deadline);
		waiting.instrument(info_span!("stored")).await.map_err(|error| {
			if !is_of_node(&error) {
				return error;
			}
			let registered = vec![(GivenPath(record.to_string().into()), record)];
			stopped(error, registered, 1)
		})
	}

	fn look_until_stored(
		&self,
		record: RecordId,
		version: Version,
		deadline: Duration,
	) -> BoxFuture<'_, Result<VersionState, Error>> {
		Box::pin(async move {
			let started = Instant::now();
			let mut blocks = self.blocks().await;
			loop {
				let details = self.settled().record(record).await?;
				let details = details.ok_or(Error::NotFound(Missing::Record(record)))?;
				let state = version_state(&details, version)
					.ok_or(Error::NotFound(Missing::Version(record, version)))?;
				if !matches!(state, VersionState::Pending | VersionState::Lost) {
					return Ok(state);
				}
				let left = deadline.saturating_sub(started.elapsed());
				if left.is_zero() {
					return Err(not_stored_within(deadline));
				}
				blocks.next(left).await;
			}
		})
	}
}

fn not_stored_within(deadline: Duration) -> Error {
	Error::Deadline {
		what: "the storage of the record",
		seconds: deadline.as_secs(),
		remedy: "storage continues by itself, so wait again, and check that a storage node is \
		         admitted and its IPFS runs",
	}
}

pub(super) fn version_state(
	details: &RecordDetails<Account>,
	version: Version,
) -> Option<VersionState> {
	details
		.versions
		.iter()
		.find(|details| details.version == version)
		.map(|details| details.info.state)
}
