//! A FHIR server over a node, and its clients.

use crate::{
	binary,
	cast::{DOCTOR_A, DOCTOR_B, PATIENT},
	eventually, eventually_within,
	large::LargeContent,
	network::free_port,
	recorder::Recorder,
	responses, People,
};
use aws_lc_rs::{
	rand::SystemRandom,
	signature::{EcdsaKeyPair, KeyPair, ECDSA_P384_SHA384_FIXED_SIGNING},
};
use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use futures::future::join_all;
use serde_json::{json, Value};
use std::{
	collections::HashMap,
	fs,
	net::{Ipv4Addr, SocketAddr},
	os::unix::fs::PermissionsExt,
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
	sync::atomic::{AtomicU64, Ordering},
	time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::{io::AsyncWriteExt, net::TcpStream, sync::Mutex};

/// Number of the last lines of a server's log that a failed test prints.
const SHOWN_LINES: usize = 60;

/// Deadline of a request, with its answer. The server works on a request for up to 14 min, and a
/// GiB of content is slow on a busy machine.
pub const DEADLINE: Duration = Duration::from_secs(1_200);

/// Age at which a token is renewed. The server ends it at 5 min, which a busy machine can take for
/// a journey.
const RENEWAL: Duration = Duration::from_secs(120);

/// Longest time for which a connection is unused. The server closes it at 30 s, and a request that
/// is sent at that moment is lost.
const UNUSED: Duration = Duration::from_secs(5);

/// Number of the next assertion.
static ASSERTIONS: AtomicU64 = AtomicU64::new(1);

/// A client of a FHIR server: an account, with the key by which it proves that it is this client.
pub struct SmartClient {
	/// The client's `client_id`.
	pub id: String,
	key: EcdsaKeyPair,
}

impl SmartClient {
	/// Makes a client with a new key.
	pub fn new(id: &str) -> Self {
		let algorithm = &ECDSA_P384_SHA384_FIXED_SIGNING;
		let key = EcdsaKeyPair::generate(algorithm).expect("there is randomness");
		Self { id: id.to_owned(), key }
	}

	/// Returns its public key, as a JSON Web Key Set.
	pub fn keys(&self) -> Value {
		let point = self.key.public_key().as_ref();
		let (x, y) = point[1..].split_at(48);
		let encoded = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
		json!({ "keys": [{
			"kty": "EC",
			"crv": "P-384",
			"alg": "ES384",
			"kid": "1",
			"x": encoded(x),
			"y": encoded(y),
		}] })
	}

	/// Returns its public key: a byte that says the form, and both coordinates.
	pub fn public_key(&self) -> &[u8] {
		self.key.public_key().as_ref()
	}

	/// Signs an assertion with these claims and header members instead of the usual ones.
	pub fn assertion(&self, audience: &str, header: &Value, claims: &Value) -> String {
		let signed = self.unsigned(audience, header, claims);
		let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).expect("it signs");
		format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
	}

	/// Returns an assertion as [`assertion`](Self::assertion) does, without its signature and the
	/// dot before it.
	pub fn unsigned(&self, audience: &str, header: &Value, claims: &Value) -> String {
		let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later").as_secs();
		let number = ASSERTIONS.fetch_add(1, Ordering::Relaxed);
		let with = |mut usual: Value, other: &Value| {
			for (name, value) in other.as_object().into_iter().flatten() {
				usual[name] = value.clone();
			}
			URL_SAFE_NO_PAD.encode(usual.to_string())
		};
		let header = with(json!({ "alg": "ES384", "kid": "1", "typ": "JWT" }), header);
		let usual = json!({
			"iss": self.id,
			"sub": self.id,
			"aud": audience,
			"exp": now + 240,
			"jti": format!("{}-{number}", std::process::id()),
		});
		format!("{header}.{}", with(usual, claims))
	}
}

/// Code of the answer about content that no storage node holds yet.
const NOT_STORED: &str = "not-stored";

/// Answer of a FHIR server.
#[derive(Debug)]
pub struct FhirAnswer {
	/// The HTTP status.
	pub status: u16,
	/// The HTTP headers.
	pub headers: reqwest::header::HeaderMap,
	/// Body of the answer.
	pub body: Vec<u8>,
}

impl FhirAnswer {
	/// Returns the body as JSON.
	pub fn json(&self) -> Value {
		serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
	}

	/// Returns whether it says that no storage node holds the content yet, so that the client is to
	/// read it again.
	pub fn is_not_stored(&self) -> bool {
		self.status == 503 && self.json()["issue"][0]["details"]["coding"][0]["code"] == NOT_STORED
	}

