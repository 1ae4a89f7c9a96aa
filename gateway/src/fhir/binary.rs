//! Binary: opening a version, which is a request on the patient's log.

use std::{
	fs::File,
	io,
	os::unix::fs::FileExt,
	sync::{Arc, Mutex, PoisonError},
	time::Duration,
};

use axum::{
	body::{Body, Bytes},
	http::{header, HeaderMap, HeaderName, HeaderValue, StatusCode},
	response::{IntoResponse, Response},
};
use base64::{engine::general_purpose::STANDARD, Engine};
use futures::{future, stream, Stream, StreamExt, TryStreamExt};
use http_range_header::{parse_range_header, ParsedRanges, RangeUnsatisfiableError};
use salus_client::{
	primitives::{Action, Question, RecordDetails, RecordEntry, RecordId, Version, VersionState},
	Account, Error, OutputError, Progress, Request, Room, Source,
};
use salus_fhir::{id, incoming, outcome::IssueKind, MEDIA_TYPE};
use serde_json::json;
use tokio::time::sleep;

use super::{document, is_own, located, query::prefers};
use crate::{
	app::{self, Gateway},
	auth::Access,
	body::{receive, MAX_BODY},
	fault::{Answer, Fault},
	openings::Openings,
	readings::Turn,
	share::{self, Counted},
};

/// Size of the parts in which content is sent, in bytes: a multiple of 3, so that the parts in
/// base64 are the whole in base64.
const PART: usize = 192 * 1024;

/// Longest wait for a version that was just added.
const STORED: Duration = Duration::from_secs(15);

/// Longest time for which the next reading of a version waits while an answer is sent. The client
/// may have left without a sign, or read another answer first.
const SENDING: Duration = Duration::from_secs(30);

/// Ends a reading: the next one of the version is another request.
type End = Box<dyn FnOnce() + Send>;

/// Content of a version, verified.
pub(crate) struct Content {
	file: File,
	/// Its size, in bytes.
	size: u64,
	media_type: String,
	version: u32,
	patient: Account,
	/// Its room on this server.
	counted: Vec<Counted>,
	/// Call that ends its reading once it has been sent. If it is dropped before, the next reading
	/// continues with the same request.
	end: Mutex<Option<End>>,
	/// Its turn, while an answer with it is sent and nobody else may use its request.
	turn: Mutex<Option<Turn>>,
}

impl Content {
	/// Ends its reading, because an answer with it has been sent.
	fn sent(&self) {
		let end = self.end.lock().unwrap_or_else(PoisonError::into_inner).take();
		if let Some(end) = end {
			end();
		}
		// Only now: the next reading must not continue with the request of this one.
		self.leave_turn();
	}

	fn leave_turn(&self) {
		drop(self.turn.lock().unwrap_or_else(PoisonError::into_inner).take());
	}

	/// Keeps a turn until an answer with it has been sent, or it is dropped, but no longer than
	/// `limit`.
	fn in_turn(self, turn: Turn, limit: Duration) -> Arc<Self> {
		let content = Arc::new(Self { turn: Mutex::new(Some(turn)), ..self });
		let kept = Arc::downgrade(&content);
		tokio::spawn(async move {
			sleep(limit).await;
			if let Some(content) = kept.upgrade() {
				content.leave_turn();
			}
		});
		content
	}

	/// Keeps its room on this server until it is dropped. Fails if it needs more than was counted
	/// before it was open, and there is none.
	pub(crate) fn counted_by(mut self, mut counted: Counted) -> Answer<Self> {
		let before =
			self.counted.iter().fold(counted.bytes, |sum, one| sum.saturating_add(one.bytes));
		let more = self.size.saturating_sub(before);
		// If it has its room already, it keeps it, even if others find none.
		if more > 0 && !counted.add(more) {
			return Err(share::no_room());
		}
		self.counted.push(counted);
		Ok(self)
	}
}

