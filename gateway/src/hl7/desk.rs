//! Processing a message, and its acknowledgement.

use std::{
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc,
	},
	time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::http::StatusCode;
use salus_fhir::outcome::IssueKind;
use salus_hl7::{acknowledgements, Condition, Extent, Header, Message, Outcome, Problem};
use tokio::{
	task::block_in_place,
	time::{sleep, timeout},
};

use super::{
	connection::Received, documents::Locks, merges::MergeError, versions::Versions, Hl7Config,
};
use crate::{
	app::Gateway,
	auth::{
		scope::{Act, Scopes},
		Access,
	},
	fault::Fault,
	identifiers::IdentifierError,
	metrics::Metrics,
};

/// Largest part of a message that is kept for its acknowledgement, in bytes.
const HEAD: usize = 4096;

/// Limit for a message to be processed.
const PROCESSING: Duration = Duration::from_secs(300);

/// Longest wait of a client that has sent too much.
const THROTTLED: Duration = Duration::from_secs(10);

/// Pause before the answer to a message that is not admitted. The message takes no turn of the
/// client, because others need them.
const REFUSED: Duration = Duration::from_secs(1);

/// Number of the next acknowledgement.
static ACKS: AtomicU64 = AtomicU64::new(1);

/// Result of a message that was processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Done {
	/// The patient is not enrolled, so nothing is kept.
	NotEnrolled,
	/// Nothing is new.
	Unchanged,
	/// Identifiers were kept.
	Kept,
	/// A merge waits for a person.
	Merge,
	/// A document has a new version.
	Revised,
	/// A document was added.
	Added,
}

impl Done {
	fn label(self) -> &'static str {
		match self {
			Self::NotEnrolled => "not-enrolled",
			Self::Unchanged => "unchanged",
			Self::Kept => "kept",
			Self::Merge => "merge",
			Self::Revised => "revised",
			Self::Added => "added",
		}
	}
}

/// Reason why a message is not processed.
pub(super) enum MessageRefusal {
	/// The message is wrong.
	Problem(Problem),
	/// The server or the chain cannot process the message now.
	Fault(Fault),
	/// Too many merges wait.
	Full,
	/// The end of the frame is not certain.
	Torn,
}

impl From<Problem> for MessageRefusal {
	fn from(problem: Problem) -> Self {
		Self::Problem(problem)
	}
}

impl From<Fault> for MessageRefusal {
	fn from(fault: Fault) -> Self {
		Self::Fault(fault)
	}
}

impl From<IdentifierError> for MessageRefusal {
	fn from(error: IdentifierError) -> Self {
		Self::Fault(error.into())
	}
}

impl From<MergeError> for MessageRefusal {
	fn from(error: MergeError) -> Self {
		match error {
			MergeError::Full => Self::Full,
			MergeError::TooMany => {
				Self::Problem(Problem::new(Condition::TooLong, "too-many", error.to_string()))
			}
			MergeError::File(error) => error.into(),
		}
	}
}

impl MessageRefusal {
	/// Returns what the sender learns: AE if it must correct something, AR if it can send the same
	/// again later.
	fn outcome(self) -> Outcome {
		match self {
			Self::Problem(problem) => Outcome::Wrong(problem),
			Self::Full => {
				let text = MergeError::Full.to_string();
				Outcome::NotNow(Problem::new(Condition::Internal, "too-many-merges", text))
			}
			// The sender keeps the message, and nothing is lost.
			Self::Torn => Outcome::NotNow(Problem::of_torn_frame()),
			Self::Fault(fault) => {
				let condition = match fault.code() {
					"taken" | "other-patient" => Condition::DuplicateKey,
					"not-found" | "unknown-patient" => Condition::UnknownKey,
					"busy" | "added-meanwhile" | "other-version" => Condition::Locked,
					_ => Condition::Internal,
				};
				let problem = Problem::new(condition, fault.code(), fault.text());
				match fault.may_pass() {
					true => Outcome::NotNow(problem),
					false => Outcome::Wrong(problem),
				}
			}
		}
	}
}

