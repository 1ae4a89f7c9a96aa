//! The HTTP server: paths, authorisation, and the form of answers.

mod conditions;
mod fallback;
mod health;
mod negotiation;

pub(crate) use health::health;

use std::sync::Arc;

use axum::{
	body::Body,
	extract::{DefaultBodyLimit, Path, RawQuery, Request, State},
	http::{header, HeaderMap, HeaderValue, Method, StatusCode},
	middleware::{self, Next},
	response::{IntoResponse, Response},
	routing::{get, post},
	Extension, Json, Router,
};
use salus_client::{Client, StateDir};
use salus_fhir::{
	bundle::shaped,
	capability::{self, Server},
	incoming,
	outcome::IssueKind,
	transaction::identifier_of,
	MEDIA_TYPE,
};
use serde_json::{json, Value};
use tokio::sync::Semaphore;

use crate::{
	addresses::Sender,
	auth::{scope::Act, seconds, Access, Auth, Peer, TokenRequest},
	body::{receive, FORMS, MAX_BODY, MAX_FORM, RESOURCES},
	config::Config,
	decisions::Decisions,
	fault::{Answer, Fault},
	fhir::{self, Query, Searched},
	hl7::Merges,
	identifiers::Identifiers,
	media::{sends, speaks_json},
	metrics::Metrics,
	openapi,
	openings::Openings,
	paging::Links,
	readings::Readings,
	subscriptions::Store,
	uploads::Uploads,
};

/// Largest Patient, in bytes.
const MAX_PATIENT: usize = 64 * 1024;

/// Longest address of a request, in bytes.
const MAX_ADDRESS: usize = 16 * 1024;

/// Day of this release, for the CapabilityStatement.
const RELEASED: &str = "2026-11-28";

/// State that all requests share.
pub(crate) struct Gateway {
	pub(crate) client: Client,
	pub(crate) state: StateDir,
	pub(crate) auth: Auth,
	pub(crate) links: Links,
	pub(crate) decisions: Decisions,
	pub(crate) identifiers: Option<Identifiers>,
	/// Merges of patients' numbers that wait for a person; with `identifiers` only.
	pub(crate) merges: Option<Merges>,
	pub(crate) uploads: Uploads,
	pub(crate) openings: Openings,
	pub(crate) readings: Readings,
	pub(crate) subscriptions: Store,
	/// Room for bodies, in KiB.
	pub(crate) room: Arc<Semaphore>,
	pub(crate) metrics: Arc<Metrics>,
	pub(crate) config: Config,
}

impl Gateway {
	/// Returns the address of the FHIR endpoint.
	pub(crate) fn base(&self) -> String {
		format!("{}/fhir", self.config.base)
	}

	/// Returns what the access token of a request permits.
	fn token_of(&self, headers: &HeaderMap) -> Option<Arc<Access>> {
		self.auth.access(bearer(headers)?)
	}

	/// Returns what the client that sent the request may do, if it may do this.
	fn access(&self, headers: &HeaderMap, resource: &str, act: Act) -> Answer<Arc<Access>> {
		let token = bearer(headers).ok_or_else(Fault::no_token)?;
		let access = self.auth.access(token).ok_or_else(Fault::invalid_token)?;
		if access.client.limit.check().is_err() {
			let text = "this client sends too many requests; wait a second";
			let status = StatusCode::TOO_MANY_REQUESTS;
			return Err(Fault::new(status, IssueKind::Throttled, "too-many-requests", text));
		}
		if !access.scopes.allow(resource, act) {
			return Err(Fault::scope(resource, act));
		}
		Ok(access)
	}
}

/// Returns the access token that a request has.
fn bearer(headers: &HeaderMap) -> Option<&str> {
	let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
	let (scheme, token) = value.split_once(' ')?;
	let token = scheme.eq_ignore_ascii_case("bearer").then_some(token.trim());
	token.filter(|token| !token.is_empty())
}

