//! Opening records: ask, fetch, verify, decrypt.

use std::{io::Write, path::PathBuf, sync::Arc};

use futures::{stream, StreamExt};
use salus_envelope::{Dek, Descriptor};
use salus_primitives::{
	Action, Basis, Purpose, Question, RecordDetails, RecordEntry, RecordId, RequestId, Version,
	VersionDetails,
};
use serde::Serialize;

use super::{fetch::Source, request::Request};
use crate::{
	files::output::{Output, OutputError, Part},
	progress::Progress,
	state::{folder::StateDir, readings::Kept},
	Account, Client, Error, Signer,
};

/// How many descriptors are fetched at once.
const DESCRIPTORS: usize = 4;

/// A record that was opened: every block verified, and the whole against the chain's commitment.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Opened {
	/// The record.
	pub record: RecordId,
	/// The version.
	pub version: Version,
	/// What the permit rested on.
	pub basis: Basis,
	/// The logged request by which hospitals released the key; none if a wrap opened it.
	pub request: Option<RequestId>,
	/// Size of the content.
	pub size: u64,
	/// SHA-256 of the content.
	#[serde(with = "crate::json::hex")]
	pub sha256: [u8; 32],
	/// What it is.
	pub descriptor: Descriptor,
}

impl std::fmt::Debug for Opened {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.debug_struct("Opened")
			.field("record", &self.record)
			.field("version", &self.version)
			.field("size", &self.size)
			.finish_non_exhaustive()
	}
}

/// A record in a list.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
	/// What the chain says of it.
	#[serde(flatten)]
	pub details: RecordDetails<Account>,
	/// What its latest version is, if the reader may and can know.
	pub descriptor: Option<Descriptor>,
}

/// An opened key.
struct Key {
	basis: Basis,
	request: Option<RequestId>,
	dek: Dek,
	/// By which it can be opened again, if hospitals released it.
	kept: Option<Kept>,
}

impl Client {
	/// Opens the key of a record: with a wrap, or by the hospitals that release it.
	async fn ask_for_key(
		&self,
		reader: &Signer,
		state: Option<&StateDir>,
		request: &Request,
		progress: &Arc<dyn Progress>,
	) -> Result<(VersionDetails<Account>, Key), Error> {
		match self.key_by_wrap(reader, request).await? {
			(version, Some(key)) => Ok((version, key)),
			(version, None) => {
				let (released, kept) =
					self.open_and_keep(reader, state, request, version.version, progress).await?;
				let key = Key {
					kept,
					basis: released.basis,
					request: Some(released.request),
					dek: released.dek,
				};
				Ok((version, key))
			}
		}
	}

	/// The key of a direct version, if the reader may have it, or of a guarded one that is the reader's own. Without a
	/// key, the version is guarded and has to be asked for.
	async fn key_by_wrap(
		&self,
		reader: &Signer,
		request: &Request,
	) -> Result<(VersionDetails<Account>, Option<Key>), Error> {
		let (details, version) = self.version(request.record, request.version).await?;
		let number = version.version;
		let is_owner = matches!(&details.entry,
			RecordEntry::Live(entry) if entry.patient == reader.account());
		if version.sealed_to.is_some() {
			if !is_owner {
				return Ok((version, None));
			}
			// A patient on a new account, or with a new key, has no wrap that opens: hospitals help.
			let dek = match self.own_key(reader, request.record, number).await {
				Ok(dek) => dek,
				Err(Error::NoWrap { .. } | Error::OtherKey(_)) => return Ok((version, None)),
				Err(error) => return Err(error),
			};
			let key = Key { basis: Basis::Patient, request: None, dek, kept: None };
			return Ok((version, Some(key)));
		}
		let asked = self
			.ask(&Question {
				reader: reader.account(),
				record: request.record,
				version: Some(number),
				purpose: request.purpose,
				action: Action::Read,
			})
			.await;
		let basis = match asked {
			// Withdrawn from all others.
			Err(Error::Refused(refusal)) if is_owner && refusal.is_of_withdrawn() => Basis::Patient,
			asked => asked?,
		};
		let dek = self.open_key(reader, request.record, number).await?;
		let key = Key { basis, request: None, dek, kept: None };
		Ok((version, Some(key)))
	}

