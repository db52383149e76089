package records_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/hubspot"
	"askflow/internal/records"
)

// shown is all that a record says, for comparing.
type shown struct {
	ID           string
	Line         int
	Names        []string
	Values       []string
	Associations []hubspot.Association
}

func show(recs []*hubspot.Record) []shown {
	out := []shown{}
	for _, r := range recs {
		s := shown{ID: r.ID, Line: r.Line, Names: r.PropertyNames(), Associations: r.Associations}
		for _, n := range s.Names {
			s.Values = append(s.Values, r.Get(n))
		}
		out = append(out, s)
	}
	return out
}

// bytesFile is a file in memory that can be entered in the middle, as one on a disk can.
func bytesFile(path string, data []byte) records.File {
	return records.File{Path: path, Open: func() (io.ReadCloser, error) { return seekable{bytes.NewReader(data)}, nil }}
}

type seekable struct{ *bytes.Reader }

func (seekable) Close() error { return nil }

// again is a cursor as it comes back from JSON.
func again(t testing.TB, c records.Cursor) records.Cursor {
	t.Helper()
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var out records.Cursor
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func to16(text string, order16 func(b []byte, v uint16) []byte) []byte {
	out := order16(nil, 0xfeff)
	for _, u := range utf16.Encode([]rune(text)) {
		out = order16(out, u)
	}
	return out
}

func little(b []byte, v uint16) []byte { return append(b, byte(v), byte(v>>8)) }
func large(b []byte, v uint16) []byte  { return append(b, byte(v>>8), byte(v)) }

// csvText is a contacts file of n records with everything that makes finding a record's start hard.
func csvText(rng *rand.Rand, first, n int, end, words string) string {
	var b strings.Builder
	b.WriteString("Record ID,First Name,Message,Lifecycle Stage,Favorite Harbor,Associated Company IDs" + end)
	pool := strings.Fields(words)
	for i := range n {
		if rng.IntN(50) == 0 {
			b.WriteString(end)
		}
		word := func() string { return pool[rng.IntN(len(pool))] }
		message := word()
		if rng.IntN(3) == 0 {
			message = fmt.Sprintf("\"%s, \"\"%s\"\"%s%s\"", word(), word(), end, word())
		}
		fmt.Fprintf(&b, "%d,%s,%s,Lead,%s,%d;%d%s", first+i, word(), message, word(), i%7, i%11, end)
	}
	return b.String()
}

func jsonRecord(rng *rand.Rand, i int, end string) string {
	more := ""
	if rng.IntN(200) == 0 {
		more = fmt.Sprintf(`,"own_%d":"x é {[\"",%q:null`, i, "städte")
	}
	archived := ""
	if rng.IntN(40) == 0 {
		archived = `"archived":true,`
	}
	return fmt.Sprintf(`{"id":"%d",%s"properties":{"firstname":"Ada %d","city":"Zür\"ich"%s},%s"associations":{"companies":{"results":[{"id":"%d","type":"contact_to_company"}]}}}`, 1000+i, archived, i, more, end, i%9)
}

func jsonText(rng *rand.Rand, n int, open, between, end string) string {
	var b strings.Builder
	b.WriteString(open)
	for i := range n {
		if i > 0 {
			b.WriteString(between)
		}
		inner := ""
		if between != "\n" && rng.IntN(2) == 0 {
			inner = "\n  "
		}
		b.WriteString(jsonRecord(rng, i, inner))
	}
	return b.String() + end
}

// shapes are files of every format and encoding, with about n records each.
func shapes(rng *rand.Rand, n int) map[string][]records.File {
	western := csvText(rng, 1, n, "\r\n", "K\xf6ln Dj\xe9 caf\xe9 Rom")
	mixed := csvText(rng, 1, n, "\n", "Köln Zürich Rom 🙂x")
	damaged := csvText(rng, 1, n, "\n", "Köln K\xf6ln \xff\xfe Rom")
	plain := csvText(rng, 1, n, "\n", "Rome Oslo Paris")
	late := csvText(rng, 1, n/2, "\n", "Rome Oslo") + "99999999,x\xf6,y,Lead,z,1\n" + strings.SplitN(csvText(rng, n, n/2, "\n", "Rome K\xf6ln"), "\n", 2)[1]
	return map[string][]records.File{
		"CSV":                {bytesFile("a.csv", []byte(plain))},
		"CSV, BOM":           {bytesFile("a.csv", []byte("\xef\xbb\xbf"+mixed))},
		"CSV, no last break": {bytesFile("a.csv", []byte(strings.TrimRight(mixed, "\n")))},
		"CSV, sep":           {bytesFile("a.csv", []byte("sep=;\r\n"+strings.ReplaceAll(strings.ReplaceAll(plain, ";", " "), ",", ";")))},
		"Windows-1252":       {bytesFile("a.csv", []byte(western))},
		"late Windows-1252":  {bytesFile("a.csv", []byte(late))},
		"damaged UTF-8":      {bytesFile("a.csv", []byte(damaged))},
		"UTF-16LE":           {bytesFile("a.csv", to16(mixed, little))},
		"UTF-16BE":           {bytesFile("a.csv", to16(mixed, large))},
		"UTF-16, broken":     {bytesFile("a.csv", little(append(to16(mixed, little), to16(plain[strings.Index(plain, "\n")+1:], little)[2:]...), 0xdc00))},
		"UTF-16, halves":     {bytesFile("a.csv", bytes.ReplaceAll(to16(mixed, little), []byte{0x3d, 0xd8}, []byte{0x42, 0xde}))},
		"JSON Lines":         {bytesFile("a.jsonl", []byte(jsonText(rng, n, "", "\n", "\n")))},
		"JSON list":          {bytesFile("a.json", []byte(jsonText(rng, n, "[\n", ", ", "]")))},
		"JSON list, UTF-16":  {bytesFile("a.json", to16(jsonText(rng, n, "[", ",\n", "]"), large))},
		"JSON pages":         {bytesFile("a.json", []byte(jsonText(rng, n/2, `{"total":1,"results":[`, ",", `],"paging":null}`)+"\n"+jsonText(rng, n/2, `{"results":[`, " ,", `]}`)))},
		"JSON lists":         {bytesFile("a.json", []byte(jsonText(rng, n/2, "[", ",", "]\n")+jsonText(rng, n/2, "[", ",\n", "]")+jsonText(rng, 3, "", "", "")))},
		"several files": {bytesFile("a.csv", []byte(plain)), bytesFile("empty.csv", []byte("id\n")), bytesFile("b.jsonl", []byte(jsonText(rng, n, "", "\n", ""))),
			bytesFile("c.csv", to16(csvText(rng, 5*n, n, "\r\n", "ä ö ü"), little)), bytesFile("none.json", []byte("[]"))},
		"no files":         nil,
		"ragged":           {bytesFile("a.csv", []byte(plain+"1,2\n"+plain))},
		"no id":            {bytesFile("a.csv", []byte(mixed+",,,,,\n"))},
		"open quote":       {bytesFile("a.csv", []byte(mixed+"7,\"never closed"))},
		"NUL":              {bytesFile("a.csv", []byte(mixed+"7,ä\x00"))},
		"NUL in UTF-16":    {bytesFile("a.csv", to16(mixed+"7,\n,ä\x00", little))},
		"no header":        {bytesFile("a.csv", []byte(plain)), bytesFile("b.csv", []byte("x,y\n1,2\n"))},
		"cut JSON":         {bytesFile("a.json", []byte(jsonText(rng, n, "[", ",", "")))},
		"bad JSON":         {bytesFile("a.json", []byte(jsonText(rng, n, "[", ",", `,{"id":"7","properties":{"a":tru}}]`)))},
		"no comma":         {bytesFile("a.json", []byte(jsonText(rng, n, "[", ",", `{"id":"7"}]`)))},
		"unreadable":       {bytesFile("a.csv", []byte(plain)), {Path: "gone.csv", Open: func() (io.ReadCloser, error) { return nil, os.ErrNotExist }}},
		"cannot be sought": {textFile("a.csv", mixed), textFile("b.json", jsonText(rng, n, "[", ",\n", "]"))},
	}
}

func sameError(t *testing.T, want, got error) {
	t.Helper()
	if (want == nil) != (got == nil) || want != nil && want.Error() != got.Error() {
		t.Fatalf("the error is %v, want %v", got, want)
	}
}

// TestPagesAreTheReadersRecords walks through every format in pages of changing sizes, each from a cursor that went
// through JSON.
func TestPagesAreTheReadersRecords(t *testing.T) {
	t.Parallel()
	for name, files := range shapes(rand.New(rand.NewPCG(1, 2)), 2600) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(3, 4))
			want, wantErr := readAll(t, "contact", records.Options{}, files...)
			p := records.NewPager("contact", files, records.Options{})
			var got []*hubspot.Record
			var gotErr error
			for c := (records.Cursor{}); ; {
				page, err := p.Page(t.Context(), records.PageQuery{From: again(t, c), Limit: 1 + rng.IntN(700)})
				if page.At != int64(len(got)) || page.Start.Place != page.At || page.Scanned != len(page.Records) {
					t.Fatalf("the page after %d records says At %d, Start %+v, Scanned %d", len(got), page.At, page.Start, page.Scanned)
				}
				got = append(got, page.Records...)
				if gotErr = err; err != nil || !page.More {
					break
				}
				c = page.Next
			}
			sameError(t, wantErr, gotErr)
			if diff := cmp.Diff(show(want), show(got)); diff != "" {
				t.Fatal("(-want +got):", diff)
			}
			if n := p.Count(); wantErr == nil && n != int64(len(want)) || wantErr != nil && n != -1 {
				t.Errorf("Count is %d of %d, error %v", n, len(want), wantErr)
			}
			if p.Known() != int64(len(want)) {
				t.Errorf("Known is %d of %d", p.Known(), len(want))
			}
		})
	}
}