/// Opens a version, or begins to, or sends one that is open.
pub(crate) async fn read(
	gateway: &Arc<Gateway>,
	access: &Arc<Access>,
	id: &str,
	headers: &HeaderMap,
) -> Answer<Response> {
	if let Some(content) = gateway.openings.content(&access.client.id, access.purpose, id) {
		return send(gateway, content, id, headers);
	}
	let version = id::parse_binary(id).ok_or_else(Fault::not_found)?;
	let permitted = permitted(gateway, access, version).await?;
	if prefers(headers, "respond-async") {
		return begin(gateway, access, version, permitted);
	}
	// A client that leaves while it waits leaves the queue.
	let turn = gateway.readings.turn(access, version).await;
	let counted = gateway.openings.count(&access.client, permitted.unwrap_or_default())?;
	let opening = {
		let (gateway, access) = (gateway.clone(), access.clone());
		async move {
			let content = open(&gateway, &access, version, room(permitted)).await?;
			content.counted_by(counted).map(|content| content.in_turn(turn, SENDING))
		}
	};
	let content = access.client.work.to_end(opening).await?;
	send(gateway, content, id, headers)
}

/// Returns the size of a version's ciphertext, if the client may open it now, or is the patient's
/// own. Others learn of its size only by a request, which is on the patient's log.
async fn permitted(
	gateway: &Gateway,
	access: &Access,
	(record, version): (RecordId, Version),
) -> Answer<Option<u64>> {
	let view = gateway.client.told();
	let Some(details) = view.record(&record).await.map_err(Error::from)? else { return Ok(None) };
	let RecordEntry::Live(live) = &details.entry else { return Ok(None) };
	let Some(found) = details.versions.iter().find(|one| one.version == version) else {
		return Ok(None);
	};
	let question = Question {
		reader: access.client.signer.account(),
		record,
		version: Some(version),
		purpose: access.purpose,
		action: Action::Read,
	};
	let decision = view.decide(&question).await.map_err(Error::from)?;
	// A patient opens what was withdrawn, too.
	let may_open = decision.is_permit() || is_own(view, access, &live.patient).await?;
	Ok(may_open.then_some(found.info.content.size))
}

/// Largest ciphertext, in bytes, that is fetched without counting it first for a client that was
/// not permitted to open it when it asked.
const UNEXPECTED: u64 = 4 << 20;

/// Returns the room for a version whose size [`permitted`] returned. None is reserved for a client
/// that may not open it.
pub(crate) fn room(permitted: Option<u64>) -> Room {
	match permitted {
		Some(_) => Room::Reserved,
		None => Room::Growing { limit: UNEXPECTED },
	}
}

/// Begins to open a version, and answers with the task. `permitted` is its size, if the client may
/// open it. Otherwise, the task says why not.
fn begin(
	gateway: &Arc<Gateway>,
	access: &Arc<Access>,
	version: (RecordId, Version),
	permitted: Option<u64>,
) -> Answer<Response> {
	let task = Openings::begin(gateway, access, version, permitted)?;
	let mut response = app::resource(StatusCode::ACCEPTED, &task.resource());
	let headers = response.headers_mut();
	let location = format!("{}/Task/{}", gateway.base(), task.id);
	if let Ok(location) = HeaderValue::from_str(&location) {
		headers.insert(header::CONTENT_LOCATION, location);
	}
	headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
	headers.insert("preference-applied", HeaderValue::from_static("respond-async"));
	Ok(response)
}

/// Opens a version, which is a request on the patient's log. Nothing is returned before all of it
/// is verified. The caller has the turn of this reading.
pub(crate) async fn open(
	gateway: &Gateway,
	access: &Access,
	(record, version): (RecordId, Version),
	room: Room,
) -> Answer<Content> {
	match open_live(gateway, access, record, version, room).await {
		// The patient erased it meanwhile.
		Err(fault) if fault.code() == "erased" => {
			let live = document::live(gateway, access, &record).await;
			Err(live.err().unwrap_or_else(Fault::not_found))
		}
		opened => opened,
	}
}

