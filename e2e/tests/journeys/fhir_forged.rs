//! Assertions that a client has not signed, or that no longer count, get no token from the FHIR
//! server, and open nothing. Each is as good as somebody without the client's key can make it.

use super::fhir::{address, document};
use aws_lc_rs::{
	hmac,
	rand::SystemRandom,
	rsa::{KeyPair, KeySize},
	signature::RSA_PKCS1_SHA384,
};
use base64::{
	engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
	Engine,
};
use salus_e2e::{
	cast::*,
	chain::becomes_stored,
	fhir::{FhirServer, SmartClient, ALL, HIS, OTHER, OWN},
};
use serde_json::{json, Value};
use std::{
	fs,
	time::{SystemTime, UNIX_EPOCH},
};

const CONTENT: &str = "haemoglobin 7.2";

/// Length of a signature of ES384, in bytes.
const SIGNATURE: usize = 96;

/// Start of the DER of a public key on P-384, before its point (RFC 5480).
const BEFORE_POINT: [u8; 23] = [
	0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
	0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00,
];

/// Returns a client's public key, as DER.
fn der(client: &SmartClient) -> Vec<u8> {
	[&BEFORE_POINT[..], client.public_key()].concat()
}

/// Returns a client's public key, as PEM.
fn pem(client: &SmartClient) -> String {
	let text = STANDARD.encode(der(client));
	let lines: Vec<_> = text
		.as_bytes()
		.chunks(64)
		.map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
		.collect();
	format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}

/// Forger of assertions of a client to this audience.
struct Forger<'a> {
	client: &'a SmartClient,
	audience: &'a str,
}

impl Forger<'_> {
	/// Returns what is signed, with these header members.
	fn unsigned(&self, header: &Value) -> String {
		self.client.unsigned(self.audience, header, &json!({}))
	}

	fn with_signature(signed: &str, signature: &[u8]) -> String {
		format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
	}

	/// Signs with a secret that everybody knows, as a server accepts that takes the algorithm from
	/// the assertion, and the client's public key as its secret.
	fn by_secret(&self, secret: &[u8]) -> [String; 2] {
		[("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384)].map(|(name, algorithm)| {
			let signed = self.unsigned(&json!({ "alg": name }));
			let tag = hmac::sign(&hmac::Key::new(algorithm, secret), signed.as_bytes());
			Self::with_signature(&signed, tag.as_ref())
		})
	}

	/// Signs with RS384, for the key set's only key, which is of ES384.
	fn by_rsa(&self) -> String {
		let signed = self.unsigned(&json!({ "alg": "RS384" }));
		let key = KeyPair::generate(KeySize::Rsa2048).expect("there is randomness");
		let mut signature = vec![0; key.public_modulus_len()];
		key.sign(&RSA_PKCS1_SHA384, &SystemRandom::new(), signed.as_bytes(), &mut signature)
			.expect("it signs");
		Self::with_signature(&signed, &signature)
	}

	/// Signs with another key, which the header brings along.
	fn by_own_key(&self) -> String {
		let forger = SmartClient::new(&self.client.id);
		let header = json!({ "jwk": forger.keys()["keys"][0] });
		forger.assertion(self.audience, &header, &json!({}))
	}

	/// Leaves the signature out, or copies a genuine assertion's.
	fn by_nothing(&self) -> Vec<String> {
		let genuine = self.client.assertion(self.audience, &json!({}), &json!({}));
		let (_, copied) = genuine.rsplit_once('.').expect("a signature");
		let of = |algorithm: &str| {
			let signed = self.unsigned(&json!({ "alg": algorithm }));
			[format!("{signed}."), format!("{signed}.{copied}"), signed]
		};
		["none", "None", "NONE", ""].into_iter().flat_map(of).collect()
	}

	/// Gives a right header a signature of other claims, of zeros, or none.
	fn by_other_signatures(&self) -> [String; 3] {
		let genuine = self.client.assertion(self.audience, &json!({}), &json!({}));
		let (_, copied) = genuine.rsplit_once('.').expect("a signature");
		let signed = self.unsigned(&json!({}));
		[
			format!("{signed}.{copied}"),
			Self::with_signature(&signed, &[0; SIGNATURE]),
			format!("{signed}."),
		]
	}

	/// Has the client sign what does not count: late, for too long, or to another server.
	fn by_the_client(&self) -> Vec<(&'static str, String)> {
		let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later").as_secs();
		let signed =
			|audience: &str, claims: &Value| self.client.assertion(audience, &json!({}), claims);
		let foreign = "https://fhir.other.example/token";
		vec![
			("expired", signed(self.audience, &json!({ "exp": now - 60 }))),
			("for more than five minutes", signed(self.audience, &json!({ "exp": now + 600 }))),
			("for another server", signed(foreign, &json!({}))),
			("for no server", signed("", &json!({}))),
			("of another client", signed(self.audience, &json!({ "iss": "other" }))),
			("for another client", signed(self.audience, &json!({ "sub": "other" }))),
		]
	}

	/// Returns all that is to be refused, each with a name.
	fn all(&self) -> Vec<(&'static str, String)> {
		let key_set = self.client.keys();
		let mut all = self.by_the_client();
		for (name, secret) in [
			("the PEM as a secret", pem(self.client).into_bytes()),
			("the PEM without its last line's end", pem(self.client).trim_end().into()),
			("the DER as a secret", der(self.client)),
			("the point as a secret", self.client.public_key().to_vec()),
			("the JWK as a secret", key_set["keys"][0].to_string().into_bytes()),
			("the key set as a secret", key_set.to_string().into_bytes()),
			("nothing as a secret", Vec::new()),
		] {
			all.extend(self.by_secret(&secret).map(|forged| (name, forged)));
		}
		all.push(("RS384 with the EC key's id", self.by_rsa()));
		all.push(("a key of its own", self.by_own_key()));
		all.extend(self.by_nothing().into_iter().map(|forged| ("no algorithm", forged)));
		all.extend(self.by_other_signatures().map(|forged| ("another signature", forged)));
		all
	}
}

