//! Conditions on the context of an access, as typed on the command line.
//!
//! ```text
//! condition = all *( "or" all )
//! all       = one *( "and" one )
//! one       = "not" one / "(" condition ")" / "emergency" / attribute
//! attribute = "role" is ROLE              ; as in `salus member admit --help`
//!           / "specialty" is NUMBER       ; a SNOMED CT concept
//!           / "kind" is KIND              ; of the organisation, as in `salus org register --help`
//!           / "org" is NUMBER
//!           / "purpose" is PURPOSE
//!           / "category" is CATEGORY
//!           / "confidentiality" ( "<=" / ">" ) LEVEL
//!           / "time" is HH:MM-HH:MM       ; UTC, may cross midnight
//! is        = "=" / "!="
//! ```
//!
//! `and` binds tighter than `or`, and `not` tighter than both. Spaces around comparisons do not
//! matter. The chain accepts conditions of up to [`MAX_TERMS`] terms, with operators nested up to
//! [`MAX_DEPTH`] deep. A chain of one operator counts as one operator, and a double negation as
//! none.

use salus_primitives::{
	Attribute, Confidentiality, Expression, Term, MAX_DEPTH, MAX_TERMS, MINUTES_PER_DAY,
};
use serde::{de::DeserializeOwned, Serialize};
use serde_json::Value;

/// Help on conditions, for the options that take one.
pub(crate) const HELP: &str = "\
A condition combines comparisons with and, or, not and parentheses:
  role=practitioner        role in which the reader acts
  specialty=394579002      the reader's specialty (SNOMED CT)
  kind=hospital  org=2     kind, and number, of the organisation that the reader acts for
  purpose=TREAT            purpose of the access
  category=imaging         category of the record
  confidentiality<=normal  highest confidentiality (opposite: confidentiality>restricted)
  time=08:00-18:00         time of day in UTC; may cross midnight
  emergency                the reader has an open emergency case for the patient
You can write != in place of =. Examples:
  'role=practitioner and not confidentiality>restricted'
  '(kind=hospital or org=7) and time=22:00-06:00'";

/// Maximum length of a condition, in bytes: far more than the longest one needs.
const MAX_TEXT: usize = 4096;

/// Maximum nesting depth that is parsed, before the condition is simplified.
const MAX_NESTING: u32 = 32;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
	Is(Attribute),
	Not(Box<Node>),
	All(Vec<Node>),
	Any(Vec<Node>),
}

impl Node {
	/// Returns the negation, without a double one.
	fn negated(self) -> Self {
		match self {
			Self::Not(inner) => *inner,
			other => Self::Not(Box::new(other)),
		}
	}

	/// Appends the terms, operands before their operator.
	fn write(&self, terms: &mut Vec<Term>) {
		match self {
			Self::Is(attribute) => terms.push(Term::Is(*attribute)),
			Self::Not(inner) => {
				inner.write(terms);
				terms.push(Term::Not);
			}
			Self::All(nodes) | Self::Any(nodes) => {
				for node in nodes {
					node.write(terms);
				}
				// A condition with this many operands has too many terms and is refused later.
				let count = u8::try_from(nodes.len()).unwrap_or(u8::MAX);
				terms.push(match self {
					Self::All(_) => Term::All(count),
					_ => Term::Any(count),
				});
			}
		}
	}
}

/// Parses a condition.
pub(crate) fn parse(text: &str) -> Result<Expression, String> {
	if text.len() > MAX_TEXT {
		return Err("the condition is too long; split it over several grants or rules".into());
	}
	let words = split(text);
	let mut reader = Reader { words: &words, nesting: 0 };
	let node = reader.any()?;
	if let Some(word) = reader.words.first() {
		return Err(format!(
			"unexpected `{word}`; a comparison is followed by `and`, `or` or the end"
		));
	}
	let mut terms = Vec::new();
	node.write(&mut terms);
	let count = terms.len();
	let terms = terms.try_into().map_err(|_| {
		format!(
			"the condition has {count} terms, but {MAX_TERMS} is the maximum; split it over several grants or rules"
		)
	})?;
	let expression = Expression(terms);
	if !expression.is_well_formed() {
		return Err(format!(
			"the condition is more than {MAX_DEPTH} operators deep; rewrite it with less nesting, or split it over several grants or rules"
		));
	}
	Ok(expression)
}