async fn open_live(
	gateway: &Gateway,
	access: &Access,
	record: RecordId,
	version: Version,
	room: Room,
) -> Answer<Content> {
	// Before anything is requested: an answer without the patient would be a read that failed.
	let details = document::live(gateway, access, &record).await?;
	let RecordEntry::Live(live) = &details.entry else { return Err(Fault::not_found()) };
	let patient = live.patient;
	wait_until_stored(gateway, record, version, &details).await?;
	let request = Request { version: Some(version), ..Request::latest(record, access.purpose) };
	let progress: Arc<dyn Progress> = Arc::new(());
	let signer = &access.client.signer;
	let (client, state, node) = (&gateway.client, Some(&gateway.state), &Source::Node);
	let get = |room| client.get_file(signer, state, &request, node, room, &progress);
	let mut counted = None;
	let (opened, file, note) = match get(room).await {
		// The key was released all the same: it was permitted meanwhile, or by the request with
		// which this reading continues. So the client may know the size, and there can be room.
		Err(Error::Output(OutputError::Unexpected { size })) => {
			counted = Some(gateway.openings.count(&access.client, size)?);
			get(Room::Reserved).await?
		}
		opened => opened?,
	};
	let (size, media_type) = (opened.size, opened.descriptor.media_type);
	let end = Mutex::new(note.map(|note| -> End { Box::new(|| note.forget()) }));
	let counted = counted.into_iter().collect();
	let turn = Mutex::default();
	Ok(Content { file, size, media_type, version, patient, counted, end, turn })
}

/// Sends content: as a resource to a client that takes only FHIR, or else as it is.
fn send(
	gateway: &Gateway,
	content: Arc<Content>,
	id: &str,
	headers: &HeaderMap,
) -> Answer<Response> {
	let (version, patient) = (content.version, content.patient);
	// A client that speaks FHIR must not take an author's resource for one of this server.
	let is_wrapped = takes_only_fhir(headers) || (is_resource(&content) && names_fhir(headers));
	let mut response = match is_wrapped {
		true => wrapped(content, id)?,
		false => plain(content, headers),
	};
	let headers = response.headers_mut();
	headers.insert(header::VARY, HeaderValue::from_static("accept"));
	headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
	// A browser must not run what an author put into a record.
	headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
	headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
	headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
	let context = format!("{}/Patient/{patient}", gateway.base());
	let context = (HeaderName::from_static("x-security-context"), context);
	for (name, value) in [(header::ETAG, format!("W/\"{version}\"")), context] {
		if let Ok(value) = HeaderValue::from_str(&value) {
			headers.insert(name, value);
		}
	}
	Ok(response)
}

/// Answers with content as it is, or with a range of it.
fn plain(content: Arc<Content>, headers: &HeaderMap) -> Response {
	let (size, range) = (content.size, range_of(headers));
	let part = match range.map(|range| range.validate(size)) {
		Some(Err(RangeUnsatisfiableError::Unsatisfiable)) => return not_in_content(size),
		Some(Ok(ranges)) if ranges.len() == 1 => ranges.into_iter().next(),
		// Several ranges, and those that make no sense, are answered with the whole.
		_ => None,
	};
	let (from, until) =
		part.as_ref().map_or((0, size), |part| (*part.start(), part.end().saturating_add(1)));
	let sent_as = HeaderValue::from_str(&content.media_type);
	let length = until.saturating_sub(from);
	let body = until_sent(content.clone(), length, parts(content, from, until));
	let mut response = Body::from_stream(body).into_response();
	let headers = response.headers_mut();
	let unknown = HeaderValue::from_static("application/octet-stream");
	headers.insert(header::CONTENT_TYPE, sent_as.unwrap_or(unknown));
	headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
	headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
	if let Some(part) = part {
		let range = format!("bytes {}-{}/{size}", part.start(), part.end());
		if let Ok(range) = HeaderValue::from_str(&range) {
			headers.insert(header::CONTENT_RANGE, range);
		}
		*response.status_mut() = StatusCode::PARTIAL_CONTENT;
	}
	response
}