/// Adds a document, and returns the address of its content.
async fn add(server: &FhirServer, node: &salus_e2e::Node, token: &str) -> String {
	let document = document(&address(PATIENT), "Blood count", CONTENT);
	let added = server.send("POST", "DocumentReference", token, &[], Some(&document)).await;
	assert_eq!(added.status, 201, "{added:?}");
	let added = added.json();
	becomes_stored(node, &format!("0x{}", added["id"].as_str().expect("an id"))).await;
	added["content"][0]["attachment"]["url"].as_str().expect("an address").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_assertion_gets_no_token_and_opens_nothing() {
	let (people, mut server, [his, ..]) = FhirServer::start_for([HIS, OTHER, OWN]).await;
	let audience = format!("{}/token", server.base);
	let content = add(&server, &people.node, &his).await;

	// A key set need not say what its keys are for.
	let mut key_set = server.clients[0].keys();
	for says_algorithm in [true, false] {
		if !says_algorithm {
			key_set["keys"][0].as_object_mut().expect("a key").remove("alg");
			let path = server.folder().join("his.jwks.json");
			fs::write(path, key_set.to_string()).expect("the folder is writable");
			server.restart().await;
		}
		let before = server.log_total(&address(PATIENT)).await;
		let forger = Forger { client: &server.clients[0], audience: &audience };
		let mut all = forger.all();
		let genuine = forger.client.assertion(&audience, &json!({}), &json!({}));
		let token = server.ask_for_token(&genuine, ALL).await;
		assert_eq!(token.status, 200, "{token:?}");
		all.push(("replayed", genuine));
		for (name, forged) in &all {
			let answer = server.ask_for_token(forged, ALL).await;
			let body = answer.json();
			assert_eq!((answer.status, &body["error"]), (401, &json!("invalid_client")), "{name}");
			assert_eq!(body.get("access_token"), None, "{name}");
			// No assertion is a token itself.
			let read = server.get(forged, &content).await;
			let code = &read.json()["issue"][0]["details"]["coding"][0]["code"];
			assert_eq!((read.status, code), (401, &json!("invalid-token")), "{name}");
		}
		assert_eq!(server.log_total(&address(PATIENT)).await, before, "something was requested");
	}
	// The client itself gets what it asks for.
	let his = server.token("his", None).await;
	let read = server.open(&his, &content).await;
	assert_eq!((read.status, &*read.body), (200, CONTENT.as_bytes()), "{read:?}");
}
