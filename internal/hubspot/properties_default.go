package hubspot

import "strings"

// DefaultProperties lists the properties that a portal has for an object type before anybody defines one: the ones in
// everyday use, with internal name, English label, type, options, and whether HubSpot alone writes them. A type that
// has no list of its own gets what every record has.
func DefaultProperties(objectType string) []Property {
	var tables []string
	switch objectType {
	case "contact":
		tables = []string{contactTable, webTable, activityTable, recordTable}
	case "company":
		tables = []string{companyTable, webTable, activityTable, recordTable}
	case "deal":
		tables = []string{dealTable, activityTable, recordTable}
	case "ticket":
		tables = []string{ticketTable, activityTable, recordTable}
	case "task":
		tables = []string{taskTable, recordTable}
	default:
		tables = []string{otherTable(objectType), recordTable}
	}
	seen := map[string]bool{}
	var out []Property
	for _, table := range tables {
		for _, p := range readTable(table) {
			if seen[p.Name] { // a type's own row comes first and wins
				continue
			}
			seen[p.Name] = true
			if p.Name == "hubspot_owner_id" {
				p.Label = ownerLabel(objectType)
			}
			if p.Type == TypeEnumeration {
				p.Options = defaultOptions(objectType, p.Name)
			}
			out = append(out, p)
		}
	}
	return out
}

// DefaultSchema holds the default properties of every built-in object type. Headers that exports have used at other
// times ("Postal Code" and "Zip", "Job Title" and "Title") are found too, and so are the German ones of the properties in
// everyday use.
func DefaultSchema() Schema {
	s := Schema{}
	for _, t := range ObjectTypes() {
		ps := NewProperties(t.Name, DefaultProperties(t.Name))
		for label, name := range labelAliases(t.Name) {
			ps.Alias(label, name)
		}
		for label, name := range germanLabels(t.Name) {
			ps.Alias(label, name)
		}
		s[t.Name] = ps
	}
	return s
}

// Alias lets Find know a property under one more label. A label that is taken already, and a name that is not defined,
// change nothing.
func (ps *Properties) Alias(label, name string) {
	p, ok := ps.byName[name]
	label = strings.ToLower(strings.TrimSpace(label))
	if _, taken := ps.byLabel[label]; !ok || taken || label == "" {
		return
	}
	ps.byLabel[label] = p
}

// PrimaryAssociationType returns the association type id of the primary association from one object type to another
// ("Primary company"), 0 where there is none.
func PrimaryAssociationType(from, to string) int {
	if ids := defaultAssociations[[2]string{from, to}]; len(ids) > 1 && from != to && (from == "company" || to == "company") {
		return ids[1]
	}
	return 0
}

// OwnerProperty tells whether a property holds an owner's id, so that a name or an e-mail address stands for one.
func OwnerProperty(name string) bool {
	return name == "hubspot_owner_id" || strings.HasSuffix(name, "_owner_id")
}

func ownerLabel(objectType string) string {
	if objectType == "task" {
		return "Assigned to"
	}
	t, _ := LookupObjectType(objectType)
	return t.Singular + " owner"
}

// readTable reads lines of name|type|flags|label. Flags: r = only HubSpot writes it, m = several values.
func readTable(table string) []Property {
	types := map[string]PropertyType{
		"s": TypeString, "n": TypeNumber, "d": TypeDate, "t": TypeDatetime, "e": TypeEnumeration, "b": TypeBool, "p": TypePhone,
	}
	var out []Property
	for line := range strings.Lines(table) {
		cells := strings.SplitN(strings.TrimSpace(line), "|", 4)
		if len(cells) != 4 {
			continue
		}
		out = append(out, Property{
			Name: cells[0], Label: cells[3], Type: types[cells[1]],
			ReadOnly: strings.Contains(cells[2], "r"), Multiple: strings.Contains(cells[2], "m"),
		})
	}
	return out
}