// TestPlaces goes to places in any order, forwards and backwards, knowing the files and not.
func TestPlaces(t *testing.T) {
	t.Parallel()
	for name, files := range shapes(rand.New(rand.NewPCG(5, 6)), 2600) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(7, 8))
			recs, readErr := readAll(t, "contact", records.Options{}, files...)
			want := show(recs)
			p := records.NewPager("contact", files, records.Options{})
			for i := range 40 {
				if i%13 == 0 {
					p = records.NewPager("contact", files, records.Options{})
				}
				place := int64(rng.IntN(len(want) + 1))
				c, err := p.At(t.Context(), place)
				if err != nil || c.Place != place {
					t.Fatalf("At(%d) is %+v, %v", place, c, err)
				}
				limit := 1 + rng.IntN(30)
				page, err := p.Page(t.Context(), records.PageQuery{From: again(t, c), Limit: limit, Backwards: true})
				if err != nil || page.More != (place > int64(limit)) || page.Next != c {
					t.Fatalf("the page before %d: More %v, Next %+v, %v", place, page.More, page.Next, err)
				}
				if diff := cmp.Diff(want[max(0, place-int64(limit)):place], show(page.Records)); diff != "" {
					t.Fatalf("the page before %d (-want +got): %s", place, diff)
				}
				page, err = p.Page(t.Context(), records.PageQuery{From: again(t, page.Start), Limit: limit})
				if err != nil && readErr == nil {
					t.Fatal(err)
				}
				start := max(0, place-int64(limit))
				if diff := cmp.Diff(want[start:min(start+int64(limit), int64(len(want)))], show(page.Records)); diff != "" {
					t.Fatalf("the page from %d (-want +got): %s", start, diff)
				}
			}
			end, err := p.At(t.Context(), 1<<40)
			sameError(t, readErr, err)
			if readErr == nil && end.Place != int64(len(want)) {
				t.Errorf("the end is at %d of %d", end.Place, len(want))
			}
		})
	}
}

// diskFile is a file on the disk under another name.
func diskFile(name, path string) records.File {
	return records.File{Path: name, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

// counting counts the bytes that are read of a file.
type counting struct {
	records.File
	read int
}

func (c *counting) file() records.File {
	return records.File{Path: c.Path, Open: func() (io.ReadCloser, error) {
		in, err := c.Open()
		if err != nil {
			return nil, err
		}
		return countingReader{in.(seekable), c}, nil
	}}
}

type countingReader struct {
	seekable
	c *counting
}

func (r countingReader) Read(p []byte) (int, error) {
	n, err := r.seekable.Read(p)
	r.c.read += n
	return n, err
}
