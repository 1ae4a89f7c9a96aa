use super::*;
use crate::{
	capability::resource,
	search::{Handling, Query},
};
use salus_primitives::{
	Category, Expression, GrantTerms, RecordId, Role, Via, CONSENT_REQUEST_LIFETIME,
};

const PLACE: Place<'static> = Place { patient: "4", custodian: 2 };
const BASE_URL: &str = "https://fhir.example.org/fhir";
const RECORD: RecordId = RecordId([0xab; 32]);

fn grant(grantee: Grantee<u64>, scope: Scope) -> Grant<u64> {
	Grant {
		terms: GrantTerms {
			grantee,
			scope,
			purposes: vec![Purpose::TREAT].try_into().unwrap(),
			actions: vec![Action::Read, Action::Write].try_into().unwrap(),
			from: None,
			until: Some(1_640_684_940_000),
			uses: Some(3),
			condition: None,
		},
		given: 1_640_598_540_123,
		used: 1,
		via: None,
	}
}

fn member() -> Grantee<u64> {
	Grantee::Member { account: 7, role: Role::Practitioner, organisation: 2 }
}

#[test]
fn a_grant_is_a_consent() {
	let given = grant(member(), Scope::Record(RECORD));
	let consent = Consent::grant(PLACE, 3, &given, false).resource;
	assert_eq!(consent["id"], "4-g3");
	assert_eq!(consent["identifier"][0]["value"], "4/grant/3");
	assert_eq!(
		(&consent["status"], &consent["provision"]["type"]),
		(&"active".into(), &"permit".into())
	);
	let provision = &consent["provision"];
	assert_eq!(provision["period"]["start"], "2021-12-27T09:49:00.123Z");
	// The last moment that belongs to it.
	assert_eq!(provision["period"]["end"], "2021-12-28T09:48:59.999Z");
	assert_eq!(provision["actor"][0]["reference"]["reference"], "PractitionerRole/7-1");
	assert_eq!(provision["action"][1]["coding"][1]["code"], "write");
	assert_eq!(provision["extension"][0]["valueUnsignedInt"], 2);
	let data = &provision["data"][0]["reference"]["reference"];
	assert_eq!(data, &format!("DocumentReference/{}", "ab".repeat(32)));
	assert_eq!(provision.get("code"), None);

	let mut passed_on = grant(Grantee::CareTeam(5), Scope::Everything);
	passed_on.via = Some(Via { parent: 1, sharer: 8 });
	passed_on.terms.condition = Some(Expression::default());
	let consent = Consent::grant(PLACE, 4, &passed_on, true).resource;
	assert_eq!(consent["performer"][0]["reference"], "Practitioner/8");
	assert_eq!(consent["status"], "inactive");
	assert_eq!(consent["provision"]["actor"][0]["reference"]["type"], "CareTeam");
	assert_eq!(consent["provision"]["extension"][1]["valueBoolean"], true);
}

#[test]
fn a_denial_names_no_purpose_because_it_is_for_all() {
	let categories = vec![Category::Genomic].try_into().unwrap();
	let denial: Denial<u64> = Denial {
		grantee: Grantee::Role { role: Role::Researcher, organisation: None },
		scope: Scope::Categories(categories),
		given: 0,
	};
	let consent = Consent::denial(PLACE, 1, &denial).resource;
	assert_eq!(consent["provision"]["type"], "deny");
	assert_eq!(consent["provision"]["code"][0]["coding"][0]["code"], "genomic");
	for name in ["purpose", "action", "extension", "data"] {
		assert_eq!(consent["provision"].get(name), None, "{name}");
	}
}

#[test]
fn terms_that_a_profile_can_say_declare_it() {
	let all = [Action::Read, Action::Write, Action::Share];
	let given = |scope: Scope, actions: &[Action], purposes: &[Purpose]| {
		let mut given = grant(member(), scope);
		given.terms.actions = actions.to_vec().try_into().unwrap();
		given.terms.purposes = purposes.to_vec().try_into().unwrap();
		given.terms.uses = None;
		given
	};
	let consent = |grant: &Grant<u64>| Consent::grant(PLACE, 3, grant, false).resource;
	let profile = |consent: &Value| consent["meta"]["profile"][0].as_str().map(str::to_owned);
	let (basic, intermediate) = (Some(BASIC.to_owned()), Some(INTERMEDIATE.to_owned()));
	let version = || Scope::Version { record: RECORD, version: 2 };
	let laboratory = Scope::Categories(vec![Category::Laboratory].try_into().unwrap());
	for (scope, actions, purpose, expected) in [
		(Scope::Everything, &all[..], Purpose::TREAT, &basic),
		(Scope::Everything, &all, Purpose::HRESCH, &intermediate),
		(Scope::Record(RECORD), &all, Purpose::TREAT, &intermediate),
		(version(), &all, Purpose::TREAT, &intermediate),
		(laboratory, &all, Purpose::TREAT, &None),
		(Scope::Everything, &all[..1], Purpose::TREAT, &None),
		(Scope::Record(RECORD), &all[..2], Purpose::TREAT, &None),
	] {
		let consent = consent(&given(scope, actions, &[purpose]));
		assert_eq!(&profile(&consent), expected, "{consent}");
		// All actions, or those that are named.
		let named = consent["provision"]["action"].as_array().map(Vec::len);
		assert_eq!(named, expected.is_none().then_some(actions.len()), "{consent}");
		assert_eq!(consent["sourceReference"]["identifier"], consent["identifier"][0]);
	}
	// A reader of the profile alone would take these to permit more.
	let mut counted = given(Scope::Everything, &all, &[Purpose::TREAT]);
	counted.terms.uses = Some(3);
	let mut conditional = given(Scope::Everything, &all, &[Purpose::TREAT]);
	conditional.terms.condition = Some(Expression::default());
	for grant in [counted, conditional] {
		assert_eq!(profile(&consent(&grant)), None);
	}

	let denied = |scope| {
		let denial: Denial<u64> = Denial { grantee: Grantee::Account(7), scope, given: 0 };
		profile(&Consent::denial(PLACE, 1, &denial).resource)
	};
	assert_eq!(denied(Scope::Everything), basic);
	assert_eq!(denied(Scope::Record(RECORD)), intermediate);
}

