//! Binary: opening a version, which is a request on the patient's log.

use std::{
	io::{self, Read, Seek, SeekFrom},
	sync::{Arc, Mutex, OnceLock, PoisonError},
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
	primitives::{
		Action, Moment, Question, RecordDetails, RecordEntry, RecordId, RequestId, Version,
		VersionState,
	},
	Account, Error, OutputError, Progress, Request, Room, Scratch, Source, View,
};
use salus_fhir::{id, incoming, outcome::IssueKind, MEDIA_TYPE};
use serde_json::json;

use super::{document, is_own, located, query::prefers};
use crate::{
	app::{self, Gateway},
	auth::Access,
	body::{receive, MAX_BODY, RESOURCES},
	fault::{Answer, Fault},
	media::{is_one_of, sends, takes_json, wanted},
	openings::Openings,
	readings::Turn,
	share::{self, Counted},
	subscriptions::now,
};

/// Size of the parts in which content is sent, in bytes: a multiple of 3, so that the parts in
/// base64 are the whole in base64.
const PART: usize = 192 * 1024;

/// Longest wait for a version that was just added.
const STORED: Duration = Duration::from_secs(15);

/// Ends a reading: the next one of the version is another request.
type End = Box<dyn FnOnce() + Send>;

/// Content of a version, verified.
pub(crate) struct Content {
	scratch: Scratch,
	/// Its size, in bytes.
	size: u64,
	media_type: String,
	record: RecordId,
	version: Version,
	patient: Account,
	/// The logged request by which its key was released; `None` if a wrap opened it.
	request: Option<RequestId>,
	/// End of that release, in milliseconds since 1970, once it is known.
	expires: OnceLock<Moment>,
	/// Its room on this server.
	counted: Vec<Counted>,
	/// Call that ends its reading once it has been sent. If it is dropped before, the next reading
	/// continues with the same request.
	end: Mutex<Option<End>>,
	/// Its turn, until an answer has been sent whole.
	turn: Mutex<Option<Turn>>,
}

impl Content {
	/// Keeps a turn until an answer with it has been sent, or it is dropped: the connection ends if
	/// its client reads nothing.
	fn in_turn(self, turn: Turn) -> Self {
		Self { turn: Mutex::new(Some(turn)), ..self }
	}

	/// Ends the reading, and then its turn.
	fn sent(&self) {
		let end = self.end.lock().unwrap_or_else(PoisonError::into_inner).take();
		if let Some(end) = end {
			end();
		}
		drop(self.turn.lock().unwrap_or_else(PoisonError::into_inner).take());
	}

	/// Returns whether its reader may still have it: a patient can revoke a grant, and a hospital
	/// dismiss a member, after the key was released.
	///
	/// The node's word about its best block can refuse, because a revocation there may not be final
	/// yet. It cannot permit: that takes a proof from a recent final block.
	async fn stands(&self, gateway: &Gateway, access: &Access) -> Answer<bool> {
		let (reported, proven) = (gateway.client.reported(), gateway.client.proven());
		Ok(self.stands_in(reported, access).await?
			&& self.stands_in(proven, access).await?
			&& !self.has_expired(proven).await?)
	}

	/// Returns whether its reader may have it in a view of the chain.
	async fn stands_in(&self, view: View<'_>, access: &Access) -> Answer<bool> {
		match self.request {
			Some(request) => Ok(view.release_stands(request).await.map_err(Error::from)?),
			None => Ok(permitted_in(view, access, (self.record, self.version)).await?.is_some()),
		}
	}