/// Returns the server's paths.
pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
	let configuration = get(smart_configuration);
	health()
		.route("/token", post(token))
		.route("/openapi.json", get(openapi))
		.route("/.well-known/smart-configuration", configuration.clone())
		.route("/fhir/.well-known/smart-configuration", configuration)
		.route("/fhir/metadata", get(metadata))
		.route("/fhir", post(transaction))
		.route("/fhir/", post(transaction))
		.route("/fhir/{resource}", get(search).post(create))
		.route("/fhir/{resource}/_search", post(search_by_form))
		.route(
			"/fhir/{resource}/{id}",
			get(read)
				.put(update)
				.delete(delete)
				.post(operation)
				.route_layer(middleware::from_fn(no_head_of_content)),
		)
		.route("/fhir/{resource}/{id}/{operation}", get(operation_on_one).post(operation_on_one))
		.route("/fhir/{resource}/{id}/_history", get(history))
		.route("/fhir/{resource}/{id}/_history/{version}", get(vread))
		.fallback(fallback::elsewhere)
		.method_not_allowed_fallback(fallback::not_offered)
		.layer(DefaultBodyLimit::max(MAX_FORM))
		.layer(middleware::from_fn(negotiation::agreed))
		.layer(middleware::from_fn(as_it_is))
		.layer(middleware::from_fn(conditions::heeded))
		.layer(middleware::from_fn(described))
		.layer(middleware::from_fn_with_state(gateway.clone(), bound))
		.with_state(gateway)
}

type Shared = State<Arc<Gateway>>;

/// Certificate of the connection; `None` if it has none.
type PeerOf = Option<Extension<Arc<Peer>>>;

/// Refuses an access token that is bound to a certificate which this connection does not have.
async fn bound(State(gateway): Shared, peer: PeerOf, request: Request, next: Next) -> Response {
	let peer = peer.as_ref().map(|Extension(peer)| &**peer);
	let access = gateway.token_of(request.headers());
	match access.and_then(|access| access.unbound(peer, seconds())) {
		Some(fault) => fault.into_response(),
		None => next.run(request).await,
	}
}

/// Refuses a body that is encoded, such as by gzip. Content would be kept encoded, under the media
/// type of what is in it.
async fn as_it_is(request: Request, next: Next) -> Response {
	let is_plain = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
	if request.headers().get_all(header::CONTENT_ENCODING).iter().all(is_plain) {
		return next.run(request).await;
	}
	let text = "the body is encoded (Content-Encoding); send it as it is";
	let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
	Fault::new(status, IssueKind::NotSupported, "encoded-body", text).into_response()
}

/// Refuses HEAD for content. It would be a read, which is on the patient's log and can use a grant
/// up, and send nothing of it.
async fn no_head_of_content(
	Path((name, _)): Path<(String, String)>,
	request: Request,
	next: Next,
) -> Response {
	if name != "Binary" || request.method() != Method::HEAD {
		return next.run(request).await;
	}
	let text = "a read of a Binary is a request on the patient's log; read it with GET";
	let mut response = Fault::unsupported(text).into_response();
	response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET"));
	response
}

/// Returns a resource as an answer.
pub(crate) fn resource(status: StatusCode, body: &Value) -> Response {
	let mut response = (status, body.to_string()).into_response();
	let headers = response.headers_mut();
	headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
	headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
	let meta = |name: &str| body.get("meta").and_then(|meta| meta.get(name)?.as_str());
	if let Some(version) = meta("versionId") {
		if let Ok(tag) = HeaderValue::from_str(&format!("W/\"{version}\"")) {
			headers.insert(header::ETAG, tag);
		}
	}
	response
}

/// Returns an answer about a version, without its resource.
pub(crate) fn versioned(status: StatusCode, version: u32) -> Response {
	let mut response = status.into_response();
	if let Ok(tag) = HeaderValue::from_str(&format!("W/\"{version}\"")) {
		response.headers_mut().insert(header::ETAG, tag);
	}
	response
}

