use super::*;

/// Returns a section of a Wasm module.
fn section(id: u8, content: &[u8]) -> Vec<u8> {
	assert!(content.len() < 128);
	[&[id, content.len() as u8][..], content].concat()
}

/// Returns a number as Wasm encodes signed ones.
fn signed(mut number: i64) -> Vec<u8> {
	let mut bytes = Vec::new();
	loop {
		let byte = (number & 0x7f) as u8;
		number >>= 7;
		if number == 0 && byte & 0x40 == 0 {
			bytes.push(byte);
			return bytes;
		}
		bytes.push(byte | 0x80);
	}
}

/// Returns a function of a Wasm module that returns the bytes at an address.
fn function(at: u8, length: usize) -> Vec<u8> {
	let answer = signed((length as i64) << 32 | i64::from(at));
	let body = [&b"\0\x42"[..], &answer, b"\x0b"].concat();
	[&[body.len() as u8][..], &body].concat()
}

/// Returns the Wasm of a runtime that says its version, and that every release stands. It does
/// nothing else.
pub(crate) fn wasm(spec: u32) -> Vec<u8> {
	const STANDS: u8 = 15;
	const VERSION: u8 = STANDS + 1;
	let apis = Vec::<([u8; 8], u32)>::new();
	let version = ("salus", "salus", 1u32, spec, 0u32, apis, 1u32, 1u8).encode();
	let exports = [
		&b"\x04\x06memory\x02\x00"[..],
		b"\x0b__heap_base\x03\x00",
		b"\x0cCore_version\x00\x00",
		b"\x17SalusApi_release_stands\x00\x01",
	]
	.concat();
	let functions = [vec![2], function(VERSION, version.len()), function(STANDS, 1)].concat();
	let data = [&[1, 0, 0x41, STANDS, 0x0b, 1 + version.len() as u8, 1][..], &version].concat();
	[
		b"\0asm\x01\0\0\0".to_vec(),
		// Functions of two numbers to one.
		section(1, &[1, 0x60, 2, 0x7f, 0x7f, 1, 0x7e]),
		section(3, &[2, 0, 0]),
		section(5, &[1, 0, 1]),
		// The heap begins at byte 1024.
		section(6, &[&b"\x01\x7f\0\x41"[..], &signed(1024), b"\x0b"].concat()),
		section(7, &exports),
		section(10, &functions),
		section(11, &data),
	]
	.concat()
}

fn code(spec: u32) -> Arc<Code> {
	let wasm = wasm(spec);
	Arc::new(Code::new(&sp_crypto_hashing::blake2_256(&wasm), &wasm).unwrap())
}

/// Returns the version of the rules that a runtime gives for a block.
async fn version_at(runtime: &Runtime, block: Option<Hash32>) -> u32 {
	let block = block.map(|hash| format!("0x{}", hex::encode(hash)));
	let params = serde_json::json!([VERSION, "0x", block]).to_string();
	let params = RawValue::from_string(params).unwrap();
	let question = Question::of("state_call", Some(&params)).unwrap();
	let answer = runtime.answer(question).await.unwrap().unwrap();
	RuntimeVersion::decode(&answer).unwrap().spec
}

#[tokio::test]
async fn a_block_before_an_upgrade_has_its_own_runtime() {
	let runtime = Runtime::new(None);
	runtime.use_code(&code(3));
	let (old, new) = ([1; 32], [2; 32]);
	assert_eq!(version_at(&runtime, Some(old)).await, 3);
	let earlier = runtime.use_earlier(old, code(2)).await;
	assert_eq!(version_at(&runtime, Some(old)).await, 2);
	assert_eq!(version_at(&runtime, Some(new)).await, 3);
	assert_eq!(version_at(&runtime, None).await, 3);
	drop(earlier);
	assert_eq!(version_at(&runtime, Some(old)).await, 3);
}

#[test]
fn only_stateless_functions_are_answered_here() {
	let question = |method: &str, params: &str| {
		let params = RawValue::from_string(params.into()).unwrap();
		Question::of(method, Some(&params)).map(|question| question.block)
	};
	assert_eq!(question("state_call", r#"["Core_version","0x"]"#), Some(None));
	assert_eq!(question("state_call", r#"["Core_version","0x",null]"#), Some(None));
	assert_eq!(question("state_call", r#"["SalusApi_record","0x",null]"#), None);
	assert_eq!(question("state_getStorage", r#"["Core_version","0x"]"#), None);
}
