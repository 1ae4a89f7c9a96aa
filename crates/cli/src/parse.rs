//! Parsers of values on the command line.

use std::{path::Path, str::FromStr, time::Duration};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use salus_client::{
	parse_account, words, Account, ContactError, ContactName, InvalidRecordNumber, RecordNumber,
};
use salus_primitives::*;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::{book, who};

/// Number of decimals of the chain's token.
pub(crate) const TOKEN_DECIMALS: usize = salus_primitives::TOKEN_DECIMALS as usize;

/// Returns a parser for a fixed list of names, as the JSON of the type spells them.
fn one_of<T>(names: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
	T: DeserializeOwned + Clone + Send + Sync + 'static,
{
	PossibleValuesParser::new(names)
		.try_map(|name| serde_json::from_value::<T>(serde_json::Value::String(name)))
}

/// Names of the roles.
const ROLES: [&str; 8] = [
	"patient",
	"practitioner",
	"records-admin",
	"auditor",
	"insurer-agent",
	"researcher",
	"device",
	"storage-node",
];

pub(crate) fn role() -> impl TypedValueParser<Value = Role> {
	one_of(&ROLES)
}

/// Parses a specialty: the number of a SNOMED CT concept.
pub(crate) fn specialty(text: &str) -> Result<Specialty, String> {
	text.parse().map_err(|_| {
		"give a SNOMED CT number of a practice setting, such as 394579002 for cardiology".into()
	})
}

pub(crate) fn category() -> impl TypedValueParser<Value = Category> {
	one_of(&[
		"laboratory",
		"imaging",
		"prescription",
		"clinical-note",
		"discharge-summary",
		"immunization",
		"vital-signs",
		"emergency-summary",
		"claim",
		"genomic",
		"other",
	])
}

pub(crate) fn purpose() -> impl TypedValueParser<Value = Purpose> {
	let codes = ["TREAT", "ETREAT", "BTG", "HPAYMT", "HOPERAT", "HRESCH", "PUBHLTH", "PATRQT"];
	let values = codes.into_iter().zip(Purpose::ALL);
	PossibleValuesParser::new(
		values.map(|(code, purpose)| PossibleValue::new(code).help(purpose_help(purpose))),
	)
	.try_map(|name| serde_json::from_value::<Purpose>(serde_json::Value::String(name)))
}

/// Returns the meaning of a purpose. The codes come from HL7 v3 PurposeOfUse.
fn purpose_help(purpose: Purpose) -> &'static str {
	match purpose {
		Purpose::TREAT => "treatment: ordinary care of the patient",
		Purpose::ETREAT => {
			"emergency treatment: opens emergency summaries to clinicians of hospitals"
		}
		Purpose::BTG => "break the glass: access under your own emergency case, which is reviewed",
		Purpose::HPAYMT => "payment for care: billing and insurers",
		Purpose::HOPERAT => "hospital operations: administration, quality management and similar",
		Purpose::HRESCH => "research",
		Purpose::PUBHLTH => "public health: reporting and control of diseases",
		Purpose::PATRQT => "the patient's own request, such as reading by their guardian",
	}
}

pub(crate) fn action() -> impl TypedValueParser<Value = Action> {
	one_of(&["read", "write", "share"])
}

pub(crate) fn kind() -> impl TypedValueParser<Value = OrganisationKind> {
	one_of(&["hospital", "laboratory", "pharmacy", "insurer", "research", "regulator"])
}

pub(crate) fn verdict() -> impl TypedValueParser<Value = Verdict> {
	one_of(&["confirmed", "rejected"])
}

pub(crate) fn reason() -> impl TypedValueParser<Value = ReasonCode> {
	one_of(&[
		"reviewed",
		"wrong-patient",
		"wrong-category",
		"incomplete",
		"unreadable",
		"duplicate",
		"credential-unverified",
		"other",
	])
}

