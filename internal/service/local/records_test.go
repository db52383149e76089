package local_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/service"
)

func TestObjects(t *testing.T) {
	t.Parallel()
	d := open(t, demoDir(t))
	list, err := d.Records.Objects(d.ctx)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range list {
		got = append(got, fmt.Sprintf("%s %d files %d", o.Type.Name, len(o.Files), o.Count))
		if o.Bytes < 1000 {
			t.Errorf("%s has %d bytes", o.Type.Name, o.Bytes)
		}
	}
	contacts, err := d.Records.Check(d.ctx, "contact")
	if err != nil || contacts.Problems.HasErrors() {
		t.Fatal(contacts, err)
	}
	if want := []string{fmt.Sprintf("contact 4 files %d", contacts.Count), "company 1 files 37", "deal 1 files 28"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// What is large is counted in the background, and an event says when.
func TestLargeFilesAreCountedLater(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("Record ID,First Name,Notes\n")
	const n = 30_000
	for i := range n {
		fmt.Fprintf(&b, "%d,P%d,%s\n", i+1, i, strings.Repeat("long ", 30))
	}
	d := open(t, portalDir(t, map[string]string{"portal.yaml": "name: Large\n", "records/contacts.csv": b.String()}))
	list, err := d.Records.Objects(d.ctx)
	if err != nil || len(list) != 1 || list[0].Count != -1 {
		t.Fatalf("%+v %v", list, err)
	}
	d.waitKind(service.EventPortal)
	if list, err = d.Records.Objects(d.ctx); err != nil || list[0].Count != n {
		t.Errorf("%+v %v", list[0], err)
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	d := open(t, demoDir(t))
	check, err := d.Records.Check(d.ctx, "contact")
	if err != nil {
		t.Fatal(err)
	}
	var forwards []string
	q := service.RecordQuery{ObjectType: "contacts", Limit: 50}
	for {
		p, err := d.Records.Page(d.ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(forwards)) != p.At || (p.Prev == nil) != (len(forwards) == 0) {
			t.Fatalf("at %d after %d, before it %v", p.At, len(forwards), p.Prev)
		}
		forwards = append(forwards, ids(p.Records)...)
		if p.Next == nil {
			break
		}
		q.From = p.Next
	}
	if int64(len(forwards)) != check.Count {
		t.Fatalf("%d records, want %d", len(forwards), check.Count)
	}
	var backwards []string
	q = service.RecordQuery{ObjectType: "contact", Limit: 70, Backwards: true}
	for {
		p, err := d.Records.Page(d.ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		backwards = append(ids(p.Records), backwards...)
		if p.Prev == nil {
			break
		}
		q.From = p.Prev
	}
	if !slices.Equal(forwards, backwards) {
		t.Errorf("forwards\n%v\nbackwards\n%v", forwards, backwards)
	}
	p, err := d.Records.Page(d.ctx, service.RecordQuery{ObjectType: "contact", Limit: 10, Filter: `country:portugal`})
	if err != nil || len(p.Records) == 0 {
		t.Fatalf("%+v %v", p, err)
	}
	for _, r := range p.Records {
		if r.Get("country") != "Portugal" {
			t.Errorf("%s is from %s", r.ID, r.Get("country"))
		}
	}
	columns, err := d.Records.Columns(d.ctx, "contact")
	if err != nil || len(columns) < 10 || columns[0].Name != "firstname" && columns[1].Name != "firstname" {
		t.Errorf("%v %v", columns, err)
	}
}

func TestPagesRefuse(t *testing.T) {
	t.Parallel()
	d := open(t, demoDir(t))
	for code, q := range map[string]service.RecordQuery{
		"bad_filter":          {ObjectType: "contact", Filter: `country:"portugal`},
		"unknown_object_type": {ObjectType: "unicorn"},
		"records_changed":     {ObjectType: "contact", From: &records.Cursor{Offset: 7, Place: 1, Stamp: "of other files"}},
	} {
		_, err := d.Records.Page(d.ctx, q)
		wants(t, err, code)
	}
}

func ids(list []*hubspot.Record) []string {
	var out []string
	for _, r := range list {
		out = append(out, r.ID)
	}
	return out
}

func TestRecord(t *testing.T) {
	t.Parallel()
	d := open(t, demoDir(t))
	v, err := d.Records.Record(d.ctx, "contact", "1001")
	if err != nil {
		t.Fatal(err)
	}
	if v.Record.Name() != "Inês Carvalho" {
		t.Errorf("%s", v.Record.Name())
	}
	if !slices.Contains(v.Associations, service.Associated{ObjectType: "company", ID: "501", Name: "Lusomar Pescados", Label: v.Associations[0].Label}) {
		t.Errorf("%+v", v.Associations)
	}
	empty := false
	for _, p := range v.Properties {
		if empty = empty || p.Value == ""; empty && p.Value != "" {
			t.Errorf("%s has a value and stands behind those that have none", p.Property.Name)
		}
	}
	if !empty || v.Properties[0].Value == "" {
		t.Errorf("%+v", v.Properties[0])
	}
	_, err = d.Records.Record(d.ctx, "contact", "0")
	wants(t, err, "unknown_record")
}

func TestExplain(t *testing.T) {
	t.Parallel()
	d := open(t, demoDir(t))
	list, err := d.Records.Explain(d.ctx, "contact", "2001")
	if err != nil {
		t.Fatal(err)
	}
	enrolls := map[string]bool{}
	for _, x := range list {
		enrolls[x.File] = x.Enrolls
		if x.Problem != "" || len(x.Sections) == 0 || !x.Enrolls && x.Reason == "" {
			t.Errorf("%+v", x)
		}
	}
	if len(list) != 4 || !enrolls["workflows/lead-qualification.yaml"] || enrolls["workflows/email-draft.yaml"] {
		t.Errorf("%v", enrolls)
	}
	first := list[1].Sections[0]
	if len(first.Groups) != 1 || len(first.Groups[0]) != 2 || !first.Groups[0][0].OK || first.Groups[0][0].Sentence == "" {
		t.Errorf("%+v", first)
	}
}