/// Splits a condition into words, parentheses and comparison operators.
fn split(text: &str) -> Vec<&str> {
	let mut words = Vec::new();
	let mut rest = text.trim_start();
	while let Some(first) = rest.chars().next() {
		let length = match first {
			'(' | ')' | '=' => 1,
			'!' | '<' | '>' if rest.get(1..2) == Some("=") => 2,
			'!' | '<' | '>' => 1,
			_ => {
				rest.find(|c: char| c.is_whitespace() || "()=!<>".contains(c)).unwrap_or(rest.len())
			}
		};
		let (word, after) = rest.split_at(length);
		words.push(word);
		rest = after.trim_start();
	}
	words
}

struct Reader<'a> {
	words: &'a [&'a str],
	nesting: u32,
}

impl<'a> Reader<'a> {
	fn next(&mut self) -> Option<&'a str> {
		let (first, rest) = self.words.split_first()?;
		self.words = rest;
		Some(first)
	}

	/// Consumes the word if it comes next, and returns whether it did.
	fn takes(&mut self, word: &str) -> bool {
		let is_next = self.words.first() == Some(&word);
		if is_next {
			self.next();
		}
		is_next
	}

	fn any(&mut self) -> Result<Node, String> {
		let mut nodes = vec![self.all()?];
		while self.takes("or") {
			nodes.push(self.all()?);
		}
		Ok(joined(nodes, Node::Any, |node| match node {
			Node::Any(inner) => Ok(inner),
			other => Err(other),
		}))
	}

	fn all(&mut self) -> Result<Node, String> {
		let mut nodes = vec![self.one()?];
		while self.takes("and") {
			nodes.push(self.one()?);
		}
		Ok(joined(nodes, Node::All, |node| match node {
			Node::All(inner) => Ok(inner),
			other => Err(other),
		}))
	}

	fn one(&mut self) -> Result<Node, String> {
		self.nesting += 1;
		if self.nesting > MAX_NESTING {
			return Err(
				"the condition is nested too deeply; write it with fewer parentheses and negations"
					.into(),
			);
		}
		let word = self
			.next()
			.ok_or("the condition ends too early; add a comparison such as role=practitioner")?;
		let node = match word {
			"not" => self.one()?.negated(),
			"(" => {
				let node = self.any()?;
				if !self.takes(")") {
					return Err("a parenthesis is not closed; add )".into());
				}
				node
			}
			"emergency" => Node::Is(Attribute::EmergencyOpen),
			name => self.attribute(name)?,
		};
		self.nesting -= 1;
		Ok(node)
	}

	fn attribute(&mut self, name: &str) -> Result<Node, String> {
		const NAMES: [&str; 8] =
			["role", "specialty", "kind", "org", "purpose", "category", "confidentiality", "time"];
		if !NAMES.contains(&name) {
			return Err(format!(
				"`{name}` is not an attribute; use {} or emergency",
				NAMES.join(", ")
			));
		}
		let comparison = self.next().unwrap_or_default();
		let value = self.next().unwrap_or_default();
		let (attribute, is_negated) = match (name, comparison) {
			("confidentiality", "<=" | ">") => {
				let level = named::<Confidentiality>(name, value)?;
				(Attribute::ConfidentialityAtMost(level), comparison == ">")
			}
			("confidentiality", _) => {
				return Err("confidentiality takes <= or >, as in confidentiality<=normal".into());
			}
			(_, "=" | "!=") => (attribute(name, value)?, comparison == "!="),
			_ => return Err(format!("{name} needs = or != and a value")),
		};
		let node = Node::Is(attribute);
		Ok(if is_negated { node.negated() } else { node })
	}
}

