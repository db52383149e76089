package records_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/hubspot"
	"askflow/internal/records"
)

// TestPagesOfAnotherPager goes on with a cursor that another pager made: values and lines are the same, though columns that
// only records before the cursor carry are not known.
func TestPagesOfAnotherPager(t *testing.T) {
	t.Parallel()
	for name, files := range shapes(rand.New(rand.NewPCG(9, 10)), 2600) {
		want, err := readAll(t, "contact", records.Options{}, files...)
		if err != nil {
			continue
		}
		var got []*hubspot.Record
		for c, more := (records.Cursor{}), true; more; {
			page, err := records.NewPager("contact", files, records.Options{}).Page(t.Context(), records.PageQuery{From: again(t, c), Limit: 433})
			if err != nil {
				t.Fatal(name, err)
			}
			got = append(got, page.Records...)
			c, more = page.Next, page.More
		}
		if diff := cmp.Diff(contents(want), contents(got)); diff != "" {
			t.Error(name, diff)
		}
		for i := range got {
			if got[i].Line != want[i].Line {
				t.Fatalf("%s: record %d is at line %d, want %d", name, i, got[i].Line, want[i].Line)
			}
		}
	}
}

// TestCursorsCostThePage counts the bytes that a page in the middle takes.
func TestCursorsCostThePage(t *testing.T) {
	t.Parallel()
	for name, files := range shapes(rand.New(rand.NewPCG(11, 12)), 12_000) {
		if len(files) != 1 || name == "cannot be sought" || name == "UTF-16, broken" || name == "UTF-16, halves" {
			continue // where half a character stands alone, no place after it is known
		}
		counted := &counting{File: files[0]}
		p := records.NewPager("contact", []records.File{counted.file()}, records.Options{})
		c, err := p.At(t.Context(), 9_500)
		if err != nil || c.Skip != 0 {
			t.Errorf("%s: %+v, %v", name, c, err)
			continue
		}
		whole := counted.read
		for _, back := range []bool{false, true} {
			counted.read = 0
			page, err := p.Page(t.Context(), records.PageQuery{From: c, Limit: 20, Backwards: back})
			if err != nil || len(page.Records) != 20 || counted.read > whole*2/3 {
				t.Errorf("%s: a page of %d records took %d bytes of %d, %v", name, len(page.Records), counted.read, whole, err)
			}
		}
	}
}

