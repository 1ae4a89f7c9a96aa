//! Opening records: requesting keys, fetching, verifying and decrypting.

use std::{io::Write, path::PathBuf, sync::Arc};

use futures::{future::BoxFuture, stream, StreamExt, TryStreamExt};
use salus_envelope::{Dek, Descriptor};
use salus_primitives::{
	Action, Basis, Purpose, Question, RecordDetails, RecordEntry, RecordId, RequestId, Version,
	VersionDetails,
};
use serde::Serialize;
use tracing::info_span;

use super::{fetch::Source, request::Request};
use crate::{
	files::{
		output::{Output, OutputError, Part},
		scratch::{Scratch, ScratchWriter},
	},
	progress::Progress,
	state::{
		folder::StateDir,
		readings::{OpenedNote, ReadingNote},
	},
	Account, Client, Error, ErrorKind, Signer,
};

/// Number of descriptors that are fetched concurrently.
const DESCRIPTORS: usize = 4;

/// A record that was opened. Every block was verified, and the whole against the chain's
/// commitment.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Opened {
	/// Record that was opened.
	pub record: RecordId,
	/// Version that was opened.
	pub version: Version,
	/// Basis of the permit.
	pub basis: Basis,
	/// The logged request by which hospitals released the key; `None` if a wrap opened it.
	pub request: Option<RequestId>,
	/// Reason why hospitals released the key although it is wrapped for the reader; `None` if it is
	/// not, or if the reader asked for that.
	pub unused_wrap: Option<UnusedWrap>,
	/// Size of the content, in bytes.
	pub size: u64,
	/// SHA-256 of the content.
	#[serde(with = "crate::json::hex")]
	pub sha256: [u8; 32],
	/// Title, file name and type.
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

/// Reason why a wrap for the reader was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnusedWrap {
	/// The key of the wrap may follow from a secret that the reader lacks: another program
	/// published it, or the patient was recovered since.
	OtherKey,
}

impl std::fmt::Display for UnusedWrap {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		match self {
			Self::OtherKey => f.write_str(
				"the key is wrapped for a key that was not made from this keystore, so hospitals \
				 released it",
			),
		}
	}
}

/// A record in a list.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
	/// The record on the chain.
	#[serde(flatten)]
	pub details: RecordDetails<Account>,
	/// Title, file name and type of the latest version, if the reader may and can open it.
	pub descriptor: Option<Descriptor>,
	/// Whether a wrap for the reader does not open: see [`Listed::alarm`].
	pub foreign_wrap: bool,
}

impl Listed {
	/// Returns the alarm about a wrap for the reader that does not open.
	pub fn alarm(&self) -> Option<Error> {
		match &self.details.entry {
			RecordEntry::Live(entry) if self.foreign_wrap => {
				Some(Error::ForeignWrap { record: self.details.id, version: entry.latest })
			}
			_ => None,
		}
	}
}

/// An opened record key.
struct Key {
	basis: Basis,
	request: Option<RequestId>,
	unused_wrap: Option<UnusedWrap>,
	dek: Dek,
	/// The note by which a released key can be opened again.
	kept: Option<ReadingNote>,
}

/// Result of looking for a wrap of the reader's.
enum ByWrap {
	/// The key of a direct version that the reader may read, or of the reader's own guarded
	/// version.
	Opened(Key),
	/// The version is guarded, and its key must be requested.
	Guarded(Option<UnusedWrap>),
}

/// An opened record, the writer that got its content, and the note of a reading that was requested.
type Written<W> = (Opened, W, Option<ReadingNote>);

impl Key {
	/// Returns a key that a wrap opened.
	fn of_wrap(basis: Basis, dek: Dek) -> Self {
		Self { basis, request: None, unused_wrap: None, dek, kept: None }
	}
}

/// Makes the file for content of this size, in bytes.
type Prepare<'a, W> = dyn Fn(u64) -> Result<W, OutputError> + Sync + 'a;

