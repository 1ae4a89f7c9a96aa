//! Documents in messages: added once, and revised by what follows.

use std::{
	collections::HashMap,
	sync::{Arc, Mutex, PoisonError, Weak},
	time::Duration,
};

use axum::http::StatusCode;
use salus_client::{
	primitives::{Confidentiality, RecordEntry, RecordId},
	Account, Error, Filing,
};
use salus_fhir::{
	incoming::{NewDocument, Subject},
	outcome::{Issue, IssueKind},
};
use salus_hl7::{note, results, Document, Header, Message, Secrecy};
use tokio::{
	task::block_in_place,
	time::{sleep, timeout},
};

use super::desk::{Desk, Done, Processed, Refusal};
use crate::{
	auth::scope::Act,
	fault::{Answer, Fault},
	fhir::document::{self, AddedDocument, Content},
};

/// Limit for a version to be in a final block.
const FINAL: Duration = Duration::from_secs(60);

/// Pause between two looks at the final chain.
const LOOK: Duration = Duration::from_secs(1);

/// One lock for each record that a message is about.
#[derive(Default)]
pub(super) struct Locks(Mutex<HashMap<[u8; 32], Weak<tokio::sync::Mutex<()>>>>);

impl Locks {
	fn of(&self, record: &RecordId) -> Arc<tokio::sync::Mutex<()>> {
		let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
		locks.retain(|_, lock| lock.strong_count() > 0);
		if let Some(lock) = locks.get(&record.0).and_then(Weak::upgrade) {
			return lock;
		}
		let lock = Arc::default();
		locks.insert(record.0, Arc::downgrade(&lock));
		lock
	}
}

impl Desk {
	/// Adds or revises the documents of a message, each on its own. All are there before the message
	/// is acknowledged; if one fails, a repetition finds the others.
	pub(super) async fn file(&self, message: &Message, header: &Header) -> Processed {
		self.allow("DocumentReference", Act::Create)?;
		let documents = block_in_place(|| match &*header.code {
			"MDM" => note(message),
			_ => results(message),
		})?;
		let patient = self.patient(message).await?;
		let Header { application, facility, at, control_id, .. } = header;
		let parts = [application, facility, at, control_id].map(|part| part.as_bytes());
		let mark = self.versions.mark(b"message", &parts);
		let mut done = Done::Unchanged;
		for document in documents {
			let one = self.file_one(patient, facility, &mark, document).await?;
			done = done.max(one);
		}
		Ok(done)
	}

	async fn file_one(
		&self,
		patient: Account,
		facility: &str,
		message: &[u8],
		document: Document,
	) -> Result<Done, Refusal> {
		let Self { gateway, access, versions, .. } = self;
		let config = self.config()?;
		let confidentiality = confidentiality(config.confidentiality, document.secrecy);
		let category = config.category_of(&document.kinds);
		let filing = document::filed(gateway, patient, category, confidentiality);
		let identifier = identifier(facility, &document.identity);
		let content =
			[document.title.as_bytes(), document.media_type.as_bytes(), &document.content];
		let content = block_in_place(|| versions.mark(b"content", &content));
		let signer = &access.client.signer;
		let record = gateway.client.record_with_identifier(signer, &patient, &identifier);
		let record = record.map_err(Fault::from)?;
		let lock = self.locks.of(&record);
		let _held = lock.lock().await;
		// The sender forgets the document because of the answer, so the node's word is not enough.
		let view = gateway.client.proven();
		let found = document::existing(gateway, access, view, &filing, &identifier).await?;
		if let Some(found) = &found {
			if versions.has(&record, found.version, &content, message).await? {
				return Ok(Done::Unchanged);
			}
		}
		let (done, added) = match found {
			None => (Done::Added, self.add(&filing, document, identifier).await?),
			Some(found) => (Done::Revised, self.revise(&filing, document, &found).await?),
		};
		self.wait_until_final(&record, added.version).await?;
		versions.note(&record, added.version, content, message.to_vec()).await?;
		Ok(done)
	}

	async fn add(
		&self,
		filing: &Filing,
		document: Document,
		identifier: String,
	) -> Answer<AddedDocument> {
		let new = new_document(filing, document);
		let content = Content::of(&self.gateway, &self.access, new, Some(identifier))??;
		let files = [content.file()];
		let added = document::add_files(&self.gateway, &self.access, filing, &files).await?;
		added.into_iter().next().ok_or_else(Fault::not_found)
	}

