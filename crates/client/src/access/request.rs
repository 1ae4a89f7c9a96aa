//! The record and version to be opened, and their entry on the chain.

use salus_primitives::{
	Epoch, Purpose, RecordDetails, RecordEntry, RecordId, Version, VersionDetails,
};

use super::emergency::Emergency;
use crate::{error::Missing, Account, Client, Error};

/// A record to open, and the purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
	/// Record to open.
	pub record: RecordId,
	/// The version; `None` for the latest.
	pub version: Option<Version>,
	/// Purpose of the access.
	pub purpose: Purpose,
	/// The emergency in which a case is opened with the request, unless the reader has one that
	/// runs.
	pub emergency: Option<Emergency>,
	/// Epoch whose members release the key of a guarded version, if those who hold it are too few;
	/// `None` for those. In an emergency, only they do.
	pub epoch: Option<Epoch>,
	/// Whether hospitals release the key of a guarded version even if the reader has a wrap.
	pub ignores_wrap: bool,
}

impl Request {
	/// Creates a request for the latest version.
	pub fn latest(record: RecordId, purpose: Purpose) -> Self {
		Self { record, version: None, purpose, emergency: None, epoch: None, ignores_wrap: false }
	}
}

impl Client {
	/// Returns a record with one of its versions.
	pub async fn version(
		&self,
		record: RecordId,
		version: Option<Version>,
	) -> Result<(RecordDetails<Account>, VersionDetails<Account>), Error> {
		let details = self.settled().record(record).await?;
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
