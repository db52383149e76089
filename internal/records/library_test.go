package records_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/hubspot"
	"askflow/internal/records"
)

func library(t *testing.T) *records.Library {
	t.Helper()
	l, problems := records.LoadLibrary(t.Context(), hubspot.DefaultSchema(), map[string][]records.File{
		"company": {
			textFile("companies-a.csv", "Record ID,Company name,Associated Contact IDs\n11,Northwind,\n12,Contoso,1;2\n"),
			textFile("companies-b.csv", "Record ID,Company name,Associated Contact IDs\n13,Fabrikam,1;9\n"),
		},
		"deal": {textFile("deals.json", `[
			{"id":"31","properties":{"dealname":"Engine"},"associations":{"contacts":["1"],"companies":[{"id":"11","type":"deal_to_company"},{"id":"12","type":"deal_to_company_unlabeled"}]}},
			{"id":"32","properties":{"dealname":"Gears"},"associations":{"contacts":[{"toObjectId":1,"associationTypes":[{"typeId":36}]}],"companies":["12","13"]}},
			{"id":"33","properties":{"dealname":"Lost"},"associations":{"companies":["404"]}}]`)},
	}, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return l
}

func ids(recs []*hubspot.Record) string {
	var out []string
	for _, r := range recs {
		out = append(out, r.ID)
	}
	return strings.Join(out, " ")
}

func TestAssociated(t *testing.T) {
	t.Parallel()
	l := library(t)
	contact := func(id string, as ...hubspot.Association) *hubspot.Record {
		r := hubspot.NewRecordFromMap("contact", id, nil)
		r.Associations = as
		return r
	}
	to := func(id string, typeID int) hubspot.Association {
		return hubspot.Association{ObjectType: "company", RecordID: id, TypeID: typeID}
	}
	for _, tt := range []struct {
		name   string
		rec    *hubspot.Record
		toType string
		typeID int
		want   string
	}{
		{"own first, then theirs, each once", contact("1", to("13", 0), to("11", 0), to("13", 0)), "company", 0, "13 11 12"},
		{"only theirs", contact("2"), "company", 0, "12"},
		{"none", contact("3"), "company", 0, ""},
		{"missing targets are skipped", contact("3", to("99", 0), to("11", 0)), "company", 0, "11"},
		{"default type takes all", contact("1", to("11", 1)), "company", 279, "11 12 13"},
		{"primary is marked", contact("3", to("13", 0), to("11", 1)), "company", 1, "11"},
		{"primary is not marked: the first", contact("3", to("13", 0), to("11", 279)), "company", 1, "13"},
		{"primary of none", contact("3"), "company", 1, ""},
		{"custom type", contact("3", to("13", 0), to("11", 77)), "company", 77, "11"},
		{"custom type nobody has", contact("3", to("13", 0)), "company", 77, ""},
		{"deals that name the contact", contact("1"), "deal", 4, "31 32"},
		{"custom type from the other side", contact("1"), "deal", 36, "32"},
		{"inside the library", l.Get("deal", "32"), "company", 341, "12 13"},
		{"inside the library, primary", l.Get("deal", "31"), "company", 5, "11"},
		{"other direction", l.Get("company", "12"), "deal", 342, "31 32"},
		{"companies' primary deals, marked and first", l.Get("company", "12"), "deal", 6, "32"},
		{"companies' primary deals, marked", l.Get("company", "11"), "deal", 6, "31"},
		{"type that nothing leads to", contact("1"), "ticket", 0, ""},
		{"no record", nil, "company", 0, ""},
	} {
		if got := ids(l.Associated(tt.rec, tt.toType, hubspot.AssociationType{ID: tt.typeID})); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	var none *records.Library
	if none.Get("company", "11") != nil || none.Associated(contact("1"), "company", hubspot.AssociationType{}) != nil {
		t.Error("no library has records")
	}
}

// TestAssociatedByCategory: ids of HubSpot's types and of the portal's labels overlap, and must not be mixed up.
func TestAssociatedByCategory(t *testing.T) {
	t.Parallel()
	l := library(t)
	contact := hubspot.NewRecordFromMap("contact", "7", nil)
	contact.Associations = []hubspot.Association{
		{ObjectType: "company", RecordID: "11", TypeID: 279, Category: hubspot.HubSpotDefined},
		{ObjectType: "company", RecordID: "12", TypeID: 1, Category: hubspot.HubSpotDefined},
		{ObjectType: "company", RecordID: "13", TypeID: 1, Category: "USER_DEFINED", Label: "Boss"},
	}
	for _, tt := range []struct {
		category string
		id       int
		want     string
	}{
		{"USER_DEFINED", 1, "13"}, {hubspot.HubSpotDefined, 1, "12"}, {"", 1, "12"}, {"INTEGRATOR_DEFINED", 1, ""}, {"USER_DEFINED", 279, ""},
		{hubspot.HubSpotDefined, 279, "11 12 13"},
	} {
		if got := ids(l.Associated(contact, "company", hubspot.AssociationType{Category: tt.category, ID: tt.id})); got != tt.want {
			t.Errorf("%s %d: got %q, want %q", tt.category, tt.id, got, tt.want)
		}
	}
}

// TestAssociatedInsideOneType: contacts by a label, and companies up and down their hierarchy.
func TestAssociatedInsideOneType(t *testing.T) {
	t.Parallel()
	l, problems := records.LoadLibrary(t.Context(), hubspot.DefaultSchema(), map[string][]records.File{
		"contact": {textFile("contacts.json", `[
			{"id":"1","properties":{},"associations":{"contacts":[{"toObjectId":2,"associationTypes":[{"category":"USER_DEFINED","typeId":40,"label":"Colleague"}]}]}},
			{"id":"2","properties":{}}]`)},
		"company": {textFile("companies.json", `[
			{"id":"10","properties":{}},
			{"id":"11","properties":{},"associations":{"companies":[{"id":"10","type":"child_to_parent_company"}]}},
			{"id":"12","properties":{},"associations":{"companies":[{"toObjectId":11,"associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":14}]}]}}]`)},
	}, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	parent := hubspot.AssociationType{Category: hubspot.HubSpotDefined, ID: hubspot.ChildToParentCompany}
	child := hubspot.AssociationType{Category: hubspot.HubSpotDefined, ID: hubspot.ParentToChildCompany}
	for _, tt := range []struct {
		objectType, id string
		kind           hubspot.AssociationType
		want           string
	}{
		{"contact", "1", hubspot.AssociationType{Category: "USER_DEFINED", ID: 40}, "2"},
		{"contact", "2", hubspot.AssociationType{Category: "USER_DEFINED", ID: 40}, "1"},
		{"company", "11", parent, "10"}, {"company", "11", child, "12"}, {"company", "10", child, "11"}, {"company", "10", parent, ""}, {"company", "12", parent, "11"},
		{"company", "11", hubspot.AssociationType{Category: hubspot.HubSpotDefined, ID: 450}, "10 12"},
	} {
		if got := ids(l.Associated(l.Get(tt.objectType, tt.id), tt.objectType, tt.kind)); got != tt.want {
			t.Errorf("%s %s by %s: got %q, want %q", tt.objectType, tt.id, tt.kind, got, tt.want)
		}
	}
}

func TestLibraryGet(t *testing.T) {
	t.Parallel()
	l := library(t)
	if got := l.Get("company", "13").Get("name"); got != "Fabrikam" {
		t.Errorf("company 13 is %q", got)
	}
	if l.Get("company", "31") != nil || l.Get("contact", "1") != nil {
		t.Error("Get finds records that are not there")
	}
}

func TestLibraryProblems(t *testing.T) {
	t.Parallel()
	l, problems := records.LoadLibrary(t.Context(), nil, map[string][]records.File{
		"deal":    {textFile("deals.csv", "Record ID,Deal Stage\n1,Won\n1,Closed Won\n")},
		"company": {textFile("companies.csv", "")},
	}, nil)
	want := []string{"error empty_file companies.csv:1:1", "error duplicate_id deals.csv:3:1", "warning unknown_option deals.csv:2:3"}
	if diff := cmp.Diff(want, codes(problems)); diff != "" {
		t.Error(diff)
	}
	if got := l.Get("deal", "1").Get("dealstage"); got != "Won" {
		t.Errorf("the first record of an id counts, but its stage is %q", got)
	}
}

func TestLibraryServesManyReaders(t *testing.T) {
	t.Parallel()
	l := library(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if got := ids(l.Associated(l.Get("company", "12"), "deal", hubspot.AssociationType{})); got != "31 32" {
					t.Errorf("got %q", got)
					return
				}
			}
		})
	}
	wg.Wait()
}