/// Result of a message.
pub(super) type Processed = Result<Done, MessageRefusal>;

/// The place where the messages of one address are processed.
pub(super) struct Desk {
	pub(super) gateway: Arc<Gateway>,
	/// Index of the address in the configuration.
	pub(super) index: usize,
	pub(super) access: Access,
	pub(super) metrics: Arc<Metrics>,
	pub(super) versions: Versions,
	pub(super) locks: Arc<Locks>,
}

impl Desk {
	pub(super) fn config(&self) -> Result<&Hl7Config, Fault> {
		self.gateway.config.hl7.get(self.index).ok_or_else(Fault::not_found)
	}

	/// Counts a connection that was refused or broken off.
	pub(super) fn refused(&self, reason: &'static str) {
		self.metrics.refused.with_label_values(&[reason]).inc();
		tracing::debug!(reason, "an HL7 v2 connection was refused or broken off");
	}

	/// Processes a message, and returns the acknowledgements that its sender demands.
	pub(super) async fn answer(self: Arc<Self>, received: Received) -> Vec<Vec<u8>> {
		let content = &received.frame.content;
		let head = content.get(..content.len().min(HEAD)).unwrap_or_default().to_vec();
		let desk = self.clone();
		// The task continues if the connection breaks off, so that a repetition finds it done.
		let processing = tokio::spawn(async move {
			let mut label = "other";
			let processed = timeout(PROCESSING, desk.process(received, &mut label)).await;
			(label, processed.unwrap_or_else(|_| Err(too_long_under_way().into())))
		});
		let (label, processed) = processing.await.unwrap_or_else(|_| {
			let text = "an internal fault stopped this message; report it to the server's operator";
			let problem = Problem::new(Condition::Internal, "failure", text);
			("other", Err(MessageRefusal::Problem(problem)))
		});
		let (outcome, counted) = match processed {
			Ok(done) => (Outcome::Accepted, done.label()),
			Err(refusal) => {
				let outcome = refusal.outcome();
				let counted =
					if matches!(outcome, Outcome::NotNow(_)) { "not-now" } else { "wrong" };
				(outcome, counted)
			}
		};
		self.metrics.messages.with_label_values(&[label, counted]).inc();
		if let Outcome::Wrong(problem) | Outcome::NotNow(problem) = &outcome {
			let code = problem.code;
			tracing::info!(
				of_type = label,
				outcome = counted,
				code,
				"an HL7 v2 message was refused"
			);
		}
		let now = seconds();
		let id = format!("{now:x}.{}", ACKS.fetch_add(1, Ordering::Relaxed));
		acknowledgements(&head, &outcome, &id, i64::try_from(now).unwrap_or_default())
	}

	async fn process(&self, mut received: Received, label: &mut &'static str) -> Processed {
		let config = self.config()?;
		let header = match self.admitted(config, &received, label) {
			Ok(header) => header,
			Err(refusal) => {
				drop(received);
				sleep(REFUSED).await;
				return Err(refusal);
			}
		};
		self.wait_for_turn().await?;
		// The message holds its room until it is processed.
		let Received { frame, .. } = &mut received;
		match frame.extent {
			Extent::Whole => {}
			Extent::Head => {
				let text = "a message has at most 64 MiB; split it";
				return Err(Problem::new(Condition::TooLong, "too-large", text).into());
			}
			Extent::Torn => return Err(MessageRefusal::Torn),
		}
		let content = std::mem::take(&mut frame.content);
		let message = block_in_place(|| Message::parse(content, config.charset()))?;
		match *label {
			"ADT^A01" | "ADT^A04" | "ADT^A08" => self.identify(&message).await,
			"ADT^A40" => self.merge(&message).await,
			"MDM^T02" | "ORU^R01" => self.file(&message, &header).await,
			_ => {
				let text =
					"this server takes ADT^A01, A04, A08 and A40, MDM^T02 and ORU^R01; do not \
				            send it other messages";
				let is_of_known = matches!(&*header.code, "ADT" | "MDM" | "ORU");
				let (condition, code) = match is_of_known {
					true => (Condition::EventCode, "event"),
					false => (Condition::MessageType, "message-type"),
				};
				Err(Problem::new(condition, code, text).at("MSH", 9).into())
			}
		}
	}