/// Refuses an attestation whose reason contradicts its verdict.
pub(crate) fn check_reason(
	verdict: Verdict,
	reason: Option<ReasonCode>,
) -> Result<(), clap::Error> {
	let Some(reason) = reason.filter(|reason| words::is_contradiction(verdict, *reason)) else {
		return Ok(());
	};
	let advice = match verdict {
		Verdict::Confirmed => "use --verdict rejected, or a reason that supports confirming",
		Verdict::Rejected => "use --verdict confirmed, or a reason that states the fault",
	};
	Err(clap::Error::raw(
		clap::error::ErrorKind::ArgumentConflict,
		format!(
			"the reason \"{}\" contradicts the verdict: {advice}\n",
			words::reason_code(reason)
		),
	))
}

pub(crate) fn confidentiality() -> impl TypedValueParser<Value = Confidentiality> {
	one_of(&["normal", "restricted", "very-restricted"])
}

pub(crate) fn emergency() -> impl TypedValueParser<Value = EmergencyReason> {
	one_of(&["unconscious", "life-threatening", "incapacitated", "disaster", "other"])
}

pub(crate) fn reviewer() -> impl TypedValueParser<Value = Reviewer> {
	one_of(&["auditor", "admin"])
}

pub(crate) fn account(text: &str) -> Result<Account, String> {
	account_or(text, "")
}

/// Parses an account. `others` lists, for the error, what else the argument accepts.
fn account_or(text: &str, others: &str) -> Result<Account, String> {
	let error = match parse_account(text) {
		Ok(account) => return Ok(account),
		Err(error) => error,
	};
	let known = book::account(text).or_else(|| who::named(text));
	let names = "a name from `salus contact list` or `salus keys list`";
	known.ok_or_else(|| match book::damage() {
		Some(damage) => format!("{error}; contacts cannot be used because {damage}"),
		None if is_dev_name(text) => {
			format!("did you mean //{text}? {error}, or {names}{others}")
		}
		None => format!("{error}, or {names}{others}"),
	})
}

/// Returns whether a name looks like a development account without its slashes.
pub(crate) fn is_dev_name(text: &str) -> bool {
	text.len() < 40
		&& text.starts_with(|first: char| first.is_ascii_uppercase())
		&& text.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Parses a name for the address book.
pub(crate) fn contact_name(text: &str) -> Result<ContactName, String> {
	text.parse().map_err(|error: ContactError| error.to_string())
}

pub(crate) fn record(text: &str) -> Result<RecordNumber, String> {
	text.parse().map_err(|error: InvalidRecordNumber| error.to_string())
}

/// Parses the hash of a block.
pub(crate) fn block(text: &str) -> Result<Hash32, String> {
	hash(text).map_err(|()| "this is not a block hash; give 0x and 64 hexadecimal digits".into())
}

/// Parses the hash of a motion of the council.
pub(crate) fn motion(text: &str) -> Result<Hash32, String> {
	hash(text).map_err(|()| {
		"this is not a motion; give its 0x and 64 hexadecimal digits from `salus council list`"
			.into()
	})
}

/// An encoded call.
#[derive(Clone, Debug)]
pub(crate) struct CallData(pub(crate) Vec<u8>);

/// Parses an encoded call in hexadecimal.
pub(crate) fn call(text: &str) -> Result<CallData, String> {
	text.strip_prefix("0x")
		.and_then(|digits| hex::decode(digits).ok())
		.filter(|bytes| !bytes.is_empty())
		.map(CallData)
		.ok_or_else(|| "this is not an encoded call; give 0x and its bytes in hexadecimal".into())
}

/// Parses an amount of tokens such as `5000` or `0.5`. Returns it in the smallest unit.
pub(crate) fn tokens(text: &str) -> Result<u128, String> {
	let wrong = || {
		format!(
			"this is not an amount of tokens; give a number such as 5000 or 0.5, with at most {TOKEN_DECIMALS} decimals"
		)
	};
	let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
	let is_number =
		|digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
	if !is_number(whole) || !is_number(part) || part.len() > TOKEN_DECIMALS {
		return Err(wrong());
	}
	let part = format!("{part:0<TOKEN_DECIMALS$}");
	// The digits without the point are the number of smallest units.
	format!("{whole}{part}").parse().map_err(|_| wrong())
}

fn hash(text: &str) -> Result<Hash32, ()> {
	let mut bytes = [0; 32];
	hex::decode_to_slice(text.strip_prefix("0x").ok_or(())?, &mut bytes).map_err(|_| ())?;
	Ok(bytes)
}

/// Parses a time span such as `90s`, `15m`, `12h`, `30d`, `2w`, `1y`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
	let wrong = || {
		"this is not a time span; give a whole number and one of s, m (minutes), h, d, w, y, such as \
		 30d; months have no unit, so give 30d or 13w"
			.to_owned()
	};
	let split = text.len().checked_sub(1).ok_or_else(wrong)?;
	let (number, unit) = text.split_at_checked(split).ok_or_else(wrong)?;
	let seconds = match unit {
		"s" => 1,
		"m" => 60,
		"h" => 60 * 60,
		"d" => 24 * 60 * 60,
		"w" => 7 * 24 * 60 * 60,
		"y" => 365 * 24 * 60 * 60,
		_ => return Err(wrong()),
	};
	// `+30d` and `030d` are more likely typing errors than time spans.
	if !number.starts_with(|first: char| first.is_ascii_digit())
		|| (number.len() > 1 && number.starts_with('0'))
	{
		return Err(wrong());
	}
	let number = u64::from_str(number).map_err(|_| wrong())?;
	let seconds = number.checked_mul(seconds).ok_or_else(wrong)?;
	// The limit exceeds any lifetime and is far from an overflow in milliseconds.
	if number == 0 || seconds > 1000 * 365 * 24 * 60 * 60 {
		return Err(
			"the time span is zero or longer than a thousand years; give one in between".into()
		);
	}
	Ok(Duration::from_secs(seconds))
}

