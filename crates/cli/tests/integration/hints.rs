//! Checks that commands and options advised by errors and help exist.

use std::{
	fs,
	path::{Path, PathBuf},
};

use clap::Command;

/// Returns the sources with texts for people: the SDK, the command line, and the pallets, whose
/// errors are shown.
fn sources() -> Vec<(PathBuf, String)> {
	fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
		for entry in fs::read_dir(folder).unwrap().flatten() {
			let path = entry.path();
			if path.is_dir() {
				collect(&path, found);
			} else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs")
			{
				let text = fs::read_to_string(&path).unwrap();
				found.push((path, text));
			}
		}
	}
	let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
	let mut found = Vec::new();
	for folder in ["crates/client/src", "crates/cli/src"] {
		collect(&root.join(folder), &mut found);
	}
	for pallet in fs::read_dir(root.join("pallets")).unwrap().flatten() {
		let folder = pallet.path().join("src");
		if folder.is_dir() {
			collect(&folder, &mut found);
		}
	}
	assert!(found.len() > 50, "{}", found.len());
	found
}

fn has_option(command: &Command, long: &str) -> bool {
	command.get_arguments().any(|argument| argument.get_long() == Some(long))
}

/// Returns the command that the words after `salus` name. Fails if it lacks one of their options.
fn check<'a>(root: &'a Command, line: &str) -> Result<&'a Command, String> {
	let mut command = root;
	for word in line.split_whitespace().skip(1) {
		if let Some(option) = word.strip_prefix("--") {
			let long = option.split('=').next().unwrap();
			if !has_option(command, long) && !has_option(root, long) {
				return Err(format!("has no --{long}"));
			}
		} else if let Some(next) = command.find_subcommand(word) {
			command = next;
		} else if command.has_subcommands() || command.get_positionals().next().is_none() {
			// A value follows an option that takes one.
			let takes = line
				.split_whitespace()
				.zip(line.split_whitespace().skip(1))
				.any(|(before, after)| after == word && before.starts_with("--"));
			if !takes {
				return Err(format!("has no {word:?}"));
			}
		}
	}
	Ok(command)
}

fn built() -> Command {
	let mut root = salus_cli::command();
	root.build();
	root
}

#[test]
fn every_advised_command_exists() {
	let root = built();
	let mut seen = 0;
	for (path, text) in sources() {
		for (number, line) in text.lines().enumerate() {
			// Text between backticks.
			for advised in line.split('`').skip(1).step_by(2) {
				if !advised.starts_with("salus ") {
					continue;
				}
				seen += 1;
				if let Err(fault) = check(&root, advised) {
					panic!("{}:{}: `{advised}` {fault}", path.display(), number + 1);
				}
			}
		}
	}
	assert!(seen > 40, "only {seen} were found");
}

/// Collects all options of all commands.
fn options(command: &Command, found: &mut Vec<String>) {
	found.extend(
		command.get_arguments().filter_map(|argument| argument.get_long().map(str::to_owned)),
	);
	for next in command.get_subcommands() {
		options(next, found);
	}
}

#[test]
fn every_advised_option_exists() {
	let mut known = Vec::new();
	options(&built(), &mut known);
	let mut seen = 0;
	for (path, text) in sources() {
		// Pallets mention options of the node.
		if path.to_string_lossy().contains("pallets") {
			continue;
		}
		for (number, line) in text.lines().enumerate() {
			let code = line.trim_start();
			// Tests mention options of other programs.
			if code == "#[cfg(test)]" && text.lines().nth(number + 1) == Some("mod tests {") {
				break;
			}
			// Comments may mention other programs.
			if code.starts_with("//") {
				continue;
			}
			for part in code.split("--").skip(1) {
				let end =
					part.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(part.len());
				let option = part[..end].trim_end_matches('-');
				if option.len() < 2 {
					continue;
				}
				seen += 1;
				assert!(
					known.iter().any(|known| known == option),
					"{}:{}: there is no --{option}",
					path.display(),
					number + 1
				);
			}
		}
	}
	assert!(seen > 20, "only {seen} were found");
}

/// Errors advise these options, so the commands that fail with them must have them.
#[test]
fn advised_options_exist_on_the_failing_commands() {
	let root = built();
	for line in [
		// WhichOrganisation
		"salus record add --org",
		"salus record revise --org",
		"salus emergency open --org",
		// Refused, NotAsked
		"salus record get --purpose",
		// OutputError, OutputExists
		"salus record get --force --out",
		"salus log export --force",
		// FileError, NotConfirmed
		"salus record add --name --again",
		"salus record revise --name --again",
		"salus record erase --yes",
		// ForeignWrap
		"salus record get --ignore-wrap",
		"salus record reseal --ignore-wrap",
		// OtherKey
		"salus keys publish --rotate",
		// Unreachable, Unencrypted, Tls
		"salus status --url --genesis --insecure --ca-file --client-cert --client-key",
		// NoFolder
		"salus status --state-dir",
	] {
		check(&root, line).unwrap_or_else(|fault| panic!("{line} {fault}"));
	}
}
