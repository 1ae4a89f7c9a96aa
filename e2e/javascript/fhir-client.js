// Tests that fhir-kit-client works unmodified with the FHIR gateway: a hospital's system finds its
// patient, adds a document, finds, opens and revises it; another one is refused; the patient reads
// the log.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "fhir-kit-client";

const patient = process.env.SALUS_PATIENT;
const client = (bearerToken) => new Client({ baseUrl: process.env.SALUS_FHIR, bearerToken });
const his = client(process.env.SALUS_HIS);
const other = client(process.env.SALUS_OTHER);
const own = client(process.env.SALUS_OWN);

const report = (text) => ({
	resourceType: "DocumentReference",
	status: "current",
	subject: { reference: `Patient/${patient}` },
	category: [{ coding: [{ system: "http://loinc.org", code: "11502-2" }] }],
	content: [
		{
			attachment: {
				contentType: "text/plain",
				data: Buffer.from(text).toString("base64"),
				title: "Blood count",
			},
		},
	],
});

const status = (error) => error.response?.status;

// While no storage node holds the content, the server says to read it again.
const open = async (id) => {
	for (;;) {
		try {
			return await his.read({ resourceType: "Binary", id });
		} catch (error) {
			if (error.response?.data?.issue?.[0]?.details?.coding?.[0]?.code !== "not-stored") throw error;
		}
	}
};

test("a hospital's system works with documents", { timeout: 600_000 }, async () => {
	const capabilities = await his.capabilityStatement();
	assert.equal(capabilities.fhirVersion, "4.0.1");
	const patients = await his.search({
		resourceType: "Patient",
		searchParams: { identifier: patient },
	});
	assert.equal(patients.entry[0].resource.id, patient);

	const resourceType = "DocumentReference";
	const created = await his.create({ resourceType, body: report("haemoglobin 7.2") });
	assert.equal(created.meta.versionId, "1");
	const searchParams = { patient, category: "laboratory", _count: 1 };
	const found = await his.search({ resourceType, searchParams });
	assert.deepEqual([found.total, found.entry[0].resource.id], [1, created.id]);
	// By POST, too, where the parameters are in the body.
	const posted = await his.search({ resourceType, searchParams, options: { postSearch: true } });
	assert.equal(posted.total, 1);

	const { url } = found.entry[0].resource.content[0].attachment;
	const id = url.split("/").pop();
	const opened = await open(id);
	assert.equal(opened.contentType, "text/plain");
	assert.equal(Buffer.from(opened.data, "base64").toString(), "haemoglobin 7.2");

	const revise = (version, text) =>
		his.update({
			resourceType,
			id: created.id,
			body: { ...report(text), id: created.id },
			options: { headers: { "If-Match": `W/"${version}"` } },
		});
	assert.equal((await revise(1, "haemoglobin 9.1")).meta.versionId, "2");
	await assert.rejects(revise(1, "haemoglobin 9.2"), (error) => status(error) === 412);
	const first = await his.vread({ resourceType, id: created.id, version: "1" });
	assert.equal(first.status, "superseded");
	const history = await his.history({ resourceType, id: created.id });
	assert.equal(history.total, 2);

	// The other hospital's system finds nothing, is refused, and asks the patient.
	assert.equal((await other.search({ resourceType, searchParams })).total, 0);
	await assert.rejects(other.read({ resourceType: "Binary", id }), (error) => {
		const [issue] = error.response.data.issue;
		const rule = "nothing that the patient has granted covers it";
		const isRefused = issue.details.coding[0].code === "refused";
		return status(error) === 403 && isRefused && issue.diagnostics.includes(rule);
	});
	const asked = await other.create({
		resourceType: "Consent",
		body: {
			resourceType: "Consent",
			status: "proposed",
			scope: { coding: [{ code: "patient-privacy" }] },
			category: [{ coding: [{ system: "http://loinc.org", code: "59284-0" }] }],
			patient: { reference: `Patient/${patient}` },
			policy: [{ uri: "https://github.com/salus-health/salus/fhir/Policy/the-patient-decides" }],
			provision: {
				type: "permit",
				purpose: [
					{ system: "http://terminology.hl7.org/CodeSystem/v3-ActReason", code: "TREAT" },
				],
			},
		},
	});
	assert.equal(asked.status, "proposed");
	const explained = await other.operation({
		resourceType: "Consent",
		name: "$explain",
		method: "GET",
		input: { record: `DocumentReference/${created.id}` },
	});
	assert.equal(explained.parameter[0].valueCode, "deny");

	const log = await own.search({ resourceType: "AuditEvent", searchParams: { patient } });
	const outcomes = log.entry.map((entry) => entry.resource.outcome);
	assert.deepEqual(outcomes.slice(0, 1), ["8"]);
	let page = await own.request(`Patient/${patient}/$everything?_count=2`);
	const { total } = page;
	let seen = 0;
	while (page) {
		seen += page.entry.length;
		page = await own.nextPage({ bundle: page });
	}
	assert.equal(seen, total);

	await assert.rejects(
		his.delete({ resourceType, id: created.id }),
		(error) => status(error) === 403,
	);
	await own.delete({ resourceType, id: created.id });
	const gone = (client, code) =>
		assert.rejects(
			client.read({ resourceType, id: created.id }),
			(error) => status(error) === code,
		);
	await gone(own, 410);
	// Nobody else learns that there was a record.
	await gone(his, 404);
});
