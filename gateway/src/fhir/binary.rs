//! Binary: opening a version, which is a request on the patient's log.

use std::{
	fs::File,
	io::{self, Seek, Write},
	os::unix::fs::FileExt,
	sync::Arc,
	time::Duration,
};

use axum::{
	body::{Body, Bytes},
	http::{header, HeaderMap, HeaderName, HeaderValue, StatusCode},
	response::{IntoResponse, Response},
};
use base64::{engine::general_purpose::STANDARD, write::EncoderWriter};
use futures::{stream, Stream};
use http_range_header::{parse_range_header, ParsedRanges, RangeUnsatisfiableError};
use salus_client::{
	primitives::{RecordDetails, RecordEntry, RecordId, Version, VersionState},
	Account, Error, Progress, Request, Source,
};
use salus_fhir::{id, incoming, outcome::IssueKind, MEDIA_TYPE};
use serde_json::json;

use super::{document, query::prefers};
use crate::{
	app::{self, Gateway},
	auth::Access,
	fault::{Answer, Fault},
	openings::Openings,
	share::Counted,
};

/// Size of the parts in which content is sent, in bytes.
const PART: usize = 256 * 1024;

/// Longest wait for a version that was just added.
const STORED: Duration = Duration::from_secs(15);

/// Content of a version, verified.
pub(crate) struct Content {
	file: File,
	/// Its size, in bytes.
	size: u64,
	media_type: String,
	version: u32,
	patient: Account,
	/// Its room on this server, if it waits there.
	_counted: Option<Counted>,
}

impl Content {
	/// Keeps its room on this server until it is dropped.
	pub(crate) fn counted_by(self, counted: Option<Counted>) -> Self {
		Self { _counted: counted, ..self }
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
		return send(gateway, content, id, headers).await;
	}
	let version = id::parse_binary(id).ok_or_else(Fault::not_found)?;
	if prefers(headers, "respond-async") {
		return begin(gateway, access, version).await;
	}
	let content = open(gateway, access, version).await?;
	send(gateway, Arc::new(content), id, headers).await
}