/// Returns a Bundle that a search found, in JSON, as an answer.
fn found(bundle: String) -> Response {
	let media_type = (header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
	let caching = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
	([media_type, caching], bundle).into_response()
}

/// Refuses a resource or an interaction that the server does not have.
fn known(name: &str, interaction: &str) -> Answer<&'static capability::Resource> {
	let resource = capability::resource(name).ok_or_else(|| {
		let text = "this server has no such resource; the CapabilityStatement lists them";
		Fault::new(StatusCode::NOT_FOUND, IssueKind::NotSupported, "unknown-resource", text)
	})?;
	match resource.can(interaction) {
		true => Ok(resource),
		false => Err(Fault::unsupported(format!("this server has no {interaction} for {name}"))),
	}
}

/// Returns the entity tag of the version that a request expects, by `If-Match`, in its weak form.
/// FHIR's tags are weak, but clients of HTTP also send the strong form. Refuses several versions:
/// ignoring them could overwrite a version that the client has not seen.
fn expected(headers: &HeaderMap) -> Answer<Option<String>> {
	let wrong =
		|text: &str| Fault::new(StatusCode::BAD_REQUEST, IssueKind::Value, "if-match", text);
	let mut all = headers.get_all(header::IF_MATCH).iter();
	let Some(first) = all.next() else { return Ok(None) };
	let first = first.to_str().unwrap_or_default().trim();
	if all.next().is_some() || first.contains(',') {
		return Err(wrong("give one version, in one If-Match"));
	}
	let strong = first.strip_prefix("W/").unwrap_or(first);
	let version = strong.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
	let version = version.filter(|version| !version.contains('"'));
	let version = version
		.ok_or_else(|| wrong("If-Match names no version; give the ETag of one, such as W/\"1\""))?;
	Ok(Some(format!("W/\"{version}\"")))
}

/// Describes a failure in FHIR's form that has another form: of the path, say.
async fn described(request: Request, next: Next) -> Response {
	if !request.uri().path().starts_with("/fhir") {
		return next.run(request).await;
	}
	let address = request.uri().path_and_query().map_or(0, |all| all.as_str().len());
	if address > MAX_ADDRESS {
		let text = format!("the address has more than {MAX_ADDRESS} bytes; search with _search");
		let status = StatusCode::URI_TOO_LONG;
		return Fault::new(status, IssueKind::TooLong, "too-long", text).into_response();
	}
	let response = next.run(request).await;
	let status = response.status();
	let is_fault = status.is_client_error() || status.is_server_error();
	let media_type = response.headers().get(header::CONTENT_TYPE);
	if !is_fault || media_type.is_some_and(|found| found == MEDIA_TYPE) {
		return response;
	}
	let text = "this request cannot be read; check its address, its headers and its form";
	Fault::new(status, IssueKind::Structure, "bad-request", text).into_response()
}

async fn metadata(State(gateway): Shared) -> Response {
	let statement = capability::statement(&Server {
		base: &gateway.base(),
		software: env!("CARGO_PKG_VERSION"),
		released: RELEASED,
	});
	resource(StatusCode::OK, &statement)
}

async fn smart_configuration(State(gateway): Shared) -> Json<Value> {
	let has_authorities = gateway.config.tls.as_ref().is_some_and(|tls| tls.client_ca.is_some());
	let methods: &[&str] = match has_authorities {
		true => &["private_key_jwt", "tls_client_auth"],
		false => &["private_key_jwt"],
	};
	Json(json!({
		"token_endpoint": format!("{}/token", gateway.config.base),
		"token_endpoint_auth_methods_supported": methods,
		"tls_client_certificate_bound_access_tokens": has_authorities,
		"token_endpoint_auth_signing_alg_values_supported": ["ES384", "RS384"],
		"grant_types_supported": ["client_credentials"],
		"scopes_supported": ["system/*.cruds"],
		"capabilities": ["client-confidential-asymmetric", "permission-v2"],
	}))
}

async fn openapi(State(gateway): Shared) -> Json<Value> {
	Json(openapi::of_server(&gateway.config.base))
}