// otherTable gives types without a list of their own the properties that name them.
func otherTable(objectType string) string {
	switch objectType {
	case "product", "line_item":
		return "name|s||Name\nprice|n||Unit price\nhs_sku|s||SKU\ndescription|s||Product description\nquantity|n||Quantity\namount|n|r|Net price"
	case "note":
		return "hs_note_body|s||Note body\nhs_timestamp|t||Activity date\nhs_body_preview|s|r|Body preview"
	case "meeting":
		return "hs_meeting_title|s||Meeting name\nhs_meeting_body|s||Meeting description\nhs_meeting_outcome|e||Meeting outcome\nhs_meeting_start_time|t||Meeting start time\nhs_meeting_end_time|t||Meeting end time\nhs_timestamp|t||Activity date"
	case "call":
		return "hs_call_title|s||Call title\nhs_call_body|s||Call notes\nhs_call_direction|e||Call direction\nhs_call_duration|n||Call duration (milliseconds)\nhs_call_status|e||Call status\nhs_timestamp|t||Activity date"
	case "email":
		return "hs_email_subject|s||Email subject\nhs_email_text|s||Email body\nhs_email_direction|e||Email direction\nhs_email_status|e||Email send status\nhs_timestamp|t||Activity date"
	case "invoice":
		return "hs_number|s||Number\nhs_invoice_status|e||Invoice status\nhs_amount_billed|n|r|Amount billed\nhs_balance_due|n|r|Balance due\nhs_invoice_date|t||Invoice date\nhs_due_date|t||Due date"
	case "lead":
		return "hs_lead_name|s||Lead name\nhs_lead_type|e||Lead type\nhs_lead_label|e||Lead label\nhs_pipeline|e||Lead pipeline\nhs_pipeline_stage|e||Lead stage"
	default:
		return "name|s||Name"
	}
}

// labelAliases are headers that mean a default property beside its present label.
func labelAliases(objectType string) map[string]string {
	switch objectType {
	case "contact":
		return map[string]string{
			"E-mail": "email", "Email Address": "email", "Title": "jobtitle", "Company": "company", "Company Name": "company",
			"Phone": "phone", "Mobile Phone": "mobilephone", "Mobile": "mobilephone", "Zip": "zip", "Zip Code": "zip", "Postcode": "zip",
			"State": "state", "Region": "state", "Country": "country", "Website": "website", "Address": "address",
			"Owner": "hubspot_owner_id", "HubSpot Owner": "hubspot_owner_id", "Contact owner ID": "hubspot_owner_id",
			"Became a Contact Date": "createdate", "Created Date": "createdate", "Original Source": "hs_analytics_source",
			"Original Source Type": "hs_analytics_source", "Unsubscribed from all email": "hs_email_optout",
			"Associated Company ID (Primary)": "associatedcompanyid", "Preferred Language": "hs_language", "Surname": "lastname",
			"Message/Comments": "message", "Comments": "message",
		}
	case "company":
		return map[string]string{
			"Name": "name", "Domain": "domain", "Phone": "phone", "Zip": "zip", "Zip Code": "zip", "Postcode": "zip", "State": "state",
			"Country": "country", "Website": "website", "Address": "address", "Owner": "hubspot_owner_id", "HubSpot Owner": "hubspot_owner_id",
			"Created Date": "createdate", "Original Source": "hs_analytics_source", "Original Source Type": "hs_analytics_source",
			"About Us": "about_us", "Employees": "numberofemployees", "Last Modified Date": "hs_lastmodifieddate", "Company Type": "type",
		}
	case "deal":
		return map[string]string{
			"Name": "dealname", "Stage": "dealstage", "Owner": "hubspot_owner_id", "HubSpot Owner": "hubspot_owner_id", "Type": "dealtype",
			"Created Date": "createdate", "Description": "description", "Original Source": "hs_analytics_source", "Deal Pipeline": "pipeline",
		}
	case "ticket":
		return map[string]string{
			"Name": "subject", "Subject": "subject", "Description": "content", "Status": "hs_pipeline_stage", "Stage": "hs_pipeline_stage",
			"Owner": "hubspot_owner_id", "HubSpot Owner": "hubspot_owner_id", "Ticket Priority": "hs_ticket_priority", "Ticket Source": "source_type",
			"Ticket Category": "hs_ticket_category", "Last Modified Date": "hs_lastmodifieddate", "Create date": "createdate",
		}
	case "task":
		return map[string]string{
			"Title": "hs_task_subject", "Subject": "hs_task_subject", "Body": "hs_task_body", "Status": "hs_task_status", "Type": "hs_task_type",
			"Task Priority": "hs_task_priority", "Task owner": "hubspot_owner_id", "Owner": "hubspot_owner_id", "Create Date": "hs_createdate",
			"Due Date/Time": "hs_timestamp", "Activity date": "hs_timestamp", "Last Modified Date": "hs_lastmodifieddate",
		}
	}
	return nil
}
