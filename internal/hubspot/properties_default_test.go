package hubspot_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/hubspot"
)

func TestDefaultPropertiesAreWellFormed(t *testing.T) {
	t.Parallel()
	internalName := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	atLeast := map[string]int{"contact": 90, "company": 80, "deal": 60, "ticket": 40, "task": 40}
	for _, objectType := range hubspot.ObjectTypeNames() {
		defs := hubspot.DefaultProperties(objectType)
		if len(defs) < max(atLeast[objectType], 10) {
			t.Errorf("%s has only %d default properties", objectType, len(defs))
		}
		names, labels := map[string]bool{}, map[string]string{}
		for _, p := range defs {
			if !internalName.MatchString(p.Name) || p.Label == "" || strings.TrimSpace(p.Label) != p.Label || p.Type == "" {
				t.Errorf("%s: %+v is not well formed", objectType, p)
			}
			if names[p.Name] {
				t.Errorf("%s: %s is defined twice", objectType, p.Name)
			}
			names[p.Name] = true
			if other, taken := labels[strings.ToLower(p.Label)]; taken {
				t.Errorf("%s: %s and %s share the label %q", objectType, other, p.Name, p.Label)
			}
			labels[strings.ToLower(p.Label)] = p.Name
			if p.Type != hubspot.TypeEnumeration && (len(p.Options) > 0 || p.Multiple) {
				t.Errorf("%s: %s is a %s with options", objectType, p.Name, p.Type)
			}
			values := map[string]bool{}
			for _, o := range p.Options {
				if o.Label == "" || o.Value == "" || strings.Contains(o.Value, ";") || values[o.Value] {
					t.Errorf("%s: %s has a bad option %+v", objectType, p.Name, o)
				}
				values[o.Value] = true
			}
			if p.Custom || p.Inferred {
				t.Errorf("%s: %s is no default property", objectType, p.Name)
			}
		}
		for _, name := range []string{"hs_object_id", "hubspot_owner_id", "hs_lastmodifieddate"} {
			if !names[name] {
				t.Errorf("%s has no %s", objectType, name)
			}
		}
	}
}

func TestDefaultSchemaFindsHeaders(t *testing.T) {
	t.Parallel()
	schema := hubspot.DefaultSchema()
	for _, tt := range []struct {
		objectType, header, name string
		kind                     hubspot.PropertyType
		readOnly                 bool
	}{
		{"contact", "First Name", "firstname", hubspot.TypeString, false},
		{"contact", "Vorname", "firstname", hubspot.TypeString, false},
		{"contact", "e-mail-adresse", "email", hubspot.TypeString, false},
		{"contact", "Lifecycle-Phase", "lifecyclestage", hubspot.TypeEnumeration, false},
		{"contact", "Für Kontakt zuständiger Mitarbeiter", "hubspot_owner_id", hubspot.TypeEnumeration, false},
		{"contact", "Erstelldatum", "createdate", hubspot.TypeDatetime, true},
		{"company", "Name des Unternehmens", "name", hubspot.TypeString, false},
		{"company", "Branche", "industry", hubspot.TypeEnumeration, false},
		{"company", "Anzahl der Mitarbeiter", "numberofemployees", hubspot.TypeNumber, false},
		{"deal", "Deal-Phase", "dealstage", hubspot.TypeEnumeration, false},
		{"deal", "Betrag", "amount", hubspot.TypeNumber, false},
		{"deal", "Abschlussdatum", "closedate", hubspot.TypeDatetime, false},
		{"ticket", "Ticketname", "subject", hubspot.TypeString, false},
		{"ticket", "Priorität", "hs_ticket_priority", hubspot.TypeEnumeration, false},
		{"contact", "record id", "hs_object_id", hubspot.TypeNumber, true},
		{"contact", "Lifecycle Stage", "lifecyclestage", hubspot.TypeEnumeration, false},
		{"contact", "State/Region", "state", hubspot.TypeString, false},
		{"contact", "Contact owner", "hubspot_owner_id", hubspot.TypeEnumeration, false},
		{"contact", "Create Date", "createdate", hubspot.TypeDatetime, true},
		{"contact", "Zip Code", "zip", hubspot.TypeString, false},
		{"contact", "Postal Code", "zip", hubspot.TypeString, false},
		{"contact", "Phone Number", "phone", hubspot.TypePhone, false},
		{"contact", "Original Source", "hs_analytics_source", hubspot.TypeEnumeration, false},
		{"contact", "Unsubscribed from all email", "hs_email_optout", hubspot.TypeBool, false},
		{"contact", "Number of Employees", "numemployees", hubspot.TypeEnumeration, false},
		{"company", "Company name", "name", hubspot.TypeString, false},
		{"company", "Name", "name", hubspot.TypeString, false},
		{"company", "Number of Employees", "numberofemployees", hubspot.TypeNumber, false},
		{"company", "Company owner", "hubspot_owner_id", hubspot.TypeEnumeration, false},
		{"deal", "Deal Stage", "dealstage", hubspot.TypeEnumeration, false},
		{"deal", "Close Date", "closedate", hubspot.TypeDatetime, false},
		{"ticket", "Ticket name", "subject", hubspot.TypeString, false},
		{"ticket", "Status", "hs_pipeline_stage", hubspot.TypeEnumeration, false},
		{"task", "Assigned to", "hubspot_owner_id", hubspot.TypeEnumeration, false},
		{"task", "Due date", "hs_timestamp", hubspot.TypeDatetime, false},
	} {
		p, ok := schema.Of(tt.objectType).Find(tt.header)
		if !ok || p.Name != tt.name || p.Type != tt.kind || p.ReadOnly != tt.readOnly {
			t.Errorf("%s: %q is %+v, %v", tt.objectType, tt.header, p, ok)
		}
	}
}