async fn token(
	State(gateway): Shared,
	peer: PeerOf,
	Extension(Sender(address)): Extension<Sender>,
	headers: HeaderMap,
	body: Body,
) -> Response {
	let peer = peer.as_ref().map(|Extension(peer)| &**peer);
	let answering = async {
		let request = TokenRequest::receive(&gateway.auth.forms, address, &headers, body).await?;
		gateway.auth.token(&request, peer).await
	};
	let mut response = match answering.await {
		Ok(answer) => Json(answer).into_response(),
		Err(denied) => denied.into_response(),
	};
	let headers = response.headers_mut();
	headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
	response
}

async fn search(
	State(gateway): Shared,
	Path(name): Path<String>,
	RawQuery(query): RawQuery,
	headers: HeaderMap,
) -> Answer<Response> {
	let known = known(&name, "search-type")?;
	let access = gateway.access(&headers, &name, Act::Search)?;
	let query = Query::from_url(query.as_deref().unwrap_or_default(), &headers);
	Ok(found(fhir::search(&gateway, &access, Searched::Type(known), query).await?))
}

async fn search_by_form(
	State(gateway): Shared,
	Path(name): Path<String>,
	RawQuery(query): RawQuery,
	headers: HeaderMap,
	body: Body,
) -> Answer<Response> {
	let known = known(&name, "search-type")?;
	let access = gateway.access(&headers, &name, Act::Search)?;
	sends(&headers, FORMS)?;
	let form = receive(&gateway, &access, &headers, body, MAX_FORM).await?;
	let pairs = form_urlencoded::parse(form.text.as_bytes()).into_owned().collect();
	let query = Query::from_url(query.as_deref().unwrap_or_default(), &headers).and(pairs);
	negotiation::takes_answer(&headers, &query)?;
	Ok(found(fhir::search(&gateway, &access, Searched::Type(known), query).await?))
}

/// Carries out an operation on a resource. Its parameters are in the address or in the body.
async fn operation_on_one(
	State(gateway): Shared,
	Path((name, id, operation)): Path<(String, String, String)>,
	RawQuery(query): RawQuery,
	headers: HeaderMap,
	body: Body,
) -> Answer<Response> {
	let all = ["everything", "status", "events"];
	let named = all.into_iter().find(|one| operation.strip_prefix('$') == Some(*one));
	offers(&name, &operation, named.unwrap_or_default())?;
	let access = gateway.access(&headers, &name, Act::Read)?;
	let mut query = Query::from_url(query.as_deref().unwrap_or_default(), &headers);
	let body = receive(&gateway, &access, &headers, body, MAX_FORM).await?;
	if !body.text.is_empty() {
		sends(&headers, RESOURCES)?;
		query = query.and(incoming::parameters(&body.text).map_err(Fault::bad)?);
	}
	let bundle = match named {
		Some("status") => {
			query.of_form()?;
			fhir::subscription::status(&gateway, &access, &id)?
		}
		Some("events") => {
			let query = query.without_form()?;
			fhir::subscription::events(&gateway, &access, &id, query.pairs()).await?
		}
		_ => {
			let searched = Searched::Everything(&id);
			return Ok(found(fhir::search(&gateway, &access, searched, query).await?));
		}
	};
	Ok(resource(StatusCode::OK, &bundle))
}

/// Carries out an operation on a type, whose parameters are in the body.
async fn operation(
	State(gateway): Shared,
	Path((name, operation)): Path<(String, String)>,
	RawQuery(query): RawQuery,
	headers: HeaderMap,
	body: Body,
) -> Answer<Response> {
	offers(&name, &operation, "explain")?;
	let access = gateway.access(&headers, &name, Act::Read)?;
	let query = Query::from_url(query.as_deref().unwrap_or_default(), &headers).without_form()?;
	sends(&headers, RESOURCES)?;
	let body = receive(&gateway, &access, &headers, body, MAX_FORM).await?;
	let query = query.and(incoming::parameters(&body.text).map_err(Fault::bad)?);
	let answer = fhir::consent::explain(&gateway, &access, query.pairs()).await?;
	Ok(resource(StatusCode::OK, &answer))
}

