package emulator_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/emulator"
	"askflow/internal/hubspot"
	"askflow/internal/records"
)

// demo is the portal that the program brings along.
func demo(t *testing.T) *emulator.Emulator {
	t.Helper()
	return open(t, filepath.Join("..", "..", "testdata", "demo"))
}

// eachRecord reads all records of a portal.
func eachRecord(t *testing.T, e *emulator.Emulator) []*hubspot.Record {
	t.Helper()
	var out []*hubspot.Record
	for objectType := range e.Portal.RecordFiles {
		if err := e.EachRecord(t.Context(), objectType, func(r *hubspot.Record) error { out = append(out, r); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestRecordPagesAreEachRecord(t *testing.T) {
	t.Parallel()
	e := demo(t)
	for objectType := range e.Portal.RecordFiles {
		var want, got []string
		line := func(r *hubspot.Record) string {
			s := fmt.Sprint(r.ObjectType, r.ID, r.Line, r.Name(), r.Associations)
			for _, n := range r.PropertyNames() {
				s += "|" + n + "=" + r.Get(n)
			}
			return s
		}
		if err := e.EachRecord(t.Context(), objectType, func(r *hubspot.Record) error { want = append(want, line(r)); return nil }); err != nil {
			t.Fatal(err)
		}
		p, err := e.RecordPages(objectType)
		if err != nil {
			t.Fatal(err)
		}
		for c, more := (records.Cursor{}), true; more; {
			page, err := p.Page(t.Context(), records.PageQuery{From: c, Limit: 7})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Records {
				got = append(got, line(r))
			}
			c, more = page.Next, page.More
		}
		if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
			t.Errorf("%s: %d records (-want +got): %s", objectType, len(want), diff)
		}
	}
	a, _ := e.RecordPages("contacts")
	b, _ := e.RecordPages("0-1")
	if a != b || a.ObjectType() != "contact" {
		t.Error("the plural and the id give other pagers")
	}
	if _, err := e.RecordPages("contcat"); err == nil || !strings.Contains(emulator.AsError(err).Hint, "contact") {
		t.Errorf("an unknown object type gives %v", err)
	}
	if p, err := e.RecordPages("ticket"); err != nil || len(must(p.Page(t.Context(), records.PageQuery{})).Records) != 0 {
		t.Errorf("a type without files: %v", err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestRecordAndColumns(t *testing.T) {
	t.Parallel()
	e := demo(t)
	r, err := e.Record(t.Context(), "contacts", "1001")
	if err != nil || r.Get("firstname") != "Inês" {
		t.Fatal(r, err)
	}
	if _, err := e.Record(t.Context(), "contact", "none"); emulator.AsError(err).Code != "unknown_record" {
		t.Errorf("no such record: %v", err)
	}
	if _, err := e.Record(t.Context(), "x", "1"); emulator.AsError(err).Code != "unknown_object_type" {
		t.Errorf("no such type: %v", err)
	}
	var names []string
	for _, c := range e.Columns("deals") {
		names = append(names, c.Name)
	}
	want := []string{"dealname", "dealstage", "pipeline", "amount", "closedate", "createdate", "hubspot_owner_id", "dealtype", "sensors_quoted"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error("the columns of deals (-want +got):", diff)
	}
	if e.Columns("nothing") != nil || len(e.Columns("ticket")) != 0 {
		t.Error("columns out of nothing")
	}
}

func TestAssociations(t *testing.T) {
	t.Parallel()
	dir := writePortal(t, map[string]string{
		"portal.yaml":            "id: 1\n",
		"records/contacts.csv":   "Record ID,First Name,Associated Company IDs,Primary Associated Company ID,Associated Company IDs (Billing)\n1,Ada,11;12;99,12,11\n2,Bea,11,,\n",
		"records/companies.json": `[{"id":"11","properties":{"name":"Harbor"},"associations":{"companies":{"results":[{"id":"12","type":"child_to_parent_company"}]}}},{"id":"12","properties":{"name":"Quay"}}]`,
		"records/deals.jsonl":    `{"id":"7","properties":{"dealname":"Crane"},"associations":{"contacts":{"results":[{"id":"1","type":"deal_to_contact"},{"id":"1","type":"Decision maker"}]}}}` + "\n",
	})
	e := open(t, dir)
	look := func(objectType, id string) []emulator.Associated {
		r, err := e.Record(t.Context(), objectType, id)
		if err != nil {
			t.Fatal(err)
		}
		out, err := e.Associations(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if diff := cmp.Diff([]emulator.Associated{
		{ObjectType: "company", ID: "11", Name: "Harbor", Label: "Billing"}, {ObjectType: "company", ID: "12", Name: "Quay", Label: "Primary"},
		{ObjectType: "company", ID: "99", Missing: true}, {ObjectType: "deal", ID: "7", Name: "Crane", Label: "Decision maker"},
	}, look("contact", "1")); diff != "" {
		t.Error("of the contact (-want +got):", diff)
	}
	if diff := cmp.Diff([]emulator.Associated{
		{ObjectType: "company", ID: "11", Name: "Harbor", Label: "Child company"}, {ObjectType: "contact", ID: "1", Name: "Ada", Label: "Primary"},
	}, look("company", "12")); diff != "" {
		t.Error("of the parent company (-want +got):", diff)
	}
	write(t, dir, "records/deals.jsonl", `{"id":"8","properties":{"dealname":"Another crane"},"associations":{"contacts":["2"]}}`+"\n")
	if got := look("contact", "2"); len(got) != 2 || got[1].Name != "Another crane" {
		t.Errorf("after a file changed: %+v", got)
	}
	write(t, dir, "records/deals.jsonl", "[")
	r, _ := e.Record(t.Context(), "contact", "1")
	if _, err := e.Associations(t.Context(), r); emulator.AsError(err).Code != "invalid_portal" {
		t.Errorf("a broken file gives %v", err)
	}
}
