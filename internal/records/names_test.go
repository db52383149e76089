package records_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/hubspot"
	"askflow/internal/records"
)

func loadNames(t *testing.T, files map[string][]records.File) *records.Names {
	t.Helper()
	n, problems := records.LoadNames(t.Context(), hubspot.DefaultSchema(), files, nil)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return n
}

// linked shows links as text: type, id, name or "missing", labels.
func linked(links []records.Link) []string {
	var out []string
	for _, l := range links {
		name := l.Name
		if l.Missing {
			name = strings.TrimSpace("missing " + l.Name)
		}
		out = append(out, strings.TrimRight(fmt.Sprintf("%s %s: %s; %s", l.ObjectType, l.ID, name, strings.Join(l.Labels, ", ")), "; "))
	}
	return out
}

func contactTo(companies ...string) *hubspot.Record {
	r := hubspot.NewRecordFromMap("contact", "none", nil)
	for _, id := range companies {
		r.Associations = append(r.Associations, hubspot.Association{ObjectType: "company", RecordID: id})
	}
	return r
}

func TestNamesAndLinks(t *testing.T) {
	t.Parallel()
	files := map[string][]records.File{
		"contact": {textFile("contacts.csv", "Record ID,City,Last Name,First Name,Email,Associated Company IDs\n1,Rome,Byron, Ada ,a@b.example,11;12\n2,Rome,,,b@b.example,\"12, 99\"\n3,,Lovelace,,,\n")},
		"company": {textFile("companies.jsonl", `{"id":"11","properties":{"city":"Rome","name":"Harbor"}}`+"\n"+`{"id":"12","properties":{"domain":"quay.example"}}`+"\n"+`{"id":"13","properties":{"city":"Oslo"}}`+"\n")},
		"2-7":     {textFile("boats.json", `[{"id":"1","properties":{"name":"Argo"},"associations":{"companies":["12"]}}]`)},
	}
	n := loadNames(t, files)
	company := func(id string) *hubspot.Record { return hubspot.NewRecordFromMap("company", id, nil) }
	for _, tt := range []struct {
		name  string
		rec   *hubspot.Record
		types []string
		want  []string
	}{
		{"from both types, in the order asked for", company("12"), []string{"contact", "2-7"}, []string{"contact 1: Ada Byron", "contact 2: b@b.example", "2-7 1: Argo"}},
		{"from the other one first", company("12"), []string{"2-7", "contact"}, []string{"2-7 1: Argo", "contact 1: Ada Byron", "contact 2: b@b.example"}},
		{"from one type only", company("12"), []string{"2-7"}, []string{"2-7 1: Argo"}},
		{"from no type", company("12"), nil, nil},
		{"a record that no file has", company("99"), []string{"contact", "ticket"}, []string{"contact 2: b@b.example"}},
		{"a record that nothing names", company("404"), []string{"contact"}, nil},
		{"the id of another type", company("1"), []string{"contact", "2-7"}, nil},
		{"an object type that nothing knows", hubspot.NewRecordFromMap("2-9", "1", nil), []string{"contact"}, nil},
		{"a record of its own", contactTo("13", "12", "99", "13", ""), []string{"contact", "2-7"}, []string{"company 13: 13", "company 12: quay.example", "company 99: missing", "company : missing"}},
		{"no record", nil, []string{"contact"}, nil},
	} {
		if diff := cmp.Diff(tt.want, linked(n.Links(tt.rec, tt.types))); diff != "" {
			t.Errorf("%s (-want +got): %s", tt.name, diff)
		}
	}
	if (*records.Names)(nil).Links(company("12"), []string{"contact"}) != nil {
		t.Error("no names have links")
	}
	if got := linked(loadNames(t, nil).Links(contactTo("11"), []string{"contact"})); !slices.Equal(got, []string{"company 11: missing"}) {
		t.Errorf("without files: %q", got)
	}
}