func TestFilteredPages(t *testing.T) {
	t.Parallel()
	files := shapes(rand.New(rand.NewPCG(13, 14)), 2600)["several files"]
	filter := func(r *hubspot.Record) bool { return strings.HasSuffix(r.ID, "77") || strings.HasSuffix(r.ID, "13") }
	all, err := readAll(t, "contact", records.Options{}, files...)
	if err != nil {
		t.Fatal(err)
	}
	var want []*hubspot.Record
	var places []int64
	for i, r := range all {
		if filter(r) {
			want, places = append(want, r), append(places, int64(i))
		}
	}
	for _, scan := range []int{0, 61, 5000} {
		p := records.NewPager("contact", files, records.Options{})
		var got []*hubspot.Record
		c, more := records.Cursor{}, true
		for more {
			page, err := p.Page(t.Context(), records.PageQuery{From: c, Limit: 5, Filter: filter, Scan: scan})
			if err != nil || scan > 0 && page.Scanned > scan || len(page.Records) > 5 {
				t.Fatal(page.Scanned, len(page.Records), err)
			}
			if len(page.Records) > 0 && page.At != places[len(got)] {
				t.Fatalf("At is %d, want %d", page.At, places[len(got)])
			}
			got = append(got, page.Records...)
			c, more = page.Next, page.More
		}
		if diff := cmp.Diff(show(want), show(got)); diff != "" {
			t.Fatal("forwards (-want +got):", diff)
		}
		got = nil
		for more = true; more; {
			page, err := p.Page(t.Context(), records.PageQuery{From: c, Limit: 5, Filter: filter, Scan: scan, Backwards: true})
			if err != nil || scan > 0 && page.Scanned > scan || page.Next != c {
				t.Fatal(page.Scanned, err)
			}
			again, err := p.Page(t.Context(), records.PageQuery{From: page.Start, Limit: max(1, len(page.Records)), Filter: filter})
			if err != nil || len(page.Records) > 0 && !cmp.Equal(show(page.Records), show(again.Records)) {
				t.Fatalf("Start gives another page: %v, %v", show(again.Records), err)
			}
			got = append(page.Records, got...)
			c, more = page.Prev, page.More
		}
		if diff := cmp.Diff(show(want), show(got)); diff != "" {
			t.Fatal("backwards (-want +got):", diff)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"several files", "UTF-16LE", "JSON list", "damaged UTF-8", "ragged"} {
		files := shapes(rand.New(rand.NewPCG(15, 16)), 1500)[name]
		all, readErr := readAll(t, "contact", records.Options{}, files...)
		p := records.NewPager("contact", files, records.Options{})
		for _, i := range []int{0, 1, 999, 1000, 1400, len(all) - 1} {
			rec, at, err := p.Find(t.Context(), all[i].ID)
			if err != nil || !cmp.Equal(show(all[i:i+1]), show([]*hubspot.Record{rec})) || at.Place != int64(i) {
				t.Fatalf("%s: %s is found as %v at %+v, %v", name, all[i].ID, rec, at, err)
			}
			page, err := p.Page(t.Context(), records.PageQuery{From: at, Limit: 1})
			if err != nil || page.Records[0].ID != rec.ID {
				t.Errorf("%s: the cursor leads to %v, %v", name, show(page.Records), err)
			}
		}
		rec, _, err := p.Find(t.Context(), "nobody")
		if sameError(t, readErr, err); rec != nil {
			t.Errorf("found %v", rec)
		}
	}
}

// TestErrorIsTheNextPages: a page that ends right before what is wrong says that there is more.
func TestErrorIsTheNextPages(t *testing.T) {
	t.Parallel()
	p := records.NewPager("contact", []records.File{textFile("a.csv", "id,city\n1,Rome\n2,Oslo\n3\n")}, records.Options{})
	page, err := p.Page(t.Context(), records.PageQuery{Limit: 2})
	if err != nil || len(page.Records) != 2 || !page.More {
		t.Fatalf("%+v, %v", page, err)
	}
	page, err = p.Page(t.Context(), records.PageQuery{From: page.Next})
	if err == nil || !strings.Contains(err.Error(), "a.csv:4:1") || len(page.Records) != 0 || page.At != 2 {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestPageLimits(t *testing.T) {
	t.Parallel()
	p := records.NewPager("contact", []records.File{big("contacts.csv", 12_000, csvRow)}, records.Options{})
	for limit, want := range map[int]int{-1: 100, 0: 100, 1: 1, 1 << 40: 10_000} {
		if page, err := p.Page(t.Context(), records.PageQuery{Limit: limit}); err != nil || len(page.Records) != want || !page.More {
			t.Errorf("limit %d gives %d records, %v", limit, len(page.Records), err)
		}
	}
	if page, err := p.Page(t.Context(), records.PageQuery{Backwards: true}); err != nil || len(page.Records) != 0 || page.More {
		t.Errorf("before the beginning: %+v, %v", page, err)
	}
}

func TestColumns(t *testing.T) {
	t.Parallel()
	files := []records.File{
		textFile("a.csv", "Record ID,First Name,Favorite Harbor,Primary Associated Company ID,Associated Deal IDs,First Name\n"),
		textFile("b.json", `[{"id":"1","properties":{"city":"x","firstname":"y"}},{"id":"2","properties":{"own":1}}]`),
		textFile("broken.csv", "a,b\n"),
	}
	names := func(files ...records.File) (out []string, all bool) {
		columns, all := records.NewPager("contact", files, records.Options{}).Columns(t.Context())
		for _, c := range columns {
			out = append(out, c.Name+" "+string(c.Type)+" "+strconv.FormatBool(c.Inferred))
		}
		return out, all
	}
	got, all := names(files...)
	if diff := cmp.Diff([]string{"firstname string false", "favorite_harbor string true", "associatedcompanyid number false", "city string false", "own string true"}, got); diff != "" || !all {
		t.Error("(-want +got):", diff, all)
	}
	if _, all := names(big("contacts.jsonl", 1000, jsonRow)); all {
		t.Error("a long JSON file is known from its start")
	}
}
