//! Publishing keys on the chain, and sharing an organisation's key.

use salus_envelope::{unwrap, wrap, WrapContext, WrapKind};
use salus_primitives::{
	Hash32, KeyAgreementKey, KeyAgreementPublic, OrganisationId, Recipient, Wrap,
};

use crate::{
	chain::calls, error::Missing, Account, Client, Error, Included, OrganisationSeed, Signer,
};

/// Result of publishing a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
	/// The key as it is on the chain.
	pub key: KeyAgreementKey,
	/// The transaction; `None` if the key was on the chain already.
	pub included: Option<Included>,
}

impl Client {
	/// Makes sure that the account's key is on the chain; `rotate` publishes a new one.
	pub async fn publish_key(&self, signer: &Signer, rotate: bool) -> Result<Published, Error> {
		let recipient = Recipient::Account(signer.account());
		let current = self.proven().key(&recipient).await?;
		if let Some(key) = current {
			if !rotate && signer.key_agreement(key.version)?.public() == key.public {
				return Ok(Published { key, included: None });
			}
		}
		let version = next_version(current);
		let public = signer.key_agreement(version)?.public();
		let call = calls::roles::rotate_key(public);
		let included = self.submit(signer, &call).in_block().await?.included;
		let key = self.at(included.block_hash).key(&recipient).await?;
		match key {
			Some(key) if key.public == public && key.version == version => {
				Ok(Published { key, included: Some(included) })
			}
			// Two runs at once: the later one got a version other than the one for which its key
			// was derived.
			_ => Err(Error::OtherKey(signer.account())),
		}
	}

	/// Returns the key that an account presents for its enrolment.
	pub(crate) async fn enrolment_key(&self, signer: &Signer) -> Result<KeyAgreementPublic, Error> {
		let current = self.proven().key(&Recipient::Account(signer.account())).await?;
		let version = match current {
			Some(key) if signer.key_agreement(key.version)?.public() == key.public => key.version,
			_ => next_version(current),
		};
		Ok(signer.key_agreement(version)?.public())
	}

	/// Creates a new key of an organisation, and publishes it. By an admin of it.
	pub async fn set_organisation_key(
		&self,
		admin: &Signer,
		organisation: OrganisationId,
	) -> Result<Published, Error> {
		let recipient = Recipient::Organisation(organisation);
		if self.now().organisation(organisation).await?.is_none() {
			return Err(Error::NotFound(Missing::Organisation(organisation)));
		}
		let version = next_version(self.proven().key(&recipient).await?);
		let public = admin.organisation_seed(organisation, version)?.secret()?.public();
		let call = calls::roles::set_organisation_key(organisation, public);
		let included = self.submit(admin, &call).in_block().await?.included;
		let key = self.at(included.block_hash).key(&recipient).await?;
		match key {
			Some(key) if key.public == public && key.version == version => {
				Ok(Published { key, included: Some(included) })
			}
			_ => Err(Error::OtherOrganisationKey(organisation)),
		}
	}

	/// Shares an organisation's key with one of its records admins or other admins. By an admin of
	/// it.
	pub async fn share_organisation_key(
		&self,
		admin: &Signer,
		organisation: OrganisationId,
		account: &Account,
	) -> Result<Included, Error> {
		let seed = self.organisation_seed(admin, organisation, None).await?;
		let recipient = Recipient::Account(*account);
		let to = self.proven().key(&recipient).await?.ok_or(Error::NoRecipientKey(recipient))?;
		let context = organisation_context(self.genesis(), organisation, seed.version());
		let sealed = wrap(&to.public, &context, seed.expose())?;
		let share = Wrap { key_version: to.version, sealed };
		let call = calls::roles::share_organisation_key(organisation, *account, &share);
		Ok(self.submit(admin, &call).in_block().await?.included)
	}

	/// Returns the seed of an organisation's key: as the admin made it, or as it was shared with
	/// the account.
	///
	/// `version` selects the key; `None` selects the current one.
	pub async fn organisation_seed(
		&self,
		signer: &Signer,
		organisation: OrganisationId,
		version: Option<u32>,
	) -> Result<OrganisationSeed, Error> {
		let recipient = Recipient::Organisation(organisation);
		let key = self.proven().key(&recipient).await?.ok_or(Error::NoRecipientKey(recipient))?;
		let wanted = version.unwrap_or(key.version);
		if wanted == key.version {
			let own = signer.organisation_seed(organisation, wanted)?;
			if own.secret()?.public() == key.public {
				return Ok(own);
			}
		}
		let reader = signer.account();
		// A wrong seed would be passed on in place of the right one, so no node's word counts.
		let share = self
			.proven()
			.organisation_key_share(organisation, &reader)
			.await?
			.ok_or(Error::NoKeyShare { organisation, reader })?;
		open_share(self.genesis(), signer, organisation, wanted, &key, &share)
	}
}

/// Opens an account's share of this version of an organisation's key. Anyone can seal a seed to an
/// account, so that of the organisation's `current` key must lead to it.
fn open_share(
	genesis: Hash32,
	signer: &Signer,
	organisation: OrganisationId,
	version: u32,
	current: &KeyAgreementKey,
	share: &Wrap,
) -> Result<OrganisationSeed, Error> {
	let reader = signer.account();
	let secret = signer.key_agreement(share.key_version)?;
	let context = organisation_context(genesis, organisation, version);
	// A share of another version does not open either.
	let seed = unwrap(&secret, &context, &share.sealed)
		.map_err(|_| Error::NoKeyShare { organisation, reader })?;
	let seed = OrganisationSeed::new(organisation, version, seed);
	if version == current.version && seed.secret()?.public() != current.public {
		return Err(Error::WrongKeyShare { organisation, reader });
	}
	Ok(seed)
}

fn next_version(current: Option<KeyAgreementKey>) -> u32 {
	current.map_or(0, |key| key.version).saturating_add(1)
}

fn organisation_context(
	genesis: Hash32,
	organisation: OrganisationId,
	key_version: u32,
) -> WrapContext {
	WrapContext { genesis, kind: WrapKind::Organisation { organisation, key_version } }
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_share_must_lead_to_the_published_key() {
		let (genesis, organisation) = ([3; 32], 1);
		let reader = Signer::generate().unwrap();
		let to = reader.key_agreement(1).unwrap().public();
		let seed = Signer::generate().unwrap().organisation_seed(organisation, 2).unwrap();
		let current = KeyAgreementKey { version: 2, public: seed.secret().unwrap().public() };
		let opened = |version: u32, seed: &[u8; 32]| {
			let context = organisation_context(genesis, organisation, version);
			let share = Wrap { key_version: 1, sealed: wrap(&to, &context, seed).unwrap() };
			open_share(genesis, &reader, organisation, version, &current, &share)
		};
		assert_eq!(opened(2, seed.expose()).unwrap().expose(), seed.expose());
		let wrong = opened(2, &[7; 32]).unwrap_err();
		assert!(matches!(wrong, Error::WrongKeyShare { organisation: 1, .. }), "{wrong}");
		// The chain no longer has the public key of an earlier version.
		assert_eq!(opened(1, &[7; 32]).unwrap().expose(), &[7; 32]);
	}
}
