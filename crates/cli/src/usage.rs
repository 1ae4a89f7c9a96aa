//! Errors in the command line, in plain words.

use std::ffi::OsString;

use clap::{builder::Resettable, Command, CommandFactory};
use serde_json::{json, Value};

use crate::{Cli, Code};

/// Errors of the parser of numbers, with plain replacements.
const PLAIN: [(&str, &str); 5] = [
	("invalid digit found in string", "give a whole number"),
	("cannot parse integer from empty string", "give a whole number"),
	("number too large to fit in target type", "the number is too large"),
	("number too small to fit in target type", "the number is too small"),
	("invalid float literal", "give a number"),
];

/// Rewords an error in plain words, without options that only the environment set.
pub(crate) fn plain(error: clap::Error, args: &[OsString]) -> clap::Error {
	if !error.use_stderr() {
		return error;
	}
	let error = without_environment(error, args);
	let text = error.render().to_string();
	let plain = in_plain_words(&text);
	if plain == text {
		return error;
	}
	let plain = plain.strip_prefix("error: ").unwrap_or(&plain);
	clap::Error::raw(error.kind(), plain)
}

fn in_plain_words(text: &str) -> String {
	let mut plain = text.to_owned();
	for (technical, replacement) in PLAIN {
		plain = plain.replace(technical, replacement);
	}
	// For example: `: 0 is not in 1..4294967295`.
	let Some((before, range)) = plain.split_once(" is not in ") else {
		return plain;
	};
	let (range, after) = match range.find(['\n', ' ']) {
		Some(end) => range.split_at(end),
		None => (range, ""),
	};
	let Some((least, most)) = range.split_once("..") else {
		return plain;
	};
	let most = most.trim_start_matches('=');
	let limit = match (least, most) {
		("", most) => format!("must be at most {most}"),
		(least, "") => format!("must be at least {least}"),
		(least, most) => format!("must be from {least} to {most}"),
	};
	format!("{before} {limit}{after}")
}

/// Returns the same error as without environment variables. Otherwise the usage line lists the
/// options that they set as if they had to be typed.
fn without_environment(error: clap::Error, args: &[OsString]) -> clap::Error {
	let command = forget_environment(Cli::command());
	match command.try_get_matches_from(args) {
		Err(other) if other.kind() == error.kind() => other,
		_ => error,
	}
}

fn forget_environment(command: Command) -> Command {
	command.mut_args(|argument| argument.env(Resettable::Reset)).mut_subcommands(forget_environment)
}

/// Returns the error as JSON for programs, in the form of other errors.
pub(crate) fn json(error: &clap::Error) -> Value {
	let text = error.render().to_string();
	let text = text.strip_prefix("error: ").unwrap_or(&text);
	// The usage and the pointer to the help are for people.
	let message = text.split("\n\nUsage:").next().unwrap_or_default();
	let message = message.split("\n\nFor more information").next().unwrap_or_default();
	json!({ "error": {
		"kind": Code::Usage.name(),
		"message": message.trim(),
		"causes": [],
	} })
}

#[cfg(test)]
mod tests {
	use super::*;

	fn error(args: &[&str]) -> clap::Error {
		let args: Vec<OsString> = args.iter().map(OsString::from).collect();
		let error = Cli::command().try_get_matches_from(&args).unwrap_err();
		plain(error, &args)
	}

	#[test]
	fn errors_about_numbers_are_in_plain_words() {
		for (value, says) in [
			("abc", "give a whole number"),
			("-1", ""),
			("", ""),
			("99999999999", "must be from 0 to 4294967295"),
		] {
			let text = error(&["salus", "consent", "revoke", value]).to_string();
			assert!(text.contains(says), "{text}");
			assert!(!text.contains("digit") && !text.contains(".."), "{text}");
			assert_eq!(text.matches("error:").count(), 1, "{text}");
		}
		let text =
			error(&["salus", "consent", "grant", "--to", "//Bob", "--everything", "--uses", "0"]);
		let text = text.to_string();
		assert!(text.contains("--uses") && text.contains("0 must be"), "{text}");
		let text = error(&["salus", "member", "admit", "//Bob", "--specialty", "cardiology"]);
		let text = text.to_string();
		assert!(text.contains("SNOMED CT number"), "{text}");
	}

	#[test]
	fn a_usage_error_has_a_json_form() {
		let json = json(&error(&["salus", "consent", "revoke", "abc", "--json"]));
		assert_eq!(json["error"]["kind"], "usage");
		let message = json["error"]["message"].as_str().unwrap();
		assert!(message.contains("'abc'") && !message.contains("Usage"), "{message}");
	}

	#[test]
	fn no_argument_keeps_its_environment_variable() {
		fn check(command: &Command) {
			for argument in command.get_arguments() {
				assert_eq!(argument.get_env(), None, "{}", argument.get_id());
			}
			command.get_subcommands().for_each(check);
		}
		let mut command = forget_environment(Cli::command());
		command.build();
		check(&command);
	}
}
