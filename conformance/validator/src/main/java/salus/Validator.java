package salus;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.ConceptValidationOptions;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport.IssueSeverity;
import ca.uhn.fhir.context.support.ValidationSupportContext;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.instance.model.api.IBaseResource;

/**
 * Validates FHIR R4 resources with HAPI's validator, without a network.
 *
 * <p>A resource is checked against R4 and each profile that its {@code meta.profile} names; the
 * entries of a Bundle are checked with it. A profile that was not loaded is an error, unless its
 * address begins with one of {@code --without}. A code whose system was not loaded, such as SNOMED
 * CT's or LOINC's, is a warning.
 *
 * <p>Prints one line of JSON for each file, {@code {"file", "errors": [{"path", "message"}],
 * "warnings", "profiles"}}: the number of warnings, and the profiles that its resources declare.
 * Exit code: 0 without errors, 1 with some, 2 if it could not run.
 */
public final class Validator {
	private static final String USAGE =
		"usage: validator [--profiles FOLDER]… [--without PREFIX]… [--warnings] FILE|FOLDER…";

	/** Beginnings of HAPI's messages on a profile that was not loaded, before its address. */
	private static final List<String> NOT_LOADED =
		List.of("Profile reference '", "Invalid profile. Failed to retrieve profile with url=");

	/** Types of resources that a validator needs of an implementation guide. */
	private static final Set<String> DEFINITIONS =
		Set.of("StructureDefinition", "ValueSet", "CodeSystem");

	private static final ObjectMapper JSON = new ObjectMapper();

	private final FhirValidator validator;
	private final List<String> without;
	private final boolean listsWarnings;

	private Validator(List<Path> profiles, List<String> without, boolean listsWarnings)
		throws IOException {
		this.without = without;
		this.listsWarnings = listsWarnings;
		FhirContext context = FhirContext.forR4();
		var unknown = new UnknownCodeSystemWarningValidationSupport(context);
		unknown.setNonExistentCodeSystemSeverity(IssueSeverity.WARNING);
		// The first one that knows an answer gives it, so the one that excuses codes is the last.
		ValidationSupportChain chain = new ValidationSupportChain(
			new DefaultProfileValidationSupport(context),
			load(context, profiles),
			new Terminology(context),
			new CommonCodeSystemsTerminologyService(context),
			new SnapshotGeneratingValidationSupport(context),
			unknown);
		validator = context.newValidator();
		validator.registerValidatorModule(new FhirInstanceValidator(chain));
	}

	/** Returns the definitions in the folders. Refuses a folder without any. */
	private static PrePopulatedValidationSupport load(FhirContext context, List<Path> folders)
		throws IOException {
		var support = new PrePopulatedValidationSupport(context);
		for (Path folder : folders) {
			int count = 0;
			for (Path file : files(folder)) {
				String text = Files.readString(file);
				if (DEFINITIONS.contains(JSON.readTree(text).path("resourceType").asText())) {
					support.addResource(context.newJsonParser().parseResource(text));
					count++;
				}
			}
			if (count == 0) {
				throw new IOException("no definitions in " + folder);
			}
		}
		return support;
	}

	/** Returns a file itself, or a folder's JSON files, including those of the folders in it. */
	private static List<Path> files(Path path) throws IOException {
		if (!Files.isDirectory(path)) {
			return List.of(path);
		}
		try (Stream<Path> all = Files.walk(path)) {
			var files = all.filter(file -> file.toString().endsWith(".json")).sorted().toList();
			if (files.isEmpty()) {
				throw new IOException("no JSON files in " + path);
			}
			return files;
		}
	}

	/** The loaded terminology. Compares displays, for which HAPI's validator does not ask. */
	private static final class Terminology extends InMemoryTerminologyServerValidationSupport {
		Terminology(FhirContext context) {
			super(context);
			setIssueSeverityForCodeDisplayMismatch(IssueSeverity.ERROR);
		}

		@Override
		public CodeValidationResult validateCode(
			ValidationSupportContext context, ConceptValidationOptions options,
			String system, String code, String display, String valueSet) {
			options.setValidateDisplay(true);
			return inAnyCase(display, text ->
				super.validateCode(context, options, system, code, text, valueSet));
		}

