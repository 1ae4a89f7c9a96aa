// The vectors of the Rust crates through the package, and what the package makes through other
// implementations: Node's own cryptography, and the Rust crates' vectors again.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { deflateRawSync } from "node:zlib";

import * as hpke from "./hpke.mjs";

const folder = process.env.SALUS_WASM_PACKAGE;
assert.ok(folder, "SALUS_WASM_PACKAGE is not set; run scripts/build-wasm --test");
const wasm = await import(pathToFileURL(`${folder}/salus_wasm.js`));
wasm.initSync({ module: readFileSync(`${folder}/salus_wasm_bg.wasm`) });

const read = (path) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url)));
const committee = read("threshold/tests/vectors/committee.json");
const releases = read("threshold/tests/vectors/releases.json");
const wraps = read("envelope/tests/vectors/wraps.json").vectors;
const dev = read("light/tests/data/dev.json");

const bytes = (hex) => Buffer.from(hex.replace(/^0x/, ""), "hex");
const hex = (value) => Buffer.from(value).toString("hex");
const be32 = (number) => {
	const buffer = Buffer.alloc(4);
	buffer.writeUInt32BE(number);
	return buffer;
};
const fails = (code, more = {}) => ({ name: "SalusError", code, ...more });
const flipped = (value, at) => {
	const copy = Buffer.from(value);
	copy[at] ^= 1;
	return copy;
};

const theCommittee = () => wasm.Committee.fromBytes(bytes(committee.public));
const requestOf = (vector) =>
	new wasm.Request(
		bytes(vector.genesis), bytes(vector.record), vector.version, bytes(vector.log_entry),
		bytes(vector.reader_key), vector.purpose, BigInt(vector.expiry),
	);

test("the committee is that of the vectors", () => {
	const key = theCommittee();
	assert.equal(hex(key.digest), committee.public_digest);
	assert.equal(hex(key.genesis), committee.genesis);
	assert.deepEqual([key.epoch, key.threshold], [committee.epoch, committee.threshold]);
	assert.deepEqual([...key.members], [1, 2, 3, 4]);
	assert.throws(() => wasm.Committee.fromBytes(new Uint8Array()), fails("malformed"));
});

test("any threshold of good shares opens a key", () => {
	for (const vector of releases) {
		for (let leftOut = 0; leftOut < vector.shares.length; leftOut++) {
			const request = requestOf(vector);
			assert.equal(hex(request.digest), vector.context);
			const release = new wasm.Release(theCommittee(), bytes(vector.sealed), request);
			assert.throws(() => release.combine(), fails("waiting", { missing: 3 }));
			for (const { member, share } of vector.shares.toSpliced(leftOut, 1)) {
				release.add(member, bytes(share));
			}
			assert.equal(hex(release.combine().expose()), vector.dek);
		}
	}
});

test("a bad share names its member", () => {
	const vector = releases[0];
	const release = new wasm.Release(theCommittee(), bytes(vector.sealed), requestOf(vector));
	const share = bytes(vector.shares[1].share);
	assert.throws(
		() => release.add(2, flipped(share, 100)),
		(error) => error.code === "share-proof" && error.bad[0].member === 2 && error.bad.length === 1,
	);
	assert.throws(() => release.add(3, share), fails("share-other-member"));
	assert.throws(() => release.add(17, share), fails("share-unknown-member"));
	assert.equal(release.members.length, 0);
});

test("a share that another implementation sealed opens", () => {
	const vector = releases[0];
	const seed = randomBytes(32);
	const reader = wasm.KeyPair.derive(seed, Buffer.from("one-time"));
	const request = requestOf(vector);
	const release = new wasm.Release(theCommittee(), bytes(vector.sealed), request);
	for (const { member, share } of vector.shares) {
		const aad = Buffer.concat([request.digest, Buffer.from([0, member])]);
		const sealed = hpke.seal(Buffer.from(reader.publicKey), "salus/share/v1", aad, bytes(share));
		assert.throws(() => release.addSealed(member, flipped(sealed, 40), reader), fails("share-refused"));
		release.addSealed(member, sealed, reader);
	}
	assert.equal(hex(release.combine().expose()), vector.dek);
});

