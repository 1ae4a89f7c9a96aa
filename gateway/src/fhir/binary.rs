//! Binary: opening a version, which is a request on the patient's log.

use std::{
	fs::File,
	io::{self, Seek, Write},
	sync::Arc,
	time::Duration,
};

use axum::{
	body::Body,
	http::{header, HeaderMap, HeaderValue, StatusCode},
	response::{IntoResponse, Response},
};
use base64::{engine::general_purpose::STANDARD, write::EncoderWriter};
use salus_client::{
	primitives::{RecordEntry, RecordId, VersionState},
	Error, Progress, Request, Source,
};
use salus_fhir::{id, incoming, outcome::IssueKind, MEDIA_TYPE};
use serde_json::json;
use tokio_util::io::ReaderStream;

use crate::{
	app::{self, Gateway},
	auth::Access,
	fault::{Answer, Fault},
};

/// Size of the parts in which content is sent, in bytes.
const PART: usize = 256 * 1024;

/// Longest wait for a version that was just added.
const STORED: Duration = Duration::from_secs(15);

/// Opens a version. Nothing is sent before all of it is verified. It is sent as it is, or as a
/// resource to a client that takes only FHIR.
pub(crate) async fn read(
	gateway: &Gateway,
	access: &Access,
	id: &str,
	headers: &HeaderMap,
) -> Answer<Response> {
	let (record, version) = id::parse_binary(id).ok_or_else(Fault::not_found)?;
	wait_until_stored(gateway, record, version).await?;
	let request = Request { version: Some(version), ..Request::latest(record, access.purpose) };
	let progress: Arc<dyn Progress> = Arc::new(());
	let signer = &access.client.signer;
	let opening =
		gateway.client.get_file(signer, Some(&gateway.state), &request, &Source::Node, &progress);
	let (opened, file) = opening.await?;
	let media_type = opened.descriptor.media_type;
	let (file, size, sent_as) = match takes_only_fhir(headers) {
		false => (file, opened.size, media_type),
		true => {
			let id = id.to_owned();
			let writing = tokio::task::spawn_blocking(move || as_resource(file, &id, &media_type));
			let written = writing.await.unwrap_or_else(|_| Err(io::ErrorKind::Other.into()));
			let (file, size) = written.map_err(Error::WriteOutput)?;
			(file, size, MEDIA_TYPE.to_owned())
		}
	};
	let parts = ReaderStream::with_capacity(tokio::fs::File::from_std(file), PART);
	let mut response = (StatusCode::OK, Body::from_stream(parts)).into_response();
	let headers = response.headers_mut();
	let unknown = HeaderValue::from_static("application/octet-stream");
	headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(&sent_as).unwrap_or(unknown));
	headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
	headers.insert(header::VARY, HeaderValue::from_static("accept"));
	headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
	// A browser must not run what an author put into a record.
	headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
	headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
	headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
	if let Ok(tag) = HeaderValue::from_str(&format!("W/\"{version}\"")) {
		headers.insert(header::ETAG, tag);
	}
	let patient = gateway.client.told().record(&record).await.ok().flatten();
	if let Some(RecordEntry::Live(live)) = patient.map(|details| details.entry) {
		let context = format!("{}/Patient/{}", gateway.base(), live.patient);
		if let Ok(context) = HeaderValue::from_str(&context) {
			headers.insert("x-security-context", context);
		}
	}
	Ok(response)
}

/// Waits for a version that was just added, until a storage node holds it. Before that, a request
/// for its key would be logged, and nothing could be opened.
async fn wait_until_stored(gateway: &Gateway, record: RecordId, version: u32) -> Answer<()> {
	let details = gateway.client.told().record(&record).await.map_err(Error::from)?;
	let versions = details.map(|details| details.versions).unwrap_or_default();
	let is_pending = versions
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
	let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
	["application/fhir+json", "application/json+fhir"].contains(&&*essence)
}

/// Returns whether a client takes FHIR's JSON and nothing else, as FHIR libraries ask for every
/// resource.
fn takes_only_fhir(headers: &HeaderMap) -> bool {
	let accepts = headers.get_all(header::ACCEPT).iter();
	let mut types = accepts
		.filter_map(|value| value.to_str().ok())
		.flat_map(|value| value.split(','))
		.peekable();
	types.peek().is_some() && types.all(is_fhir)
}

/// Writes content as a Binary resource, and returns the file with its size.
fn as_resource(mut content: File, id: &str, media_type: &str) -> io::Result<(File, u64)> {
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
	io::copy(&mut content, &mut encoder)?;
	encoder.finish()?;
	drop(encoder);
	file.write_all(tail.as_bytes())?;
	let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
	let size = file.stream_position()?;
	file.rewind()?;
	Ok((file, size))
}

#[cfg(test)]
mod tests {
	use super::*;
	use base64::Engine;
	use std::io::Read;

	#[test]
	fn content_becomes_a_resource() {
		for length in [1, 2, 3, 100_000] {
			let content: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
			let mut file = tempfile::tempfile().unwrap();
			file.write_all(&content).unwrap();
			file.rewind().unwrap();
			let media_type = "text/plain; note=\"data\":\"";
			let (mut file, size) = as_resource(file, "abc-1", media_type).unwrap();
			let mut text = String::new();
			file.read_to_string(&mut text).unwrap();
			assert_eq!(text.len() as u64, size);
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
		for accepts in
			[&[][..], &["*/*"], &["application/fhir+json, */*;q=0.1"], &["application/pdf"]]
		{
			assert!(!takes(accepts), "{accepts:?}");
		}
	}
}