/// Room on the disk for content that is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
	/// Room for all of it is reserved before its key is requested.
	Reserved,
	/// The room grows with the content. For a request that is expected to be refused: its reader
	/// could fill the disk otherwise.
	Growing {
		/// Largest ciphertext that is fetched, if the request is permitted all the same, in bytes.
		limit: u64,
	},
}

impl Client {
	/// Opens the key of a record, with a wrap or by having hospitals release it.
	async fn ask_for_key(
		&self,
		reader: &Signer,
		state: Option<&StateDir>,
		request: &Request,
		details: &RecordDetails<Account>,
		version: &VersionDetails<Account>,
		progress: &Arc<dyn Progress>,
	) -> Result<Key, Error> {
		let unused_wrap = match self.key_by_wrap(reader, request, details, version).await? {
			ByWrap::Opened(key) => return Ok(key),
			ByWrap::Guarded(unused_wrap) => unused_wrap,
		};
		let (released, kept) =
			self.open_and_keep(reader, state, request, version.version, progress).await?;
		let (basis, request) = (released.basis, Some(released.request));
		Ok(Key { kept, basis, request, unused_wrap, dek: released.dek })
	}

	/// Opens the key with a wrap, if there is one for the reader.
	async fn key_by_wrap(
		&self,
		reader: &Signer,
		request: &Request,
		details: &RecordDetails<Account>,
		version: &VersionDetails<Account>,
	) -> Result<ByWrap, Error> {
		let number = version.version;
		let is_owner = matches!(&details.entry,
			RecordEntry::Live(entry) if entry.patient == reader.account());
		if version.sealed_to.is_some() {
			if !is_owner || request.ignores_wrap {
				return Ok(ByWrap::Guarded(None));
			}
			// A patient on a new account, or with a new key, has no wrap that opens: hospitals
			// release the key.
			return match self.own_key(reader, request.record, number).await {
				Ok(dek) => Ok(ByWrap::Opened(Key::of_wrap(Basis::Patient, dek))),
				Err(Error::NoWrap { .. }) => Ok(ByWrap::Guarded(None)),
				Err(Error::OtherKey(_)) => Ok(ByWrap::Guarded(Some(UnusedWrap::OtherKey))),
				Err(error) => Err(error),
			};
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
			// A withdrawn record stays readable for its patient.
			Err(Error::Refused(refusal)) if is_owner && refusal.is_of_withdrawn() => Basis::Patient,
			asked => asked?,
		};
		let dek = self.open_key(reader, request.record, number).await?;
		Ok(ByWrap::Opened(Key::of_wrap(basis, dek)))
	}