test("a sealed key is for one committee and version", () => {
	const key = wasm.Key.generate();
	const record = randomBytes(32);
	const sealed = theCommittee().seal(key, record, 3);
	assert.equal(sealed.length, 167);
	theCommittee().verifySealed(sealed, record, 3);
	assert.throws(() => theCommittee().verifySealed(sealed, record, 4), fails("sealed-key-refused"));
	assert.throws(() => theCommittee().seal(key, record.subarray(1), 3), fails("length"));
	// A key that is sealed for another version opens nothing.
	for (const version of [undefined, null, NaN, -1, 1.5, 2 ** 32 + 3]) {
		assert.throws(() => theCommittee().seal(key, record, version), fails("number"));
	}
});

test("wraps open in both directions", () => {
	for (const vector of wraps) {
		const pair = wasm.KeyPair.derive(bytes(vector.seed), Buffer.from(vector.context));
		const other = hpke.derive(bytes(vector.seed), vector.context);
		assert.equal(hex(pair.publicKey), vector.public);
		assert.equal(hex(other.public), vector.public);

		const isOfRecord = vector.record !== undefined;
		const [unwrap, wrap, name, version] = isOfRecord
			? ["unwrapRecord", wasm.wrapRecord, bytes(vector.record), vector.version]
			: ["unwrapOrganisation", wasm.wrapForOrganisation, vector.organisation, vector.key_version];
		const genesis = bytes(vector.genesis);
		const key = pair[unwrap](bytes(vector.wrap), genesis, name, version);
		assert.equal(hex(key.expose()), vector.key);

		const info = Buffer.concat([
			Buffer.from("salus/wrap/v1"), genesis, Buffer.from([isOfRecord ? 0 : 1]),
			isOfRecord ? name : be32(name), be32(version), other.public,
		]);
		const ours = wrap(pair.publicKey, genesis, name, version, key);
		assert.equal(hex(hpke.open(other, info, "", ours)), vector.key);
		const theirs = hpke.seal(other.public, info, "", key.expose());
		assert.equal(hex(pair[unwrap](theirs, genesis, name, version).expose()), vector.key);
		assert.throws(() => pair[unwrap](theirs, genesis, name, version + 1), fails("wrap-refused"));
		assert.throws(() => pair[unwrap](theirs.subarray(1), genesis, name, version), fails("wrap-size"));
	}
});

/** A SCALE-encoded list of bytes. */
const list = (value) => {
	const length = value.length << 2;
	if (value.length < 64) return Buffer.from([length, ...value]);
	return Buffer.from([(length | 1) & 255, length >> 8, ...value]);
};

/** The recorded answer of a peer, as `salus_proveFinality` gives it. */
function finality() {
	const answer = bytes(dev.finality);
	// A justification starts with 8 bytes of its round and the hash of the block.
	const at = answer.indexOf(bytes(dev.final)) - 8;
	const votes = answer.subarray(at, -1);
	return Buffer.concat([
		Buffer.from([4]), list(answer.subarray(1, at)), Buffer.from([1]), list(votes), Buffer.from([1]),
	]);
}

const theChain = () =>
	wasm.Chain.fromGenesis(bytes(dev.genesis), bytes(dev.genesis_header), bytes(dev.genesis_proof));

test("finality is followed from the first block", () => {
	const chain = theChain();
	assert.equal(chain.headNumber, 0n);
	assert.throws(() => chain.follow(deflateRawSync(flipped(finality(), finality().length - 10))), fails("finality-refused"));
	assert.equal(chain.headNumber, 0n);
	assert.equal(chain.follow(deflateRawSync(finality())), true);
	assert.equal(hex(chain.headHash), hex(bytes(dev.final)));
	assert.equal(hex(chain.stateRoot), hex(bytes(dev.state_root)));
	const again = wasm.Chain.restore(chain.store());
	assert.equal(again.headNumber, chain.headNumber);
	assert.throws(() => wasm.Chain.restore("{}"), fails("state-malformed"));
});

test("a value is proved, and an altered proof is refused", () => {
	const proofOf = (nodes) => {
		const proof = new wasm.ReadProof();
		for (const node of nodes) proof.add(bytes(node));
		return proof;
	};
	const [root, key] = [bytes(dev.state_root), wasm.stateKey("Grandpa", "Authorities")];
	assert.equal(hex(key), hex(bytes(dev.key)));
	assert.equal(hex(proofOf(dev.read).value(root, key)), hex(bytes(dev.value)));
	assert.throws(() => proofOf(dev.read).value(flipped(root, 0), key), fails("proof-incomplete"));
	for (let leftOut = 0; leftOut < dev.read.length; leftOut++) {
		const altered = dev.read.with(leftOut, `0x${hex(flipped(bytes(dev.read[leftOut]), 5))}`);
		let value;
		try {
			value = proofOf(altered).value(root, key);
		} catch (error) {
			assert.ok(["proof-incomplete", "state-proof-refused"].includes(error.code), error.code);
			continue;
		}
		// The altered node is not on the way to the key.
		assert.equal(hex(value), hex(bytes(dev.value)));
	}
});