/// Refuses anything but an operation that a resource has.
fn offers(name: &str, given: &str, operation: &str) -> Answer<()> {
	let known = capability::resource(name).is_some_and(|resource| {
		resource.operations.iter().any(|(one, ..)| given.strip_prefix('$') == Some(*one))
	});
	match known && given.strip_prefix('$') == Some(operation) {
		true => Ok(()),
		false => Err(Fault::unsupported("the CapabilityStatement lists the operations")),
	}
}

async fn read(
	State(gateway): Shared,
	Path((name, id)): Path<(String, String)>,
	RawQuery(query): RawQuery,
	headers: HeaderMap,
) -> Answer<Response> {
	if id.starts_with('$') {
		offers(&name, &id, "explain")?;
		let access = gateway.access(&headers, &name, Act::Read)?;
		let query = Query::from_url(query.as_deref().unwrap_or_default(), &headers);
		let query = query.without_form()?;
		let answer = fhir::consent::explain(&gateway, &access, query.pairs()).await?;
		return Ok(resource(StatusCode::OK, &answer));
	}
	known(&name, if id == "_history" { "history-type" } else { "read" })?;
	let access = gateway.access(&headers, &name, Act::Read)?;
	let query = Query::from_url(query.as_deref().unwrap_or_default(), &headers);
	if name == "Binary" {
		conditions::of_content(&headers)?;
		let mut headers = headers;
		if query.of_form()? {
			// The parameter takes precedence over the header, and names a resource.
			headers.insert(header::ACCEPT, HeaderValue::from_static(MEDIA_TYPE));
		}
		if fhir::binary::takes_only_fhir(&headers) {
			speaks_json(&headers)?;
		}
		return fhir::binary::read(&gateway, &access, &id, &headers).await;
	}
	let query = query.of_read()?;
	let found = fhir::read(&gateway, &access, &name, &id, None).await?;
	Ok(resource(StatusCode::OK, &shaped(found, &query)))
}

async fn vread(
	State(gateway): Shared,
	Path((name, id, version)): Path<(String, String, String)>,
	RawQuery(query): RawQuery,
	headers: HeaderMap,
) -> Answer<Response> {
	known(&name, "vread")?;
	let access = gateway.access(&headers, &name, Act::Read)?;
	let query = Query::from_url(query.as_deref().unwrap_or_default(), &headers).of_read()?;
	let version = salus_fhir::id::parse_number(&version).ok_or_else(Fault::not_found)?;
	let found = fhir::read(&gateway, &access, &name, &id, Some(version)).await?;
	Ok(resource(StatusCode::OK, &shaped(found, &query)))
}

async fn history(
	State(gateway): Shared,
	Path((name, id)): Path<(String, String)>,
	RawQuery(query): RawQuery,
	headers: HeaderMap,
) -> Answer<Response> {
	known(&name, "history-instance")?;
	let access = gateway.access(&headers, &name, Act::Read)?;
	let query = Query::from_url(query.as_deref().unwrap_or_default(), &headers);
	Ok(found(fhir::search(&gateway, &access, Searched::History(&id), query).await?))
}