	/// Returns whether a message with this beginning is processed, or only refused.
	pub(super) fn admits(&self, head: &[u8]) -> bool {
		self.config().is_ok_and(|config| {
			let header = Header::at_start_of(head, config.charset());
			let is_development = self.gateway.config.development;
			header.is_ok_and(|header| check(config, &header, is_development).is_ok())
		})
	}

	/// Reads the header of a message. Refuses one that has no room, or is not a sender's.
	fn admitted(
		&self,
		config: &Hl7Config,
		received: &Received,
		label: &mut &'static str,
	) -> Result<Header, MessageRefusal> {
		if !received.has_room {
			let text = "too many messages are being received; send this one again later";
			let status = StatusCode::SERVICE_UNAVAILABLE;
			return Err(Fault::new(status, IssueKind::Throttled, "no-room", text).into());
		}
		let header = Header::at_start_of(&received.frame.content, config.charset())?;
		*label = label_of(&header);
		check(config, &header, self.gateway.config.development)?;
		Ok(header)
	}

	/// Waits until the client may do something again.
	async fn wait_for_turn(&self) -> Result<(), Fault> {
		let waiting = async {
			while self.access.client.limit.check().is_err() {
				sleep(Duration::from_millis(50)).await;
			}
		};
		timeout(THROTTLED, waiting).await.map_err(|_| {
			let text = "this client sends too many messages; send this one again later";
			let status = StatusCode::TOO_MANY_REQUESTS;
			Fault::new(status, IssueKind::Throttled, "too-many-requests", text)
		})
	}

	/// Refuses what the client's scopes do not cover.
	pub(super) fn allow(&self, resource: &str, act: Act) -> Result<(), Fault> {
		allowed(&self.access.scopes, resource, act)
	}
}

/// Refuses a message of another sender, or one that is not for production.
fn check(config: &Hl7Config, header: &Header, is_development: bool) -> Result<(), Problem> {
	if !config.takes(header) {
		let text = "messages of this application and facility are not taken here; have the \
		            operator add them to `senders`";
		return Err(Problem::new(Condition::TableValue, "sender", text).at("MSH", 3));
	}
	let is_for_production = matches!(&*header.processing_id, "" | "P");
	if !is_for_production && !is_development {
		let text = "the message is for training or debugging; send production messages (P)";
		return Err(Problem::new(Condition::ProcessingId, "processing-id", text).at("MSH", 11));
	}
	Ok(())
}

fn allowed(scopes: &Scopes, resource: &str, act: Act) -> Result<(), Fault> {
	if scopes.allow(resource, act) {
		return Ok(());
	}
	let text = format!(
		"the client lacks {}; have the operator add it to its `scopes`",
		act.scope(resource)
	);
	Err(Fault::new(StatusCode::FORBIDDEN, IssueKind::Forbidden, "scope", text))
}

fn too_long_under_way() -> Fault {
	let text = "the message was not processed in time; send it again later";
	Fault::new(StatusCode::GATEWAY_TIMEOUT, IssueKind::Timeout, "deadline", text)
}

/// Returns the type of a message as a label of metrics.
fn label_of(header: &Header) -> &'static str {
	const KNOWN: [(&str, &str, &str); 6] = [
		("ADT", "A01", "ADT^A01"),
		("ADT", "A04", "ADT^A04"),
		("ADT", "A08", "ADT^A08"),
		("ADT", "A40", "ADT^A40"),
		("MDM", "T02", "MDM^T02"),
		("ORU", "R01", "ORU^R01"),
	];
	let found =
		KNOWN.iter().find(|(code, event, _)| *code == header.code && *event == header.event);
	found.map_or("other", |(.., label)| label)
}

