//! Texts of errors of any kind, for logs and answers.

use std::error::Error;

/// Returns the texts of an error and of its causes, the nearest cause first. Leaves out a text that
/// an earlier one contains, because some errors contain the text of their cause.
pub fn texts(error: &dyn Error) -> Vec<String> {
	let mut texts = vec![error.to_string()];
	let mut source = error.source();
	while let Some(error) = source {
		let text = error.to_string();
		if !texts.iter().any(|earlier| earlier.contains(&text)) {
			texts.push(text);
		}
		source = error.source();
	}
	texts
}

/// Returns an error and its causes in one line.
pub fn causes(error: &dyn Error) -> String {
	texts(error).join(": ")
}

#[cfg(test)]
mod tests {
	use super::*;

	#[derive(Debug, thiserror::Error)]
	#[error("{text}")]
	struct Layer {
		text: &'static str,
		source: Option<Box<dyn Error + Send + Sync>>,
	}

	fn layer(text: &'static str, below: Option<Layer>) -> Layer {
		let source = below.map(|below| Box::new(below) as Box<dyn Error + Send + Sync>);
		Layer { text, source }
	}

	#[test]
	fn a_cause_is_said_once() {
		let disk = layer("the disk is full", None);
		let store = layer("cannot write", Some(disk));
		let error = layer("cannot add the block: cannot write", Some(store));
		assert_eq!(texts(&error), ["cannot add the block: cannot write", "the disk is full"]);
		assert_eq!(causes(&error), "cannot add the block: cannot write: the disk is full");
	}
}