async fn create(
	State(gateway): Shared,
	Path(name): Path<String>,
	RawQuery(query): RawQuery,
	headers: HeaderMap,
	body: Body,
) -> Answer<Response> {
	let known = known(&name, "create")?;
	let access = gateway.access(&headers, &name, Act::Create)?;
	fhir::no_conditions(&Query::from_url(query.as_deref().unwrap_or_default(), &headers))?;
	// If `If-None-Exist` were ignored, a second record would be added. Several of them cannot all
	// be met.
	let mut conditions = headers.get_all("if-none-exist").iter();
	let condition = conditions.next().map(|value| value.to_str().unwrap_or_default());
	let condition = condition.map(|one| if conditions.next().is_some() { "" } else { one });
	let base = gateway.base();
	let identifier = condition.map(|one| identifier_of(one, &base)).transpose();
	let identifier = identifier.map_err(|issue| {
		let status = StatusCode::PRECONDITION_FAILED;
		Fault::new(status, issue.kind, issue.code, issue.text)
	})?;
	if identifier.is_some() && !known.adds_once() {
		let text = "this resource has no conditional create; leave If-None-Exist out";
		let status = StatusCode::PRECONDITION_FAILED;
		return Err(Fault::new(status, IssueKind::NotSupported, "if-none-exist", text));
	}
	if name == "Binary" {
		return fhir::binary::create(&gateway, &access, &headers, body).await;
	}
	sends(&headers, RESOURCES)?;
	if name == "Consent" {
		let body = receive(&gateway, &access, &headers, body, MAX_FORM).await?;
		let work = access.client.work.clone();
		let request = async move { fhir::consent::create(&gateway, &access, &body.text).await };
		return work.to_end(request).await;
	}
	if name == "Subscription" {
		let body = receive(&gateway, &access, &headers, body, MAX_FORM).await?;
		return fhir::subscription::create(&gateway, &access, &body.text).await;
	}
	let body = receive(&gateway, &access, &headers, body, MAX_BODY).await?;
	let work = access.client.work.clone();
	let request =
		async move { fhir::document::create(&gateway, &access, &body.text, identifier).await };
	work.to_end(request).await
}

/// Carries out a transaction.
async fn transaction(
	State(gateway): Shared,
	RawQuery(query): RawQuery,
	headers: HeaderMap,
	body: Body,
) -> Answer<Response> {
	let access = gateway.access(&headers, "DocumentReference", Act::Create)?;
	Query::from_url(query.as_deref().unwrap_or_default(), &headers).of_form()?;
	sends(&headers, RESOURCES)?;
	let body = receive(&gateway, &access, &headers, body, MAX_BODY).await?;
	let work = access.client.work.clone();
	let request = async move { fhir::document::transaction(&gateway, &access, &body.text).await };
	work.to_end(request).await
}

async fn update(
	State(gateway): Shared,
	Path((name, id)): Path<(String, String)>,
	RawQuery(query): RawQuery,
	headers: HeaderMap,
	body: Body,
) -> Answer<Response> {
	known(&name, "update")?;
	let access = gateway.access(&headers, &name, Act::Update)?;
	Query::from_url(query.as_deref().unwrap_or_default(), &headers).of_form()?;
	let expected = expected(&headers)?;
	sends(&headers, RESOURCES)?;
	if name == "Task" {
		let body = receive(&gateway, &access, &headers, body, MAX_FORM).await?;
		return fhir::task::update(&gateway, &access, &id, &body.text).await;
	}
	if name == "Patient" {
		let body = receive(&gateway, &access, &headers, body, MAX_PATIENT).await?;
		return fhir::member::update(&gateway, &access, &id, expected.as_deref(), &body.text).await;
	}
	let body = receive(&gateway, &access, &headers, body, MAX_BODY).await?;
	let work = access.client.work.clone();
	let request = async move {
		fhir::document::update(&gateway, &access, &id, expected.as_deref(), &body.text).await
	};
	work.to_end(request).await
}

async fn delete(
	State(gateway): Shared,
	Path((name, id)): Path<(String, String)>,
	RawQuery(query): RawQuery,
	headers: HeaderMap,
) -> Answer<Response> {
	known(&name, "delete")?;
	let access = gateway.access(&headers, &name, Act::Delete)?;
	Query::from_url(query.as_deref().unwrap_or_default(), &headers).of_form()?;
	if headers.contains_key(header::IF_MATCH) {
		let text = "a delete erases all versions, so it takes no condition; leave If-Match out";
		let status = StatusCode::PRECONDITION_FAILED;
		return Err(Fault::new(status, IssueKind::NotSupported, "if-match", text));
	}
	if name == "Subscription" {
		return fhir::subscription::delete(&gateway, &access, &id);
	}
	let work = access.client.work.clone();
	let request = async move { fhir::document::delete(&gateway, &access, &id).await };
	work.to_end(request).await
}

