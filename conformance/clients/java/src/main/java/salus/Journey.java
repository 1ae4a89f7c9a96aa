package salus;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.api.MethodOutcome;
import ca.uhn.fhir.rest.api.SearchStyleEnum;
import ca.uhn.fhir.rest.client.api.IGenericClient;
import ca.uhn.fhir.rest.client.interceptor.BearerTokenAuthInterceptor;
import ca.uhn.fhir.rest.gclient.IQuery;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.hl7.fhir.r4.model.Attachment;
import org.hl7.fhir.r4.model.AuditEvent;
import org.hl7.fhir.r4.model.Binary;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CapabilityStatement;
import org.hl7.fhir.r4.model.CodeType;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.Consent;
import org.hl7.fhir.r4.model.DocumentReference;
import org.hl7.fhir.r4.model.Enumerations.DocumentReferenceStatus;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Reference;

/**
 * The journey of docs/fhir.md, "Tested clients", with HAPI's client as it is published.
 *
 * <p>Reads the server and the tokens from the environment: {@code SALUS_FHIR}, {@code SALUS_HIS},
 * {@code SALUS_OTHER}, {@code SALUS_OWN} and {@code SALUS_PATIENT}. Prints each step that is done,
 * and ends with status 1 at the first one that fails.
 */
public final class Journey {
	private static final String PATIENT = System.getenv("SALUS_PATIENT");

	private final FhirContext context = FhirContext.forR4();
	private final IGenericClient his = client("SALUS_HIS");
	private final IGenericClient other = client("SALUS_OTHER");
	private final IGenericClient own = client("SALUS_OWN");

	private IGenericClient client(String token) {
		IGenericClient client = context.newRestfulGenericClient(System.getenv("SALUS_FHIR"));
		client.registerInterceptor(new BearerTokenAuthInterceptor(System.getenv(token)));
		return client;
	}

	private static void done(String step) {
		System.out.println("done: " + step);
	}

	private static void expect(Object expected, Object actual) {
		if (!expected.equals(actual)) {
			throw new AssertionError("expected " + expected + ", but got " + actual);
		}
	}

	/** Returns the outcome with which an act fails. */
	private static OperationOutcome fails(int status, String code, Runnable act) {
		try {
			act.run();
		} catch (BaseServerResponseException error) {
			var outcome = (OperationOutcome) error.getOperationOutcome();
			var coding = outcome.getIssueFirstRep().getDetails().getCodingFirstRep();
			expect(status + " " + code, error.getStatusCode() + " " + coding.getCode());
			return outcome;
		}
		throw new AssertionError("status " + status + " was expected");
	}

	private static DocumentReference document(String text) {
		DocumentReference document = new DocumentReference();
		document.setStatus(DocumentReferenceStatus.CURRENT);
		document.setSubject(new Reference("Patient/" + PATIENT));
		document.addCategory().addCoding().setSystem("http://loinc.org").setCode("11502-2");
		document.addContent().setAttachment(attachment(text));
		return document;
	}

	private static Attachment attachment(String text) {
		byte[] data = text.getBytes(StandardCharsets.UTF_8);
		return new Attachment().setContentType("text/plain").setData(data).setTitle("Blood count");
	}

	private static IQuery<Bundle> search(IGenericClient client) {
		return client.search().forResource(DocumentReference.class)
			.where(DocumentReference.PATIENT.hasId(PATIENT))
			.and(DocumentReference.CATEGORY.exactly().code("laboratory"))
			.returnBundle(Bundle.class);
	}

	private void find() {
		CapabilityStatement statement =
			his.capabilities().ofType(CapabilityStatement.class).execute();
		expect("4.0.1", statement.getFhirVersion().toCode());
		Bundle patients = his.search().forResource(Patient.class)
			.where(Patient.IDENTIFIER.exactly().identifier(PATIENT))
			.returnBundle(Bundle.class).execute();
		expect(1, patients.getTotal());
		Patient patient = his.read().resource(Patient.class).withId(PATIENT).execute();
		expect(PATIENT, patient.getIdElement().getIdPart());
		done("search the patient");
		expect(0, search(his).execute().getTotal());
		expect(0, search(his).usingStyle(SearchStyleEnum.POST).execute().getTotal());
		done("search documents");
	}

	/** Adds two documents, and returns them as a search finds them. */
	private List<DocumentReference> add() {
		MethodOutcome first = his.create().resource(document("haemoglobin 7.2")).execute();
		expect(true, first.getCreated());
		expect("1", first.getId().getVersionIdPart());
		// Again under an identifier, which adds nothing.
		for (boolean isNew : List.of(true, false)) {
			MethodOutcome second = his.create().resource(document("haemoglobin 8.0"))
				.conditionalByUrl("DocumentReference?identifier=urn:example:reports|1")
				.execute();
			expect(isNew, Boolean.TRUE.equals(second.getCreated()));
		}
		// In pages of one.
		Bundle page = search(his).count(1).execute();
		expect(2, page.getTotal());
		Bundle next = his.loadPage().next(page).execute();
		expect(null == next.getLink(Bundle.LINK_NEXT), true);
		done("add documents");
		return List.of(
			(DocumentReference) page.getEntryFirstRep().getResource(),
			(DocumentReference) next.getEntryFirstRep().getResource());
	}

