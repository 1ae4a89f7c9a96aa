//! Accounts, and the ways in which people write them.

use std::str::FromStr;

use crate::Signer;

/// A 32-byte account. SCALE-encodes as `[u8; 32]`, and prints as SS58 with prefix 42.
pub type Account = subxt::utils::AccountId32;

/// The text does not name an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
	"this is not an account, or it is mistyped; give an SS58 address, 0x and 64 hexadecimal digits, or \
	 a development name such as //Alice"
)]
pub struct InvalidAccount;

/// Reads an account: an SS58 address of any network, `0x` and 64 hexadecimal digits, or a
/// development name such as `//Alice`, which stands for its public account.
pub fn parse_account(text: &str) -> Result<Account, InvalidAccount> {
	if let Some(digits) = text.strip_prefix("0x") {
		let mut bytes = [0; 32];
		hex::decode_to_slice(digits, &mut bytes).map_err(|_| InvalidAccount)?;
		return Ok(Account::from(bytes));
	}
	if text.starts_with('/') {
		return Signer::from_dev_uri(text)
			.map(|signer| signer.account())
			.map_err(|_| InvalidAccount);
	}
	Account::from_str(text).map_err(|_| InvalidAccount)
}

#[cfg(test)]
mod tests {
	use super::*;

	const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
	const ALICE_HEX: &str = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";

	#[test]
	fn three_spellings_name_the_same_account() {
		let account = parse_account(ALICE).unwrap();
		assert_eq!(parse_account(ALICE_HEX), Ok(account));
		assert_eq!(parse_account("//Alice"), Ok(account));
		assert_eq!(account.to_string(), ALICE);
	}

	#[test]
	fn other_texts_are_refused() {
		for text in [
			"",
			"Alice",
			"0x",
			"0xd435",
			"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ",
			"bottom drive obey lake curtain smoke basket hold race lonely fit walk",
			"//Alice///password",
		] {
			assert_eq!(parse_account(text), Err(InvalidAccount), "{text}");
		}
	}
}