func TestDefaultOptions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ objectType, name, label, value string }{
		{"contact", "lifecyclestage", "Marketing Qualified Lead", "marketingqualifiedlead"},
		{"contact", "hs_lead_status", "Attempted to Contact", "ATTEMPTED_TO_CONTACT"},
		{"contact", "hs_analytics_source", "Organic Social", "SOCIAL_MEDIA"},
		{"contact", "hs_buying_role", "Decision Maker", "DECISION_MAKER"},
		{"company", "industry", "Glass, Ceramics & Concrete", "GLASS_CERAMICS_CONCRETE"},
		{"company", "industry", "E-Learning", "E_LEARNING"},
		{"company", "industry", "Transportation/Trucking/Railroad", "TRANSPORTATION_TRUCKING_RAILROAD"},
		{"deal", "dealstage", "Decision Maker Bought-In", "decisionmakerboughtin"},
		{"deal", "pipeline", "Sales Pipeline", "default"},
		{"ticket", "hs_ticket_priority", "Urgent", "URGENT"},
		{"ticket", "hs_pipeline_stage", "Waiting on contact", "2"},
		{"task", "hs_task_status", "Not started", "NOT_STARTED"},
		{"task", "hs_task_type", "To-do", "TODO"},
	} {
		p, _ := hubspot.DefaultSchema().Of(tt.objectType).Get(tt.name)
		if v, ok := p.OptionValue(tt.label); !ok || v != tt.value {
			t.Errorf("%s.%s: %q is %q, %v", tt.objectType, tt.name, tt.label, v, ok)
		}
	}
	industry, _ := hubspot.DefaultSchema().Of("company").Get("industry")
	if len(industry.Options) < 145 {
		t.Errorf("there are only %d industries", len(industry.Options))
	}
}

func TestDefaultPropertiesAreFresh(t *testing.T) {
	t.Parallel()
	first := hubspot.DefaultProperties("contact")
	for i := range first {
		first[i].Name = "changed"
		for j := range first[i].Options {
			first[i].Options[j].Value = "changed"
		}
	}
	if diff := cmp.Diff(hubspot.DefaultProperties("contact"), hubspot.DefaultProperties("contact")); diff != "" {
		t.Error(diff)
	}
	if p := hubspot.DefaultProperties("contact")[0]; p.Name != "email" {
		t.Errorf("a caller's change came back: %+v", p)
	}
}

func TestAlias(t *testing.T) {
	t.Parallel()
	ps := hubspot.NewProperties("contact", []hubspot.Property{{Name: "zip", Label: "Postal Code"}, {Name: "city", Label: "City"}})
	ps.Alias(" ZIP code ", "zip")
	ps.Alias("City", "zip")
	ps.Alias("Town", "town")
	ps.Alias("", "zip")
	if p, ok := ps.Find("zip Code"); !ok || p.Name != "zip" {
		t.Errorf("the alias leads to %+v, %v", p, ok)
	}
	if p, _ := ps.Find("City"); p.Name != "city" {
		t.Errorf("an alias took the label of another property: %+v", p)
	}
	for _, header := range []string{"Town", ""} {
		if p, ok := ps.Find(header); ok {
			t.Errorf("%q is %+v", header, p)
		}
	}
}

func TestPrimaryAssociationType(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		from, to string
		want     int
	}{
		{"contact", "company", 1}, {"company", "contact", 2}, {"deal", "company", 5}, {"company", "deal", 6},
		{"ticket", "company", 26}, {"company", "ticket", 25}, {"contact", "deal", 0}, {"task", "contact", 0}, {"task", "company", 0}, {"company", "company", 0}, {"x", "y", 0},
	} {
		if got := hubspot.PrimaryAssociationType(tt.from, tt.to); got != tt.want {
			t.Errorf("%s to %s: %d, want %d", tt.from, tt.to, got, tt.want)
		}
	}
}

func TestAssociationTypes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind hubspot.AssociationType
		want string
	}{
		{hubspot.AssociationType{Category: "HUBSPOT_DEFINED", ID: 279}, "company"}, {hubspot.AssociationType{ID: 449}, "contact"},
		{hubspot.AssociationType{Category: "USER_DEFINED", ID: 279}, ""}, {hubspot.AssociationType{Category: "HUBSPOT_DEFINED", ID: 33}, ""},
	} {
		if got, ok := tt.kind.LeadsTo("contact"); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s leads to %q, want %q", tt.kind, got, tt.want)
		}
	}
	if got, _ := hubspot.AssociatedObjectType("company", hubspot.ChildToParentCompany); got != "company" {
		t.Errorf("a parent company is a %q", got)
	}
}

func TestTimeUnits(t *testing.T) {
	t.Parallel()
	if n := len(hubspot.TimeUnits()); n != 16 {
		t.Errorf("%d units of time, want 16", n)
	}
	for unit, want := range map[string]bool{"HALF_DAYS": true, "millis": true, "FOREVER": true, "ERAS": true, "FORTNIGHTS": false, "DAY": false, "": false} {
		if hubspot.IsTimeUnit(unit) != want {
			t.Errorf("IsTimeUnit(%q) is not %v", unit, want)
		}
	}
}

func TestOwnerProperty(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"hubspot_owner_id": true, "onboarding_owner_id": true, "owner_id": false, "hs_created_by_user_id": false, "city": false} {
		if hubspot.OwnerProperty(name) != want {
			t.Errorf("OwnerProperty(%q) is not %v", name, want)
		}
	}
}