	/// Returns a record's descriptor without its content. It is authentic under the record's key,
	/// but only [`Client::get`] checks it against the chain.
	///
	/// For a guarded record, only the patient gets one, because any other reader's request would be
	/// logged.
	pub fn descriptor<'a>(
		&'a self,
		reader: &'a Signer,
		request: &'a Request,
		source: &'a Source,
	) -> BoxFuture<'a, Result<Descriptor, Error>> {
		Box::pin(async move {
			let (details, version) = self.version(request.record, request.version).await?;
			let key = match self.key_by_wrap(reader, request, &details, &version).await? {
				ByWrap::Opened(key) => key,
				ByWrap::Guarded(_) => {
					return Err(Error::Guarded { record: request.record, version: version.version })
				}
			};
			self.read_descriptor(&key.dek, request.record, &version, source).await
		})
	}

	/// Lists a patient's records. Their descriptors are opened where the reader may read and holds
	/// a wrap. Nothing is requested from hospitals, and nothing is logged. A record whose wrap for
	/// the reader does not open is marked, and any other [alarm](crate::ErrorKind::Untrusted) ends
	/// the list.
	pub fn list<'a>(
		&'a self,
		reader: Option<&'a Signer>,
		patient: &'a Account,
		purpose: Purpose,
		source: &'a Source,
	) -> BoxFuture<'a, Result<Vec<Listed>, Error>> {
		Box::pin(async move {
			let records = self.now().records_of(patient).await?;
			stream::iter(records)
				.map(|details| async move {
					let (mut descriptor, mut foreign_wrap) = (None, false);
					if let (Some(reader), RecordEntry::Live(_)) = (reader, &details.entry) {
						let request = Request::latest(details.id, purpose);
						let opened = self.descriptor(reader, &request, source).await;
						(descriptor, foreign_wrap) = unless_closed(opened)?;
					}
					Ok(Listed { details, descriptor, foreign_wrap })
				})
				.buffered(DESCRIPTORS)
				.try_collect()
				.await
		})
	}

	/// Opens a record into a file, which appears whole and verified, or not at all.
	///
	/// For a guarded record, a request on the chain is logged for the patient, and hospitals
	/// release the key; `progress` receives each step, and
	/// [`Patience::release`](crate::Patience::release) limits the wait. Nothing is requested before
	/// it is certain that the file can be written. With a state folder, an interrupted opening
	/// continues with its request for as long as the release is in force. In an emergency, a case
	/// is opened with the request.
	pub async fn get(
		&self,
		reader: &Signer,
		state: Option<&StateDir>,
		request: &Request,
		source: &Source,
		output: &Output,
		progress: &Arc<dyn Progress>,
	) -> Result<(Opened, PathBuf), Error> {
		let prepare: &Prepare<'_, Part> = &|size| output.prepare(size);
		let (opened, part, kept) =
			self.write_to(reader, state, request, source, (prepare, u64::MAX), progress).await?;
		part.trim(opened.size).map_err(Error::WriteOutput)?;
		let path =
			info_span!("write").in_scope(|| output.finish(part, &opened.descriptor.file_name))?;
		if let Some(kept) = kept {
			kept.forget();
		}
		Ok((opened, path))
	}

	/// Does the same as [`Client::get`] with a writer, which gets nothing before all of it is
	/// verified.
	pub async fn get_into(
		&self,
		reader: &Signer,
		state: Option<&StateDir>,
		request: &Request,
		source: &Source,
		out: &mut (dyn Write + Send),
		progress: &Arc<dyn Progress>,
	) -> Result<Opened, Error> {
		let prepare: &Prepare<'_, ScratchWriter> = &ScratchWriter::reserved;
		let (opened, writer, kept) =
			self.write_to(reader, state, request, source, (prepare, u64::MAX), progress).await?;
		let scratch = writer.finish().map_err(Error::WriteOutput)?;
		scratch.copy_to(out).map_err(Error::WriteOutput)?;
		if let Some(kept) = kept {
			kept.forget();
		}
		Ok(opened)
	}

	/// Does the same as [`Client::get`], and returns the verified content in a temporary file that
	/// only this process can read. The note of a reading that was requested comes with it: forget
	/// it once the content has reached its reader. Until then, another reading continues with the
	/// same request.
	pub async fn get_file(
		&self,
		reader: &Signer,
		state: Option<&StateDir>,
		request: &Request,
		source: &Source,
		room: Room,
		progress: &Arc<dyn Progress>,
	) -> Result<(Opened, Scratch, Option<OpenedNote>), Error> {
		let (reserves, limit) = match room {
			Room::Reserved => (true, u64::MAX),
			Room::Growing { limit } => (false, limit),
		};
		let prepare: &Prepare<'_, ScratchWriter> =
			&|size| ScratchWriter::reserved(if reserves { size } else { 0 });
		let (opened, writer, kept) =
			self.write_to(reader, state, request, source, (prepare, limit), progress).await?;
		let scratch = writer.finish().map_err(Error::WriteOutput)?;
		Ok((opened, scratch, kept.map(ReadingNote::unlock)))
	}

	/// Opens a record into what `prepare` makes. `limit` is the largest ciphertext that is fetched
	/// into it, in bytes.
	fn write_to<'a, W: Write + Send + 'static>(
		&'a self,
		reader: &'a Signer,
		state: Option<&'a StateDir>,
		request: &'a Request,
		source: &'a Source,
		(prepare, limit): (&'a Prepare<'a, W>, u64),
		progress: &'a Arc<dyn Progress>,
	) -> BoxFuture<'a, Result<Written<W>, Error>> {
		Box::pin(async move {
			self.expect_transaction();
			// A reading is logged, and may be the only one that a grant permits. So it is requested
			// last.
			let (details, version) = self.version(request.record, request.version).await?;
			let size = version.info.content.size;
			let out = prepare(size)?;
			let emergency = match request.emergency {
				Some(emergency) => {
					self.unless_it_runs(emergency, reader, &details, &version).await?
				}
				None => None,
			};
			let request = &Request { version: Some(version.version), emergency, ..*request };
			let key =
				self.ask_for_key(reader, state, request, &details, &version, progress).await?;
			// Only now: whoever may not open a record does not learn its size.
			if size > limit {
				return Err(OutputError::Unexpected { size }.into());
			}
			let (out, descriptor, size, sha256) =
				self.fetch_into(out, &key.dek, request.record, &version, source, progress).await?;
			let opened = Opened {
				record: request.record,
				version: version.version,
				basis: key.basis,
				request: key.request,
				unused_wrap: key.unused_wrap,
				size,
				sha256,
				descriptor,
			};
			Ok((opened, out, key.kept))
		})
	}
}

