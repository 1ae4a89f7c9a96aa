//! What is to be opened, and where it stands on the chain.

use salus_primitives::{Purpose, RecordDetails, RecordEntry, RecordId, Version, VersionDetails};

use crate::{error::Missing, Account, Client, Error};

/// Which record is to be opened, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
	/// The record.
	pub record: RecordId,
	/// The version; none for the latest.
	pub version: Option<Version>,
	/// Why.
	pub purpose: Purpose,
}

impl Client {
	/// What the chain says of a record and one of its versions.
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