#[cfg(test)]
mod tests {
	use super::*;
	use axum::extract::Form;
	use hyper::service::Service;
	use hyper_util::service::TowerToHyperService;

	#[tokio::test]
	async fn every_failure_is_an_operation_outcome() {
		let router = Router::new()
			.route("/fhir/{id}", get(|Path(id): Path<String>| async { id }))
			.route("/token", post(|Form(_): Form<Vec<(String, String)>>| async {}))
			.layer(middleware::from_fn(described));
		let service = TowerToHyperService::new(router);
		let send = async |method: &str, path: &str| {
			let request = Request::builder().method(method).uri(path);
			let response = service.call(request.body(Body::empty()).unwrap()).await.unwrap();
			let media_type = response.headers().get(header::CONTENT_TYPE).cloned();
			(response.status().as_u16(), media_type.is_some_and(|found| found == MEDIA_TYPE))
		};
		let long = format!("/fhir/x?{}", "x".repeat(MAX_ADDRESS));
		assert_eq!(send("GET", "/fhir/x").await, (200, false));
		assert_eq!(send("GET", "/fhir/%ff").await, (400, true));
		assert_eq!(send("FOO", "/fhir/x").await, (405, true));
		assert_eq!(send("GET", "/fhir/x/y").await, (404, true));
		assert_eq!(send("GET", &long).await, (414, true));
		assert_eq!(send("POST", "/token").await, (415, false));
	}

	#[tokio::test]
	async fn content_has_no_head() {
		let read = get(|| async { "read" }).route_layer(middleware::from_fn(no_head_of_content));
		let service = TowerToHyperService::new(Router::new().route("/fhir/{resource}/{id}", read));
		for (method, path, status) in [
			("GET", "/fhir/Binary/1", 200),
			("HEAD", "/fhir/Binary/1", 405),
			("HEAD", "/fhir/%42inary/1", 405),
			("HEAD", "/fhir/DocumentReference/1", 200),
		] {
			let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
			let response = service.call(request).await.unwrap();
			assert_eq!(response.status().as_u16(), status, "{method} {path}");
			let allow = response.headers().get(header::ALLOW);
			assert_eq!(allow.is_some_and(|allow| allow == "GET"), status == 405, "{path}");
		}
	}

	#[test]
	fn a_request_has_a_token_or_none() {
		let of = |value: &str| {
			let headers = headers(header::AUTHORIZATION, &[value]);
			bearer(&headers).map(str::to_owned)
		};
		assert_eq!(of("bearer abc").as_deref(), Some("abc"));
		for none in ["", "Bearer", "Bearer ", "Basic abc"] {
			assert_eq!(of(none), None, "{none}");
		}
		assert_eq!(bearer(&HeaderMap::new()), None);
	}

	fn headers(name: header::HeaderName, values: &[&str]) -> HeaderMap {
		let values = values.iter().map(|value| HeaderValue::from_str(value).unwrap());
		values.map(|value| (name.clone(), value)).collect()
	}

	#[test]
	fn an_update_expects_one_version() {
		let of = |values: &[&str]| {
			let headers = headers(header::IF_MATCH, values);
			expected(&headers).map_err(|fault| fault.code())
		};
		assert_eq!(of(&[]), Ok(None));
		for one in ["W/\"1\"", "\"1\"", " W/\"1\" "] {
			assert_eq!(of(&[one]), Ok(Some("W/\"1\"".into())), "{one}");
		}
		for none in ["", "*", "1", "w/\"1\"", "W/1", "\"", "\"1\" \"2\""] {
			assert_eq!(of(&[none]), Err("if-match"), "{none}");
		}
		for several in [&["W/\"1\"", "W/\"2\""][..], &["W/\"1\", W/\"2\""]] {
			assert_eq!(of(several), Err("if-match"));
		}
	}
}