/// Begins to open a version, and answers with the task.
async fn begin(
	gateway: &Arc<Gateway>,
	access: &Arc<Access>,
	version: (RecordId, Version),
) -> Answer<Response> {
	let details = gateway.client.told().record(&version.0).await.map_err(Error::from)?;
	let versions = details.map(|details| details.versions).unwrap_or_default();
	let size =
		versions.iter().find(|one| one.version == version.1).map(|one| one.info.content.size);
	// Without it there is nothing to open, and the task says why.
	let task = Openings::begin(gateway, access, version, size.unwrap_or_default())?;
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
/// is verified.
pub(crate) async fn open(
	gateway: &Gateway,
	access: &Access,
	(record, version): (RecordId, Version),
) -> Answer<Content> {
	match open_live(gateway, access, record, version).await {
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
) -> Answer<Content> {
	// Before anything is requested: an answer without the patient would be a read that failed.
	let details = document::live(gateway, access, &record).await?;
	let RecordEntry::Live(live) = &details.entry else { return Err(Fault::not_found()) };
	let patient = live.patient;
	wait_until_stored(gateway, record, version, &details).await?;
	let request = Request { version: Some(version), ..Request::latest(record, access.purpose) };
	let progress: Arc<dyn Progress> = Arc::new(());
	let signer = &access.client.signer;
	let opening =
		gateway.client.get_file(signer, Some(&gateway.state), &request, &Source::Node, &progress);
	let (opened, file) = opening.await?;
	let (size, media_type) = (opened.size, opened.descriptor.media_type);
	Ok(Content { file, size, media_type, version, patient, _counted: None })
}

/// Sends content, or a range of it: as it is, or as a resource to a client that takes only FHIR.
async fn send(
	gateway: &Gateway,
	content: Arc<Content>,
	id: &str,
	headers: &HeaderMap,
) -> Answer<Response> {
	let range = range_of(headers);
	let (version, patient) = (content.version, content.patient);
	// A client that speaks FHIR must not take an author's resource for one of this server.
	let is_fhir_itself = is_fhir(&content.media_type);
	let is_wrapped = takes_only_fhir(headers) || (is_fhir_itself && names_fhir(headers));
	let content = match is_wrapped {
		false => content,
		true => {
			let id = id.to_owned();
			let writing = tokio::task::spawn_blocking(move || as_resource(&content, &id));
			let written = writing.await.unwrap_or_else(|_| Err(io::ErrorKind::Other.into()));
			Arc::new(written.map_err(Error::WriteOutput)?)
		}
	};
	let size = content.size;
	let part = match range.map(|range| range.validate(size)) {
		Some(Err(RangeUnsatisfiableError::Unsatisfiable)) => return Ok(not_in_content(size)),
		Some(Ok(ranges)) if ranges.len() == 1 => ranges.into_iter().next(),
		// Several ranges, and those that make no sense, are answered with the whole.
		_ => None,
	};
	let (from, until) =
		part.as_ref().map_or((0, size), |part| (*part.start(), part.end().saturating_add(1)));
	let sent_as = HeaderValue::from_str(&content.media_type);
	let mut response = Body::from_stream(parts(content, from, until)).into_response();
	let headers = response.headers_mut();
	let unknown = HeaderValue::from_static("application/octet-stream");
	headers.insert(header::CONTENT_TYPE, sent_as.unwrap_or(unknown));
	headers.insert(header::CONTENT_LENGTH, HeaderValue::from(until.saturating_sub(from)));
	headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
	headers.insert(header::VARY, HeaderValue::from_static("accept"));
	headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
	// A browser must not run what an author put into a record.
	headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
	headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
	headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
	let mut insert = |name, value: String| {
		if let Ok(value) = HeaderValue::from_str(&value) {
			headers.insert(name, value);
		}
	};
	insert(header::ETAG, format!("W/\"{version}\""));
	let context = HeaderName::from_static("x-security-context");
	insert(context, format!("{}/Patient/{patient}", gateway.base()));
	if let Some(part) = part {
		insert(header::CONTENT_RANGE, format!("bytes {}-{}/{size}", part.start(), part.end()));
		*response.status_mut() = StatusCode::PARTIAL_CONTENT;
	}
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
			let sent = app::receive(gateway, access, headers, body, app::MAX_BODY).await?;
			let (media_type, data) = incoming::binary(&sent.text).map_err(Fault::bad)?;
			let none = HeaderMap::new();
			gateway.uploads.receive(client, &media_type, &none, Body::from(data)).await?
		}
	};
	let mut response = StatusCode::CREATED.into_response();
	let location = format!("{}/Binary/{id}", gateway.base());
	if let Ok(location) = HeaderValue::from_str(&location) {
		response.headers_mut().insert(header::LOCATION, location);
	}
	Ok(response)
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

/// Writes content as a Binary resource.
fn as_resource(content: &Content, id: &str) -> io::Result<Content> {
	let media_type = &content.media_type;
	let resource =
		json!({ "resourceType": "Binary", "id": id, "contentType": media_type, "data": "" });
	let text = resource.to_string();
	// The data goes between these quotes. Those within values are escaped.
	let (head, tail) = text
		.split_once(r#""data":""#)
		.map(|(head, tail)| (format!(r#"{head}"data":""#), tail))
		.ok_or(io::ErrorKind::Other)?;
	let mut file = io::BufWriter::new(tempfile::tempfile()?);
	file.write_all(head.as_bytes())?;
	let mut encoder = EncoderWriter::new(&mut file, &STANDARD);
	let (mut part, mut at) = (vec![0; PART], 0);
	while let read @ 1.. = content.file.read_at(&mut part, at)? {
		encoder.write_all(part.get(..read).unwrap_or_default())?;
		at = at.saturating_add(read as u64);
	}
	encoder.finish()?;
	drop(encoder);
	file.write_all(tail.as_bytes())?;
	let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
	let size = file.stream_position()?;
	let media_type = MEDIA_TYPE.to_owned();
	Ok(Content { file, size, media_type, _counted: None, ..*content })
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use base64::Engine;
	use futures::StreamExt;
	use std::io::Read;

	/// Returns content of the first version of a record.
	pub(crate) fn of(content: &[u8], media_type: &str) -> Content {
		let mut file = tempfile::tempfile().unwrap();
		file.write_all(content).unwrap();
		let (size, media_type) = (content.len() as u64, media_type.to_owned());
		let patient = salus_client::parse_account("//Alice").unwrap();
		Content { file, size, media_type, version: 1, patient, _counted: None }
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

	#[test]
	fn content_becomes_a_resource() {
		for length in [1, 2, 3, 100_000] {
			let content: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
			let media_type = "text/plain; note=\"data\":\"";
			let mut written = as_resource(&of(&content, media_type), "abc-1").unwrap();
			let mut text = String::new();
			written.file.rewind().unwrap();
			written.file.read_to_string(&mut text).unwrap();
			assert_eq!(text.len() as u64, written.size);
			let resource: serde_json::Value = serde_json::from_str(&text).unwrap();
			assert_eq!(
				(&resource["id"], &resource["contentType"]),
				(&"abc-1".into(), &media_type.into())
			);
			assert_eq!(STANDARD.decode(resource["data"].as_str().unwrap()).unwrap(), content);
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
