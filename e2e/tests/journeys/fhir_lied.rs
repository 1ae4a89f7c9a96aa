//! A node that lies to the FHIR server. Single resources, `$explain`, and who is of the hospital's
//! staff are proved; searches are the node's word.

use super::fhir::{address, document};
use codec::Encode;
use salus_e2e::{
	cast::*,
	fhir::{FhirServer, HIS, OTHER},
	liar::{Liar, Lie},
	People,
};
use salus_primitives::{Basis, Decision, DenyReason, Member, MemberInfo, MemberStatus, Role};
use serde_json::{json, Value};

/// Name of the function that decides who may open a record.
const DECIDE: &str = "SalusApi_decide";

/// Returns a lie that gives this answer of the runtime.
fn said(answer: impl Encode) -> Lie {
	let text: &'static str = format!("0x{}", hex::encode(answer.encode())).leak();
	Lie::Said(text)
}

/// Starts a server behind a node that lies, with a document of its hospital. Returns the tokens of
/// both clients, and the document's path.
async fn start() -> (People, FhirServer, Liar, [String; 2], String) {
	let (people, mut server, [his, _]) = FhirServer::start_for([HIS, OTHER]).await;
	let document = document(&address(PATIENT), "Blood count", "haemoglobin 7.2");
	let added = server.send("POST", "DocumentReference", &his, &[], Some(&document)).await;
	assert_eq!(added.status, 201, "{added:?}");
	let path = format!("DocumentReference/{}", added.json()["id"].as_str().expect("an id"));
	let liar = Liar::start(people.node.url()).await;
	server.restart_at(&liar.url()).await;
	let tokens = server.tokens(["his", "other"]).await;
	(people, server, liar, tokens, path)
}

/// Returns the decision of an answer of `$explain`.
fn decision(answer: &Value) -> &str {
	let parts = answer["parameter"].as_array().into_iter().flatten();
	let mut named = parts.filter(|part| part["name"] == "decision");
	named.next().and_then(|part| part["valueCode"].as_str()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lie_about_a_decision_shows_and_hides_no_document() {
	let (_people, server, liar, [his, other], path) = start().await;
	let explain = format!("Consent/$explain?record={path}");
	for (lie, word) in [
		(said(Decision::Permit(Basis::Patient)), "a permit"),
		(said(Decision::Deny(DenyReason::UnknownRecord)), "a denial"),
	] {
		liar.always(vec![(DECIDE, lie)]);
		assert_eq!(server.get(&his, &path).await.status, 200, "{word}");
		assert_eq!(server.get(&other, &path).await.status, 404, "{word}");
		let explained = server.get(&other, &explain).await.json();
		assert_eq!(decision(&explained), "deny", "{word}: {explained}");
		assert_eq!(server.send("DELETE", &path, &other, &[], None).await.status, 404, "{word}");
		assert!(liar.told() > 0, "{word}: nobody asked");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lie_about_staff_shows_nobody_a_patients_number() {
	let (_people, server, liar, [his, other], _) = start().await;
	let path = format!("Patient/{}", address(PATIENT));
	let numbered = json!({
		"resourceType": "Patient",
		"identifier": [{ "system": "urn:oid:2.16.840.1.113883.19.5", "value": "MRN-0815" }],
	});
	let put = server.send("PUT", &path, &his, &[], Some(&numbered)).await;
	assert!([200, 201].contains(&put.status), "{put:?}");
	let shows = async |token: &str| {
		let read = server.get(token, &path).await;
		assert_eq!(read.status, 200, "{read:?}");
		read.json().to_string().contains("MRN-0815")
	};
	// The node says that everybody is a practitioner and a patient of the hospital.
	let held = |role| MemberInfo {
		role,
		member: Member {
			organisation: Some(1),
			status: MemberStatus::Active,
			credential: [0; 32],
			expires: None,
			since: 0,
			specialty: None,
		},
		live: true,
	};
	let all = vec![held(Role::Practitioner), held(Role::Patient)];
	liar.always(vec![("SalusApi_memberships", said(all))]);
	assert!(!shows(&other).await);
	assert!(liar.told() > 0, "nobody asked");
	assert!(shows(&his).await);
}