	/// What a record is, without its content. Authentic under its key; only [`Client::get`] checks it against the chain.
	///
	/// Of a guarded record only for its patient: others would leave an entry in the log for a title.
	pub async fn descriptor(
		&self,
		reader: &Signer,
		request: &Request,
		source: &Source,
	) -> Result<Descriptor, Error> {
		let (version, key) = self.key_by_wrap(reader, request).await?;
		let key = key.ok_or(Error::Guarded { record: request.record, version: version.version })?;
		self.read_descriptor(&key.dek, request.record, &version, source).await
	}

	/// A patient's records. Their descriptors are opened where the reader may read and holds a wrap: nothing is asked of
	/// hospitals, and nothing logged.
	pub async fn list(
		&self,
		reader: Option<&Signer>,
		patient: &Account,
		purpose: Purpose,
		source: &Source,
	) -> Result<Vec<Listed>, Error> {
		let records = self.now().records_of(patient).await?;
		Ok(stream::iter(records)
			.map(|details| async move {
				let mut descriptor = None;
				if let (Some(reader), RecordEntry::Live(_)) = (reader, &details.entry) {
					let request = Request { record: details.id, version: None, purpose };
					// A record that is refused, locked or not stored yet is listed without it.
					descriptor = self.descriptor(reader, &request, source).await.ok();
				}
				Listed { details, descriptor }
			})
			.buffered(DESCRIPTORS)
			.collect()
			.await)
	}

	/// Opens a record into a file. The file appears whole and verified, or not at all.
	///
	/// A guarded record is asked for on chain, which is logged for the patient, and released by hospitals; `progress` is
	/// told each step. How long to wait for them is [`Patience::release`](crate::Patience::release). Nothing is asked before it is
	/// clear that the file can be written. With a state folder, an opening that broke off goes on with its request for
	/// as long as the release stands.
	pub async fn get(
		&self,
		reader: &Signer,
		state: Option<&StateDir>,
		request: &Request,
		source: &Source,
		output: &Output,
		progress: &Arc<dyn Progress>,
	) -> Result<(Opened, PathBuf), Error> {
		let prepare = |size| output.prepare(size);
		let (opened, part, kept) =
			self.get_part(reader, state, request, source, prepare, progress).await?;
		let path = output.finish(part, &opened.descriptor.file_name)?;
		if let Some(kept) = kept {
			kept.forget();
		}
		Ok((opened, path))
	}

	/// [`Client::get`] into a writer, which gets nothing before all of it is verified.
	pub async fn get_into(
		&self,
		reader: &Signer,
		state: Option<&StateDir>,
		request: &Request,
		source: &Source,
		out: &mut (dyn Write + Send),
		progress: &Arc<dyn Progress>,
	) -> Result<Opened, Error> {
		let (opened, mut part, kept) =
			self.get_part(reader, state, request, source, Part::nameless, progress).await?;
		part.copy_to(out).map_err(Error::WriteOutput)?;
		if let Some(kept) = kept {
			kept.forget();
		}
		Ok(opened)
	}

	/// Opens a record into a file that has no name yet.
	async fn get_part(
		&self,
		reader: &Signer,
		state: Option<&StateDir>,
		request: &Request,
		source: &Source,
		prepare: impl FnOnce(u64) -> Result<Part, OutputError>,
		progress: &Arc<dyn Progress>,
	) -> Result<(Opened, Part, Option<Kept>), Error> {
		// A reading is asked for once all is ready: it is logged, and may be the only one that a grant allows.
		let (_, version) = self.version(request.record, request.version).await?;
		let part = prepare(version.info.content.size)?;
		let request = &Request { version: Some(version.version), ..*request };
		let (version, key) = self.ask_for_key(reader, state, request, progress).await?;
		let (part, descriptor, size, sha256) =
			self.fetch_into(part, &key.dek, request.record, &version, source, progress).await?;
		part.trim(size).map_err(Error::WriteOutput)?;
		let opened = Opened {
			record: request.record,
			version: version.version,
			basis: key.basis,
			request: key.request,
			size,
			sha256,
			descriptor,
		};
		Ok((opened, part, key.kept))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn debug_of_an_opened_record_shows_no_title() {
		let opened = Opened {
			record: RecordId([1; 32]),
			version: 1,
			basis: Basis::Patient,
			request: None,
			size: 3,
			sha256: [2; 32],
			descriptor: Descriptor {
				title: "HIV test".into(),
				media_type: "text/plain".into(),
				file_name: "hiv.txt".into(),
				fhir_type: None,
				created: 0,
			},
		};
		let shown = format!("{opened:?}");
		assert!(!shown.contains("HIV") && !shown.contains("hiv"), "{shown}");
	}
}
