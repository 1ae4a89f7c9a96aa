//! The tables of commands, one for each chain on which they run.

use super::case::{shows, signs, signs_once, step, Case, Step};
use salus_e2e::cast::*;

/// Commands that talk to no node.
pub const WITHOUT_A_NODE: &[&str] = &[
	"completions",
	"contact add",
	"contact list",
	"contact remove",
	"keys list",
	"keys new",
	"keys password",
	"keys show",
];

/// Commands with a separate test in this journey.
pub const ELSEWHERE: &[&str] = &["record add"];

/// A patient opens a record of their own.
const OWN: &str = "record get {record} --purpose PATRQT --out {out} --force --deadline 2m";

/// Hospitals release the key of a patient's own record.
const OWN_BY_HOSPITALS: &str =
	"record get {record} --purpose PATRQT --ignore-wrap --out {out} --force --deadline 2m \
	 --no-reseal";

/// A patient's own record, which stays under its key.
const OWN_KEPT: &str =
	"record get {record} --purpose PATRQT --out {out} --force --deadline 2m --no-reseal";

/// Commands that only read, in the first session of a machine. It also fetches the first block, the
/// validators and the runtime, whose metadata names the calls.
pub const FIRST: &[Case] = &[
	shows(PATIENT, "record list").first().often(),
	shows(PATIENT, "record show {record}").first(),
	shows(PATIENT, "consent list").first(),
	shows(PATIENT, OWN).varies(&["file"]).writes().first(),
];

/// Commands that sign, in the first session of a machine.
pub const FIRST_SIGNED: &[Case] = &[
	signs(ADMIN_B, "member suspend --org 2 --role practitioner //DoctorB")
		.after(&[step(VICE_B, "member reinstate --org 2 --role practitioner //DoctorB")])
		.first()
		.often(),
	signs(PATIENT, "consent deny --to //DoctorB --category imaging")
		.varies(&["id"])
		.then(&[step(PATIENT, "consent lift {/id}")])
		.first(),
];

/// Commands that only read, on a chain where each has something to show.
pub const READS: &[Case] = &[
	shows(PATIENT, "record show {record}").often(),
	shows(PATIENT, "consent list").often(),
	shows(PATIENT, "log show").often(),
	shows(PATIENT, "member show //DoctorB").often(),
	shows(PATIENT, "org list").often(),
	shows(PATIENT, "record list").often(),
	shows(PATIENT, "consent explain {record} --reader //DoctorB").often(),
	shows(PATIENT, "org show 2").often(),
	shows(PATIENT, "inbox list").often(),
	shows(PATIENT, "rule list").often(),
	shows(PATIENT, "guardian list").often(),
	shows(PATIENT, "emergency list").often(),
	shows(PATIENT, "emergency auditor list").often(),
	shows(PATIENT, "recover show").often(),
	shows(PATIENT, "committee status").often(),
	shows(PATIENT, "committee reseal --status"),
	// Without a deadline, it waits ten minutes for hospitals.
	shows(DOCTOR_B, "record get {record} --purpose TREAT --out {out} --force --deadline 2m")
		.varies(&["request", "release", "released", "file"])
		.writes()
		.often(),
	shows(PATIENT, OWN).varies(&["file"]).writes(),
	shows(PATIENT, "org bond show 2"),
	shows(PATIENT, "emergency show {case}"),
	shows(ADMIN_B, "emergency list --org 2"),
	shows(DOCTOR_B, "request list --patient //Patient"),
	shows(PATIENT, "log export --out {out}")
		.varies(&["block", "block_hash", "file"])
		.then(&[step("", "log verify {out} --online")]),
	shows("", "log verify {log} --online"),
	shows("", "council propose 0x00000411 --show"),
	shows("", "upgrade status"),
	shows("", "validator list").varies(&["block", "last_block"]),
	shows("", "status").varies(&["url", "pending"]).word(&["/node"]),
	shows(PATIENT, "doctor"),
	shows("", "storage nodes").varies(&["block", "last_seen"]),
	shows("", "storage under-replicated"),
	shows("", "storage evicted").word(&["/versions"]),
];

const GRANT: &str =
	"consent grant --to //DoctorB --category laboratory --purpose TREAT --action read --action share";