test("hashes of streams are those of Node", () => {
	const content = randomBytes(3_000_001);
	const hash = new wasm.Sha256();
	for (let at = 0; at < content.length; at += 70_001) hash.update(content.subarray(at, at + 70_001));
	assert.equal(hex(hash.finish()), createHash("sha256").update(content).digest("hex"));
});

test("a file has the CID that Kubo gives it", () => {
	const empty = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";
	assert.equal(wasm.cidToText(new wasm.DagHasher().finish().root), empty);
	const content = Buffer.alloc(5 << 19, 7);
	const hasher = new wasm.DagHasher();
	hasher.update(content);
	const dag = hasher.finish();
	assert.equal(dag.size, BigInt(content.length));
	const [root] = dag.nodes;
	const links = wasm.links(dag.root, root.data);
	links.forEach((link, index) => {
		const leaf = content.subarray(index << 20, (index + 1) << 20);
		assert.equal(hex(link.cid), `01551220${createHash("sha256").update(leaf).digest("hex")}`);
		wasm.verifyBlock(link.cid, leaf);
		assert.throws(() => wasm.verifyBlock(link.cid, flipped(leaf, 0)), fails("block-altered"));
	});
	assert.throws(() => wasm.cidFromText("x"), fails("cid-malformed"));
});

test("free erases keys and shares", async () => {
	// The other tests leave the keys of the vectors behind in their module.
	const own = await import(`${pathToFileURL(`${folder}/salus_wasm.js`)}?own`);
	const { memory } = own.initSync({ module: readFileSync(`${folder}/salus_wasm_bg.wasm`) });
	const isThere = (secret) => Buffer.from(memory.buffer).includes(secret);
	/** Does work with an object that has a secret, frees it, and looks for what is left. */
	const erases = (secret, object, work = () => {}) => {
		assert.ok(isThere(secret));
		work(object);
		object.free();
		assert.ok(!isThere(secret));
	};

	const [seed, record, genesis] = [randomBytes(32), Buffer.alloc(32), Buffer.alloc(32)];
	const theirs = own.Committee.fromBytes(bytes(committee.public));
	const recipient = hpke.derive(seed, "context");
	let wrap;
	erases(seed, own.Key.fromBytes(seed), (key) => theirs.seal(key, record, 1));
	erases(seed, own.Key.fromBytes(seed), (key) => {
		wrap = own.wrapRecord(recipient.public, genesis, record, 1, key);
	});
	// The first and the last byte of a scalar are stored with some bits set and cleared.
	const scalar = recipient.secret.export({ format: "der", type: "pkcs8" }).subarray(-31, -1);
	erases(scalar, own.KeyPair.derive(seed, Buffer.from("context")), (pair) =>
		erases(seed, pair.unwrapRecord(wrap, genesis, record, 1)),
	);
	assert.ok(!isThere(seed));

	const vector = releases[0];
	const request = new own.Request(
		genesis.fill(7), bytes(vector.record), vector.version, bytes(vector.log_entry),
		bytes(vector.reader_key), vector.purpose, BigInt(vector.expiry),
	);
	const release = new own.Release(theirs, bytes(vector.sealed), request);
	for (const { member, share } of vector.shares) release.add(member, bytes(share));
	erases(bytes(vector.dek), release.combine());
	erases(bytes(vector.shares[0].share).subarray(40), release);
});

test("a share is checked in at most 50 ms", () => {
	const vector = releases[0];
	const release = new wasm.Release(theCommittee(), bytes(vector.sealed), requestOf(vector));
	const started = performance.now();
	for (const { member, share } of vector.shares) release.add(member, bytes(share));
	const each = (performance.now() - started) / vector.shares.length;
	console.log(`${each.toFixed(1)} ms a share`);
	// On a machine that is busy with other tests, it takes longer.
	if (process.env.SALUS_QUIET) assert.ok(each <= 50, `${each} ms`);
});
