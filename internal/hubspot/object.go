// Package hubspot is the portal's vocabulary: object types, properties, records, associations, users and owners,
// subscriptions, filter branches and value objects. Types and rules only; nothing here reads or writes files.
package hubspot

import "strings"

// ObjectType is a kind of CRM record.
type ObjectType struct {
	ID       string // "0-1"; custom objects are "2-…"
	Name     string // "contact", as askflow's output and records files name it
	Plural   string // "contacts", as records files are called
	Singular string // "Contact", for people
	// DisplayProperties name a record for people, first non-empty group wins; each group is joined with a space.
	DisplayProperties [][]string
}

var objectTypes = []ObjectType{
	{"0-1", "contact", "contacts", "Contact", [][]string{{"firstname", "lastname"}, {"email"}}},
	{"0-2", "company", "companies", "Company", [][]string{{"name"}, {"domain"}}},
	{"0-3", "deal", "deals", "Deal", [][]string{{"dealname"}}},
	{"0-5", "ticket", "tickets", "Ticket", [][]string{{"subject"}}},
	{"0-27", "task", "tasks", "Task", [][]string{{"hs_task_subject"}}},
	{"0-7", "product", "products", "Product", [][]string{{"name"}}},
	{"0-8", "line_item", "line_items", "Line item", [][]string{{"name"}}},
	{"0-46", "note", "notes", "Note", [][]string{{"hs_note_body"}}},
	{"0-47", "meeting", "meetings", "Meeting", [][]string{{"hs_meeting_title"}}},
	{"0-48", "call", "calls", "Call", [][]string{{"hs_call_title"}}},
	{"0-49", "email", "emails", "Email", [][]string{{"hs_email_subject"}}},
	{"0-53", "invoice", "invoices", "Invoice", [][]string{{"hs_number"}}},
	{"0-136", "lead", "leads", "Lead", [][]string{{"hs_lead_name"}}},
}

// ObjectTypes lists the built-in object types.
func ObjectTypes() []ObjectType { return append([]ObjectType(nil), objectTypes...) }

// LookupObjectType finds a type by id, name or plural, whatever the case. A custom object ("2-123") is its own name.
func LookupObjectType(s string) (ObjectType, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, t := range objectTypes {
		if s == t.ID || s == t.Name || s == t.Plural || s == strings.ToLower(t.Singular) {
			return t, true
		}
	}
	if rest, ok := strings.CutPrefix(s, "2-"); ok && rest != "" && strings.Trim(rest, "0123456789") == "" {
		return ObjectType{ID: s, Name: s, Plural: s, Singular: "Custom object " + s, DisplayProperties: [][]string{{"name"}}}, true
	}
	return ObjectType{}, false
}

// ObjectTypeNames lists the names that files may use.
func ObjectTypeNames() []string {
	names := make([]string, len(objectTypes))
	for i, t := range objectTypes {
		names[i] = t.Name
	}
	return names
}

// User is a person in the portal. Notifications address users; records are owned by owners: two ids, one person.
type User struct {
	ID      string   `json:"id"`
	OwnerID string   `json:"ownerId,omitempty"`
	Name    string   `json:"name,omitempty"`
	Email   string   `json:"email,omitempty"`
	Teams   []string `json:"teams,omitempty"`
	// Deactivated users cannot be notified: the action fails with "User was invalid".
	Deactivated bool `json:"deactivated,omitempty"`
}

// EnterpriseSubscriptions are the five that unlock Ask OpenAI Assistant; one of them is enough.
var EnterpriseSubscriptions = []string{
	"marketing-hub-enterprise", "sales-hub-enterprise", "service-hub-enterprise", "data-hub-enterprise", "commerce-hub-enterprise",
}

// UnlocksOpenAI tells whether one of the subscriptions unlocks the action.
func UnlocksOpenAI(subscriptions []string) bool {
	for _, s := range subscriptions {
		for _, e := range EnterpriseSubscriptions {
			if strings.EqualFold(s, e) {
				return true
			}
		}
	}
	return false
}

// List is a static list of records, as IN_LIST filters and suppression name it.
type List struct {
	ID         string
	Name       string
	ObjectType string // object type name
	Members    map[string]bool
}