/// Parses a day such as `2027-01-31`. Returns its start in UTC, in milliseconds since 1970.
pub(crate) fn day(text: &str) -> Result<Moment, String> {
	let wrong = || "this is not a day; write it as 2027-01-31".to_owned();
	let mut parts = text.split('-').map(|part| part.parse::<i64>().map_err(|_| wrong()));
	let mut next = || parts.next().ok_or_else(wrong)?;
	let (year, month, day) = (next()?, next()?, next()?);
	if parts.next().is_some() || !(1970..=9999).contains(&year) {
		return Err(wrong());
	}
	let days = days_from_civil(year, month, day);
	if !(1..=12).contains(&month) || civil_from_days(days) != (year, month, day) {
		return Err("this day does not exist; check month and day".into());
	}
	Ok(days as u64 * 24 * 60 * 60 * 1000)
}

/// Converts a day of the Gregorian calendar to days since 1970 (Howard Hinnant's algorithm).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
	let year = if month <= 2 { year - 1 } else { year };
	let era = year.div_euclid(400);
	let year_of_era = year.rem_euclid(400);
	let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
	let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	era * 146_097 + day_of_era - 719_468
}

/// Converts days since 1970 to year, month and day: the inverse of [`days_from_civil`].
pub(crate) fn civil_from_days(days: i64) -> (i64, i64, i64) {
	let days = days + 719_468;
	let era = days.div_euclid(146_097);
	let day_of_era = days.rem_euclid(146_097);
	let year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
	let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	let shifted = (5 * day_of_year + 2) / 153;
	let day = day_of_year - (153 * shifted + 2) / 5 + 1;
	let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
	let year = year_of_era + era * 400 + i64::from(month <= 2);
	(year, month, day)
}

