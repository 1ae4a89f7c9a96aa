//! The HTTP server: paths, authorisation, and the form of answers.

use std::sync::Arc;

use axum::{
	extract::{DefaultBodyLimit, Form, Path, RawQuery, State},
	http::{header, HeaderMap, HeaderValue, StatusCode},
	response::{IntoResponse, Response},
	routing::{get, post},
	Json, Router,
};
use salus_client::{Client, StateDir};
use salus_fhir::{
	capability::{self, Server},
	outcome::IssueKind,
	transaction::identifier_of,
	MEDIA_TYPE,
};
use serde_json::{json, Value};

use crate::{
	auth::{scope::Act, Access, Auth, TokenRequest},
	config::Config,
	fault::{Answer, Fault},
	fhir::{self, Query},
	identifiers::Identifiers,
	paging::Links,
};

/// Largest body of a request, in bytes.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// Largest form, in bytes.
const MAX_FORM: usize = 64 * 1024;

/// Day of this release, for the CapabilityStatement.
const RELEASED: &str = "2026-11-28";

/// State that all requests share.
pub(crate) struct Gateway {
	pub(crate) client: Client,
	pub(crate) state: StateDir,
	pub(crate) auth: Auth,
	pub(crate) links: Links,
	pub(crate) identifiers: Option<Identifiers>,
	pub(crate) config: Config,
}

impl Gateway {
	/// Returns the address of the FHIR endpoint.
	pub(crate) fn base(&self) -> String {
		format!("{}/fhir", self.config.base)
	}

	/// Returns what the client that sent the request may do, if it may do this.
	fn access(&self, headers: &HeaderMap, resource: &str, act: Act) -> Answer<Arc<Access>> {
		let token = headers
			.get(header::AUTHORIZATION)
			.and_then(|value| value.to_str().ok())
			.and_then(|value| value.split_once(' '))
			.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
			.map(|(_, token)| token.trim());
		let access = token.and_then(|token| self.auth.access(token)).ok_or_else(Fault::login)?;
		if access.client.limit.check().is_err() {
			let text = "this client asks too often; wait a second";
			let status = StatusCode::TOO_MANY_REQUESTS;
			return Err(Fault::new(status, IssueKind::Throttled, "too-many-requests", text));
		}
		if !access.scopes.allow(resource, act) {
			let text = "the scopes of the access token do not cover this";
			let status = StatusCode::FORBIDDEN;
			return Err(Fault::new(status, IssueKind::Forbidden, "scope", text));
		}
		Ok(access)
	}
}

/// Returns the server's paths.
pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
	let configuration = get(smart_configuration);
	Router::new()
		.route("/health", get(|| async { "ok\n" }))
		.route("/ready", get(ready))
		.route("/token", post(token).layer(DefaultBodyLimit::max(MAX_FORM)))
		.route("/.well-known/smart-configuration", configuration.clone())
		.route("/fhir/.well-known/smart-configuration", configuration)
		.route("/fhir/metadata", get(metadata))
		.route("/fhir", post(transaction))
		.route("/fhir/", post(transaction))
		.route("/fhir/{resource}", get(search).post(create))
		.route("/fhir/{resource}/_search", post(search_by_form))
		.route("/fhir/{resource}/{id}", get(read).put(update).delete(delete))
		.route("/fhir/{resource}/{id}/_history", get(history))
		.route("/fhir/{resource}/{id}/_history/{version}", get(vread))
		.fallback(|| async { Fault::not_found() })
		.method_not_allowed_fallback(|| async {
			Fault::unsupported("the CapabilityStatement lists the interactions of each resource")
		})
		.layer(DefaultBodyLimit::max(MAX_BODY))
		.with_state(gateway)
}

type Shared = State<Arc<Gateway>>;

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

/// Refuses a resource or an interaction that the server does not have.
fn known(name: &str, interaction: &str) -> Answer<&'static capability::Resource> {
	let resource = capability::resource(name).ok_or_else(|| {
		let text = "this server has no such resource; the CapabilityStatement lists them";
		Fault::new(StatusCode::NOT_FOUND, IssueKind::NotSupported, "unknown-resource", text)
	})?;
	match resource.can(interaction) {
		true => Ok(resource),
		false => Err(Fault::unsupported(format!("{name} does not have {interaction} here"))),
	}
}

/// Refuses a client that takes no JSON.
fn speaks_json(headers: &HeaderMap) -> Answer<()> {
	let accepts = headers.get_all(header::ACCEPT);
	let mut accepts = accepts.iter().filter_map(|value| value.to_str().ok()).peekable();
	let takes = |value: &str| {
		value.contains("json") || value.contains("*/*") || value.contains("application/*")
	};
	if accepts.peek().is_none() || accepts.any(takes) {
		return Ok(());
	}
	let text = "this server speaks JSON only; accept application/fhir+json";
	Err(Fault::new(StatusCode::NOT_ACCEPTABLE, IssueKind::NotSupported, "json-only", text))
}

async fn ready(State(gateway): Shared) -> Response {
	match gateway.client.node_status().await {
		Ok(status) if !status.syncing => "ready\n".into_response(),
		Ok(_) => (StatusCode::SERVICE_UNAVAILABLE, "the node is catching up\n").into_response(),
		Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the node does not answer\n").into_response(),
	}
}