#[test]
fn a_request_is_proposed() {
	let request = ConsentRequest {
		requester: 9,
		terms: RequestTerms {
			scope: Scope::Everything,
			purposes: vec![Purpose::HRESCH].try_into().unwrap(),
			actions: vec![Action::Read].try_into().unwrap(),
			until: None,
		},
		made: 5,
		expires: CONSENT_REQUEST_LIFETIME,
	};
	let consent = Consent::request(PLACE, 6, &request);
	assert_eq!((&*consent.id, consent.status), ("4-r6", "proposed"));
	assert_eq!(consent.resource["provision"].get("period"), None);
	// The patient has not consented, so nothing is its source.
	assert_eq!(consent.resource.get("sourceReference"), None);
	assert_eq!(consent.resource["meta"].get("profile"), None);
	let matches = |name: &str, text: &str| {
		let pairs = [(name.to_owned(), text.to_owned())];
		let consents = resource("Consent").unwrap();
		Query::parse(consents, &pairs, Handling::Strict, "https://x/fhir")
			.unwrap()
			.matches(&consent)
	};
	for (name, text, expected) in [
		("status", "proposed", true),
		("status", "active", false),
		("purpose", "HRESCH", true),
		("purpose", "TREAT", false),
		("actor", "Practitioner/9", true),
		("actor", "Organization/9", false),
		("patient", "4", true),
		("date", "1970", true),
		("_id", "4-r6", true),
	] {
		assert_eq!(matches(name, text), expected, "{name}={text}");
	}
}

fn proposed() -> Value {
	json!({
		"resourceType": "Consent",
		"status": "proposed",
		"scope": { "coding": [{
			"system": "http://terminology.hl7.org/CodeSystem/consentscope",
			"code": "patient-privacy",
		}] },
		"category": [{ "coding": [{ "system": LOINC, "code": "59284-0" }] }],
		"patient": { "reference": "Patient/5Grw" },
		"policy": [{ "uri": POLICY }],
		"provision": {
			"type": "permit",
			"period": { "end": "2027-01-31" },
			"purpose": [{ "system": ACT_REASON, "code": "TREAT" }],
			"code": [{ "coding": [{ "system": LOINC, "code": "11502-2" }] }],
		},
	})
}

fn read(value: &Value) -> Result<NewRequest, Vec<Issue>> {
	request(&value.to_string(), BASE_URL)
}

#[test]
fn a_request_is_read() {
	let new = read(&proposed()).unwrap();
	assert_eq!(new.patient, Subject::Id("5Grw".into()));
	assert_eq!(new.terms.actions[..], [Action::Read]);
	assert_eq!(new.terms.purposes[..], [Purpose::TREAT]);
	assert_eq!(new.terms.scope, Scope::Categories(vec![Category::Laboratory].try_into().unwrap()));
	// The first moment of February.
	assert_eq!(new.terms.until, Some(1_801_440_000_000));

	let mut one = proposed();
	let provision = one["provision"].as_object_mut().unwrap();
	provision.remove("code");
	provision.remove("period");
	let reference = format!("{BASE_URL}/DocumentReference/{}/_history/2", "ab".repeat(32));
	provision.insert(
		"data".into(),
		json!([{ "meaning": "instance", "reference": { "reference": reference } }]),
	);
	let new = read(&one).unwrap();
	assert_eq!(new.terms.scope, Scope::Version { record: RECORD, version: 2 });
	assert_eq!(new.terms.until, None);
	one["provision"]["data"][0]["reference"]["type"] =
		json!("http://hl7.org/fhir/StructureDefinition/DocumentReference");
	assert_eq!(read(&one).unwrap().terms, new.terms);
}

#[test]
fn a_client_cannot_consent_for_a_patient() {
	let mut active = proposed();
	active["status"] = json!("active");
	assert_eq!(read(&active).unwrap_err()[0].path.as_deref(), Some("Consent.status"));
}