	/// Returns a header.
	pub fn header(&self, name: &str) -> &str {
		self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
	}
}

/// Returns the address of the page after a page of a searchset.
pub fn next_of(page: &Value) -> Option<&str> {
	let mut links = page["link"].as_array()?.iter();
	links.find(|link| link["relation"] == "next")?["url"].as_str()
}

/// A token that the server gave, and the one that is sent in its place.
struct GivenToken {
	/// Client that has it.
	client: String,
	purpose: Option<String>,
	/// Token that is sent now.
	newest: String,
	/// Time at which the newest one was given.
	since: Instant,
}

/// A running FHIR server. It is killed when this is dropped.
pub struct FhirServer {
	child: Child,
	/// Public address of the server.
	pub base: String,
	metrics: String,
	/// Port of the endpoint that each client has, at this machine.
	pub endpoint_port: u16,
	/// Clients in its configuration.
	pub clients: Vec<SmartClient>,
	config: PathBuf,
	http: reqwest::Client,
	/// Tokens since its start, as the tests know them.
	tokens: Mutex<HashMap<String, GivenToken>>,
}

impl Drop for FhirServer {
	fn drop(&mut self) {
		self.kill();
		// A failed test prints why.
		if std::thread::panicking() {
			let log = fs::read_to_string(self.log_path()).unwrap_or_default();
			let last = log.lines().count().saturating_sub(SHOWN_LINES);
			for line in log.lines().skip(last) {
				eprintln!("gateway: {line}");
			}
		}
	}
}

/// A client's id, development account, scopes and purposes.
pub type Named<'a> = (&'a str, &'a str, &'a str, &'a [&'a str]);

/// All scopes of a client.
pub const ALL: &str = "system/*.cruds";

/// Client of a system of hospital A, with the account of its doctor.
pub const HIS: Named<'_> = ("his", DOCTOR_A, ALL, &["TREAT"]);

/// Client of a system of hospital B, with the account of its doctor.
pub const OTHER: Named<'_> = ("other", DOCTOR_B, ALL, &["TREAT"]);

/// The patient's own client.
pub const OWN: Named<'_> = ("patient", PATIENT, ALL, &["PATRQT"]);

