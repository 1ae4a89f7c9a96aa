//! A hospital system proves who it is by its certificate, and certificates are renewed while the
//! server runs.

use super::fhir::{address, document};
use salus_e2e::{
	binary,
	cast::*,
	eventually,
	fhir::{SmartClient, ALL},
	network::free_port,
	node::clock_library,
	responses, People,
};
use serde_json::{json, Value};
use std::{
	fs,
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
};

const CLIENT: &str = "extendedKeyUsage=clientAuth";

/// Authorities and certificates, as files NAME.pem and NAME.key of a folder.
struct Certificates(PathBuf);

impl Certificates {
	/// Makes a certificate that `issuer` signs, or that signs itself.
	fn make(&self, name: &str, issuer: Option<&str>, extensions: &[&str]) {
		self.openssl(name, issuer, extensions, None);
	}

	/// Makes a certificate as of some days ago, which was valid for one day.
	fn make_expired(&self, name: &str, issuer: &str, extensions: &[&str]) {
		self.openssl(name, Some(issuer), extensions, Some(&clock_library()));
	}

	fn openssl(&self, name: &str, issuer: Option<&str>, extensions: &[&str], past: Option<&Path>) {
		let file = |name: &str, kind: &str| self.0.join(format!("{name}.{kind}"));
		let mut command = Command::new("openssl");
		command
			.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
			.args(["-nodes", "-days", "1", "-subj", &format!("/CN={name}"), "-keyout"])
			.arg(file(name, "key"))
			.arg("-out")
			.arg(file(name, "pem"));
		for extension in extensions {
			command.args(["-addext", extension]);
		}
		if let Some(issuer) = issuer {
			command.arg("-CA").arg(file(issuer, "pem")).arg("-CAkey").arg(file(issuer, "key"));
		}
		if let Some(library) = past {
			command.env("LD_PRELOAD", library).env("FAKETIME", "-3d");
		}
		let made = command.output().expect("openssl; scripts/setup --tests installs it");
		assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
	}

	fn authority(&self, name: &str) {
		self.make(name, None, &["basicConstraints=critical,CA:TRUE"]);
	}

	/// Makes a certificate for a client, with this name in it.
	fn client(&self, name: &str, issuer: &str, named: &str) {
		let named = format!("subjectAltName={named}");
		self.make(name, Some(issuer), &["basicConstraints=CA:FALSE", CLIENT, &named]);
	}

	fn server(&self, issuer: &str) {
		let named = "subjectAltName=DNS:localhost";
		self.make("server", Some(issuer), &["basicConstraints=CA:FALSE", named]);
	}
}

/// A server that speaks TLS. It is killed when this is dropped.
struct Server {
	child: Child,
	base: String,
	certificates: Certificates,
}

impl Drop for Server {
	fn drop(&mut self) {
		let _ = self.child.kill();
		let _ = self.child.wait();
	}
}

impl Server {
	/// Starts a server with a client `his` that has a certificate, and `lab` that signs assertions.
	async fn start(people: &People, lab: &SmartClient) -> Self {
		let folder = people.path("gateway-tls");
		fs::create_dir_all(&folder).expect("the folder is writable");
		let certificates = Certificates(folder.clone());
		certificates.authority("ca");
		certificates.server("ca");
		fs::copy(folder.join("ca.pem"), folder.join("clients.pem")).expect("it is writable");
		fs::write(folder.join("lab.json"), lab.keys().to_string()).expect("it is writable");
		let port = free_port();
		let base = format!("https://localhost:{port}");
		let client = |id: &str, proof: &str, account: &str| {
			format!(
				"[[client]]\nid = {id:?}\n{proof}\naccount = {account:?}\nscopes = {ALL:?}\n\
				 purposes = [\"TREAT\", \"HOPERAT\"]\n"
			)
		};
		let config = format!(
			"listen = \"127.0.0.1:{port}\"\nbase = {base:?}\nnode = {:?}\nstate = \"state\"\n\
			 organisation = 1\ndevelopment = true\n\n[tls]\ncertificate = \"server.pem\"\n\
			 key = \"server.key\"\nclient_ca = \"clients.pem\"\n\n{}\n{}\n{}",
			people.node.url(),
			client("his", "certificate = \"his.example\"", DOCTOR_A),
			client("pacs", "certificate = \"urn:oid:1.2.3.4\"", DOCTOR_A),
			client("lab", "keys = \"lab.json\"", DOCTOR_A),
		);
		fs::write(folder.join("gateway.toml"), config).expect("the folder is writable");
		let log = fs::File::create(folder.join("log")).expect("the folder is writable");
		let child = Command::new(binary("salus-gateway"))
			.args(["fhir", "--config"])
			.arg(folder.join("gateway.toml"))
			.stdin(Stdio::null())
			.stdout(Stdio::null())
			.stderr(log)
			.spawn()
			.expect("salus-gateway can be started");
		let server = Self { child, base, certificates };
		eventually("the server is ready", || async {
			(server.curl(None, "/ready", &[]).0 == 200).then_some(())
		})
		.await;
		server
	}

