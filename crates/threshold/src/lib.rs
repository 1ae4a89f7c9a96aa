//! The committee's distributed key. No hospital holds it; any `t` of `n` members open what is
//! sealed to it.
//!
//! Each member of an epoch announces its [`MemberIdentity`], with a proof that it knows the secret,
//! and calls [`deal`] once. Everyone verifies the dealings
//! ([`verify_dealings`]) and assembles the same [`EpochPublic`] from the valid ones; each member
//! also assembles its own [`SecretShare`]. [`EpochPublic::seal`] seals a record's data encryption
//! key (DEK). For one logged request, a [`Release`], members make shares. Each share is checked
//! separately, so that a bad one identifies its member, and `t` good ones open the key.
//! `docs/threshold-format.md` specifies the bytes, and `docs/adr/0007-committee-key.md` explains
//! the choice of the library.
//!
//! # Neighbours
//!
//! - Used by: the node's committee worker, which posts dealings and shares and keeps secrets
//!   encrypted on disk; `salus-client`, which seals keys and combines shares. Shares travel sealed
//!   to the reader's one-time key by HPKE, which `salus-envelope` provides.
//! - Uses: `golden-ehtdh1`, `golden-core` and `golden-evrf` with their Secp256k1 backend. No other
//!   crate of Salus, and no files, network or clock.
//!
//! # Contract
//!
//! - Every share is bound to its sealed key, the record version, the epoch and the
//!   [`ReleaseContext`]. Shares of two contexts do not combine.
//! - Hostile input gives an error that names the member at fault, never a panic.
//! - Secrets are erased when dropped and never shown. The library computes with its own copies on
//!   the stack, which it does not promise to erase.
//! - The caller decides who may deal and share: the chain checks that a message comes from its
//!   member. It also takes only identities that are proved ([`MemberIdentity::announced`]): a
//!   member that announced another's with the opposite sign would make differences of shares
//!   public.
//! - The cryptography is classical: a quantum computer could open everything sealed here.
//!
//! # Example
//!
//! ```
//! use salus_threshold::*;
//!
//! // One member, as in a development chain.
//! let secret = MemberSecret::generate()?;
//! let members = vec![(1, secret.identity())];
//! let parameters = EpochParameters::new([7; 32], 1, members, threshold_of(1))?;
//!
//! let dealing = deal(&parameters, &secret)?;
//! let verified = vec![verify_dealing(&parameters, 1, &dealing.message)?];
//! let public = EpochPublic::assemble(&parameters, &verified)?;
//! let share = public.secret_share(&parameters, &verified, &secret, Some(&dealing.secret))?;
//!
//! let binding = Binding { record: [1; 32], version: 1 };
//! let sealed = public.seal(&[42; 32], &binding)?;
//!
//! let context = ReleaseContext {
//!     genesis: [7; 32],
//!     binding,
//!     log_entry: [2; 32],
//!     reader_key: [3; 32],
//!     purpose: 0,
//!     expiry: 100,
//! };
//! let release = Release::new(&public, &sealed, &context)?;
//! let bytes = release.share(&share)?;
//! release.verify(1, &bytes)?;
//! assert_eq!(*release.combine([(1, &bytes[..])])?.dek, [42; 32]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![warn(missing_docs)]
#![cfg_attr(
	not(test),
	deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod dealing;
mod epoch;
mod error;
mod member;
mod parameters;
mod release;
mod seal;
mod secret;
mod wire;

pub use dealing::{
	deal, reshare, verify_dealing, verify_dealings, Dealing, VerifiedDealing, MAX_DEALING_SIZE,
};
pub use epoch::EpochPublic;
pub use error::{
	CombineError, DealingError, DealingFault, Error, ShareError, ShareFault, VerifyError,
};
pub use member::{
	MemberIdentity, MemberSecret, Place, ANNOUNCEMENT_SIZE, MEMBER_IDENTITY_SIZE,
	MEMBER_SECRET_SIZE,
};
pub use parameters::{threshold_of, EpochParameters, MemberIndex, Origin, MAX_MEMBERS};
pub use release::{Opened, Release, ReleaseContext, SHARE_SIZE};
pub use seal::{Binding, SealedKey, SEALED_KEY_SIZE};
pub use secret::{DealingSecret, SecretShare, SECRET_SIZE};
pub use wire::FORMAT_VERSION;