/// A patient has few requests, rules and guardians at a time, so that each attempt has its own.
const ASK: &str = "request add --patient //Person{n} --category imaging --purpose TREAT";
const GRANTED: Step = step(PATIENT, GRANT).keeps("grant", "/grant");
const ASKED: Step = step(DOCTOR_B, ASK).keeps("request", "/request");
const REVOKED: Step = step(PATIENT, "consent revoke {grant}");
const DIRECT_TO_CLERK: Step =
	step("//Clerk{n}", "record get {direct} --purpose TREAT --out {out} --force --deadline 2m");
const CLERK_ASKED: Step =
	step("//Clerk{n}", "request add --patient //Patient --category laboratory --purpose TREAT")
		.keeps("request", "/request");
const RULE: &str = "rule add --from org:2 --category laboratory --purpose TREAT --approve-for 30d";
const GUARDIAN: &str = "guardian appoint //ViceB --category laboratory --purpose TREAT";

/// Commands with which patients decide, and others ask them.
pub const CONSENT: &[Case] = &[
	signs(PATIENT, GRANT)
		.varies(&["grant"])
		.then(&[step(PATIENT, "consent revoke {/grant}")])
		.often(),
	signs(PATIENT, "consent revoke {grant}").before(&[GRANTED]).varies(&["id"]).often(),
	signs(PATIENT, "consent deny --to //DoctorB --category imaging")
		.varies(&["id"])
		.then(&[step(PATIENT, "consent lift {/id}")])
		.often(),
	// The grant wraps the key of a record in direct mode. A wrong wrap shows when it is opened.
	signs(PATIENT, "consent grant --to //Clerk{n} --category laboratory --purpose TREAT")
		.before(&[CLERK, CLERK_KEY])
		.varies(&["grant"])
		.random()
		.then(&[DIRECT_TO_CLERK, step(PATIENT, "consent revoke {/grant}")]),
	signs(PATIENT, "consent lift {denial}")
		.before(&[
			step(PATIENT, "consent deny --to //DoctorA --category imaging").keeps("denial", "/id")
		])
		.varies(&["id", "denial"]),
	signs(DOCTOR_B, "consent share {grant} --patient //Patient --to //DoctorA --action read")
		.before(&[GRANTED])
		.varies(&["grant", "parent"])
		.after(&[REVOKED]),
	signs(PATIENT, "consent opt-out on").after(&[step(PATIENT, "consent opt-out off")]).often(),
	signs(PATIENT, "consent sync")
		.before(&[step(DOCTOR_B, "keys publish --rotate")])
		.random()
		.then(&[step(DOCTOR_B, "record get {direct} --purpose TREAT --out {out} --force")]),
	signs(DOCTOR_B, ASK)
		.before(&[PERSON])
		.varies(&["request"])
		.then(&[step(DOCTOR_B, "request withdraw --patient //Person{n} {/request}")])
		.often(),
	signs(DOCTOR_B, "request withdraw --patient //Person{n} {request}")
		.before(&[PERSON, ASKED])
		.varies(&["request"]),
	signs("//Person{n}", "inbox approve {request}")
		.before(&[PERSON, ASKED])
		.varies(&["request", "grant"])
		.then(&[step("//Person{n}", "consent revoke {/grant}")]),
	signs("//Person{n}", "inbox decline {request}").before(&[PERSON, ASKED]).varies(&["request"]),
	signs("//Person{n}", "inbox answer --decline {request}")
		.before(&[PERSON, ASKED])
		.varies(&["declined"]),
	signs("//Person{n}", RULE)
		.before(&[PERSON])
		.varies(&["id"])
		.then(&[step("//Person{n}", "rule remove {/id}")])
		.often(),
	signs("//Person{n}", "rule remove {rule}")
		.before(&[PERSON, step("//Person{n}", RULE).keeps("rule", "/id")])
		.varies(&["id"]),
	signs("//Person{n}", GUARDIAN)
		.before(&[PERSON])
		.varies(&["id"])
		.then(&[step("//Person{n}", "guardian dismiss {/id}")])
		.often(),
	signs("//Person{n}", "guardian dismiss {guardian}")
		.before(&[PERSON, step("//Person{n}", GUARDIAN).keeps("guardian", "/id")])
		.varies(&["id"]),
	signs(PATIENT, "recover policy --guardians 3 --hospital no")
		.after(&[step(PATIENT, "recover policy --guardians most --hospital yes")]),
	signs(DOCTOR_B, "keys publish --rotate").varies(&["version", "public"]),
	signs("//Clerk{n}", "keys publish").before(&[CLERK]).varies(&["public"]),
	signs(ADMIN_A, "tokens send //DoctorB 1").often(),
	// After the approval, a second transaction adds the wrap.
	signs(PATIENT, "inbox approve {request}")
		.before(&[CLERK, CLERK_KEY, CLERK_ASKED])
		.varies(&["request", "grant"])
		.then(&[DIRECT_TO_CLERK, step(PATIENT, "consent revoke {/grant}")])
		.after(&[step(PATIENT, "inbox decline {request}")]),
];