/// Returns a single node unchanged. Joins several into one chain, which absorbs chains of its kind.
fn joined(
	mut nodes: Vec<Node>,
	chain: fn(Vec<Node>) -> Node,
	open: fn(Node) -> Result<Vec<Node>, Node>,
) -> Node {
	if nodes.len() == 1 {
		if let Some(node) = nodes.pop() {
			return node;
		}
	}
	let mut flat = Vec::new();
	for node in nodes {
		match open(node) {
			Ok(inner) => flat.extend(inner),
			Err(node) => flat.push(node),
		}
	}
	chain(flat)
}

fn attribute(name: &str, value: &str) -> Result<Attribute, String> {
	Ok(match name {
		"role" => Attribute::Role(named(name, value)?),
		"specialty" => Attribute::Specialty(number(name, value)?),
		"kind" => Attribute::OrganisationKind(named(name, value)?),
		"org" => Attribute::Organisation(number(name, value)?),
		"purpose" => Attribute::Purpose(named(name, value)?),
		"category" => Attribute::Category(named(name, value)?),
		_ => window(value)
			.ok_or("this is not a time of day; write it as 08:00-18:00, from 00:00 to 24:00")?,
	})
}

/// Parses a name as the JSON of its type spells it.
fn named<T: DeserializeOwned>(of: &str, value: &str) -> Result<T, String> {
	serde_json::from_value(Value::String(value.to_owned())).map_err(|error| {
		// Serde's error ends with the known names.
		let error = error.to_string();
		let known = error.split_once("expected one of ").map(|(_, known)| known);
		match known {
			Some(known) => format!("`{value}` is not a known {of}; use one of {known}"),
			None => format!("`{value}` is not a known {of}: {error}"),
		}
	})
}

fn number<T: std::str::FromStr>(of: &str, value: &str) -> Result<T, String> {
	value.parse().map_err(|_| match of {
		"specialty" => {
			format!("`{value}` is not a SNOMED CT number; give one such as 394579002")
		}
		_ => format!("`{value}` is not a number, which {of} needs"),
	})
}

fn window(value: &str) -> Option<Attribute> {
	let minutes = |text: &str| {
		let (hours, minutes) = text.split_once(':')?;
		let two = |text: &str| {
			let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
			is_number.then(|| text.parse::<u16>().ok()).flatten()
		};
		let minutes = two(minutes).filter(|minutes| *minutes < 60)?;
		let total = two(hours)?.checked_mul(60)?.checked_add(minutes)?;
		(total <= MINUTES_PER_DAY).then_some(total)
	};
	let (from, until) = value.split_once('-')?;
	let window = Attribute::TimeOfDay { from: minutes(from)?, until: minutes(until)? };
	window.is_well_formed().then_some(window)
}

/// Formats a condition as text that [`parse`] accepts.
pub(crate) fn text(expression: &Expression) -> String {
	let unreadable = || "(a condition that this client cannot read; update it)".to_owned();
	if !expression.is_well_formed() {
		return unreadable();
	}
	// Texts with their precedence: 0 for or, 1 for and, 2 for the rest.
	let mut stack: Vec<(String, u8)> = Vec::new();
	for term in &expression.0 {
		let pushed = match term {
			Term::Is(attribute) => Some((attribute_text(attribute), 2)),
			Term::Not => stack.pop().map(|inner| (negated_text(inner), 2)),
			Term::All(count) => chain_text(&mut stack, *count, " and ", 1),
			Term::Any(count) => chain_text(&mut stack, *count, " or ", 0),
		};
		match pushed {
			Some(pushed) => stack.push(pushed),
			None => return unreadable(),
		}
	}
	stack.pop().map_or_else(unreadable, |(text, _)| text)
}

