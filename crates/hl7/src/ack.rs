//! Acknowledgements: MSH, MSA, and an ERR for each problem.

use jiff::Timestamp;

use crate::{escape::escaped, header::Demand, message::raw_header, Delimiters, Problem};

/// Longest field of MSH that is sent back, in bytes.
const MAX_ECHO: usize = 512;

/// Result of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
	/// The message was processed.
	Accepted,
	/// The message is wrong, and the sender must correct it.
	Wrong(Problem),
	/// The message cannot be processed now, and the sender can send it again.
	NotNow(Problem),
}

impl Outcome {
	/// Returns whether the message was processed.
	pub fn is_accepted(&self) -> bool {
		matches!(self, Self::Accepted)
	}

	fn problem(&self) -> Option<&Problem> {
		match self {
			Self::Accepted => None,
			Self::Wrong(problem) | Self::NotNow(problem) => Some(problem),
		}
	}
}

/// Returns the acknowledgements of a message that its sender demands, in their order. In original
/// mode that is AA, AE or AR. In enhanced mode it is CA, CE or CR, and then AA, AE or AR, as MSH-15
/// and MSH-16 say.
///
/// `head` is the message, or its beginning with MSH. `id` names the acknowledgements, and `at` is
/// the time in seconds since 1970.
pub fn acknowledgements(head: &[u8], outcome: &Outcome, id: &str, at: i64) -> Vec<Vec<u8>> {
	const ACCEPT: [&str; 3] = ["CA", "CE", "CR"];
	const APPLICATION: [&str; 3] = ["AA", "AE", "AR"];
	let (bar, fields) = raw_header(head).unwrap_or((b'|', Vec::new()));
	let demand = |number: usize| match echo(&fields, number).trim_ascii() {
		b"\"\"" => b"".as_slice(),
		code => code,
	};
	let demanded = match [15, 16].map(demand) {
		[b"", b""] => vec![APPLICATION],
		codes => {
			let kinds = [ACCEPT, APPLICATION].into_iter().zip(codes);
			let is_met = |code: &[u8]| {
				let demand = std::str::from_utf8(code).ok().and_then(Demand::of);
				demand.unwrap_or(Demand::Always).is_met(outcome.is_accepted())
			};
			kinds.filter(|(_, code)| is_met(code)).map(|(kind, _)| kind).collect()
		}
	};
	let encoding = encoding_of(head, bar);
	let built = |(index, codes): (usize, [&str; 3])| {
		let id = if index == 0 { id.to_owned() } else { format!("{id}-{index}") };
		let header = header(&fields, &encoding, &id, at);
		let mut segments = vec![header, answer(&fields, outcome, codes)];
		segments.extend(outcome.problem().map(|problem| error(problem, bar, &encoding)));
		joined(&segments, bar)
	};
	demanded.into_iter().enumerate().map(built).collect()
}

/// Returns a field of MSH by its number, if it can be sent back.
fn echo<'a>(fields: &[&'a [u8]], number: usize) -> &'a [u8] {
	let field = number.checked_sub(3).and_then(|index| fields.get(index)).copied();
	field.filter(|field| field.len() <= MAX_ECHO).unwrap_or_default()
}

fn joined(segments: &[Vec<Vec<u8>>], bar: u8) -> Vec<u8> {
	let mut ack = Vec::new();
	for segment in segments {
		ack.extend_from_slice(&segment.join(&bar));
		while ack.last() == Some(&bar) {
			ack.pop();
		}
		ack.push(b'\r');
	}
	ack
}

/// Returns MSH. It has the sender's own delimiters, so that fields can be sent back as they are.
fn header(fields: &[&[u8]], encoding: &[u8], id: &str, at: i64) -> Vec<Vec<u8>> {
	let component = encoding.first().copied().unwrap_or(b'^');
	let at = Timestamp::from_second(at).unwrap_or_default();
	let at = at.strftime("%Y%m%d%H%M%S+0000").to_string();
	let event = echo(fields, 9).split(|byte| *byte == component).nth(1).unwrap_or_default();
	let of_type = match event {
		b"" => b"ACK".to_vec(),
		event => [b"ACK".as_slice(), event, b"ACK"].join(&component),
	};
	let or = |given: &[u8], field: &[u8]| match field {
		b"" => given.to_vec(),
		field => field.to_vec(),
	};
	let mut header: Vec<Vec<u8>> = vec![b"MSH".to_vec(), encoding.to_vec()];
	header.extend([5, 6, 3, 4].map(|number| echo(fields, number).to_vec()));
	header.extend([at.into_bytes(), Vec::new(), of_type, id.as_bytes().to_vec()]);
	header.extend([or(b"P", echo(fields, 11)), or(b"2.5.1", echo(fields, 12))]);
	header.extend(std::iter::repeat_n(Vec::new(), 5));
	header.push(echo(fields, 18).to_vec());
	header
}

/// Returns MSA.
fn answer(fields: &[&[u8]], outcome: &Outcome, codes: [&str; 3]) -> Vec<Vec<u8>> {
	let [accepted, wrong, not_now] = codes;
	let code = match outcome {
		Outcome::Accepted => accepted,
		Outcome::Wrong(_) => wrong,
		Outcome::NotNow(_) => not_now,
	};
	vec![b"MSA".to_vec(), code.as_bytes().to_vec(), echo(fields, 10).to_vec()]
}

/// Returns ERR.
fn error(problem: &Problem, bar: u8, encoding: &[u8]) -> Vec<Vec<u8>> {
	let component = encoding.first().copied().unwrap_or(b'^');
	let join = |parts: &[&[u8]]| parts.join(&component);
	let place = problem.location.map(|place| {
		let number = |number: usize| number.to_string().into_bytes();
		join(&[place.segment.as_bytes(), &number(place.number), &number(place.field)])
	});
	let (number, display) = problem.condition.code();
	let mark = |index: usize| encoding.get(index).copied().map(char::from);
	let delimiters = Delimiters {
		field: char::from(bar),
		component: char::from(component),
		repetition: mark(1).unwrap_or('~'),
		escape: mark(2),
		subcomponent: mark(3),
	};
	vec![
		b"ERR".to_vec(),
		Vec::new(),
		place.unwrap_or_default(),
		join(&[number.as_bytes(), display.as_bytes(), b"HL70357"]),
		b"E".to_vec(),
		join(&[problem.code.as_bytes(), b"", b"L"]),
		Vec::new(),
		Vec::new(),
		escaped(&problem.text, &delimiters).into_bytes(),
	]
}

/// Returns MSH-2 of a message, or the usual delimiters.
fn encoding_of(message: &[u8], bar: u8) -> Vec<u8> {
	let second = message.split(|byte| *byte == bar).nth(1).unwrap_or_default();
	let is_fit = (2..=5).contains(&second.len()) && second.iter().all(u8::is_ascii_punctuation);
	match is_fit {
		true => second.to_vec(),
		false => b"^~\\&".to_vec(),
	}
}