/// Answers with content as a Binary resource, whole: a server may ignore ranges. The text is made
/// while it is sent, so it takes no room.
fn wrapped(content: Arc<Content>, id: &str) -> Answer<Response> {
	let (length, body) = as_resource(content.clone(), id).ok_or_else(|| {
		let (status, text) = (StatusCode::INTERNAL_SERVER_ERROR, "cannot make the resource");
		Fault::new(status, IssueKind::Exception, "failure", text)
	})?;
	let body = until_sent(content, length, body);
	let mut response = Body::from_stream(body).into_response();
	let headers = response.headers_mut();
	headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
	headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
	headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("none"));
	Ok(response)
}

/// Returns the range that a request asks for. A condition for it is never met, because entity tags
/// of this server are weak.
fn range_of(headers: &HeaderMap) -> Option<ParsedRanges> {
	let given = headers.get(header::RANGE).filter(|_| !headers.contains_key(header::IF_RANGE))?;
	parse_range_header(given.to_str().ok()?).ok()
}

/// Returns the answer to a range that begins after the end.
fn not_in_content(size: u64) -> Response {
	let text = format!("the content has {size} bytes; ask for a range of these");
	let status = StatusCode::RANGE_NOT_SATISFIABLE;
	let mut response = Fault::new(status, IssueKind::Value, "range", text).into_response();
	if let Ok(value) = HeaderValue::from_str(&format!("bytes */{size}")) {
		response.headers_mut().insert(header::CONTENT_RANGE, value);
	}
	response
}

/// Returns the parts of a body of `length` bytes. The last one ends the reading: a client that has
/// left before gets the content without another request.
fn until_sent(
	content: Arc<Content>,
	length: u64,
	body: impl Stream<Item = io::Result<Bytes>> + Send,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
	let mut left = length;
	body.inspect_ok(move |part| {
		left = left.saturating_sub(part.len() as u64);
		if left == 0 {
			content.sent();
		}
	})
}

/// Returns the bytes from one position to another, in parts. Others may read the file meanwhile.
fn parts(
	content: Arc<Content>,
	from: u64,
	until: u64,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
	stream::try_unfold(from, move |at| {
		let content = content.clone();
		async move {
			let length = usize::try_from(until.saturating_sub(at)).unwrap_or(PART).min(PART);
			if length == 0 {
				return Ok(None);
			}
			let reading = tokio::task::spawn_blocking(move || {
				let mut part = vec![0; length];
				content.file.read_exact_at(&mut part, at).map(|()| part)
			});
			let part = reading.await.map_err(io::Error::other)??;
			let next = at.saturating_add(part.len() as u64);
			Ok(Some((Bytes::from(part), next)))
		}
	})
}

/// Waits for a version that was just added, until a storage node holds it. Before that, a request
/// for its key would be logged, and nothing could be opened.
async fn wait_until_stored(
	gateway: &Gateway,
	record: RecordId,
	version: Version,
	details: &RecordDetails<Account>,
) -> Answer<()> {
	let is_pending = details
		.versions
		.iter()
		.any(|one| one.version == version && one.info.state == VersionState::Pending);
	if !is_pending {
		return Ok(());
	}
	match gateway.client.wait_until_stored(record, version, STORED).await {
		Ok(_) => Ok(()),
		Err(Error::Deadline { .. }) => {
			let text =
				"no storage node holds this version yet, and nothing was requested; try again \
			            later";
			let status = StatusCode::SERVICE_UNAVAILABLE;
			Err(Fault::new(status, IssueKind::Transient, "not-stored", text))
		}
		Err(error) => Err(error.into()),
	}
}

