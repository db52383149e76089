package records_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/hubspot"
	"askflow/internal/records"
)

func TestScan(t *testing.T) {
	t.Parallel()
	one := "Record ID,City,Lead grade\n101,Rome,A\n102,Oslo,B\n"
	two := `{"id":"103","properties":{"city":"Bern","score":"7"}}` + "\n"
	s, problems := records.Scan(t.Context(), "contact", []records.File{textFile("a.csv", one), textFile("b.jsonl", two)}, records.Options{})
	sum := func(text string) string { h := sha256.Sum256([]byte(text)); return hex.EncodeToString(h[:]) }
	want := &records.Summary{
		ObjectType: "contact", Records: 3,
		Files: []records.FileSummary{
			{Path: "a.csv", SHA256: sum(one), Bytes: int64(len(one)), Records: 2, Encoding: "UTF-8"},
			{Path: "b.jsonl", SHA256: sum(two), Bytes: int64(len(two)), Records: 1, Encoding: "UTF-8"},
		},
		Columns: []string{"city", "lead_grade", "score"},
		Inferred: []hubspot.Property{
			{Name: "lead_grade", Label: "Lead grade", Type: hubspot.TypeString, Custom: true, Inferred: true},
			{Name: "score", Label: "score", Type: hubspot.TypeString, Custom: true, Inferred: true},
		},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"note inferred_property a.csv:1:16", "note inferred_property b.jsonl:1:41"}, codes(problems)); diff != "" {
		t.Error(diff)
	}
	s, problems = records.Scan(t.Context(), "contact", nil, records.Options{})
	if s.Records != 0 || len(problems) != 0 {
		t.Errorf("no files: %v, %v", s, problems)
	}
}

func TestScanFindings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"clean", "Record ID,City,Lifecycle Stage,Create Date,Unsubscribed from all email\n1,Rome,lead,2026-01-05 09:00,false\n", nil},
		{"dates", "Record ID,Create Date\n1,2026-01-05\n2,2026-01-05T09:00:00Z\n3,2026-01-05T09:00:00.123+01:00\n4,1767603600000\n5,2026-01-05 09:00:59\n6,05.01.2026\n7,2026-13-01\n8,20260105\n9,soon\n10,2026-01-05 25:00\n",
			[]string{"warning bad_value c.csv:7:3", "warning bad_value c.csv:8:3", "warning bad_value c.csv:9:3", "warning bad_value c.csv:10:3", "warning bad_value c.csv:11:4"}},
		{"numbers", "Record ID,Total Revenue\n1,7\n2,-7.25\n3,1e6\n4,.5\n5,\"1,000\"\n6,€7\n7,1e\n8,-\n",
			[]string{"warning bad_value c.csv:6:3", "warning bad_value c.csv:7:3", "warning bad_value c.csv:8:3", "warning bad_value c.csv:9:3"}},
		{"truth", "Record ID,Invalid email address\n1,maybe\n", []string{"warning bad_value c.csv:2:3"}},
		{"option", "Record ID,Lifecycle Stage\n1,Laed\n", []string{"warning unknown_option c.csv:2:3"}},
		{"one bad of several", "Record ID,Buying Role\n1,Champion;Boss\n", []string{"warning unknown_option c.csv:2:3"}},
		{"place after a quoted newline", "Record ID,Message,Lifecycle Stage\n1,\"a\nb\",Laed\n", []string{"warning unknown_option c.csv:3:4"}},
		{"place of a quoted cell", "Record ID,Message,Lifecycle Stage\n1,ä,\"Laed\"\n", []string{"warning unknown_option c.csv:2:5"}},
		{"same column", "Record ID,City,city\n1,Rome,Oslo\n", []string{"warning duplicate_column c.csv:1:16"}},
		{"names of companies", "Record ID,Associated Company\n1,Northwind\n2,\n3,Contoso\n", []string{"warning association_names c.csv:2:3"}},
		{"Windows", "Record ID,City\n1,K\xf6ln\n", []string{"note not_utf8 c.csv:1:1"}},
		{"damage", "Record ID,City\n1,Köln\n2,\xf6\n", []string{"warning damaged_utf8 c.csv:3:3"}},
		{"rows that do not fit", "Record ID,City\n1\n2,Rome\n3,Oslo,x\n", []string{"error ragged_row c.csv:2:1", "error ragged_row c.csv:4:8"}},
		{"ids", "Record ID,City\n1,Rome\n,Oslo\n1,Bern\nx1,Rome\nx1,Rome\n", []string{"error bad_id c.csv:3:1", "error duplicate_id c.csv:4:1", "error duplicate_id c.csv:6:1"}},
		{"stops at a broken quote", "Record ID,City\n1,\"Ro\"me\n2\n", []string{"error text_after_quote c.csv:2:7"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, problems := records.Scan(t.Context(), "contact", []records.File{textFile("c.csv", tt.text)}, records.Options{})
			if diff := cmp.Diff(tt.want, codes(problems)); diff != "" {
				t.Error(diff, problems)
			}
		})
	}
}

