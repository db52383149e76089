package filter_test

import (
	"testing"
	"time"

	"askflow/internal/filter"
	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// record is a filter.Record over maps.
type record struct {
	props   map[string]string
	others  map[string][]record // by object type name
	typeIDs map[string]int      // by object type name: the only association type there is
	lists   map[string]bool
	now     time.Time
}

func (r record) Get(p string) string { return r.props[p] }

func (r record) Associated(objectType string, kind hubspot.AssociationType) []filter.Record {
	if kind.ID != 0 && r.typeIDs[objectType] != 0 && r.typeIDs[objectType] != kind.ID {
		return nil
	}
	var out []filter.Record
	for _, o := range r.others[objectType] {
		o.now = r.now
		out = append(out, o)
	}
	return out
}

func (r record) Find(objectType, id string) filter.Record {
	for _, o := range r.others[objectType] {
		if o.props["hs_object_id"] == id {
			return o
		}
	}
	return nil
}

func (r record) InList(id string) bool { return r.lists[id] }
func (r record) Now() time.Time        { return r.now }

func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// now is a Monday morning in Berlin.
func now(t testing.TB) time.Time {
	return time.Date(2026, 1, 5, 9, 0, 0, 0, berlin(t))
}

func schema() hubspot.Schema {
	return hubspot.Schema{
		"contact": hubspot.NewProperties("contact", []hubspot.Property{
			{Name: "message", Label: "Message", Type: hubspot.TypeString},
			{Name: "firstname", Label: "First name", Type: hubspot.TypeString},
			{Name: "phone", Label: "Phone", Type: hubspot.TypePhone},
			{Name: "score", Label: "Score", Type: hubspot.TypeNumber},
			{Name: "birthday", Label: "Birthday", Type: hubspot.TypeDate},
			{Name: "closedate", Label: "Close date", Type: hubspot.TypeDatetime},
			{Name: "createdate", Label: "Create date", Type: hubspot.TypeDatetime},
			{Name: "optout", Label: "Opted out", Type: hubspot.TypeBool},
			{Name: "hubspot_owner_id", Label: "Owner", Type: hubspot.TypeEnumeration},
			{Name: "lifecyclestage", Label: "Lifecycle stage", Type: hubspot.TypeEnumeration, Options: []hubspot.Option{
				{Label: "Lead", Value: "lead"}, {Label: "Marketing qualified lead", Value: "marketingqualifiedlead"}, {Label: "Customer", Value: "customer"}}},
			{Name: "topics", Label: "Topics", Type: hubspot.TypeEnumeration, Multiple: true, Options: []hubspot.Option{
				{Label: "A", Value: "A"}, {Label: "B", Value: "B"}, {Label: "C", Value: "C"}}},
			{Name: "guess", Label: "guess", Type: hubspot.TypeString, Inferred: true},
		}),
		"company": hubspot.NewProperties("company", []hubspot.Property{
			{Name: "name", Label: "Name", Type: hubspot.TypeString},
			{Name: "employees", Label: "Employees", Type: hubspot.TypeNumber},
		}),
	}
}

func env(t testing.TB) filter.CompileEnv {
	return filter.CompileEnv{ObjectType: "contact", Schema: schema(), File: "flow.json", Zone: berlin(t)}
}

// compile reads a branch as flows hold it.
func compile(t testing.TB, branch string, e filter.CompileEnv) (*filter.Matcher, source.Problems) {
	t.Helper()
	n, problems := source.ParseJSON(e.File, []byte(branch))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	r := &source.Reader{File: e.File}
	b := hubspot.ReadFilterBranch(r, n)
	if len(r.Problems) > 0 {
		t.Fatal(r.Problems)
	}
	return filter.Compile(b, e)
}

func property(name, operation string) string {
	return `{"filterType":"PROPERTY","property":"` + name + `","operation":` + operation + `}`
}

func and(filters string) string {
	return `{"filterBranchType":"AND","filterBranchOperator":"AND","filterBranches":[],"filters":[` + filters + `]}`
}

func branches(kind, inner string) string {
	return `{"filterBranchType":"` + kind + `","filters":[],"filterBranches":[` + inner + `]}`
}

func one(name, operation string) string { return branches("OR", and(property(name, operation))) }

func with(t testing.TB, pairs ...string) record {
	r := record{props: map[string]string{}, now: now(t)}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.props[pairs[i]] = pairs[i+1]
	}
	return r
}

const (
	isLead = `{"operationType":"ENUMERATION","operator":"IS_ANY_OF","values":["lead","marketingqualifiedlead"]}`
	known  = `{"operationType":"ALL_PROPERTY","operator":"IS_KNOWN"}`
)