const CLERK: Step = step(ADMIN_B, "member admit --org 2 --role practitioner //Clerk{n}");
const CLERK_KEY: Step = step("//Clerk{n}", "keys publish");
const CLERK_SIGNS: Step =
	step("//Clerk{n}", "member sign --org 2 --role practitioner --out {file}{n}");
/// In direct mode, the key is wrapped for the author's hospital.
const DIRECT: Step = step(
	DOCTOR_A,
	"record add {bundle} --patient //Patient --org 1 --category laboratory --title Iron --again \
	 --mode direct",
)
.keeps("direct", "/0/record");
const DIRECT_TO_HOSPITAL: &str =
	"record get {direct} --purpose HOPERAT --out {out} --force --deadline 2m";
const PERSON: Step = step(ADMIN_A, "patient enrol --org 1 --patient //Person{n}");
const PERSON_SIGNS: Step = step("//Person{n}", "patient sign --org 1 --out {file}{n}");

/// Commands with which organisations manage their members, and the council the organisations.
pub const ORGANISATIONS: &[Case] = &[
	signs(COUNCIL, "org register --kind laboratory --admin //Lab{n}")
		.varies(&["organisation"])
		.then(&[step("", "org show {/organisation}")]),
	signs(COUNCIL, "org suspend 2").after(&[step(COUNCIL, "org reinstate 2")]),
	signs(COUNCIL, "org reinstate 2")
		.before(&[step(COUNCIL, "org suspend 2")])
		.after(&[step(COUNCIL, "org reinstate 2")]),
	signs(COUNCIL, "org set-admins 2 --admin //Bob --admin //ViceB --admin //MatronB"),
	signs(ADMIN_A, "org set-key 1")
		.random()
		.varies(&["version", "public"])
		.then(&[step(ADMIN_A, "org share-key 1 --to //RecordsAdmin")]),
	// With the shared key, the records admin opens what is wrapped for the hospital.
	signs(ADMIN_A, "org share-key 1 --to //RecordsAdmin")
		.before(&[DIRECT])
		.random()
		.then(&[step(RECORDS_ADMIN, DIRECT_TO_HOSPITAL)]),
	signs(ADMIN_A, "org bond deposit 1 10").before(&[step(ADMIN_A, "org bond withdraw 1")]),
	signs(ADMIN_A, "org bond withdraw 1").before(&[step(ADMIN_A, "org bond deposit 1 10")]),
	signs(ADMIN_B, "member admit --signed {file}{n}").before(&[CLERK_SIGNS]),
	signs(ADMIN_B, "member renew --org 2 --role practitioner //DoctorB --credential {hash}"),
	signs(ADMIN_B, "member suspend --org 2 --role practitioner //DoctorB")
		.after(&[step(VICE_B, "member reinstate --org 2 --role practitioner //DoctorB")])
		.often(),
	signs(VICE_B, "member reinstate --org 2 --role practitioner //DoctorB")
		.before(&[step(ADMIN_B, "member suspend --org 2 --role practitioner //DoctorB")])
		.after(&[step(VICE_B, "member reinstate --org 2 --role practitioner //DoctorB")]),
	signs(ADMIN_B, "member revoke --org 2 --role practitioner //Clerk{n}").before(&[CLERK]),
	signs("//Clerk{n}", "member leave --role practitioner").before(&[CLERK]),
	signs(VICE_B, "member attest //DoctorB --role practitioner")
		.after(&[step(VICE_B, "member attest //DoctorB --role practitioner --revoke")]),
	shows("//Clerk{n}", "member sign --org 2 --role practitioner --out {file}{n}")
		.varies(&["signature", "key"])
		.then(&[step(ADMIN_B, "member admit --signed {file}{n}")]),
	shows("//Person{n}", "patient sign --org 1 --out {file}{n}")
		.varies(&["signature", "key"])
		.then(&[step(ADMIN_A, "patient enrol --enrolment {file}{n}")]),
	signs(ADMIN_A, "patient enrol --enrolment {file}{n}").before(&[PERSON_SIGNS]),
	signs(ADMIN_A, "patient release //Person{n} --org 1").before(&[PERSON]),
];

