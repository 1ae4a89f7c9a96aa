//! The record and version to be opened, and their entry on the chain.

use salus_primitives::{Purpose, RecordDetails, RecordEntry, RecordId, Version, VersionDetails};

use crate::{error::Missing, Account, Client, Error};

/// A record to open, and the purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
	/// The record.
	pub record: RecordId,
	/// The version; `None` for the latest.
	pub version: Option<Version>,
	/// The purpose.
	pub purpose: Purpose,
}

impl Client {
	/// Returns a record with one of its versions.
	pub async fn version(
		&self,
		record: RecordId,
		version: Option<Version>,
	) -> Result<(RecordDetails<Account>, VersionDetails<Account>), Error> {
		let details = self.now().record(record).await?;
		let details = details.ok_or(Error::NotFound(Missing::Record(record)))?;
		let RecordEntry::Live(entry) = &details.entry else {
			return Err(Error::Erased(record));
		};
		let wanted = version.unwrap_or(entry.latest);
		let found = details.versions.iter().find(|version| version.version == wanted).cloned();
		let found = found.ok_or(Error::NotFound(Missing::Version(record, wanted)))?;
		Ok((details, found))
	}
}