	/** Reads content, and again while no storage node holds it, as the server says. */
	private Binary onceStored(String url) {
		while (true) {
			try {
				return his.read().resource(Binary.class).withUrl(url).execute();
			} catch (BaseServerResponseException error) {
				if (error.getStatusCode() != 503) {
					throw error;
				}
			}
		}
	}

	private void open(DocumentReference document, String text) {
		String url = document.getContentFirstRep().getAttachment().getUrl();
		Binary opened = onceStored(url);
		expect("text/plain", opened.getContentType());
		expect(text, new String(opened.getContent(), StandardCharsets.UTF_8));
		done("open a document");
	}

	private void revise(IdType id) {
		// HAPI sends If-Match with the version of the resource.
		DocumentReference fetched =
			his.read().resource(DocumentReference.class).withId(id.getIdPart()).execute();
		fetched.getContentFirstRep().setAttachment(attachment("haemoglobin 9.1"));
		MethodOutcome revised = his.update().resource(fetched).execute();
		expect("2", revised.getId().getVersionIdPart());
		fails(412, "other-version", () -> his.update().resource(fetched).execute());
		DocumentReference unversioned = document("haemoglobin 9.2");
		fails(428, "if-match", () ->
			his.update().resource(unversioned).withId(id.getIdPart()).execute());
		Bundle history = his.history().onInstance(id.toUnqualifiedVersionless())
			.returnBundle(Bundle.class).execute();
		expect(2, history.getTotal());
		DocumentReference first = his.read().resource(DocumentReference.class)
			.withIdAndVersion(id.getIdPart(), "1").execute();
		expect(DocumentReferenceStatus.SUPERSEDED, first.getStatus());
		done("revise a document");
	}

	private void beRefused(DocumentReference document) {
		expect(0, search(other).execute().getTotal());
		String url = document.getContentFirstRep().getAttachment().getUrl();
		OperationOutcome refused = fails(403, "refused", () ->
			other.read().resource(Binary.class).withUrl(url).execute());
		String text = refused.getIssueFirstRep().getDiagnostics();
		expect(true, text.contains("nothing that the patient has granted covers it"));
		Consent request = new Consent();
		request.setStatus(Consent.ConsentState.PROPOSED);
		request.setScope(new CodeableConcept(new Coding().setCode("patient-privacy")));
		request.addCategory().addCoding().setSystem("http://loinc.org").setCode("59284-0");
		request.setPatient(new Reference("Patient/" + PATIENT));
		request.addPolicy().setUri("https://github.com/salus-health/salus/fhir/Policy/the-patient-decides");
		request.getProvision().setType(Consent.ConsentProvisionType.PERMIT).addPurpose()
			.setSystem("http://terminology.hl7.org/CodeSystem/v3-ActReason").setCode("TREAT");
		expect(true, other.create().resource(request).execute().getCreated());
		var record = new Reference("DocumentReference/" + document.getIdElement().getIdPart());
		Parameters explained = other.operation().onType(Consent.class).named("$explain")
			.withParameter(Parameters.class, "record", record).execute();
		expect("deny", ((CodeType) explained.getParameterFirstRep().getValue()).getCode());
		done("be refused, with the rule");
	}

	private void readLog() {
		Bundle log = own.search().forResource(AuditEvent.class)
			.where(AuditEvent.PATIENT.hasId(PATIENT))
			.returnBundle(Bundle.class).execute();
		var outcomes = log.getEntry().stream()
			.map(entry -> ((AuditEvent) entry.getResource()).getOutcome().toCode()).toList();
		expect(List.of("8", "0", "0"), outcomes);
		// In pages of two.
		Bundle page = own.operation().onInstance(new IdType("Patient", PATIENT))
			.named("$everything").withParameter(Parameters.class, "_count", new IntegerType(2))
			.returnResourceType(Bundle.class).execute();
		int seen = page.getEntry().size();
		while (page.getLink(Bundle.LINK_NEXT) != null) {
			page = own.loadPage().next(page).execute();
			seen += page.getEntry().size();
		}
		expect(page.getTotal(), seen);
		done("read the audit log");
	}

	private void erase(List<DocumentReference> found) {
		IdType id = found.get(0).getIdElement().toUnqualifiedVersionless();
		fails(403, "not-permitted", () -> his.delete().resourceById(id).execute());
		for (DocumentReference document : found) {
			own.delete().resourceById(document.getIdElement().toUnqualifiedVersionless()).execute();
		}
		fails(410, "erased", () ->
			own.read().resource(DocumentReference.class).withId(id).execute());
		// Nobody else learns that there was a record.
		fails(404, "not-found", () ->
			his.read().resource(DocumentReference.class).withId(id).execute());
		done("erase documents");
	}

	private void run() {
		find();
		List<DocumentReference> found = add();
		DocumentReference newest = found.get(0);
		open(newest, "haemoglobin 8.0");
		revise(newest.getIdElement());
		beRefused(newest);
		readLog();
		erase(found);
	}

	public static void main(String[] arguments) {
		new Journey().run();
	}
}