/// Returns the seconds since 1970.
fn seconds() -> u64 {
	SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn only_what_can_be_sent_again_is_rejected() {
		let fault = |status, code| Fault::new(status, IssueKind::Exception, code, "x");
		for (status, code, is_not_now, condition) in [
			(StatusCode::SERVICE_UNAVAILABLE, "node-unreachable", true, Condition::Internal),
			(StatusCode::SERVICE_UNAVAILABLE, "no-room", true, Condition::Internal),
			(StatusCode::CONFLICT, "added-meanwhile", true, Condition::Locked),
			(StatusCode::PRECONDITION_FAILED, "other-version", true, Condition::Locked),
			(StatusCode::INTERNAL_SERVER_ERROR, "identifiers", true, Condition::Internal),
			(StatusCode::CONFLICT, "taken", false, Condition::DuplicateKey),
			(StatusCode::BAD_REQUEST, "other-patient", false, Condition::DuplicateKey),
			(StatusCode::NOT_FOUND, "not-found", false, Condition::UnknownKey),
			(StatusCode::BAD_REQUEST, "unknown-patient", false, Condition::UnknownKey),
			(StatusCode::FORBIDDEN, "not-permitted", false, Condition::Internal),
			(StatusCode::GONE, "erased", false, Condition::Internal),
		] {
			let (is_rejected, problem) = match MessageRefusal::from(fault(status, code)).outcome() {
				Outcome::NotNow(problem) => (true, problem),
				Outcome::Wrong(problem) => (false, problem),
				Outcome::Accepted => panic!("{code}"),
			};
			assert_eq!((is_rejected, problem.condition), (is_not_now, condition), "{code}");
			assert_eq!(problem.code, code);
		}
		assert!(matches!(MessageRefusal::Full.outcome(), Outcome::NotNow(_)));
		assert_eq!(MessageRefusal::Torn.outcome(), Outcome::NotNow(Problem::of_torn_frame()));
		assert!(matches!(MessageRefusal::from(MergeError::TooMany).outcome(), Outcome::Wrong(_)));
	}

	#[test]
	fn only_messages_for_production_are_taken() {
		let config = "listen = \"[::1]:2575\"\nclient = \"his\"\ncategory = \"laboratory\"\n\
		              senders = [{ application = \"LAB\", facility = \"HOSP\" }]";
		let config: Hl7Config = toml::from_str(config).unwrap();
		let of = |facility: &str, id: &str, is_development| {
			let text = format!("MSH|^~\\&|LAB|{facility}|||1||ADT^A08|1|{id}|2.5");
			let header = Header::at_start_of(text.as_bytes(), None).unwrap();
			check(&config, &header, is_development).map_err(|problem| problem.condition)
		};
		for id in ["P", "P^T", ""] {
			assert_eq!(of("HOSP", id, false), Ok(()), "{id}");
		}
		for id in ["T", "D", "p"] {
			assert_eq!(of("HOSP", id, false), Err(Condition::ProcessingId), "{id}");
			assert_eq!(of("HOSP", id, true), Ok(()), "{id}");
		}
		assert_eq!(of("OTHER", "P", true), Err(Condition::TableValue));
	}

	#[test]
	fn no_label_comes_from_a_sender() {
		let header = |code: &str, event: &str| {
			let text = format!("MSH|^~\\&|A|B|||1||{code}^{event}|1|P|2.5");
			Header::of(&Message::parse(text.into_bytes(), None).unwrap()).unwrap()
		};
		assert_eq!(label_of(&header("ORU", "R01")), "ORU^R01");
		assert_eq!(label_of(&header("ADT", "MRN0815")), "other");
	}
}