/// Returns the descriptor of a listed record, and whether the reader's wrap does not open. There is
/// no descriptor of a record that is refused, locked or not stored yet. A node that lies ends the
/// list. A wrap that does not open must not: its author would keep the reader from all records.
fn unless_closed(opened: Result<Descriptor, Error>) -> Result<(Option<Descriptor>, bool), Error> {
	match opened {
		Ok(descriptor) => Ok((Some(descriptor), false)),
		Err(Error::ForeignWrap { .. }) => Ok((None, true)),
		Err(error) if error.kind() == ErrorKind::Untrusted => Err(error),
		Err(_) => Ok((None, false)),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_primitives::{Category, Confidentiality, Record};

	#[test]
	fn an_alarm_is_not_reported_as_a_closed_record() {
		let (record, version) = (RecordId([1; 32]), 1);
		let locked = unless_closed(Err(Error::Guarded { record, version }));
		assert!(matches!(locked, Ok((None, false))), "{locked:?}");
		// One author does not keep the reader from the records of others.
		let foreign = unless_closed(Err(Error::ForeignWrap { record, version }));
		assert!(matches!(foreign, Ok((None, true))), "{foreign:?}");
		let lie = unless_closed(Err(Error::ForeignBlock("bafk".into())));
		assert!(matches!(lie, Err(Error::ForeignBlock(_))), "{lie:?}");
	}

	#[test]
	fn a_listed_record_names_its_alarm() {
		let entry = Record {
			patient: Account::from([2; 32]),
			author: Account::from([3; 32]),
			organisation: 1,
			category: Category::Laboratory,
			confidentiality: Confidentiality::Normal,
			latest: 3,
			created: 0,
			wraps: 1,
		};
		let listed = |foreign_wrap| Listed {
			details: RecordDetails {
				id: RecordId([1; 32]),
				entry: RecordEntry::Live(entry.clone()),
				versions: vec![],
			},
			descriptor: None,
			foreign_wrap,
		};
		assert!(listed(false).alarm().is_none());
		let alarm = listed(true).alarm().unwrap();
		assert!(matches!(alarm, Error::ForeignWrap { version: 3, .. }), "{alarm}");
	}

	#[test]
	fn debug_of_an_opened_record_shows_no_title() {
		let opened = Opened {
			record: RecordId([1; 32]),
			version: 1,
			basis: Basis::Patient,
			request: None,
			unused_wrap: Some(UnusedWrap::OtherKey),
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
		// A program sees that the patient's own wrap was of no use.
		let json = serde_json::to_value(&opened).unwrap();
		assert_eq!(json["unused_wrap"], "other-key");
	}
}
