//! Binary: opening a version, which is a request on the patient's log.

use std::sync::Arc;

use axum::{
	body::Body,
	http::{header, HeaderValue, StatusCode},
	response::{IntoResponse, Response},
};
use salus_client::{Progress, Request, Source};
use salus_fhir::id;
use tokio_util::io::ReaderStream;

use crate::{
	app::Gateway,
	auth::Access,
	fault::{Answer, Fault},
};

/// Size of the parts in which content is sent, in bytes.
const PART: usize = 256 * 1024;

/// Opens a version. Nothing is sent before all of it is verified.
pub(crate) async fn read(gateway: &Gateway, access: &Access, id: &str) -> Answer<Response> {
	let (record, version) = id::parse_binary(id).ok_or_else(Fault::not_found)?;
	let request = Request { version: Some(version), ..Request::latest(record, access.purpose) };
	let progress: Arc<dyn Progress> = Arc::new(());
	let signer = &access.client.signer;
	let opening =
		gateway.client.get_file(signer, Some(&gateway.state), &request, &Source::Node, &progress);
	let (opened, file) = opening.await?;
	let parts = ReaderStream::with_capacity(tokio::fs::File::from_std(file), PART);
	let mut response = (StatusCode::OK, Body::from_stream(parts)).into_response();
	let headers = response.headers_mut();
	let media_type = HeaderValue::from_str(&opened.descriptor.media_type);
	let unknown = HeaderValue::from_static("application/octet-stream");
	headers.insert(header::CONTENT_TYPE, media_type.unwrap_or(unknown));
	headers.insert(header::CONTENT_LENGTH, HeaderValue::from(opened.size));
	headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
	// A browser must not run what an author put into a record.
	headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
	headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
	headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
	if let Ok(tag) = HeaderValue::from_str(&format!("W/\"{version}\"")) {
		headers.insert(header::ETAG, tag);
	}
	let patient = gateway.client.told().record(&record).await.ok().flatten();
	if let Some(salus_client::primitives::RecordEntry::Live(live)) =
		patient.map(|details| details.entry)
	{
		let context = format!("{}/Patient/{}", gateway.base(), live.patient);
		if let Ok(context) = HeaderValue::from_str(&context) {
			headers.insert("x-security-context", context);
		}
	}
	Ok(response)
}