	/// Sends a request on a connection with this certificate. The status is 0 if there is none.
	fn curl(&self, who: Option<&str>, path: &str, arguments: &[&str]) -> (u16, Value) {
		let folder = &self.certificates.0;
		let mut command = Command::new("curl");
		let trailer = "\n%{content_type}\n%{http_code}";
		command.args(["--silent", "--max-time", "300", "--write-out", trailer]);
		command.arg("--cacert").arg(folder.join("ca.pem"));
		if let Some(name) = who {
			command.arg("--cert").arg(folder.join(format!("{name}.pem")));
			command.arg("--key").arg(folder.join(format!("{name}.key")));
		}
		let url = match path.starts_with("https") {
			true => path.to_owned(),
			false => format!("{}{path}", self.base),
		};
		let output = command.args(arguments).arg(url).output().expect("curl can be run");
		// If curl had no time, or could not read the certificate, that says nothing about the
		// server.
		let is_of_curl = [Some(28), Some(58)].contains(&output.status.code());
		assert!(!is_of_curl, "{who:?} {path}: {}", output.status);
		let said = String::from_utf8_lossy(&output.stdout).into_owned();
		let (said, status) = said.rsplit_once('\n').expect("curl writes the status");
		let (body, media_type) = said.rsplit_once('\n').expect("curl writes the media type");
		responses::keep(path, media_type, body.as_bytes());
		let body = serde_json::from_str(body).unwrap_or_else(|_| body.into());
		(status.parse().expect("a number"), body)
	}

	/// Asks for a token by certificate.
	fn ask(&self, who: Option<&str>, id: &str, purpose: &str) -> (u16, Value) {
		let form = format!("client_id={id}&scope=system/*.cruds&purpose_of_use={purpose}");
		self.curl(who, "/token", &["-d", "grant_type=client_credentials", "-d", &form])
	}

	fn token(&self, who: &str, id: &str) -> String {
		let (status, body) = self.ask(Some(who), id, "");
		assert_eq!(status, 200, "{body}");
		body["access_token"].as_str().expect("a token").to_owned()
	}