fn chain_text(
	stack: &mut Vec<(String, u8)>,
	count: u8,
	operator: &str,
	binds: u8,
) -> Option<(String, u8)> {
	let start = stack.len().checked_sub(usize::from(count))?;
	let mut operands = stack.split_off(start);
	if operands.len() == 1 {
		return operands.pop();
	}
	let texts: Vec<_> = operands
		.into_iter()
		.map(|(text, inner)| if inner <= binds { format!("({text})") } else { text })
		.collect();
	Some((texts.join(operator), binds))
}

fn negated_text((text, binds): (String, u8)) -> String {
	if binds < 2 {
		format!("not ({text})")
	} else {
		format!("not {text}")
	}
}

fn attribute_text(attribute: &Attribute) -> String {
	fn name(value: &impl Serialize) -> String {
		match serde_json::to_value(value) {
			Ok(Value::String(name)) => name,
			_ => "?".into(),
		}
	}
	let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
	match attribute {
		Attribute::Role(role) => format!("role={}", name(role)),
		Attribute::Specialty(code) => format!("specialty={code}"),
		Attribute::OrganisationKind(kind) => format!("kind={}", name(kind)),
		Attribute::Organisation(id) => format!("org={id}"),
		Attribute::Purpose(purpose) => format!("purpose={}", name(purpose)),
		Attribute::Category(category) => format!("category={}", name(category)),
		Attribute::ConfidentialityAtMost(level) => format!("confidentiality<={}", name(level)),
		Attribute::TimeOfDay { from, until } => {
			format!("time={}-{}", clock(*from), clock(*until))
		}
		Attribute::EmergencyOpen => "emergency".into(),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_primitives::{Category, OrganisationKind, Purpose, Role};

	const OPEN: Term = Term::Is(Attribute::EmergencyOpen);
	const PRACTITIONER: Term = Term::Is(Attribute::Role(Role::Practitioner));
	const NORMAL: Term = Term::Is(Attribute::ConfidentialityAtMost(Confidentiality::Normal));
	const RESTRICTED: Term =
		Term::Is(Attribute::ConfidentialityAtMost(Confidentiality::Restricted));

	fn terms(text: &str) -> Vec<Term> {
		parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).0.into_inner()
	}

	#[test]
	fn comparisons_are_parsed() {
		for (text, attribute) in [
			("role=records-admin", Attribute::Role(Role::RecordsAdmin)),
			("specialty = 394579002", Attribute::Specialty(394_579_002)),
			("kind=laboratory", Attribute::OrganisationKind(OrganisationKind::Laboratory)),
			("org=7", Attribute::Organisation(7)),
			("purpose=BTG", Attribute::Purpose(Purpose::BTG)),
			("category=clinical-note", Attribute::Category(Category::ClinicalNote)),
			(
				"confidentiality<=very-restricted",
				Attribute::ConfidentialityAtMost(Confidentiality::VeryRestricted),
			),
			(" time=22:00-06:30 ", Attribute::TimeOfDay { from: 1320, until: 390 }),
			("time=00:00-24:00", Attribute::TimeOfDay { from: 0, until: 1440 }),
			("emergency", Attribute::EmergencyOpen),
		] {
			assert_eq!(terms(text), [Term::Is(attribute)], "{text}");
		}
		assert_eq!(terms("role!=practitioner"), [PRACTITIONER, Term::Not]);
	}

	#[test]
	fn precedence_is_not_then_and_then_or() {
		assert_eq!(
			terms("role=practitioner and confidentiality<=normal or emergency"),
			[PRACTITIONER, NORMAL, Term::All(2), OPEN, Term::Any(2)]
		);
		assert_eq!(
			terms("role=practitioner and (confidentiality<=normal or emergency)"),
			[PRACTITIONER, NORMAL, OPEN, Term::Any(2), Term::All(2)]
		);
		assert_eq!(
			terms("not emergency and role=practitioner"),
			[OPEN, Term::Not, PRACTITIONER, Term::All(2)]
		);
		assert_eq!(
			terms("not (emergency and role=practitioner)"),
			[OPEN, PRACTITIONER, Term::All(2), Term::Not]
		);
	}

	#[test]
	fn chains_are_flattened_and_double_negations_dropped() {
		assert_eq!(
			terms("emergency or (emergency or (emergency or emergency))"),
			[OPEN, OPEN, OPEN, OPEN, Term::Any(4)]
		);
		assert_eq!(
			terms("role=practitioner and not confidentiality>restricted"),
			[PRACTITIONER, RESTRICTED, Term::All(2)]
		);
		assert_eq!(terms("not not not emergency"), [OPEN, Term::Not]);
		assert_eq!(terms("((emergency))"), [OPEN]);
	}

	#[test]
	fn an_invalid_condition_is_explained() {
		for (text, says) in [
			("", "ends too early"),
			("role", "needs = or !="),
			("role=king", "not a known role"),
			("role=practitioner and", "ends too early"),
			("role=practitioner emergency", "unexpected `emergency`"),
			("(emergency", "not closed"),
			("emergency)", "unexpected `)`"),
			("weather=rain", "`weather` is not an attribute"),
			("confidentiality=normal", "<= or >"),
			("confidentiality<normal", "<= or >"),
			("org=two", "`two` is not a number"),
			("org=-1", "`-1` is not a number"),
			("time=8-18", "08:00-18:00"),
			("time=08:00-08:00", "08:00-18:00"),
			("time=24:00-08:00", "08:00-18:00"),
			("time=08:60-09:00", "08:00-18:00"),
			("purpose=treat", "not a known purpose"),
			("é=1", "is not an attribute"),
		] {
			let error = parse(text).unwrap_err();
			assert!(error.contains(says), "{text}: {error}");
		}
	}

	#[test]
	fn a_condition_that_exceeds_the_limits_is_refused() {
		let deep = "not (emergency and (emergency or (emergency and emergency)))";
		assert!(parse(deep).unwrap_err().contains("3 operators deep"));
		let flat = ["emergency"; 31].join(" and ");
		assert!(parse(&flat).unwrap().is_well_formed());
		let long = ["emergency"; 32].join(" and ");
		assert!(parse(&long).unwrap_err().contains("33 terms"));
		let longest = ["emergency"; 290].join(" and ");
		assert!(parse(&longest).unwrap_err().contains("291 terms"));
		// Unlimited recursion would overflow the stack here.
		assert!(parse(&"(".repeat(4000)).is_err());
		assert!(parse(&"not ".repeat(1000)).is_err());
		assert!(parse(&"x".repeat(5000)).unwrap_err().contains("too long"));
	}

	#[test]
	fn formatting_and_parsing_round_trip() {
		for text in [
			"emergency",
			"not emergency",
			"role=practitioner and not emergency",
			"not (role=practitioner and emergency)",
			"kind=hospital and (org=2 or org=3) and time=08:00-18:00",
			"category=imaging and confidentiality<=restricted or purpose=ETREAT",
			"(specialty=1 or specialty=2) and not (role=device or role=researcher)",
		] {
			let expression = parse(text).unwrap();
			assert_eq!(super::text(&expression), text);
		}
	}

	#[test]
	fn any_stored_condition_is_shown() {
		let expression = |terms: &[Term]| Expression(terms.to_vec().try_into().unwrap());
		let shown = text(&expression(&[OPEN, Term::Any(1), Term::Not, Term::Not]));
		assert_eq!(shown, "not not emergency");
		let shown = text(&expression(&[OPEN, OPEN, Term::All(2), OPEN, Term::All(2)]));
		assert_eq!(shown, "(emergency and emergency) and emergency");
		assert!(text(&expression(&[OPEN, OPEN])).contains("cannot read"));
		assert!(text(&expression(&[])).contains("cannot read"));
	}

	#[test]
	fn the_examples_in_the_help_are_valid() {
		let examples: Vec<_> = HELP
			.lines()
			.filter_map(|line| line.trim().strip_prefix('\''))
			.map(|line| line.trim_end_matches('\''))
			.collect();
		assert_eq!(examples.len(), 2);
		for example in examples {
			assert!(parse(example).is_ok(), "{example}");
		}
	}
}