func TestScanMessages(t *testing.T) {
	t.Parallel()
	text := "Record ID,Lifecycle Stage,Citty\n1,Leadd,x\n2,Very good friend,x\n"
	_, problems := records.Scan(t.Context(), "contact", []records.File{textFile("c.csv", text)}, records.Options{})
	want := `c.csv:1:27: "Citty" is no property of a contact that is known here; it is read as text and called citty (did you mean "city"? Else define it in records/properties.yaml if it has another type)
c.csv:2:3: "Leadd" is no option of lifecyclestage; it is kept as it is (did you mean "lead"?)
c.csv:3:3: "Very good friend" is no option of lifecyclestage; it is kept as it is (the options are subscriber, lead, marketingqualifiedlead, salesqualifiedlead, opportunity, customer, evangelist, other)`
	if diff := cmp.Diff(want, problems.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestDuplicateIDsNameBothPlaces(t *testing.T) {
	t.Parallel()
	a := textFile("contacts-a.csv", "Record ID,Message\n1,\"two\nlines\"\n2,x\n")
	b := textFile("contacts-b.csv", "Record ID\n3\n2\n")
	c := textFile("contacts-c.json", "[\n{\"id\": 4},\n{\"id\": \"3\"}]")
	_, problems := records.Scan(t.Context(), "contact", []records.File{a, b, c}, records.Options{})
	want := `contacts-b.csv:3:1: the contact "2" stands twice: here and at contacts-a.csv:4 (delete one of the two)
contacts-c.json:3:1: the contact "3" stands twice: here and at contacts-b.csv:2 (delete one of the two)`
	if diff := cmp.Diff(want, problems.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestFindingsAreLimited(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("Record ID,Lifecycle Stage\n")
	for i := range 100 {
		fmt.Fprintf(&b, "%d,Friend\n", i+1)
	}
	s, problems := records.Scan(t.Context(), "contact", []records.File{textFile("c.csv", b.String())}, records.Options{})
	if len(problems) != 21 || s.Records != 100 {
		t.Fatalf("%d findings over %d records", len(problems), s.Records)
	}
	if got, want := problems[20].Error(), "c.csv: the same (unknown_option) stands at 80 more places of this file"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	_, problems = records.Scan(t.Context(), "contact", []records.File{textFile("c.csv", "Record ID\n"+strings.Repeat("1,\n", 100))}, records.Options{})
	if len(problems) != 21 || problems[20].Code != "too_many_errors" {
		t.Errorf("100 errors give %d problems, the last %v", len(problems), problems[len(problems)-1])
	}
}

func TestUnreadableFiles(t *testing.T) {
	t.Parallel()
	missing := records.File{Path: "c.csv", Open: func() (io.ReadCloser, error) {
		return nil, &fs.PathError{Op: "open", Path: "/secret/c.csv", Err: fs.ErrNotExist}
	}}
	const want = "c.csv: the file cannot be read: file does not exist"
	if _, err := readAll(t, "contact", records.Options{}, missing); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	good := textFile("d.csv", "Record ID\n1\n")
	s, problems := records.Scan(t.Context(), "contact", []records.File{missing, good}, records.Options{})
	if len(problems) != 1 || problems[0].Error() != want || s.Records != 1 || s.Files[0].SHA256 != "" {
		t.Errorf("Scan gives %v, %+v", problems, s)
	}
	for _, path := range []string{"c.csv", "c.json"} {
		for _, text := range []string{"", "Record ID,City\n1,Rome\n2,Os", `[{"id":"1"},{"id":"2`} {
			broken := records.File{Path: path, Open: func() (io.ReadCloser, error) {
				return io.NopCloser(io.MultiReader(strings.NewReader(text), failing{})), nil
			}}
			if path == "c.csv" == (text != "" && text[0] == '[') {
				continue
			}
			if _, err := readAll(t, "contact", records.Options{}, broken); err == nil || err.Error() != path+": the file cannot be read: the disk is gone" {
				t.Errorf("%s, %q: got %v", path, text, err)
			}
		}
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the disk is gone") }

func TestScanStopsWhenTold(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("somebody pressed Ctrl-C"))
	_, problems := records.Scan(ctx, "contact", []records.File{big("c.csv", 10_000, csvRow), textFile("d.csv", "")}, records.Options{})
	if diff := cmp.Diff([]string{"error interrupted c.csv"}, codes(problems)); diff != "" {
		t.Error(diff)
	}
}

func TestScanNeedsFewBytesARecord(t *testing.T) {
	const n = 300_000
	var before, last runtime.MemStats
	row := func(b []byte, i int) []byte {
		if i == n-1 { // all ids but a few are remembered by now
			runtime.GC()
			runtime.ReadMemStats(&last)
		}
		return fmt.Appendf(b, "%d\n", 50_000_000_000+i*7)
	}
	file := records.File{Path: "contacts.csv", Open: func() (io.ReadCloser, error) {
		return &generated{n: n, row: row, buf: []byte("Record ID\n")}, nil
	}}
	runtime.GC()
	runtime.ReadMemStats(&before)
	s, problems := records.Scan(t.Context(), "contact", []records.File{file}, records.Options{})
	if s.Records != n || len(problems) > 0 {
		t.Fatal(s.Records, problems)
	}
	const buffers = 1 << 20
	if perRecord := float64(int64(last.HeapAlloc)-int64(before.HeapAlloc)-buffers) / n; perRecord > 25 {
		t.Errorf("scanning holds %.1f bytes a record", perRecord)
	}
}

func TestReaderKnowsInferredPropertiesAgain(t *testing.T) {
	t.Parallel()
	file := textFile("c.csv", "Record ID,Lead grade,lead-grade\n1,A,B\n")
	s, _ := records.Scan(t.Context(), "contact", []records.File{file}, records.Options{})
	props := hubspot.DefaultSchema().Of("contact")
	for _, p := range s.Inferred {
		props.Add(p)
	}
	recs, err := readAll(t, "contact", records.Options{Properties: props}, file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]map[string]string{{"id": "1", "lead_grade": "A", "lead_grade_2": "B"}}, contents(recs)); diff != "" {
		t.Error(diff)
	}
}