/// Parses a grantee: an account, `member:practitioner@2:ACCOUNT`, `person:ACCOUNT`, `team:2`,
/// `org:2`, `role:practitioner` or `role:practitioner@2`.
pub(crate) fn grantee(text: &str) -> Result<Grantee<Account>, String> {
	let number =
		|text: &str| {
			text.parse::<OrganisationId>().map_err(|_| {
				format!("{text:?} is not the number of an organisation; `salus org list` shows the numbers")
			})
		};
	let role = |name: &str| -> Result<Role, String> {
		serde_json::from_value(serde_json::Value::String(name.to_owned()))
			.map_err(|_| format!("there is no role {name:?}; use one of {}", ROLES.join(", ")))
	};
	if let Some(id) = text.strip_prefix("org:") {
		return number(id).map(Grantee::Organisation);
	}
	if let Some(id) = text.strip_prefix("team:") {
		return number(id).map(Grantee::CareTeam);
	}
	if let Some(who) = text.strip_prefix("person:") {
		return account(who).map(Grantee::Person);
	}
	if let Some(rest) = text.strip_prefix("member:") {
		let parts =
			rest.split_once(':').and_then(|(capacity, who)| Some((capacity.split_once('@')?, who)));
		let Some(((name, id), who)) = parts else {
			return Err("this is not a member; write it as member:practitioner@2:ACCOUNT".into());
		};
		return Ok(Grantee::Member {
			account: account(who)?,
			role: role(name)?,
			organisation: number(id)?,
		});
	}
	if let Some(rest) = text.strip_prefix("role:") {
		let (name, organisation) = match rest.split_once('@') {
			Some((name, id)) => (name, Some(number(id)?)),
			None => (rest, None),
		};
		let role = role(name)?;
		return Ok(Grantee::Role { role, organisation });
	}
	const OTHERS: &str =
		"; or person:ACCOUNT, member:practitioner@2:ACCOUNT, team:2 for an organisation's \
		 care team, org:2 for the whole organisation, role:practitioner or role:practitioner@2";
	account_or(text, OTHERS).map(Grantee::Account)
}

/// Parses a guardian: an account, or the number of the appointment.
pub(crate) fn guardian(text: &str) -> Result<WhichGuardian, String> {
	if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
		return text.parse().map(WhichGuardian::Number).map_err(|_| {
			"no appointment has this number; `salus guardian list` shows the numbers".into()
		});
	}
	const OTHERS: &str = "; or the number of the appointment from `salus guardian list`";
	account_or(text, OTHERS).map(WhichGuardian::Account)
}

/// Guardian by number of the appointment, or by account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WhichGuardian {
	Number(GuardianId),
	Account(Account),
}

/// Parses a document as the chain stores it: `0x` and its SHA-256, or a file, which is hashed here.
pub(crate) fn document(text: &str) -> Result<Hash32, String> {
	if let Ok(hash) = hash(text) {
		return Ok(hash);
	}
	let mut file = std::fs::File::open(Path::new(text)).map_err(|error| {
		format!("this is neither 0x and 64 hexadecimal digits nor a readable file: {error}")
	})?;
	let mut hasher = Sha256::new();
	std::io::copy(&mut file, &mut HashWriter(&mut hasher)).map_err(|error| error.to_string())?;
	Ok(hasher.finalize().into())
}

struct HashWriter<'a>(&'a mut Sha256);

