package mask

import (
	"strings"
	"unicode"

	"askflow/internal/hubspot"
)

// byName are the kinds of HubSpot's own properties that hold text.
var byName = func() map[string]Kind {
	out := map[string]Kind{}
	for kind, names := range map[Kind]string{
		FirstName: "firstname",
		LastName:  "lastname",
		FullName:  "hs_full_name_or_email hs_lead_name",
		Email:     "email work_email hs_additional_emails hs_calculated_merged_email",
		Domain:    "domain hs_email_domain hs_additional_domains",
		Phone:     "phone mobilephone fax hs_calculated_phone_number hs_calculated_mobile_number hs_searchable_calculated_phone_number hs_searchable_calculated_mobile_number",
		Company:   "company school",
		Address:   "address address2",
		Zip:       "zip",
		URL: `website hs_linkedin_url linkedin_company_page linkedinbio facebook_company_page googleplus_page hs_analytics_first_url hs_analytics_last_url
			hs_analytics_first_referrer hs_analytics_last_referrer hs_facebook_company_page`,
		Words: "twitterhandle hs_linkedinid hs_twitterid",
		Date:  "date_of_birth",
		Keep: `city state country hs_state_code hs_country_region_code ip_city ip_country ip_state ip_state_code ip_country_code industry salutation gender degree field_of_study
			graduation_date job_function seniority annualrevenue hs_language hs_timezone timezone hs_task_type hs_task_status hs_task_priority hs_pipeline hs_pipeline_stage dealstage pipeline dealtype
			deal_currency_code source_type type founded_year numberofemployees hs_sku hs_currency`,
		Text: `message jobtitle notes description about_us hs_content dealname subject content hs_task_subject hs_task_body hs_note_body hs_meeting_title hs_meeting_body hs_call_title
			hs_call_body hs_email_subject hs_email_text hs_email_html first_conversion_event_name recent_conversion_event_name hs_email_last_email_name closed_lost_reason closed_won_reason
			hs_object_source_detail_1 hs_analytics_source_data_1 hs_analytics_source_data_2 hs_latest_source_data_1 hs_latest_source_data_2 hs_next_step hs_number name`,
	} {
		for name := range set(names) {
			out[name] = kind
		}
	}
	return out
}()

// byWord are the kinds that a word of a property's name or label stands for, first one first.
var byWord = []struct {
	kind  Kind
	words map[string]bool
}{
	{Email, set("email mail emails mailadresse")},
	{Phone, set("phone telephone telefon mobile mobil mobilephone handy fax tel telefonnummer cell whatsapp")},
	{FirstName, set("firstname vorname forename givenname prénom prenom nombre")},
	{LastName, set("lastname surname nachname familienname apellido apellidos cognome")},
	{Domain, set("domain")},
	{URL, set("url website webseite homepage link linkedin facebook instagram")},
	{Zip, set("zip plz postal postcode postleitzahl")},
	{Address, set("street address strasse straße adresse anschrift calle rue")},
	{Keep, set(`state country city region land stadt ort industry branche status stage type category grade score rating language sprache currency source topic plan tier segment
		priority role salutation anrede gender persona count quantity version`)},
	{ID, set("iban account konto ssn passport tax vat insurance kundennummer customerid")},
	{Date, set("birth birthday birthdate geburtstag geburtsdatum dob")},
	{Company, set("company firma unternehmen employer arbeitgeber organisation organization")},
	{FullName, set("fullname contactname ansprechpartner person")},
	{Text, set("message note notes notiz notizen comment comments kommentar description beschreibung summary context reason feedback bio question answer text body subject history")},
}

// nameWords are the words of a property's name or label, in lower case: "Billing e-mail" has billing, mail, email.
func nameWords(name string) map[string]bool {
	out := map[string]bool{}
	last := ""
	for _, w := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) }) {
		out[w] = true
		if last != "" {
			out[last+w] = true
		}
		last = w
	}
	return out
}

// choose is how a property is masked when nobody says, with the reason.
func choose(objectType string, p hubspot.Property, values *Profile) (Kind, string) {
	const known = "HubSpot's own property"
	switch kind, ok := byName[p.Name]; {
	case hubspot.OwnerProperty(p.Name):
		return Keep, "an owner's id of the portal"
	case p.Name == "name" && objectType == "company":
		return Company, known
	case p.Name == "name" && (objectType == "product" || objectType == "line_item"):
		return Keep, known
	case ok && !(p.Inferred && p.Name == "name"):
		return kind, known
	}
	words := nameWords(p.Name)
	switch p.Type {
	case hubspot.TypePhone:
		return Phone, "its type is " + string(p.Type)
	case hubspot.TypeEnumeration, hubspot.TypeBool, hubspot.TypeNumber, hubspot.TypeDate, hubspot.TypeDatetime:
		if words["birth"] || words["birthday"] || words["birthdate"] {
			return Date, bySaying
		}
		return Keep, "its type is " + string(p.Type)
	}
	for w := range nameWords(p.Label) {
		words[w] = true
	}
	if kind, ok := said(words); ok {
		return kind, bySaying
	}
	return values.guess()
}

const bySaying = "its name says it"

// said is the kind that the words of a name stand for.
func said(words map[string]bool) (Kind, bool) {
	for _, by := range byWord {
		for w := range words {
			if by.words[w] {
				return by.kind, true
			}
		}
	}
	return FullName, words["name"]
}
