//! Text of errors.

/// Returns an error and its causes in one line.
pub fn causes(error: &dyn std::error::Error) -> String {
	let mut text = error.to_string();
	let mut source = error.source();
	while let Some(error) = source {
		let cause = error.to_string();
		// Some errors already contain the text of their cause.
		if !text.contains(&cause) {
			text.push_str(": ");
			text.push_str(&cause);
		}
		source = error.source();
	}
	text
}