	/// Returns whether its release has ended by this machine's clock. That of a final block can be
	/// ten minutes behind.
	async fn has_expired(&self, view: View<'_>) -> Answer<bool> {
		let Some(request) = self.request else { return Ok(false) };
		let known = self.expires.get().copied();
		let expires = match known {
			Some(expires) => expires,
			None => match view.release(request).await.map_err(Error::from)? {
				Some(details) => *self.expires.get_or_init(|| details.release.expires),
				None => return Ok(true),
			},
		};
		Ok(is_over(expires, now()))
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

/// Returns whether a release that ends at this time has ended.
fn is_over(expires: Moment, now: Moment) -> bool {
	expires <= now
}

/// Opens a version, or begins to, or sends one that is open.
pub(crate) async fn read(
	gateway: &Arc<Gateway>,
	access: &Arc<Access>,
	id: &str,
	headers: &HeaderMap,
) -> Answer<Response> {
	let opened = gateway.openings.content(&access.client.id, access.purpose, id);
	let version = match &opened {
		Some(content) => (content.record, content.version),
		None => id::parse_binary(id).ok_or_else(Fault::not_found)?,
	};
	if let Some(content) = opened {
		if content.stands(gateway, access).await? {
			return send(gateway, content, id, headers);
		}
		// Otherwise, this is a read like any other, so that the patient's log has it.
	}
	let permitted = permitted_in(gateway.client.reported(), access, version).await?;
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
			content.counted_by(counted).map(|content| Arc::new(content.in_turn(turn)))
		}
	};
	let content = access.client.work.to_end(opening).await?;
	send(gateway, content, id, headers)
}

/// Returns the size of a version's ciphertext, if the client may open it now, or is the patient's
/// own. Others learn of its size only by a request, which is on the patient's log.
async fn permitted_in(
	view: View<'_>,
	access: &Access,
	(record, version): (RecordId, Version),
) -> Answer<Option<u64>> {
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

/// Returns the room for a version whose size [`permitted_in`] returned. None is reserved for a
/// client that may not open it.
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
		// The patient erased it while it was being opened.
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
	// Another client with the same account makes its own request, which is on the patient's log.
	let state = gateway.state.for_client(&access.client.id);
	let (client, state, node) = (&gateway.client, Some(&state), &Source::Node);
	let get = |room| client.get_file(signer, state, &request, node, room, &progress);
	let mut counted = None;
	let (opened, scratch, note) = match get(room).await {
		// The key was released all the same: it was permitted by now, or by the request with
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
	let request = opened.request;
	Ok(Content {
		scratch,
		size,
		media_type,
		record,
		version,
		patient,
		request,
		expires: OnceLock::new(),
		counted,
		end,
		turn: Mutex::default(),
	})
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
	body.map(move |part| {
		let part = part?;
		left = left.saturating_sub(part.len() as u64);
		if left == 0 {
			content.sent();
		}
		Ok(part)
	})
}

/// Returns the bytes from one position to another, in parts. Others may read the content at the
/// same time.
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
				let (mut part, mut reader) = (vec![0; length], content.scratch.reader());
				reader.seek(SeekFrom::Start(at))?;
				reader.read_exact(&mut part).map(|()| part)
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
			sends(headers, RESOURCES)?;
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
	is_fhir(&content.media_type) || is_one_of(&content.media_type, &XML)
}

/// Names of FHIR's JSON.
const FHIR: [&str; 2] = ["application/fhir+json", "application/json+fhir"];

fn is_fhir(media_type: &str) -> bool {
	is_one_of(media_type, &FHIR)
}

/// Returns whether a client names FHIR's JSON among the types that it takes, and takes that of R4.
fn names_fhir(headers: &HeaderMap) -> bool {
	wanted(headers).any(is_fhir) && takes_json(headers)
}

/// Returns whether a client takes FHIR and nothing else, as FHIR libraries ask for every resource:
/// its JSON, perhaps with its XML and the general types. A type with `q=0` does not count.
pub(crate) fn takes_only_fhir(headers: &HeaderMap) -> bool {
	const ALSO: [&str; 6] = [
		"application/fhir+xml",
		"application/xml+fhir",
		"application/json",
		"application/xml",
		"text/json",
		"text/xml",
	];
	let is_of_fhir = |one: &str| is_fhir(one) || is_one_of(one, &ALSO);
	wanted(headers).any(is_fhir) && wanted(headers).all(is_of_fhir)
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
pub(crate) mod tests;