/// Receives content whose document follows: as it is, or in a Binary resource.
pub(crate) async fn create(
	gateway: &Gateway,
	access: &Access,
	headers: &HeaderMap,
	body: Body,
) -> Answer<Response> {
	let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
	let media_type = media_type.ok_or_else(|| {
		let text = "give the content's media type, as Content-Type";
		let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
		Fault::new(status, IssueKind::Required, "media-type", text)
	})?;
	let client = &access.client;
	let id = match is_fhir(media_type) {
		false => gateway.uploads.receive(client, media_type, headers, body).await?,
		true => {
			let sent = receive(gateway, access, headers, body, MAX_BODY).await?;
			let (media_type, data) = incoming::binary(&sent.text).map_err(Fault::bad)?;
			let none = HeaderMap::new();
			gateway.uploads.receive(client, &media_type, &none, Body::from(data)).await?
		}
	};
	Ok(located(gateway, StatusCode::CREATED.into_response(), &format!("Binary/{id}")))
}

/// Returns whether content is, or could be read as, a FHIR resource.
fn is_resource(content: &Content) -> bool {
	const XML: [&str; 2] = ["application/fhir+xml", "application/xml+fhir"];
	is_fhir(&content.media_type) || is_of(&content.media_type, &XML)
}

fn is_fhir(media_type: &str) -> bool {
	is_of(media_type, &["application/fhir+json", "application/json+fhir"])
}

/// Returns whether a media type, without its parameters, is one of `types`.
fn is_of(media_type: &str, types: &[&str]) -> bool {
	let essence = media_type.split(';').next().unwrap_or_default().trim();
	types.iter().any(|one| one.eq_ignore_ascii_case(essence))
}

/// Returns the media types that a client accepts.
fn accepted(headers: &HeaderMap) -> impl Iterator<Item = &str> {
	let accepts = headers.get_all(header::ACCEPT).iter();
	accepts.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','))
}

/// Returns whether a client names FHIR's JSON among the types that it accepts.
fn names_fhir(headers: &HeaderMap) -> bool {
	accepted(headers).any(is_fhir)
}

/// Returns whether a client takes FHIR and nothing else, as FHIR libraries ask for every resource:
/// its JSON, perhaps with its XML and the general types.
fn takes_only_fhir(headers: &HeaderMap) -> bool {
	const ALSO: [&str; 6] = [
		"application/fhir+xml",
		"application/xml+fhir",
		"application/json",
		"application/xml",
		"text/json",
		"text/xml",
	];
	names_fhir(headers) && accepted(headers).all(|one| is_fhir(one) || is_of(one, &ALSO))
}