const ADDED: Step = step(
	DOCTOR_A,
	"record add {file} --patient //Patient --org 1 --category laboratory --title Iron --again",
)
.keeps("added", "/0/record");

/// A storage node confirms what it stores, and then evicts none of that.
const UNSTORED: Step = step(ADMIN_A, "member revoke --org 1 --role storage-node //Alice//storage");

/// Commands about records.
pub const RECORDS: &[Case] = &[
	signs(DOCTOR_A, "record revise {record} {file} --org 1 --again --title Iron")
		.random()
		.varies(&["version", "root", "number", "seconds", "content", "head", "size", "state"])
		// The key is wrapped for the patient, and sealed to the committee.
		.then(&[step(PATIENT, OWN_KEPT), step(PATIENT, OWN_BY_HOSPITALS)]),
	signs(RECORDS_ADMIN, "record attest {record} --verdict confirmed")
		.after(&[step(RECORDS_ADMIN, "record attest {record} --revoke")]),
	signs(DOCTOR_A, "record withdraw {added} --reason wrong-patient").before(&[ADDED]),
	// The record of the next case must stay under the earlier key, as after the first case.
	signs(PATIENT, "record erase {added} --yes --no-reseal")
		.before(&[ADDED])
		.varies(&["replicas_left"]),
	signs_once(PATIENT, "record reseal --record {record}").random(),
	shows("", "storage evict {added}")
		.before(&[UNSTORED, ADDED])
		.varies(&["root"])
		.word(&["/0/freed", "/0/kept"])
		.after(&[step("", "storage evict {added} --undo")]),
	shows("", "storage evict {added} --undo")
		.before(&[UNSTORED, ADDED, step("", "storage evict {added}")])
		.word(&["/versions"]),
];

/// A clinician opens few emergencies a day, and so do all whom one administrator admitted.
const HOSPITAL: Step =
	step(COUNCIL, "org register --kind hospital --admin //Chief{n} --admin //Deputy{n}")
		.keeps("hospital", "/organisation");
const BOND: Step = step(COUNCIL, "tokens send //Chief{n} 10100");
const BONDED: Step = step("//Chief{n}", "org bond deposit {hospital} 10000");
const MEDIC: Step =
	step("//Chief{n}", "member admit --org {hospital} --role practitioner //Medic{n}");
const MEDIC_ATTESTED: Step = step("//Deputy{n}", "member attest //Medic{n} --role practitioner");
const OPEN: &str =
	"emergency open --patient //Person{n} --org {hospital} --reason other --statement {statement}";
const OPENED: Step = step("//Medic{n}", OPEN).keeps("case", "/case");
const DRAWN: Step = step("", "emergency show {case}").keeps("drawn", "/panel/waiting/0/0");
const PHONE_SIGNS: Step = step("//Phone{n}", "recover sign //Person{n} --out {file}{n}");
const PROPOSED: Step = step(ADMIN_A, "recover propose //Person{n} --to //Phone{n}");

/// Commands about emergencies and lost keys.
pub const EMERGENCIES: &[Case] = &[
	signs("//Medic{n}", OPEN)
		.before(&[PERSON, HOSPITAL, BOND, BONDED, MEDIC, MEDIC_ATTESTED])
		.varies(&["case", "organisation"])
		.then(&[step("", "emergency show {/case}")]),
	// The hospital is a new one, so that the lot cannot pass over an auditor.
	signs(AUDITOR_A, "emergency review {case} --role auditor --justified")
		.before(&[PERSON, HOSPITAL, BOND, BONDED, MEDIC, MEDIC_ATTESTED, OPENED, DRAWN])
		.varies(&["case", "organisation"])
		.then(&[step("", "emergency show {case}")]),
	signs(COUNCIL, "emergency auditor appoint //AuditorA")
		.before(&[step(COUNCIL, "emergency auditor dismiss //AuditorA")])
		.after(&[step(COUNCIL, "emergency auditor appoint //AuditorA")]),
	signs(COUNCIL, "emergency auditor dismiss //AuditorB")
		.after(&[step(COUNCIL, "emergency auditor appoint //AuditorB")]),
	signs_once(COUNCIL, "emergency reinstate //DoctorB"),
	shows("//Phone{n}", "recover sign //Person{n} --out {file}{n}")
		.before(&[PERSON])
		.varies(&["signature", "key"])
		.then(&[step(ADMIN_A, "recover propose //Person{n} --signed {file}{n}")]),
	signs(ADMIN_A, "recover propose //Person{n} --signed {file}{n}").before(&[PERSON, PHONE_SIGNS]),
	signs(DOCTOR_B, "recover approve //Person{n} --to //Phone{n}").before(&[
		PERSON,
		step("//Person{n}", "guardian appoint //DoctorB --everything"),
		PROPOSED,
	]),
	signs("//Person{n}", "recover object").before(&[PERSON, PROPOSED]),
	signs(ADMIN_A, "recover withdraw //Person{n}").before(&[PERSON, PROPOSED]),
	signs_once(ADMIN_A, "recover complete //Person{n}").before(&[PERSON, PROPOSED]),
];