		@Override
		public CodeValidationResult validateCodeInValueSet(
			ValidationSupportContext context, ConceptValidationOptions options,
			String system, String code, String display, IBaseResource valueSet) {
			options.setValidateDisplay(true);
			return inAnyCase(display, text ->
				super.validateCodeInValueSet(context, options, system, code, text, valueSet));
		}

		/** Judges a display. If it differs from the right one in case alone, judges that. */
		private static CodeValidationResult inAnyCase(
			String display, Function<String, CodeValidationResult> judge) {
			CodeValidationResult result = judge.apply(display);
			String right = result == null ? null : result.getDisplay();
			boolean isSame = right == null || right.equals(display);
			return !isSame && right.equalsIgnoreCase(display) ? judge.apply(right) : result;
		}
	}

	/** Returns whether a message says that a profile was not loaded which may be missing. */
	private boolean isExcused(String message) {
		return NOT_LOADED.stream().anyMatch(start ->
			without.stream().anyMatch(prefix -> message.startsWith(start + prefix)));
	}

	/** Returns the profiles that a resource and the entries of a Bundle declare. */
	private static Set<String> declared(String text) throws IOException {
		Set<String> profiles = new TreeSet<>();
		for (JsonNode meta : JSON.readTree(text).findValues("meta")) {
			meta.path("profile").forEach(profile -> profiles.add(profile.asText()));
		}
		return profiles;
	}

	/** Returns the report on a file. */
	private ObjectNode validate(Path file) {
		ObjectNode report = JSON.createObjectNode().put("file", file.toString());
		List<ObjectNode> errors = new ArrayList<>();
		List<ObjectNode> warnings = new ArrayList<>();
		Set<String> profiles = Set.of();
		try {
			String text = Files.readString(file);
			for (SingleValidationMessage found : validator.validateWithResult(text).getMessages()) {
				if (isExcused(found.getMessage())) {
					continue;
				}
				ObjectNode issue = issue(found.getLocationString(), found.getMessage());
				if (found.getSeverity().compareTo(ResultSeverityEnum.ERROR) >= 0) {
					errors.add(issue);
				} else if (found.getSeverity() == ResultSeverityEnum.WARNING) {
					warnings.add(issue);
				}
			}
			profiles = declared(text);
		} catch (IOException | RuntimeException failure) {
			// A file that the validator cannot judge must not count as valid.
			errors.add(issue("", "not validated: " + failure));
		}
		report.putArray("errors").addAll(errors);
		report.put("warnings", warnings.size());
		profiles.forEach(report.putArray("profiles")::add);
		if (listsWarnings) {
			report.putArray("warned").addAll(warnings);
		}
		return report;
	}

	private static ObjectNode issue(String path, String message) {
		return JSON.createObjectNode().put("path", path).put("message", message);
	}

	/** Validates the files that the arguments name. */
	public static void main(String[] arguments) {
		List<Path> profiles = new ArrayList<>();
		List<String> without = new ArrayList<>();
		List<Path> files = new ArrayList<>();
		boolean listsWarnings = false;
		boolean valid = true;
		try {
			for (int i = 0; i < arguments.length; i++) {
				switch (arguments[i]) {
					case "--profiles" -> profiles.add(Path.of(arguments[++i]));
					case "--without" -> without.add(arguments[++i]);
					case "--warnings" -> listsWarnings = true;
					default -> files.addAll(files(Path.of(arguments[i])));
				}
			}
			if (files.isEmpty()) {
				throw new IOException("nothing to validate");
			}
			Validator validator = new Validator(profiles, without, listsWarnings);
			// On all processors, but reported in the files' order.
			for (ObjectNode report : files.parallelStream().map(validator::validate).toList()) {
				System.out.println(report);
				valid &= report.path("errors").isEmpty();
			}
		} catch (IOException | RuntimeException wrong) {
			System.err.println("validator: " + wrong + "\n" + USAGE);
			System.exit(2);
		}
		System.exit(valid ? 0 : 1);
	}
}