/// Returns content as a Binary resource: the length of its text in bytes, and the text in parts.
fn as_resource(
	content: Arc<Content>,
	id: &str,
) -> Option<(u64, impl Stream<Item = io::Result<Bytes>> + Send)> {
	let (size, media_type) = (content.size, &content.media_type);
	let resource =
		json!({ "resourceType": "Binary", "id": id, "contentType": media_type, "data": "" });
	let text = resource.to_string();
	// The data goes between these quotes. Those within values are escaped.
	let (before, tail) = text.split_once(r#""data":""#)?;
	let (head, tail) = (format!(r#"{before}"data":""#), tail.to_owned());
	let data = size.div_ceil(3).saturating_mul(4);
	let length = data.saturating_add((head.len() + tail.len()) as u64);
	let one = |text: String| stream::once(future::ready(Ok(Bytes::from(text))));
	let encoded = parts(content, 0, size).map_ok(|part| Bytes::from(STANDARD.encode(part)));
	Some((length, one(head).chain(encoded).chain(one(tail))))
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use crate::share::{Share, MAX_SIZE};
	use std::{
		io::Write,
		sync::atomic::{AtomicBool, Ordering},
	};

	/// Returns content of the first version of a record.
	pub(crate) fn of(content: &[u8], media_type: &str) -> Content {
		let mut file = tempfile::tempfile().unwrap();
		file.write_all(content).unwrap();
		let (size, media_type) = (content.len() as u64, media_type.to_owned());
		let patient = salus_client::parse_account("//Alice").unwrap();
		let (counted, end, turn) = (Vec::new(), Mutex::default(), Mutex::default());
		Content { file, size, media_type, version: 1, patient, counted, end, turn }
	}

	#[test]
	fn content_is_counted_once() {
		let (share, total) = (Share::default(), Arc::default());
		let mut before = share.count(&total);
		assert!(before.add(8));
		let content = Content { counted: vec![before], ..of(b"all is well", "text/plain") };
		let Ok(content) = content.counted_by(share.count(&total)) else { panic!("there is room") };
		assert_eq!(total.load(Ordering::Relaxed), 11);
		// Another one finds no room.
		let mut other = share.count(&total);
		assert!(!other.add(MAX_SIZE));
		assert!(content.counted_by(share.count(&total)).is_ok(), "its room is its own");
	}

	#[tokio::test]
	async fn ranges_are_those_bytes() {
		let bytes: Vec<u8> = (0..2 * PART + 100).map(|byte| byte as u8).collect();
		let content = Arc::new(of(&bytes, "text/plain"));
		for (from, until) in
			[(0, bytes.len()), (PART - 1, PART + 1), (2 * PART, bytes.len()), (5, 5)]
		{
			let all: Vec<_> = parts(content.clone(), from as u64, until as u64).collect().await;
			let all: Vec<u8> = all.into_iter().flat_map(Result::unwrap).collect();
			assert_eq!(all, bytes[from..until]);
		}
	}

	#[tokio::test]
	async fn content_becomes_a_resource_while_it_is_sent() {
		for length in [1, 2, 3, PART, PART + 1, 2 * PART + 100] {
			let content: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
			let media_type = "text/plain; note=\"data\":\"";
			let of_content = Arc::new(of(&content, media_type));
			let (expected, text) = as_resource(of_content, "abc-1").unwrap();
			let text: Vec<_> = text.map(Result::unwrap).collect().await;
			assert!(text.iter().all(|part| part.len() <= PART / 3 * 4), "parts are bounded");
			let text = text.concat();
			assert_eq!(text.len() as u64, expected);
			let resource: serde_json::Value = serde_json::from_slice(&text).unwrap();
			assert_eq!(
				(&resource["id"], &resource["contentType"]),
				(&"abc-1".into(), &media_type.into())
			);
			assert_eq!(STANDARD.decode(resource["data"].as_str().unwrap()).unwrap(), content);
		}
	}

	#[tokio::test]
	async fn a_range_of_a_resource_is_the_whole() {
		let content = Arc::new(of(b"abc", "text/plain"));
		let range = [(header::RANGE, HeaderValue::from_static("bytes=0-0"))].into_iter().collect();
		let answer = wrapped(content.clone(), "abc-1").unwrap();
		assert_eq!(
			(answer.status(), &answer.headers()[header::ACCEPT_RANGES]),
			(StatusCode::OK, &HeaderValue::from_static("none"))
		);
		assert_eq!(plain(content, &range).status(), StatusCode::PARTIAL_CONTENT);
	}

	/// A client that leaves before the end must not need another request.
	#[tokio::test]
	async fn a_reading_ends_when_an_answer_has_been_sent() {
		let ended = Arc::new(AtomicBool::new(false));
		let content = || {
			let (ended, bytes) = (ended.clone(), vec![7u8; PART + 1]);
			let end: End = Box::new(move || ended.store(true, Ordering::Relaxed));
			let content = of(&bytes, "text/plain");
			Arc::new(Content { end: Mutex::new(Some(end)), ..content })
		};
		let range = [(header::RANGE, HeaderValue::from_static("bytes=0-9"))].into_iter().collect();
		// Each with the number of its parts.
		let answers = [
			(plain(content(), &HeaderMap::new()), 2),
			(plain(content(), &range), 1),
			(wrapped(content(), "abc-1").unwrap(), 4),
		];
		for (answer, parts) in answers {
			let mut body = answer.into_body().into_data_stream();
			for _ in 0..parts {
				assert!(!ended.load(Ordering::Relaxed));
				body.next().await.unwrap().unwrap();
			}
			assert!(ended.swap(false, Ordering::Relaxed));
		}
		let beyond = [(header::RANGE, HeaderValue::from_static("bytes=999999-"))];
		let refused = plain(content(), &beyond.into_iter().collect());
		assert_eq!(refused.status(), StatusCode::RANGE_NOT_SATISFIABLE);
		assert!(!ended.load(Ordering::Relaxed), "nothing of the content was sent");
	}

	/// Otherwise, several answers could be sent for one request on the patient's log.
	#[tokio::test]
	async fn the_next_reading_waits_until_an_answer_was_sent() {
		let queue = Arc::new(tokio::sync::Mutex::new(()));
		let next = || queue.clone().try_lock_owned().ok();
		let ended = Arc::new(AtomicBool::new(false));
		let answer = |limit| {
			let (ended, queue) = (ended.clone(), queue.clone());
			let end: End = Box::new(move || {
				assert!(queue.try_lock().is_err(), "its turn ends after the reading");
				ended.store(true, Ordering::Relaxed);
			});
			let content = of(&[7; PART + 1], "text/plain");
			let content = Content { end: Mutex::new(Some(end)), ..content };
			let content = content.in_turn(next().unwrap(), limit);
			plain(content, &HeaderMap::new()).into_body().into_data_stream()
		};
		let long = Duration::from_secs(3_600);
		let mut whole = answer(long);
		whole.next().await.unwrap().unwrap();
		assert!(next().is_none());
		whole.next().await.unwrap().unwrap();
		assert!(next().is_some() && ended.swap(false, Ordering::Relaxed));

		// One that breaks off, or does not go on, leaves its request to the next.
		let mut broken = answer(long);
		broken.next().await.unwrap().unwrap();
		assert!(next().is_none());
		drop(broken);
		assert!(next().is_some());
		let mut slow = answer(Duration::from_millis(50));
		slow.next().await.unwrap().unwrap();
		let waiting = async {
			while next().is_none() {
				sleep(Duration::from_millis(5)).await;
			}
		};
		tokio::time::timeout(Duration::from_secs(60), waiting).await.unwrap();
		let _other = next().unwrap();
		assert!(!ended.load(Ordering::Relaxed));
		slow.next().await.unwrap().unwrap();
		assert!(ended.load(Ordering::Relaxed));
	}

	#[test]
	fn resources_of_authors_are_wrapped_in_each_form() {
		for (media_type, expected) in [
			("application/fhir+json; charset=utf-8", true),
			("application/FHIR+xml", true),
			("application/xml+fhir", true),
			("application/xml", false),
		] {
			assert_eq!(is_resource(&of(b"x", media_type)), expected, "{media_type}");
		}
	}

	#[test]
	fn only_a_client_of_fhir_gets_a_resource() {
		let takes = |accepts: &[&str]| {
			let mut headers = HeaderMap::new();
			for accept in accepts {
				headers.append(header::ACCEPT, HeaderValue::from_str(accept).unwrap());
			}
			takes_only_fhir(&headers)
		};
		assert!(takes(&["application/fhir+json"]));
		assert!(takes(&["application/fhir+json;q=1.0, application/json+fhir;q=0.9"]));
		// As HAPI asks.
		assert!(takes(&["application/fhir+xml;q=1.0, application/fhir+json;q=1.0", "text/xml"]));
		for accepts in [
			&[][..],
			&["*/*"],
			&["application/json"],
			&["application/fhir+json, */*;q=0.1"],
			&["application/pdf"],
		] {
			assert!(!takes(accepts), "{accepts:?}");
		}
	}
}