#[test]
fn elements_that_change_the_meaning_are_refused() {
	let with = |pointer: &str, name: &str, value: Value| {
		let mut sent = proposed();
		sent.pointer_mut(pointer).unwrap()[name] = value;
		let issues = read(&sent).unwrap_err();
		issues.into_iter().map(|issue| issue.path.unwrap_or_default()).collect::<Vec<_>>()
	};
	let refused = |name: &str, value: Value| with("/provision", name, value);
	assert_eq!(refused("type", json!("deny")), ["Consent.provision.type"]);
	assert_eq!(refused("provision", json!([{ "type": "deny" }])), ["Consent.provision.provision"]);
	assert_eq!(refused("dataPeriod", json!({ "start": "2026" })), ["Consent.provision.dataPeriod"]);
	assert_eq!(
		refused("period", json!({ "start": "2026-01-01" })),
		["Consent.provision.period.start"]
	);
	let purposes = |code: &str| refused("purpose", json!([{ "system": ACT_REASON, "code": code }]));
	for code in ["BTG", "treat", "MARKETING"] {
		assert_eq!(purposes(code), ["Consent.provision.purpose"], "{code}");
	}
	assert_eq!(refused("purpose", json!([])), ["Consent.provision.purpose"]);
	let data = json!([{ "meaning": "instance", "reference": { "reference": "Binary/1" } }]);
	assert_eq!(refused("data", data), ["Consent.provision.data"]);
	let unknown = json!([{ "coding": [{ "system": LOINC, "code": "1-8" }] }]);
	assert_eq!(refused("code", unknown), ["Consent.provision.code"]);
	let codings = |codes: [Value; 2]| json!([{ "coding": codes }]);
	let action = |code: &str| json!({ "system": CONSENT_ACTION, "code": code });
	let two = codings([action("disclose"), action("access")]);
	assert_eq!(refused("action", two), ["Consent.provision.action"]);
	let category = |code: &str| json!({ "system": LOINC, "code": code });
	let two = codings([category("11502-2"), category("18842-5")]);
	assert_eq!(refused("code", two), ["Consent.provision.code"]);
	let both = json!([{ "meaning": "instance", "reference": {
		"reference": format!("DocumentReference/{}", "ab".repeat(32)), "type": "Patient",
	} }]);
	let mut sent = proposed();
	sent["provision"].as_object_mut().unwrap().remove("code");
	sent["provision"]["data"] = both;
	assert_eq!(read(&sent).unwrap_err()[0].path.as_deref(), Some("Consent.provision.data"));
	let period = json!({ "extension": [{ "url": "urn:x", "valueCode": "x" }] });
	assert_eq!(refused("period", period), ["Consent.provision.period"]);
	let other = json!([{ "coding": [{ "system": CONSENT_ACTION, "code": "correct" }] }]);
	assert_eq!(refused("action", other), ["Consent.provision.action"]);
	let outside = json!([{ "url": "urn:x", "valueBoolean": true }]);
	assert_eq!(with("", "modifierExtension", outside), ["Consent.modifierExtension"]);
	let scope = json!({ "coding": [{ "code": "research" }] });
	assert_eq!(with("", "scope", scope), ["Consent.scope"]);
	let scopes = json!({ "coding": [{ "code": "research" }, { "code": "patient-privacy" }] });
	assert_eq!(with("", "scope", scopes), ["Consent.scope"]);
	let foreign = json!({ "coding": [{ "system": "urn:x", "code": "patient-privacy" }] });
	assert_eq!(with("", "scope", foreign), ["Consent.scope"]);
	let mut brief = proposed();
	brief["scope"] = json!({ "coding": [{ "code": "patient-privacy" }] });
	assert!(read(&brief).is_ok());
}

#[test]
fn a_request_drops_nothing_in_silence() {
	let act_code = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
	let rule = |code: &str| json!({ "coding": [{ "system": act_code, "code": code }] });
	for (name, value) in [
		("performer", json!([{ "reference": "Patient/5Grw" }])),
		("organization", json!([{ "reference": "Organization/1" }])),
		("sourceReference", json!({ "reference": "DocumentReference/1" })),
		("sourceAttachment", json!({ "contentType": "text/plain", "data": "eA==" })),
		("policy", json!([{ "uri": "https://example.org/policy" }])),
		("policy", json!([{ "authority": "https://example.org", "uri": POLICY }])),
		("policyRule", rule("OPTOUT")),
		("policyRule", json!({ "text": "as the law says" })),
	] {
		let mut consent = proposed();
		consent[name] = value;
		let issues = read(&consent).unwrap_err();
		let path = issues[0].path.clone().unwrap_or_default();
		assert!(format!("Consent.{name}").starts_with(&path), "{name}: {path}");
	}
	let mut consent = proposed();
	consent["policyRule"] = rule("OPTIN");
	assert!(read(&consent).is_ok());
	consent.as_object_mut().unwrap().remove("policy");
	assert!(read(&consent).is_ok());
	consent.as_object_mut().unwrap().remove("policyRule");
	let issues = read(&consent).unwrap_err();
	let found = (issues[0].code, issues[0].path.as_deref());
	assert_eq!((issues.len(), found), (1, ("not-fhir", Some("Consent.policy"))));
}