const ASSIGNED: Step = step(COUNCIL, "validator assign //Alice --org 1");
/// A nomination by the representative, //Alice, would apply at once.
const NOMINATED: Step = step(VICE_A, "validator represent //Alice --seat //ViceA");
const AGREED: Step = step(COUNCIL, "validator agree //Alice --seat //ViceA");
/// The representative nominates, so it applies at once. It fails where //Alice has the seat.
const RETURNED: Step = step(VICE_A, "validator represent //Alice --seat //Alice");

/// Commands of the council and the validators, on a chain with one seat.
pub const COUNCIL_OF_ONE: &[Case] = &[
	signs(COUNCIL, "council propose 0x00000411"),
	signs(COUNCIL, "validator minimum 1").often(),
	signs_once(COUNCIL, "validator assign //Alice --org 1"),
	signs(VICE_A, "validator represent //Alice --seat //ViceA")
		.before(&[ASSIGNED])
		.varies(&["from"])
		.then(&[AGREED])
		.after(&[RETURNED]),
	// A nomination can be objected to once, so each attempt ends the one before.
	signs(COUNCIL, "validator object //Alice")
		.before(&[ASSIGNED, NOMINATED, AGREED, RETURNED, NOMINATED])
		.varies(&["from"])
		.then(&[AGREED])
		.after(&[RETURNED]),
	signs(COUNCIL, "validator agree //Alice --seat //ViceA")
		.before(&[ASSIGNED, NOMINATED])
		.varies(&["from"])
		.then(&[RETURNED])
		.after(&[RETURNED]),
	signs_once(COUNCIL, "validator confirm //Alice"),
	signs(COUNCIL, "validator appoint //Alice --seat //ViceA")
		.before(&[ASSIGNED])
		.varies(&["from"])
		.then(&[RETURNED])
		.after(&[RETURNED]),
	signs_once(COUNCIL, "validator replace //Alice --by //Eve"),
	signs_once(COUNCIL, "validator add //Eve --org 2 --seat //Bob"),
	signs("//Eve", "validator keys {keys}").before(&[step(ADMIN_A, "tokens send //Eve 10")]),
	signs_once(COUNCIL, "committee renew shares"),
	signs_once(COUNCIL, "committee renew key"),
	signs_once(COUNCIL, "committee elect //Alice"),
	signs(COUNCIL, "storage absence-limit 2000"),
	signs(COUNCIL, "upgrade authorize {runtime}"),
	signs_once(COUNCIL, "upgrade apply {runtime}")
		.before(&[step(COUNCIL, "upgrade authorize {runtime}")]),
];

const MOVED: Step =
	step(COUNCIL, "storage absence-limit 20{n}").keeps("motion", "/decision/proposed/proposal");

/// Commands that need a council of several seats.
pub const COUNCIL_OF_FOUR: &[Case] = &[
	shows("", "council list"),
	signs("//Bob", "council vote {motion}")
		.before(&[MOVED])
		.after(&[step("//Charlie", "council vote {motion}")]),
	signs_once("//Bob", "council close {decided}"),
	signs_once(COUNCIL, "validator remove //Dave"),
];

/// All tables.
pub const ALL: &[&[Case]] = &[
	FIRST,
	FIRST_SIGNED,
	READS,
	CONSENT,
	ORGANISATIONS,
	RECORDS,
	EMERGENCIES,
	COUNCIL_OF_ONE,
	COUNCIL_OF_FOUR,
];