impl FhirServer {
	/// Starts the people of two hospitals, and a server of hospital A with these clients. Returns
	/// both, and a token of each client.
	pub async fn start_for<const N: usize>(clients: [Named<'_>; N]) -> (People, Self, [String; N]) {
		let people = People::start().await;
		let server = Self::start(&people, &clients).await;
		let tokens = server.tokens(clients.map(|(id, ..)| id)).await;
		(people, server, tokens)
	}

	/// Starts a server of hospital A with these clients.
	pub async fn start(people: &People, clients: &[Named<'_>]) -> Self {
		Self::start_as(people, clients, 100, "").await
	}

	/// Starts a server of hospital A with these clients, and with tables at the end of its
	/// configuration.
	pub async fn start_with(people: &People, clients: &[Named<'_>], tables: &str) -> Self {
		Self::start_as(people, clients, 100, tables).await
	}

	/// Starts a server as [`start`](Self::start) does, with the requests that each client can make
	/// in a second.
	pub async fn start_with_rate(people: &People, clients: &[Named<'_>], rate: u32) -> Self {
		Self::start_as(people, clients, rate, "").await
	}

	async fn start_as(people: &People, clients: &[Named<'_>], rate: u32, tables: &str) -> Self {
		let folder = people.path("gateway");
		fs::create_dir_all(&folder).expect("the folder is writable");
		let port = free_port();
		let base = format!("http://127.0.0.1:{port}");
		let metrics = format!("127.0.0.1:{}", free_port());
		let endpoint_port = free_port();
		let mut config = format!(
			"listen = \"127.0.0.1:{port}\"\nbase = {base:?}\nnode = {:?}\nstate = \"state\"\n\
			 metrics = {metrics:?}\norganisation = 1\ndevelopment = true\nidentifiers = \"identifiers-secret\"\n",
			people.node.url()
		);
		let secret = folder.join("identifiers-secret");
		fs::write(&secret, "5a".repeat(32)).expect("the folder is writable");
		// The server warns of a secret that others can read.
		let private = fs::Permissions::from_mode(0o600);
		fs::set_permissions(&secret, private).expect("it was just written");
		let mut smart = Vec::new();
		for (id, account, scopes, purposes) in clients {
			let client = SmartClient::new(id);
			let keys = folder.join(format!("{id}.jwks.json"));
			fs::write(&keys, client.keys().to_string()).expect("the folder is writable");
			config += &format!(
				"\n[[client]]\nid = {id:?}\nkeys = \"{id}.jwks.json\"\naccount = {account:?}\n\
				 scopes = {scopes:?}\npurposes = {purposes:?}\nrequests_per_second = {rate}\n\n\
				 [[client.endpoint]]\n\
				 url = \"http://127.0.0.1:{endpoint_port}/{id}\"\n\
				 authorization = \"identifiers-secret\"\n"
			);
			smart.push(client);
		}
		config += tables;
		let path = folder.join("gateway.toml");
		fs::write(&path, config).expect("the folder is writable");
		let http = reqwest::Client::builder()
			.timeout(DEADLINE)
			.pool_idle_timeout(UNUSED)
			.build()
			.expect("a client of HTTP");
		fs::create_dir_all(temporary(&path)).expect("the folder is writable");
		let child = Self::spawn(&path, None);
		let metrics = format!("http://{metrics}/metrics");
		let clients = smart;
		let tokens = Mutex::default();
		let server =
			Self { child, base, metrics, endpoint_port, clients, config: path, http, tokens };
		server.wait().await;
		server
	}

	fn spawn(config: &Path, log_filters: Option<&str>) -> Child {
		let log = fs::File::options()
			.create(true)
			.append(true)
			.open(config.with_extension("log"))
			.expect("the folder is writable");
		let mut command = Command::new(binary("salus-gateway"));
		command
			.args(["fhir", "--config"])
			.arg(config)
			// As its unit and its image set it.
			.env("MALLOC_MMAP_THRESHOLD_", "131072")
			.env("TMPDIR", temporary(config))
			.stdin(Stdio::null())
			.stdout(Stdio::null())
			.stderr(log);
		if let Some(filters) = log_filters {
			command.env("RUST_LOG", filters).args(["--log-format", "json"]);
		}
		command.spawn().expect("salus-gateway can be started")
	}

	async fn wait(&self) {
		eventually("the FHIR server is ready", || async {
			let answer = self.http.get(format!("{}/ready", self.base)).send().await.ok()?;
			answer.status().is_success().then_some(())
		})
		.await;
	}

	/// Kills the server.
	pub fn kill(&mut self) {
		let _ = self.child.kill();
		let _ = self.child.wait();
	}

	/// Kills the server, and starts it again. Tokens from before are worth nothing.
	pub async fn restart(&mut self) {
		self.kill();
		self.tokens.get_mut().clear();
		self.child = Self::spawn(&self.config, None);
		self.wait().await;
	}

	/// Kills the server, and starts it again at the node with this address.
	pub async fn restart_at(&mut self, node: &str) {
		self.set("node", node);
		self.restart().await;
	}

	/// Kills the server, and starts it again behind a recorder, which takes its public address.
	pub async fn restart_recorded(&mut self) -> Recorder {
		self.kill();
		let public = self.base.strip_prefix("http://").expect("a server without TLS");
		let public = public.parse().expect("an address");
		let own = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
		self.set("listen", &own.to_string());
		let recorder = Recorder::start(public, own).await;
		self.restart().await;
		recorder
	}

	/// Changes a text of its configuration.
	fn set(&self, name: &str, value: &str) {
		let config = fs::read_to_string(&self.config).expect("it has a configuration");
		let start = format!("{name} = ");
		let line = config.lines().find(|line| line.starts_with(&start)).expect("it has this text");
		let changed = config.replacen(line, &format!("{start}{value:?}"), 1);
		fs::write(&self.config, changed).expect("the folder is writable");
	}

	/// Returns the number of entries of a patient's log, as the client `patient` sees it.
	pub async fn log_total(&self, patient: &str) -> u64 {
		let own = self.token("patient", None).await;
		let log = self.get(&own, &format!("AuditEvent?patient={patient}")).await;
		log.json()["total"].as_u64().unwrap_or_else(|| panic!("{log:?}"))
	}

	/// Kills the server, and starts it again with these filters of its log, as `RUST_LOG`. The log
	/// is JSON from then on.
	pub async fn restart_with_log(&mut self, filters: &str) {
		self.kill();
		self.tokens.get_mut().clear();
		self.child = Self::spawn(&self.config, Some(filters));
		self.wait().await;
	}

	/// Returns the folder of its configuration, which has its state, its log and its temporary
	/// files, too.
	pub fn folder(&self) -> &Path {
		self.config.parent().expect("the configuration is in a folder")
	}

	/// Returns its configuration.
	pub fn config(&self) -> &Path {
		&self.config
	}

	/// Returns what the server wrote to its log.
	pub fn log(&self) -> String {
		fs::read_to_string(self.log_path()).expect("it has a log")
	}

	fn log_path(&self) -> PathBuf {
		self.config.with_extension("log")
	}

	/// Returns the address of its metrics.
	pub fn metrics_address(&self) -> &str {
		&self.metrics
	}

	/// Returns its metrics.
	pub async fn metrics(&self) -> String {
		let answer = self.http.get(&self.metrics).send().await.expect("it has metrics");
		answer.text().await.expect("a page")
	}

	/// Exchanges an assertion for a token, and returns the status and the answer.
	pub async fn ask_for_token(&self, assertion: &str, scope: &str) -> FhirAnswer {
		let form = [
			("grant_type", "client_credentials"),
			("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
			("client_assertion", assertion),
			("scope", scope),
		];
		let body: Vec<_> = form
			.iter()
			.map(|(name, value)| {
				format!("{name}={}", value.replace(' ', "%20").replace(':', "%3A"))
			})
			.collect();
		let request = self
			.http
			.post(format!("{}/token", self.base))
			.header("content-type", "application/x-www-form-urlencoded")
			.body(body.join("&"));
		self.answer(request).await
	}

	/// Returns an access token of a client with all that it can get, for its own first purpose or
	/// the one that is named. After [`RENEWAL`], requests use a new token.
	pub async fn token(&self, id: &str, purpose: Option<&str>) -> String {
		let token = self.new_token(id, purpose).await;
		let given = GivenToken {
			client: id.to_owned(),
			purpose: purpose.map(str::to_owned),
			newest: token.clone(),
			since: Instant::now(),
		};
		self.tokens.lock().await.insert(token.clone(), given);
		token
	}

	/// Returns a token of each of these clients, as [`token`](Self::token) does.
	pub async fn tokens<const N: usize>(&self, ids: [&str; N]) -> [String; N] {
		let tokens = join_all(ids.map(|id| self.token(id, None))).await;
		tokens.try_into().expect("each client has a token")
	}

	/// Returns the token to send in place of one that the server gave, or any other token as it is.
	async fn renewed(&self, token: &str) -> String {
		let mut tokens = self.tokens.lock().await;
		let Some(given) = tokens.get_mut(token) else { return token.to_owned() };
		if given.since.elapsed() > RENEWAL {
			given.newest = self.new_token(&given.client, given.purpose.as_deref()).await;
			given.since = Instant::now();
		}
		given.newest.clone()
	}

	async fn new_token(&self, id: &str, purpose: Option<&str>) -> String {
		let client = self.clients.iter().find(|client| client.id == id).expect("a client");
		let claims = purpose.map_or(json!({}), |purpose| json!({ "purpose_of_use": purpose }));
		let audience = format!("{}/token", self.base);
		// The limit of the client's requests can be used up.
		let answer = eventually("the client may ask for a token", || async {
			let assertion = client.assertion(&audience, &json!({}), &claims);
			let answer = self.ask_for_token(&assertion, ALL).await;
			(answer.status != 429).then_some(answer)
		})
		.await;
		let body = answer.json();
		body["access_token"].as_str().unwrap_or_else(|| panic!("no token: {body}")).to_owned()
	}

	/// Sends a request with a token.
	pub async fn send(
		&self,
		method: &str,
		path: &str,
		token: &str,
		headers: &[(&str, &str)],
		body: Option<&Value>,
	) -> FhirAnswer {
		let mut request = self.request(method, path, token).await;
		for (name, value) in headers {
			request = request.header(*name, *value);
		}
		if let Some(body) = body {
			request =
				request.header("content-type", "application/fhir+json").body(body.to_string());
		}
		self.answer(request).await
	}

	/// Begins a request with a token.
	async fn request(&self, method: &str, path: &str, token: &str) -> reqwest::RequestBuilder {
		let method = method.parse().expect("a method");
		let url = match path.starts_with("http") {
			true => path.to_owned(),
			false => format!("{}/fhir/{path}", self.base),
		};
		let token = self.renewed(token).await;
		self.http.request(method, url).bearer_auth(token)
	}

	/// Searches by a form.
	pub async fn search_by_form(&self, token: &str, resource: &str, form: &str) -> FhirAnswer {
		self.post_form(token, &format!("{resource}/_search"), &[], form.to_owned()).await
	}

	/// Sends a request, and leaves after a pause. It never reads the answer, even if that is there.
	pub async fn leave(
		&self,
		(method, path): (&str, &str),
		token: &str,
		headers: &[(&str, &str)],
		body: Option<&Value>,
		pause: Duration,
	) {
		let address = self.base.strip_prefix("http://").expect("a server without TLS");
		let target = match path.strip_prefix(&self.base) {
			Some(target) => target.to_owned(),
			None => format!("/fhir/{path}"),
		};
		let token = self.renewed(token).await;
		let body = body.map(Value::to_string).unwrap_or_default();
		let mut request = format!(
			"{method} {target} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
			 content-type: application/fhir+json\r\ncontent-length: {}\r\n",
			body.len()
		);
		for (name, value) in headers {
			request += &format!("{name}: {value}\r\n");
		}
		request += &format!("\r\n{body}");
		let mut stream = TcpStream::connect(address).await.expect("the server listens");
		stream.write_all(request.as_bytes()).await.expect("the server reads");
		tokio::time::sleep(pause).await;
	}

	/// Sends content as it is.
	pub async fn send_bytes(&self, token: &str, media_type: &str, content: Vec<u8>) -> FhirAnswer {
		let request = self.request("POST", "Binary", token).await;
		self.answer(request.header("content-type", media_type).body(content)).await
	}

	/// Sends large content as it is, while it is made.
	pub async fn send_large(
		&self,
		token: &str,
		media_type: &str,
		content: LargeContent,
	) -> FhirAnswer {
		let request = self.request("POST", "Binary", token).await;
		let request = request
			.header("content-type", media_type)
			.header("content-length", content.size().to_string())
			.body(content.body());
		self.answer(request).await
	}

	/// Sends a form.
	pub async fn post_form(
		&self,
		token: &str,
		path: &str,
		headers: &[(&str, &str)],
		form: String,
	) -> FhirAnswer {
		let mut request = self.request("POST", path, token).await;
		for (name, value) in headers {
			request = request.header(*name, *value);
		}
		let media_type = "application/x-www-form-urlencoded";
		self.answer(request.header("content-type", media_type).body(form)).await
	}

	/// Returns its process id.
	pub fn process_id(&self) -> u32 {
		self.child.id()
	}

	/// Returns the largest amount of memory that the server has had, in bytes.
	pub fn peak_memory(&self) -> u64 {
		let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
		let status = status.expect("the server runs");
		let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line");
		let kib = line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number");
		kib * 1024
	}

	/// Reads or searches.
	pub async fn get(&self, token: &str, path: &str) -> FhirAnswer {
		self.send("GET", path, token, &[], None).await
	}

	/// Reads content, and reads it again while no storage node holds it, as the server says.
	pub async fn open(&self, token: &str, path: &str) -> FhirAnswer {
		self.open_as(token, path, &[]).await
	}

	/// Reads content as [`open`](Self::open) does, with these headers.
	pub async fn open_as(&self, token: &str, path: &str, headers: &[(&str, &str)]) -> FhirAnswer {
		eventually("a storage node holds the content", || async {
			let answer = self.send("GET", path, token, headers, None).await;
			(!answer.is_not_stored()).then_some(answer)
		})
		.await
	}

	/// Reads large content as [`open`](Self::open) does, and returns the answer before its body has
	/// arrived. Panics if the server sends no content.
	pub async fn open_large(&self, token: &str, path: &str) -> reqwest::Response {
		eventually_within(DEADLINE, "a storage node holds the large content", || async {
			let answer = self.begin_reading(token, path, &[]).await;
			if answer.status() == 200 {
				return Some(answer);
			}
			let answer = self.whole(answer).await;
			assert!(answer.is_not_stored(), "{answer:?}");
			None
		})
		.await
	}

	/// Reads with these headers, and returns the answer before its body has arrived.
	pub async fn begin_reading(
		&self,
		token: &str,
		path: &str,
		headers: &[(&str, &str)],
	) -> reqwest::Response {
		let mut request = self.request("GET", path, token).await;
		for (name, value) in headers {
			request = request.header(*name, *value);
		}
		request.send().await.expect("the server answers")
	}

	/// Sends a request, and returns the whole answer.
	async fn answer(&self, request: reqwest::RequestBuilder) -> FhirAnswer {
		self.whole(request.send().await.expect("the server answers")).await
	}

	/// Reads an answer to its end. Keeps a resource that comes back: [`responses::keep`].
	async fn whole(&self, answer: reqwest::Response) -> FhirAnswer {
		let path = answer.url().path().to_owned();
		let answer = FhirAnswer {
			status: answer.status().as_u16(),
			headers: answer.headers().clone(),
			body: answer.bytes().await.expect("the answer ends").to_vec(),
		};
		responses::keep(&path, answer.header("content-type"), &answer.body);
		answer
	}
}

/// Returns the folder of the temporary files of the server with this configuration.
pub fn temporary(config: &Path) -> PathBuf {
	config.with_file_name("tmp")
}