impl std::io::Write for HashWriter<'_> {
	fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
		self.0.update(data);
		Ok(data.len())
	}

	fn flush(&mut self) -> std::io::Result<()> {
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn time_spans_are_parsed() {
		for (text, seconds) in [
			("1s", 1),
			("15m", 900),
			("12h", 43_200),
			("30d", 2_592_000),
			("2w", 1_209_600),
			("1y", 31_536_000),
		] {
			assert_eq!(duration(text), Ok(Duration::from_secs(seconds)));
		}
		for text in [
			"",
			"d",
			"30",
			"30 d",
			"-1d",
			"0d",
			"1.5h",
			"30D",
			"1M",
			"6mo",
			"+30d",
			"030d",
			"00d",
			"99999999999999999y",
			"é",
		] {
			assert!(duration(text).is_err(), "{text}");
		}
		// The error for 6mo explains how to give months, and that m means minutes.
		let error = duration("6mo").unwrap_err();
		assert!(error.contains("minutes") && error.contains("13w"), "{error}");
	}

	#[test]
	fn guardians_are_parsed() {
		let alice = parse_account("//Alice").unwrap();
		assert_eq!(guardian("//Alice"), Ok(WhichGuardian::Account(alice)));
		assert_eq!(guardian("3"), Ok(WhichGuardian::Number(3)));
		for text in ["", "-1", "99999999999", "nobody"] {
			let error = guardian(text).unwrap_err();
			assert!(!error.contains("invalid digit"), "{error}");
		}
	}

	#[test]
	fn an_account_without_its_slashes_gets_a_hint() {
		assert!(account("DoctorA").unwrap_err().starts_with("did you mean //DoctorA?"));
		assert!(!account("drmeyer").unwrap_err().contains("did you mean"));
	}

	#[test]
	fn a_specialty_is_a_number() {
		assert_eq!(specialty("394579002"), Ok(394_579_002));
		let error = specialty("cardiology").unwrap_err();
		assert!(error.contains("SNOMED CT number"), "{error}");
	}

	#[test]
	fn days_are_parsed() {
		assert_eq!(day("1970-01-01"), Ok(0));
		assert_eq!(day("2000-02-29"), Ok(951_782_400_000));
		assert_eq!(day("2026-11-20"), Ok(1_795_132_800_000));
		for text in ["", "2026", "2026-13-01", "2026-02-29", "2026-11-31", "2026-11-20-1", "x-y-z"]
		{
			assert!(day(text).is_err(), "{text}");
		}
	}

	#[test]
	fn amounts_are_parsed() {
		for (text, amount) in [
			("1", 1_000_000_000_000),
			("0.5", 500_000_000_000),
			("0.000000000001", 1),
			("5000", 5_000_000_000_000_000),
			("0", 0),
		] {
			assert_eq!(tokens(text), Ok(amount), "{text}");
		}
		for text in [
			"",
			".",
			"1.",
			".5",
			"-1",
			"+1",
			"1e3",
			"0.0000000000001",
			"99999999999999999999999999999",
			"\u{664}",
		] {
			assert!(tokens(text).is_err(), "{text}");
		}
	}

	#[test]
	fn grantees_are_parsed() {
		let alice = parse_account("//Alice").unwrap();
		assert_eq!(grantee("//Alice"), Ok(Grantee::Account(alice)));
		assert_eq!(grantee("org:12"), Ok(Grantee::Organisation(12)));
		assert_eq!(grantee("team:12"), Ok(Grantee::CareTeam(12)));
		assert_eq!(grantee("person://Alice"), Ok(Grantee::Person(alice)));
		let member = Grantee::Member { account: alice, role: Role::Practitioner, organisation: 2 };
		assert_eq!(grantee("member:practitioner@2://Alice"), Ok(member));
		let role = Role::RecordsAdmin;
		assert_eq!(grantee("role:records-admin"), Ok(Grantee::Role { role, organisation: None }));
		let at = Grantee::Role { role, organisation: Some(3) };
		assert_eq!(grantee("role:records-admin@3"), Ok(at));
		let error = grantee("role:king").unwrap_err();
		assert!(error.contains("\"king\"") && error.contains("records-admin"), "{error}");
		for text in [
			"org:",
			"org:x",
			"team:",
			"person:",
			"member:",
			"member:practitioner://Alice",
			"member:king@2://Alice",
			"member:practitioner@2",
			"role:king",
			"role:device@x",
			"nobody",
		] {
			assert!(grantee(text).is_err(), "{text}");
		}
	}

	#[test]
	fn documents_are_hashed() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("licence.pdf");
		std::fs::write(&path, b"abc").unwrap();
		let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
		assert_eq!(hex::encode(document(path.to_str().unwrap()).unwrap()), expected);
		assert_eq!(document(&format!("0x{expected}")).map(hex::encode), Ok(expected.into()));
		assert!(document("0x12").is_err());
	}

	/// If clap offered a name that the type does not know, using it would fail.
	#[test]
	fn every_offered_name_is_known() {
		fn all<T>(parser: impl TypedValueParser<Value = T>) -> Vec<T> {
			let command = clap::Command::new("test");
			let names: Vec<_> = parser
				.possible_values()
				.unwrap()
				.map(|value| value.get_name().to_owned())
				.collect();
			names
				.iter()
				.map(|name| parser.parse_ref(&command, None, name.as_ref()).ok().unwrap())
				.collect()
		}
		assert_eq!(all(role()), Role::ALL);
		assert_eq!(all(category()), Category::ALL);
		assert_eq!(all(purpose()), Purpose::ALL);
		assert_eq!(all(action()).len(), 3);
		assert_eq!(all(kind()).len(), 6);
		assert_eq!(all(verdict()).len(), 2);
		assert_eq!(all(reason()).len(), 8);
		assert_eq!(all(confidentiality()), Confidentiality::ALL);
		assert_eq!(all(emergency()).len(), 5);
		assert_eq!(all(reviewer()).len(), 2);
	}
}