	/// Waits until a version is in a final block: while finality is stalled, it may never be in one.
	async fn wait_until_final(&self, record: &RecordId, version: u32) -> Answer<()> {
		let waiting = async {
			loop {
				let details = self.gateway.client.proven().record(record).await;
				let details = details.map_err(Error::from)?;
				match details.map(|details| details.entry) {
					Some(RecordEntry::Live(live)) if live.latest >= version => return Ok(()),
					Some(RecordEntry::Erased(_)) => return Err(Error::Erased(*record).into()),
					_ => sleep(LOOK).await,
				}
			}
		};
		timeout(FINAL, waiting).await.unwrap_or_else(|_| {
			let text =
				"the document is not in a final block yet, because the chain does not finish \
			            blocks; send the message again later";
			let status = StatusCode::SERVICE_UNAVAILABLE;
			Err(Fault::new(status, IssueKind::Transient, "stalled", text))
		})
	}

	/// Adds a version. The record keeps its category.
	async fn revise(
		&self,
		filing: &Filing,
		document: Document,
		found: &AddedDocument,
	) -> Answer<AddedDocument> {
		let Self { gateway, access, .. } = self;
		self.allow("DocumentReference", Act::Update)?;
		let details = gateway.client.proven().record(&found.record).await.map_err(Error::from)?;
		let details = details.ok_or_else(Fault::not_found)?;
		let RecordEntry::Live(live) = &details.entry else {
			return Err(Error::Erased(found.record).into());
		};
		if level(filing.confidentiality) > level(live.confidentiality) {
			let text = "the document is more confidential than its record, and a record keeps its \
			            confidentiality; send it under another number";
			let issue = Issue::error(IssueKind::BusinessRule, "confidentiality", text);
			return Err(issue.into());
		}
		let content = Content::of(gateway, access, new_document(filing, document), None)??;
		document::revise(gateway, access, found.record, found.version, &content.file()).await
	}
}

fn new_document(filing: &Filing, document: Document) -> NewDocument {
	NewDocument {
		subject: Subject::Id(filing.patient.to_string()),
		category: filing.category,
		confidentiality: filing.confidentiality,
		media_type: document.media_type,
		title: Some(document.title),
		data: document.content,
		upload: None,
		file: None,
		size: None,
		hash: None,
		id: None,
		identifier: None,
	}
}

/// Returns the identifier under which a document is added once. None of FHIR has this form.
fn identifier(facility: &str, identity: &[String]) -> String {
	serde_json::json!(["hl7v2", facility, identity]).to_string()
}

fn level(confidentiality: Confidentiality) -> usize {
	let found = Confidentiality::ALL.iter().position(|one| *one == confidentiality);
	found.unwrap_or(usize::MAX)
}

/// Returns the stricter of what the configuration and the message say.
fn confidentiality(configured: Confidentiality, secrecy: Secrecy) -> Confidentiality {
	let named = match secrecy {
		Secrecy::Usual => Confidentiality::Normal,
		Secrecy::Restricted => Confidentiality::Restricted,
		Secrecy::VeryRestricted => Confidentiality::VeryRestricted,
	};
	match level(named) > level(configured) {
		true => named,
		false => configured,
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_stricter_confidentiality_counts() {
		use Confidentiality::{Normal, Restricted, VeryRestricted};
		for (configured, secrecy, expected) in [
			(Normal, Secrecy::Usual, Normal),
			(Restricted, Secrecy::Usual, Restricted),
			(Restricted, Secrecy::VeryRestricted, VeryRestricted),
			(VeryRestricted, Secrecy::Restricted, VeryRestricted),
		] {
			assert_eq!(confidentiality(configured, secrecy), expected);
		}
	}

	#[test]
	fn no_two_documents_have_the_same_identifier() {
		let of = |facility: &str, identity: &[&str]| {
			identifier(facility, &identity.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>())
		};
		assert_ne!(of("A", &["TXA", "1"]), of("B", &["TXA", "1"]));
		assert_ne!(of("A", &["TXA", "1", ""]), of("A", &["TXA", "", "1"]));
		assert_ne!(of("A\",\"B", &["x"]), of("A", &["B", "x"]));
		assert!(!of("A", &["TXA", "1"]).contains('|'));
	}

	#[test]
	fn messages_about_one_record_wait_for_each_other() {
		let locks = Locks::default();
		let (one, other) = (RecordId([1; 32]), RecordId([2; 32]));
		let first = locks.of(&one);
		assert!(Arc::ptr_eq(&first, &locks.of(&one)));
		assert!(!Arc::ptr_eq(&first, &locks.of(&other)));
		drop(first);
		drop(locks.of(&other));
		assert!(locks.0.lock().unwrap().len() <= 1);
	}
}
