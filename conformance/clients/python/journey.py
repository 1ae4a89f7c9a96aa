"""The journey of docs/fhir.md, "Tested clients", with fhirpy as it is published.

Reads the server and the tokens from the environment: SALUS_FHIR, SALUS_HIS, SALUS_OTHER, SALUS_OWN
and SALUS_PATIENT. Prints each step that is done, and ends with status 1 at the first one that
fails.
"""

import base64
import json
import os

from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import ForbiddenError, MultipleResourcesFound, OperationOutcome
from fhirpy.base.exceptions import ResourceNotFound

PATIENT = os.environ["SALUS_PATIENT"]


def client(token, **headers):
    url, bearer = os.environ["SALUS_FHIR"], f"Bearer {os.environ[token]}"
    return SyncFHIRClient(url, authorization=bearer, extra_headers=headers)


def attachment(text):
    data = base64.b64encode(text.encode()).decode()
    return {"contentType": "text/plain", "data": data, "title": "Blood count"}


def done(step):
    print(f"done: {step}", flush=True)


def fails(kind, act):
    """Returns the OperationOutcome with which an act fails."""
    try:
        act()
    except kind as error:
        return json.loads(str(error))
    raise AssertionError(f"{kind.__name__} was expected")


def code(outcome):
    return outcome["issue"][0]["details"]["coding"][0]["code"]


def once_stored(read):
    """Reads content, and again while no storage node holds it, as the server says."""
    while True:
        try:
            return read()
        except OperationOutcome as error:
            if code(json.loads(str(error))) != "not-stored":
                raise


def find(his):
    capabilities = his.execute("metadata", method="get")
    assert capabilities["fhirVersion"] == "4.0.1", capabilities["fhirVersion"]
    patient = his.resources("Patient").search(identifier=PATIENT).get()
    assert patient.id == PATIENT
    assert his.reference("Patient", PATIENT).to_resource().id == PATIENT
    done("search the patient")
    documents = his.resources("DocumentReference").search(patient=PATIENT, category="laboratory")
    assert documents.count() == 0 and documents.fetch() == []
    done("search documents")
    return documents


def add(his, documents):
    for text in ["haemoglobin 7.2", "haemoglobin 8.0"]:
        added = his.resource(
            "DocumentReference",
            status="current",
            subject={"reference": f"Patient/{PATIENT}"},
            category=[{"coding": [{"system": "http://loinc.org", "code": "11502-2"}]}],
            content=[{"attachment": attachment(text)}],
        )
        added.save()
        assert added["meta"]["versionId"] == "1"
    # Its own form of a conditional create adds nothing.
    refused = fails(OperationOutcome, lambda: documents.get_or_create(added))
    assert code(refused) == "parameters", refused
    # In pages of one.
    found = documents.sort("-date").limit(1).fetch_all()
    assert len(found) == documents.count() == 2 and found[0].id == added.id
    done("add documents")
    return found


def open_document(his, document):
    binary = document["content"][0]["attachment"]["url"].rsplit("/", 1)[1]
    opened = once_stored(his.reference("Binary", binary).to_resource)
    assert opened["contentType"] == "text/plain"
    done("open a document")
    return binary, base64.b64decode(opened["data"]).decode()


def revise(document):
    versioned = client("SALUS_HIS", **{"If-Match": 'W/"1"'})
    # fhirpy names no version of its own accord. The server asks for one.
    unversioned, revised, stale = (
        one.reference("DocumentReference", document.id).to_resource()
        for one in [client("SALUS_HIS"), versioned, versioned]
    )
    for fetched in [unversioned, revised, stale]:
        fetched["content"] = [{"attachment": attachment("haemoglobin 9.1")}]
    assert code(fails(OperationOutcome, unversioned.save)) == "if-match"
    revised.save()
    assert revised["meta"]["versionId"] == "2"
    assert code(fails(MultipleResourcesFound, stale.save)) == "other-version"
    history = document.execute("_history", method="get")
    assert [history["total"], history["entry"][1]["resource"]["status"]] == [2, "superseded"]
    first = document.execute("_history/1", method="get")
    assert first["meta"]["versionId"] == "1"
    done("revise a document")


def be_refused(other, document, binary):
    documents = other.resources("DocumentReference").search(patient=PATIENT)
    assert documents.count() == 0
    refused = fails(ForbiddenError, other.reference("Binary", binary).to_resource)
    assert refused["resourceType"] == "OperationOutcome" and code(refused) == "refused"
    rule = "nothing that the patient has granted covers it"
    assert rule in refused["issue"][0]["diagnostics"], refused
    asked = other.resource(
        "Consent",
        status="proposed",
        scope={"coding": [{"code": "patient-privacy"}]},
        category=[{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        patient={"reference": f"Patient/{PATIENT}"},
        policy=[{"uri": "https://github.com/salus-health/salus/fhir/Policy/the-patient-decides"}],
        provision={
            "type": "permit",
            "purpose": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
                    "code": "TREAT",
                }
            ],
        },
    )
    asked.save()
    assert asked["status"] == "proposed"
    explained = other.execute(
        "Consent/$explain",
        method="post",
        data={
            "resourceType": "Parameters",
            "parameter": [
                {
                    "name": "record",
                    "valueReference": {"reference": f"DocumentReference/{document.id}"},
                }
            ],
        },
    )
    assert explained["parameter"][0]["valueCode"] == "deny", explained
    done("be refused, with the rule")


def read_log(own):
    log = own.resources("AuditEvent").search(patient=PATIENT).fetch()
    assert [entry["outcome"] for entry in log] == ["8", "0", "0"], log
    # In pages of two.
    everything = own.reference("Patient", PATIENT).execute(
        "$everything", method="get", params={"_count": 2}
    )
    total, seen = everything["total"], 0
    while everything:
        seen += len(everything["entry"])
        following = [link["url"] for link in everything["link"] if link["relation"] == "next"]
        everything = own.execute(following[0], method="get") if following else None
    assert seen == total > 2, [seen, total]
    done("read the audit log")


def erase(his, own, found):
    assert code(fails(ForbiddenError, found[0].delete)) == "not-permitted"
    for document in found:
        own.delete("DocumentReference", document.id)
    # Nobody else learns that there was a record.
    for client, expected in [(own, "erased"), (his, "not-found")]:
        reference = client.reference("DocumentReference", found[0].id)
        assert code(fails(ResourceNotFound, reference.to_resource)) == expected
    done("erase documents")


def main():
    his, other, own = client("SALUS_HIS"), client("SALUS_OTHER"), client("SALUS_OWN")
    documents = find(his)
    found = add(his, documents)
    binary, text = open_document(his, found[0])
    assert text == "haemoglobin 8.0", text
    revise(found[0])
    be_refused(other, found[0], binary)
    read_log(own)
    erase(his, own, found)


main()
