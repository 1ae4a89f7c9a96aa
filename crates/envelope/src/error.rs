//! Errors. No variant carries a key, a plaintext or a descriptor's content.

use std::io;

/// Reason why an envelope, a key wrap or a share was refused, with the remedy.
///
/// Variants are only ever added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
	/// The input does not start with the magic bytes of an envelope.
	#[error("this is not a Salus envelope; check that the CID belongs to a record")]
	NotAnEnvelope,
	/// The envelope's format version is unknown to this release.
	#[error("envelope format {found} is unknown; use a newer release of Salus")]
	UnknownFormat {
		/// Format version in the header.
		found: u16,
	},
	/// The envelope's cipher suite is unknown to this release.
	#[error("envelope suite {found} is unknown; use a newer release of Salus")]
	UnknownSuite {
		/// Suite id in the header.
		found: u16,
	},
	/// The header announces an impossible descriptor size.
	#[error("the header announces a descriptor of {found} bytes, which is impossible; fetch the first leaf again")]
	DescriptorSize {
		/// Size in the header, in bytes.
		found: u32,
	},
	/// The envelope ends inside its header or descriptor.
	#[error("the envelope ends after {size} bytes, inside its head; fetch the first leaf again")]
	Truncated {
		/// Number of bytes present.
		size: u64,
	},
	/// The key, the record id or the version differs from that at sealing.
	#[error("the key does not match this record and version; check the record id and version, then ask for the key again")]
	WrongKey,
	/// The descriptor does not authenticate.
	#[error(
		"the descriptor was altered; fetch the first leaf again, from another replica if it recurs"
	)]
	DescriptorAltered,
	/// The descriptor authenticates but is malformed.
	#[error("the author's software wrote a descriptor that cannot be read; ask the author to send the record again")]
	DescriptorUnreadable,
	/// A leaf does not authenticate: it was altered, moved, cut or mixed in, or `is_last` is wrong.
	#[error(
		"leaf {index} was altered, moved or cut; fetch it again, from another replica if it recurs"
	)]
	LeafAltered {
		/// Position of the leaf, from zero.
		index: u64,
	},
	/// A leaf's size is impossible at its position.
	#[error("leaf {index} has {size} bytes, which is impossible at its position; fetch the whole leaf again")]
	LeafSize {
		/// Position of the leaf, from zero.
		index: u64,
		/// Size in bytes.
		size: u64,
	},
	/// The content authenticates under the key but does not match the commitment on chain.
	#[error("the content is not what was registered on chain; discard it and report the record to its hospital")]
	CommitmentMismatch,
	/// The plaintext exceeds the capacity of 2^32 segments.
	#[error(
		"the record is larger than an envelope can hold (4 PiB); split it into several records"
	)]
	TooLarge,
	/// A field of the descriptor holds a control or text direction character.
	#[error("the {field} contains a control character or a text direction mark; remove line breaks, tabs and direction marks")]
	ControlCharacter {
		/// Name of the field.
		field: &'static str,
	},
	/// A field of the descriptor is empty or too long.
	#[error("the {field} has {size} bytes of UTF-8; shorten or extend it to 1 to {max} bytes")]
	FieldSize {
		/// Name of the field.
		field: &'static str,
		/// Size in bytes.
		size: usize,
		/// Maximum size in bytes.
		max: usize,
	},
	/// The file name is a path or a directory.
	#[error(
		"the file name contains a slash, backslash or colon, or is `.` or `..`; use the bare name"
	)]
	FileNameIsPath,
	/// The file name begins with a dot.
	#[error("the file name begins with a dot and would be saved as a hidden or configuration file; remove the dot")]
	FileNameHidden,
	/// The file name has a special meaning on some systems.
	#[error("the file name is a device name on Windows (such as CON or NUL), is invisible, or ends with a dot or space; use another one")]
	FileNameReserved,
	/// The seed of a key-agreement key is too short to be secret.
	#[error("the seed has {size} bytes; use at least 32 bytes from a secret source")]
	SeedSize {
		/// Size in bytes.
		size: usize,
	},
	/// The recipient's public key is zero or of low order: anyone could open the wrap.
	#[error("the recipient's key-agreement key is not a usable X25519 key; ask the recipient to rotate it")]
	WeakPublicKey,
	/// A key wrap is not 80 bytes long.
	#[error("the key wrap has {size} bytes instead of 80; read it from the chain again")]
	WrapSize {
		/// Size in bytes.
		size: usize,
	},
	/// The wrap belongs to another key, record, version, organisation or chain, or was altered.
	#[error("the key wrap does not open: it is for another recipient key, record, version or chain, or was altered; check these, then ask for a new wrap")]
	WrapRefused,
	/// A committee member's share was sealed for another reader, release or member, or was altered.
	#[error("the share does not open: its member sealed it for another reader or request, or it was altered; wait for shares of other members")]
	ShareRefused,
	/// The plaintext or the ciphertext could not be read.
	#[error("the input could not be read; check its source and start again")]
	Read(#[source] io::Error),
	/// The result could not be written.
	#[error(
		"the output could not be written; check the free space and permissions of its target and start again"
	)]
	Write(#[source] io::Error),
	/// The operating system provided no randomness.
	#[error("the operating system provided no randomness; fix its random device before sealing")]
	NoRandomness,
	/// The cryptographic library failed, probably because it ran out of memory.
	#[error(
		"the cryptographic library failed, probably out of memory; free some memory and start again"
	)]
	Library,
}