	/// Sends a FHIR request with a token.
	fn fhir(
		&self,
		who: Option<&str>,
		token: &str,
		path: &str,
		body: Option<&Value>,
	) -> (u16, Value) {
		let login = format!("Authorization: Bearer {token}");
		let body = body.map(Value::to_string);
		let mut arguments = vec!["-H", &login];
		if let Some(body) = &body {
			arguments.extend(["-H", "Content-Type: application/fhir+json", "-d", body]);
		}
		self.curl(who, path, &arguments)
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_proves_who_it_is_by_its_certificate() {
	let people = People::start().await;
	let lab = SmartClient::new("lab");
	let mut server = Server::start(&people, &lab).await;
	let certificates = &server.certificates;
	certificates.client("his", "ca", "DNS:his.example");
	certificates.client("pacs", "ca", "URI:urn:oid:1.2.3.4");
	let patient = address(PATIENT);

	let (_, smart) = server.curl(None, "/fhir/.well-known/smart-configuration", &[]);
	assert_eq!(smart["token_endpoint_auth_methods_supported"][1], "tls_client_auth");
	assert_eq!(smart["tls_client_certificate_bound_access_tokens"], true);

	// A document is added, found and opened.
	let his = server.token("his", "his");
	let report = document(&patient, "Blood count", "all is well");
	let added = server.fhir(Some("his"), &his, "/fhir/DocumentReference", Some(&report));
	assert_eq!(added.0, 201, "{added:?}");
	let search = format!("/fhir/DocumentReference?patient={patient}");
	let (_, found) = server.fhir(Some("his"), &his, &search, None);
	assert_eq!(found["total"], 1, "{found}");
	let attachment = &found["entry"][0]["resource"]["content"][0]["attachment"];
	let url = attachment["url"].as_str().expect("an address");
	// While no storage node holds it, a client is to ask again.
	let opened = eventually("a storage node holds it", || async {
		let opened = server.fhir(Some("his"), &his, url, None);
		(opened.0 != 503).then_some(opened)
	})
	.await;
	assert_eq!(opened, (200, json!("all is well")));

	// A stolen token opens nothing, with or without another client's certificate.
	let status = |who: Option<&str>, token: &str| server.fhir(who, token, &search, None).0;
	assert_eq!((status(Some("his"), &his), status(None, &his)), (200, 401));
	assert_eq!(status(Some("pacs"), &his), 401);
	certificates.client("renewed", "ca", "DNS:his.example");
	assert_eq!(status(Some("renewed"), &his), 401, "another certificate of the same client");
	assert_eq!(status(Some("renewed"), &server.token("renewed", "his")), 200);
	assert_eq!(status(Some("pacs"), &server.token("pacs", "pacs")), 200);

	signed(&server, &lab, &search);
	refused(&server);
	renewed(&server, &search).await;

	let record = url.rsplit(['/', '-']).nth(1).expect("a record");
	let names = [&*patient, &address(DOCTOR_A), record, "Blood count", "his.example", &his];
	let log = ended(&mut server).await;
	for name in names {
		assert!(!log.contains(name), "{log}");
	}
	assert!(log.contains("FHIR is served") && !log.contains('\x1b'), "{log}");
}

/// Checks that a client of assertions needs no certificate, and is not bound to the one that it
/// has.
fn signed(server: &Server, lab: &SmartClient, search: &str) {
	let audience = format!("{}/token", server.base);
	let ask = |claims: Value, more: &str| {
		let assertion = lab.assertion(&audience, &json!({}), &claims);
		let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
		let form = format!(
			"grant_type=client_credentials&client_assertion_type={kind}&scope={ALL}\
			 &client_assertion={assertion}{more}"
		);
		server.curl(None, "/token", &["-d", &form])
	};
	let (_, answer) = ask(json!({ "purpose_of_use": "HOPERAT" }), "");
	let by_key = answer["access_token"].as_str().expect("a token");
	for who in [None, Some("his")] {
		assert_eq!(server.fhir(who, by_key, search, None).0, 200, "{who:?}");
	}
	assert_eq!(ask(json!({}), "&purpose_of_use=TREAT").0, 400, "it is not signed");
}

/// Ends the server as systemd does, and returns its log.
async fn ended(server: &mut Server) -> String {
	let id = server.child.id().to_string();
	assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
	let child = std::sync::Mutex::new(&mut server.child);
	let ended = eventually("the server ends", || async {
		child.lock().expect("no holder panics").try_wait().expect("it is a child")
	})
	.await;
	assert!(ended.success(), "{ended}");
	fs::read_to_string(server.certificates.0.join("log")).expect("a log")
}

/// Checks which certificates get no token.
fn refused(server: &Server) {
	let certificates = &server.certificates;
	let leaf = "basicConstraints=CA:FALSE";
	let named = "subjectAltName=DNS:his.example";
	certificates.authority("other");
	certificates.client("foreign", "other", "DNS:his.example");
	certificates.make("for-servers", Some("ca"), &[leaf, named, "extendedKeyUsage=serverAuth"]);
	certificates.make("for-all", Some("ca"), &[leaf, named]);
	certificates.make_expired("expired", "ca", &[leaf, named, CLIENT]);
	// TLS itself refuses these.
	for who in ["foreign", "for-servers", "for-all", "expired"] {
		assert_eq!(server.ask(Some(who), "his", "").0, 0, "{who}");
	}
	certificates.client("wildcard", "ca", "DNS:*.example");
	let mut said = Vec::new();
	for (who, id) in [
		(None, "his"),
		(Some("pacs"), "his"),
		(Some("wildcard"), "his"),
		(Some("his"), "pacs"),
		(Some("his"), "lab"),
		(Some("his"), "nobody"),
	] {
		let (status, body) = server.ask(who, id, "");
		assert_eq!((status, &body["error"]), (401, &json!("invalid_client")), "{who:?} {id}");
		said.push(body);
	}
	said.dedup();
	assert_eq!(said.len(), 1, "it shows which clients exist: {said:?}");
	assert_eq!(server.ask(Some("his"), "", "").0, 401);
	for (purpose, status) in [("HOPERAT", 200), ("BTG", 400), ("FUN", 400)] {
		assert_eq!(server.ask(Some("his"), "his", purpose).0, status, "{purpose}");
	}
}

/// Renews the server's certificate and the authorities, while the server runs.
async fn renewed(server: &Server, search: &str) {
	let certificates = &server.certificates;
	let folder = &certificates.0;
	certificates.authority("second");
	certificates.client("moved", "second", "DNS:his.example");
	assert_eq!(server.ask(Some("moved"), "his", "").0, 0, "nobody trusts its authority yet");
	certificates.server("second");
	fs::copy(folder.join("second.pem"), folder.join("clients.pem")).expect("it is writable");
	fs::rename(folder.join("ca.pem"), folder.join("first.pem")).expect("it is writable");
	fs::copy(folder.join("second.pem"), folder.join("ca.pem")).expect("it is writable");
	eventually("the certificates are renewed", || async {
		(server.ask(Some("moved"), "his", "").0 == 200).then_some(())
	})
	.await;
	let token = server.token("moved", "his");
	assert_eq!(server.fhir(Some("moved"), &token, search, None).0, 200);
	assert_eq!(server.ask(Some("his"), "his", "").0, 0, "its authority is gone");
}
