package hubspot

import "strings"

// germanLabels are headers of exports from accounts in German, for the properties in everyday use. Where HubSpot has
// changed a label, both are here.
func germanLabels(objectType string) map[string]string {
	table := germanCommon
	switch objectType {
	case "contact":
		table += germanWeb + germanContact
	case "company":
		table += germanWeb + germanCompany
	case "deal":
		table += germanDeal
	case "ticket":
		table += germanTicket
	default:
		return nil
	}
	out := map[string]string{}
	for line := range strings.Lines(table) {
		name, labels, _ := strings.Cut(strings.TrimSpace(line), "|")
		for label := range strings.SplitSeq(labels, "|") {
			if label != "" {
				out[label] = name
			}
		}
	}
	return out
}

const germanCommon = `
createdate|Erstelldatum|Erstellungsdatum|Erstellt am
hs_lastmodifieddate|Datum der letzten Änderung|Letztes Änderungsdatum|Zuletzt geändert am
lastmodifieddate|Datum der letzten Änderung|Letztes Änderungsdatum|Zuletzt geändert am
hubspot_owner_id|Zuständiger Mitarbeiter|Zuständig|HubSpot-Besitzer
hubspot_team_id|HubSpot-Team
notes_last_contacted|Zuletzt kontaktiert|Letzte Kontaktaufnahme
notes_last_updated|Datum der letzten Aktivität|Letzte Aktivität
notes_next_activity_date|Datum der nächsten Aktivität|Nächste Aktivität
num_contacted_notes|Anzahl der Kontaktaufnahmen
num_notes|Anzahl der Vertriebsaktivitäten
hs_object_source_label|Datensatzquelle
closedate|Abschlussdatum
`

const germanWeb = `
hs_analytics_source|Ursprüngliche Traffic-Quelle|Ursprüngliche Quelle
hs_latest_source|Letzte Traffic-Quelle|Neueste Traffic-Quelle
phone|Telefonnummer|Telefon
address|Straße und Hausnummer|Straße|Adresse|Anschrift
city|Stadt|Ort
state|Bundesland|Bundesland/Region|Bundesland/Kanton
zip|Postleitzahl|PLZ
country|Land|Land/Region
website|Website-URL|Webseite
industry|Branche
lifecyclestage|Lifecycle-Phase|Lifecycle Phase
hs_lead_status|Lead-Status|Leadstatus
annualrevenue|Jahresumsatz
num_associated_deals|Anzahl der zugeordneten Deals
`

const germanContact = `
email|E-Mail|E-Mail-Adresse|Mailadresse
firstname|Vorname
lastname|Nachname
salutation|Anrede
jobtitle|Position|Jobbezeichnung|Berufsbezeichnung
company|Name des Unternehmens|Unternehmensname|Firma|Firmenname
mobilephone|Mobiltelefonnummer|Handynummer|Mobiltelefon|Mobilnummer
fax|Faxnummer
message|Nachricht
numemployees|Anzahl der Mitarbeiter|Anzahl der Beschäftigten
hs_language|Bevorzugte Sprache
hs_timezone|Zeitzone
hs_persona|Persona
hs_buying_role|Rolle beim Kauf|Kaufrolle
date_of_birth|Geburtsdatum
gender|Geschlecht
hs_email_optout|Von allen E-Mails abgemeldet
hs_email_domain|E-Mail-Domain
hs_marketable_status|Marketingkontaktstatus|Status als Marketingkontakt
hubspot_owner_id|Für Kontakt zuständiger Mitarbeiter|Kontaktinhaber|Zuständiger Mitarbeiter für Kontakt
associatedcompanyid|ID des primären zugeordneten Unternehmens|Primäre zugeordnete Unternehmens-ID|Zugeordnete Unternehmens-ID (primär)
`

const germanCompany = `
name|Name des Unternehmens|Unternehmensname|Firmenname|Firma
domain|Domainname des Unternehmens|Domain-Name des Unternehmens|Unternehmensdomain
address2|Adresszusatz|Straße und Hausnummer 2
type|Typ|Unternehmenstyp
numberofemployees|Anzahl der Mitarbeiter|Anzahl der Beschäftigten|Mitarbeiterzahl
description|Beschreibung
about_us|Über uns
founded_year|Gründungsjahr
is_public|Börsennotiert
timezone|Zeitzone
num_associated_contacts|Anzahl der zugeordneten Kontakte
hs_parent_company_id|Mutterunternehmen|Muttergesellschaft
hubspot_owner_id|Für Unternehmen zuständiger Mitarbeiter|Unternehmensinhaber|Zuständiger Mitarbeiter für Unternehmen
`

const germanDeal = `
dealname|Dealname|Deal-Name|Name des Deals
amount|Betrag|Dealbetrag|Deal-Betrag
amount_in_home_currency|Betrag in Unternehmenswährung
deal_currency_code|Währung
dealstage|Dealphase|Deal-Phase
pipeline|Pipeline|Deal-Pipeline
dealtype|Dealtyp|Deal-Typ|Deal-Art
description|Deal-Beschreibung|Dealbeschreibung|Beschreibung
hs_priority|Priorität
hs_next_step|Nächster Schritt
closed_won_reason|Grund für Abschluss|Grund für gewonnenen Deal
closed_lost_reason|Grund für verlorenen Deal|Grund für Verlust
hs_forecast_amount|Prognosebetrag
num_associated_contacts|Anzahl der zugeordneten Kontakte
hubspot_owner_id|Für Deal zuständiger Mitarbeiter|Dealinhaber|Deal-Inhaber|Zuständiger Mitarbeiter für Deal
`

const germanTicket = `
subject|Ticketname|Ticket-Name|Name des Tickets|Betreff
content|Ticketbeschreibung|Ticket-Beschreibung|Beschreibung
hs_pipeline|Pipeline|Ticket-Pipeline
hs_pipeline_stage|Ticketstatus|Ticket-Status|Status
hs_ticket_priority|Priorität|Ticketpriorität
hs_ticket_category|Kategorie|Ticketkategorie
source_type|Quelle|Ticketquelle
hs_ticket_id|Ticket-ID
hs_resolution|Lösung
closed_date|Abschlussdatum|Schließungsdatum
hubspot_owner_id|Für Ticket zuständiger Mitarbeiter|Ticketinhaber|Zuständiger Mitarbeiter für Ticket
`