func TestNamesProblems(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]map[string][]records.File{
		"a broken file":  {"deal": {textFile("d.csv", "x\n")}},
		"an id twice":    {"deal": {textFile("d.csv", "Record ID\n1\n1\n")}},
		"a broken value": {"deal": {textFile("d.json", "[{")}},
	} {
		if n, problems := records.LoadNames(t.Context(), hubspot.DefaultSchema(), files, nil); !problems.HasErrors() || n == nil {
			t.Errorf("%s is quiet: %v, %v", name, n, problems)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n, problems := records.LoadNames(ctx, hubspot.DefaultSchema(), map[string][]records.File{"contact": {big("contacts.csv", 5000, csvRow)}}, nil)
	if !slices.Contains(codes(problems), "error interrupted contacts.csv") {
		t.Errorf("interrupted: %q", codes(problems))
	}
	if got := linked(n.Links(contactTo("1"), []string{"contact"})); len(got) != 1 {
		t.Errorf("interrupted names have the links %q", got)
	}
}

// TestNamesOfLongTexts: names and ids that no block has room for, among short ones.
func TestNamesOfLongTexts(t *testing.T) {
	t.Parallel()
	var text, want strings.Builder
	text.WriteString("Record ID,Company name\n")
	var ids []string
	for i := range 200 {
		name := fmt.Sprintf("%d%s", i, strings.Repeat("ab", i*i*9)) // up to 700 KB
		fmt.Fprintf(&text, "%d,%s\n", i+1, name)
		fmt.Fprintf(&want, "company %d: %s\n", i+1, name)
		ids = append(ids, fmt.Sprint(i+1))
	}
	long := strings.Repeat("9", 300_000)
	deals := textFile("deals.jsonl", `{"id":"1","properties":{"dealname":"Crane"},"associations":{"companies":["`+long+`"]}}`+"\n")
	n := loadNames(t, map[string][]records.File{"company": {textFile("companies.csv", text.String())}, "deal": {deals}})
	if got := strings.Join(linked(n.Links(contactTo(ids...), nil)), "\n") + "\n"; got != want.String() {
		t.Errorf("got %d bytes of names, want %d, and the same ones", len(got), want.Len())
	}
	if got := linked(n.Links(hubspot.NewRecordFromMap("company", long, nil), []string{"deal"})); !slices.Equal(got, []string{"deal 1: Crane"}) {
		t.Errorf("of the long id: %q", got)
	}
}

// TestLinksOfOneRecordInThousands: a record that another one names 100,000 times is answered in a moment; comparing each
// with each would take minutes.
func TestLinksOfOneRecordInThousands(t *testing.T) {
	t.Parallel()
	const times = 100_000
	var text strings.Builder
	text.WriteString(`{"id":"1","properties":{"dealname":"Crane"},"associations":{"contacts":[{"id":"5","associationTypes":[`)
	for i := range times {
		if i > 0 {
			text.WriteByte(',')
		}
		fmt.Fprintf(&text, `{"category":"USER_DEFINED","typeId":%d,"label":"L%d"}`, i/2+1, i)
	}
	text.WriteString("]}]}}\n")
	n := loadNames(t, map[string][]records.File{"deal": {textFile("deals.jsonl", text.String())}})
	links := n.Links(hubspot.NewRecordFromMap("contact", "5", nil), []string{"deal"})
	if len(links) != 1 || len(links[0].Labels) != times/2 || links[0].Labels[0] != "L1" || links[0].Labels[times/2-1] != fmt.Sprintf("L%d", times-1) {
		t.Errorf("%d links", len(links))
	}
}

func TestNamesServeManyReaders(t *testing.T) {
	t.Parallel()
	n := loadNames(t, map[string][]records.File{"contact": {big("contacts.csv", 9000, csvRow)}})
	company := hubspot.NewRecordFromMap("company", "9007", nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if got := n.Links(company, []string{"contact"}); len(got) != 18 || got[17].Name != "Ada Byron" || got[17].ID != "50000059549" {
					t.Errorf("got %d links, %+v", len(got), got[max(0, len(got)-1):])
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestNamesAreCompact bounds what names hold and what loading them allocates.
func TestNamesAreCompact(t *testing.T) {
	const n, idLen, nameLen, companies = 100_000, len("50000000000"), len("Ada Byron"), 500
	var text []byte
	text = append(text, csvHeader...)
	for i := range n {
		text = csvRow(text, i)
	}
	files := map[string][]records.File{"contact": {textFile("contacts.csv", string(text))}}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	names := loadNames(t, files)
	runtime.GC()
	runtime.ReadMemStats(&after)
	const limit = n*(60+16+idLen+nameLen) + companies*(60+4) // one link a contact
	if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); held > int64(limit) {
		t.Errorf("names hold %d bytes of %d records, %.1f a record; the limit is %d", held, n, float64(held)/n, limit)
	}
	if mallocs := after.Mallocs - before.Mallocs; mallocs > n/10 {
		t.Errorf("loading made %d allocations for %d records", mallocs, n)
	}
	runtime.KeepAlive(names)
	runtime.KeepAlive(files)
}
