// A second implementation of what the package does with HPKE (RFC 9180), over Node's own
// cryptography: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, base mode, single shot.

import {
	createCipheriv, createDecipheriv, createHmac, createPrivateKey, createPublicKey, diffieHellman,
	generateKeyPairSync,
} from "node:crypto";

const KEM = Buffer.from("KEM\x00\x20", "latin1");
const SUITE = Buffer.from("HPKE\x00\x20\x00\x01\x00\x02", "latin1");
const TAG = 16;

const hmac = (key, ...parts) => {
	const mac = createHmac("sha256", key);
	for (const part of parts) mac.update(part);
	return mac.digest();
};
/** HKDF-Expand to at most 32 bytes, which is its first block. */
const expand = (prk, info, length) => hmac(prk, info, Buffer.from([1])).subarray(0, length);
const labeledExtract = (suite, salt, label, ikm) => hmac(salt, "HPKE-v1", suite, label, ikm);
const labeledExpand = (suite, prk, label, info, length) =>
	expand(prk, Buffer.concat([Buffer.from([0, length]), Buffer.from("HPKE-v1"), suite, Buffer.from(label), info]), length);

const privateKey = (bytes) =>
	createPrivateKey({ key: Buffer.concat([Buffer.from("302e020100300506032b656e04220420", "hex"), bytes]), format: "der", type: "pkcs8" });
const publicKey = (bytes) =>
	createPublicKey({ key: Buffer.concat([Buffer.from("302a300506032b656e032100", "hex"), bytes]), format: "der", type: "spki" });
const raw = (key) => key.export({ format: "der", type: "spki" }).subarray(-32);

/** Derives a key pair from a seed, as the package does. */
export function derive(seed, context) {
	const material = expand(hmac("salus/key-agreement/v1", seed), Buffer.from(context), 32);
	const prk = labeledExtract(KEM, "", "dkp_prk", material);
	const secret = privateKey(labeledExpand(KEM, prk, "sk", Buffer.alloc(0), 32));
	return { secret, public: raw(createPublicKey(secret)) };
}

function schedule(secret, peer, encapsulated, recipient, info) {
	const shared = diffieHellman({ privateKey: secret, publicKey: publicKey(peer) });
	const prk = labeledExtract(KEM, "", "eae_prk", shared);
	const context = Buffer.concat([encapsulated, recipient]);
	const sharedSecret = labeledExpand(KEM, prk, "shared_secret", context, 32);
	const scheduled = Buffer.concat([
		Buffer.from([0]),
		labeledExtract(SUITE, "", "psk_id_hash", ""),
		labeledExtract(SUITE, "", "info_hash", info),
	]);
	const key = labeledExtract(SUITE, sharedSecret, "secret", "");
	return [labeledExpand(SUITE, key, "key", scheduled, 32), labeledExpand(SUITE, key, "base_nonce", scheduled, 12)];
}

/** Seals bytes to a public key. Returns encapsulated key, ciphertext and tag. */
export function seal(recipient, info, aad, plaintext) {
	const pair = generateKeyPairSync("x25519");
	const encapsulated = raw(pair.publicKey);
	const [key, nonce] = schedule(pair.privateKey, recipient, encapsulated, recipient, info);
	const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(aad);
	return Buffer.concat([encapsulated, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Opens what `seal` of either implementation made. */
export function open(pair, info, aad, sealed) {
	const bytes = Buffer.from(sealed);
	const encapsulated = bytes.subarray(0, 32);
	const [key, nonce] = schedule(pair.secret, encapsulated, encapsulated, pair.public, info);
	const cipher = createDecipheriv("aes-256-gcm", key, nonce).setAAD(aad);
	cipher.setAuthTag(bytes.subarray(-TAG));
	return Buffer.concat([cipher.update(bytes.subarray(32, -TAG)), cipher.final()]);
}