async fn metadata(State(gateway): Shared, headers: HeaderMap) -> Answer<Response> {
	speaks_json(&headers)?;
	let statement = capability::statement(&Server {
		base: &gateway.base(),
		software: env!("CARGO_PKG_VERSION"),
		released: RELEASED,
	});
	Ok(resource(StatusCode::OK, &statement))
}

async fn smart_configuration(State(gateway): Shared) -> Json<Value> {
	Json(json!({
		"token_endpoint": format!("{}/token", gateway.config.base),
		"token_endpoint_auth_methods_supported": ["private_key_jwt"],
		"token_endpoint_auth_signing_alg_values_supported": ["ES384", "RS384"],
		"grant_types_supported": ["client_credentials"],
		"scopes_supported": ["system/*.cruds"],
		"capabilities": ["client-confidential-asymmetric", "permission-v2"],
	}))
}

async fn token(State(gateway): Shared, Form(request): Form<TokenRequest>) -> Response {
	let mut response = match gateway.auth.token(&request).await {
		Ok(answer) => Json(answer).into_response(),
		Err(denied) => {
			let status = match denied.code() {
				"invalid_client" => StatusCode::UNAUTHORIZED,
				"temporarily_unavailable" => StatusCode::SERVICE_UNAVAILABLE,
				_ => StatusCode::BAD_REQUEST,
			};
			let body = json!({ "error": denied.code(), "error_description": denied.to_string() });
			(status, Json(body)).into_response()
		}
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
	let query = Query::from_url(query.as_deref().unwrap_or_default(), &headers);
	search_with(&gateway, &name, query, &headers).await
}

async fn search_by_form(
	State(gateway): Shared,
	Path(name): Path<String>,
	RawQuery(query): RawQuery,
	headers: HeaderMap,
	Form(pairs): Form<Vec<(String, String)>>,
) -> Answer<Response> {
	let query = Query::from_url(query.as_deref().unwrap_or_default(), &headers).and(pairs);
	search_with(&gateway, &name, query, &headers).await
}

async fn search_with(
	gateway: &Gateway,
	name: &str,
	query: Query,
	headers: &HeaderMap,
) -> Answer<Response> {
	speaks_json(headers)?;
	let known = known(name, "search-type")?;
	let access = gateway.access(headers, name, Act::Search)?;
	let bundle = fhir::search(gateway, &access, known, query).await?;
	Ok(resource(StatusCode::OK, &bundle))
}

async fn read(
	State(gateway): Shared,
	Path((name, id)): Path<(String, String)>,
	headers: HeaderMap,
) -> Answer<Response> {
	known(&name, "read")?;
	let access = gateway.access(&headers, &name, Act::Read)?;
	if name == "Binary" {
		return fhir::binary::read(&gateway, &access, &id).await;
	}
	speaks_json(&headers)?;
	let found = fhir::read(&gateway, &access, &name, &id, None).await?;
	Ok(resource(StatusCode::OK, &found))
}

async fn vread(
	State(gateway): Shared,
	Path((name, id, version)): Path<(String, String, String)>,
	headers: HeaderMap,
) -> Answer<Response> {
	speaks_json(&headers)?;
	known(&name, "vread")?;
	let access = gateway.access(&headers, &name, Act::Read)?;
	let version = salus_fhir::id::parse_number(&version).ok_or_else(Fault::not_found)?;
	let found = fhir::read(&gateway, &access, &name, &id, Some(version)).await?;
	Ok(resource(StatusCode::OK, &found))
}

async fn history(
	State(gateway): Shared,
	Path((name, id)): Path<(String, String)>,
	headers: HeaderMap,
) -> Answer<Response> {
	speaks_json(&headers)?;
	known(&name, "history-instance")?;
	let access = gateway.access(&headers, &name, Act::Read)?;
	let bundle = fhir::document::history(&gateway, &access, &id).await?;
	Ok(resource(StatusCode::OK, &bundle))
}

async fn create(
	State(gateway): Shared,
	Path(name): Path<String>,
	headers: HeaderMap,
	body: String,
) -> Answer<Response> {
	known(&name, "create")?;
	let access = gateway.access(&headers, &name, Act::Create)?;
	// Ignored, it would add a second record.
	let condition = headers.get("if-none-exist").map(|value| value.to_str().unwrap_or_default());
	let identifier = condition.map(identifier_of).transpose().map_err(|issue| {
		let status = StatusCode::PRECONDITION_FAILED;
		Fault::new(status, issue.kind, issue.code, issue.text)
	})?;
	fhir::document::create(&gateway, &access, &body, identifier).await
}

/// Carries a transaction out.
async fn transaction(State(gateway): Shared, headers: HeaderMap, body: String) -> Answer<Response> {
	let access = gateway.access(&headers, "DocumentReference", Act::Create)?;
	fhir::document::transaction(&gateway, &access, &body).await
}

async fn update(
	State(gateway): Shared,
	Path((name, id)): Path<(String, String)>,
	headers: HeaderMap,
	body: String,
) -> Answer<Response> {
	known(&name, "update")?;
	let access = gateway.access(&headers, &name, Act::Update)?;
	if name == "Patient" {
		return fhir::member::update(&gateway, &id, &body).await;
	}
	let expected = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
	fhir::document::update(&gateway, &access, &id, expected, &body).await
}

async fn delete(
	State(gateway): Shared,
	Path((name, id)): Path<(String, String)>,
	headers: HeaderMap,
) -> Answer<Response> {
	known(&name, "delete")?;
	let access = gateway.access(&headers, &name, Act::Delete)?;
	fhir::document::delete(&gateway, &access, &id).await
}
